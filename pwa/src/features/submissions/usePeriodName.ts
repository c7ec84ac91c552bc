/** A period's key in words. */

import { locale, texts } from '@/i18n'
import { lengthOf, partsOf } from './periods'
import en from './text.en.json'
import zh from './text.zh-CN.json'

export const usePeriodName = () => {
  const t = texts(zh, en)
  const day = (iso: string): string =>
    new Intl.DateTimeFormat(locale.value, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(`${iso}T00:00:00Z`))
  return (key: string): string => {
    const length = lengthOf(key)
    if (!length) return key === 'standing' || key === 'once' ? t(`period.${key}`) : key
    const { year, number, from, to } = partsOf(key)
    if (length === 'week') return t('period.week', { year, number, from: day(from), to: day(to) })
    if (length === 'half_year') return t(number === 1 ? 'period.half_first' : 'period.half_second', { year })
    return t(`period.${length}`, { year, number })
  }
}
