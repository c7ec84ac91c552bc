/** Whose request it is, what for and for which days: 段金根 · 补签 · 11月20日周五. */

import { locale, texts } from '@/i18n'
import { dayName } from '@/lib/dates'
import { daysOf, type Waiting } from './requests'
import en from './text.en.json'
import zh from './text.zh-CN.json'

const t = texts(zh, en)

export const whatOf = (one: Waiting): string => {
  const { from, to } = daysOf(one)
  const days = [...new Set([from, to])].map((day) => dayName(day, locale.value)).join(' – ')
  return t('what-of', { name: one.of.person.name, what: one.kind === 'leave' ? t(`which.${one.of.kind}`) : t('make-up'), days })
}
