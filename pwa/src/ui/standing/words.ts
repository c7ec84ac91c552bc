/** Periods, units and amounts in words, for every page that speaks of standings. */

import { texts } from '@/i18n'
import { knownUnit, periodKind } from './standing'
import en from './text.en.json'
import zh from './text.zh-CN.json'

const t = texts(zh, en)

/** 2026年第4季度 / Quarter 4 of 2026 */
export const periodName = (key: string): string => {
  const { kind, values } = periodKind(key)
  return t(`period.${kind}`, values)
}
export const unitName = (unit: string): string => {
  const known = knownUnit(unit)
  return known ? t(`unit.${known}`) : unit
}
/** 31 / 50 天 */
export const measureOf = (cell: { have: number; need: number | null; unit: string }): string =>
  cell.need === null
    ? t('amount', { n: cell.have, unit: unitName(cell.unit) })
    : t('amount', { n: `${cell.have} / ${cell.need}`, unit: unitName(cell.unit) })
