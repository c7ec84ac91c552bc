/** Days and moments in words; the year is said where it is not this one. */

import { locale } from '@/i18n'
import { civilDay, dayName, stamp } from '@/lib/dates'

const thisYear = (): string => civilDay(new Date()).slice(0, 4)

/** 11月21日周六, or 2025-11-21. */
export const dayWord = (day: string): string => (day.startsWith(thisYear()) ? dayName(day, locale.value) : day)

/** 11月21日 09:12, or 2025-11-21. */
export const momentWord = (iso: string): string => {
  const day = civilDay(new Date(iso))
  return day.startsWith(thisYear()) ? stamp(iso, locale.value) : day
}
