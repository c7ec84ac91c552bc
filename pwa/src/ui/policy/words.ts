/** Words of settings, posts, organisations and levels, for every page that speaks of rules. */

import { texts } from '@/i18n'
import type { Reading, SettingWord } from './reading'
import en from './text.en.json'
import zh from './text.zh-CN.json'

const t = texts(zh, en)
type Key = keyof typeof zh
type After<P extends string> = Key extends infer K ? (K extends `${P}.${infer Rest}` ? Rest : never) : never

export const settingName = (one: Reading): string => (one.known ? t(`setting.${one.known}`) : one.name)
export const settingValue = (one: Pick<Reading, 'word' | 'value'>): string =>
  one.word !== null ? t(`value.${one.word}`) : (one.value ?? t('no-limit'))
export const settingWord = (word: SettingWord): string => t(`value.${word}`)
/** A kind that a later service adds is shown as it is written. */
export const ownerWord = (kind: string): string => (`owner.${kind}` in zh ? t(`owner.${kind as After<'owner'>}`) : kind)
export const lengthWord = (per: string): string => (`per.${per}` in zh ? t(`per.${per as After<'per'>}`) : per)
