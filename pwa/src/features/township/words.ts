/** Words that several parts of these pages say. */

import { locale, texts } from '@/i18n'
import type { Period } from './period'
import type { Cell, StateName } from './table'
import en from './text.en.json'
import zh from './text.zh-CN.json'

export const t = texts(zh, en)

type Key = keyof typeof zh
type After<P extends string> = Key extends infer K ? (K extends `${P}.${infer Rest}` ? Rest : never) : never

/** A kind that a later service adds is shown as it is written. */
export const postWord = (kind: string): string => (`post.${kind}` in zh ? t(`post.${kind as After<'post'>}`) : kind)
export const unitWord = (unit: string): string => (`unit.${unit}` in zh ? t(`unit.${unit as After<'unit'>}`) : unit)

export const kindWord = (kind: string): string => (`kind.${kind}` in zh ? t(`kind.${kind as After<'kind'>}`) : kind)
export const noFixWord = (why: string): string => (`no-fix.${why}` in zh ? t(`no-fix.${why as After<'no-fix'>}`) : why)
export const stateWord = (state: StateName): string => t(`state.${state}`)

/** 2026年第四季度 / Q4 2026 */
export const periodWord = (period: Period): string => {
  if (period.length === 'standing') return t('period.standing')
  if (period.length === 'month')
    return new Intl.DateTimeFormat(locale.value, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(
      new Date(`${period.from}T00:00:00Z`),
    )
  return t('period.quarter', { year: period.year, number: period.number })
}

/** 32 / 50 天 */
export const measure = (cell: Pick<Cell, 'have' | 'need' | 'unit'>): string =>
  cell.need === null
    ? t('measure-no-need', { have: cell.have, unit: unitWord(cell.unit) })
    : t('measure', { have: cell.have, need: cell.need, unit: unitWord(cell.unit) })
