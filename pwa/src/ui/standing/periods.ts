/** Periods by the service's keys (2026-W47, 2026-11, 2026-B6, 2026-Q4, 2026-H2, 2026, standing). Civil days are 2026-11-21. Pure. */

export const LENGTHS = ['week', 'month', 'two_months', 'quarter', 'half_year', 'year', 'standing'] as const
export type Length = (typeof LENGTHS)[number]

const DAY_MS = 86_400_000
/** The service keeps nothing older (app/quotas/service.py). */
const FIRST_YEAR = 2004
const MONTHS = { month: 1, two_months: 2, quarter: 3, half_year: 6, year: 12 } as const
const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const iso = (at: number): string => new Date(at).toISOString().slice(0, 10)
const two = (number: number): string => String(number).padStart(2, '0')

/** Monday of the day's week. */
const monday = (day: string): number => utc(day) - ((new Date(utc(day)).getUTCDay() + 6) % 7) * DAY_MS

/** The key of the period of this length that holds a civil day; weeks by ISO 8601. */
export const keyOf = (length: Length, day: string): string => {
  const year = day.slice(0, 4)
  const month = Number(day.slice(5, 7))
  switch (length) {
    case 'week': {
      const thursday = new Date(monday(day) + 3 * DAY_MS)
      const weeks = Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / DAY_MS / 7)
      return `${thursday.getUTCFullYear()}-W${two(weeks + 1)}`
    }
    case 'month':
      return day.slice(0, 7)
    case 'two_months':
      return `${year}-B${Math.ceil(month / 2)}`
    case 'quarter':
      return `${year}-Q${Math.ceil(month / 3)}`
    case 'half_year':
      return `${year}-H${month > 6 ? 2 : 1}`
    case 'year':
      return year
    case 'standing':
      return 'standing'
  }
}

export const lengthOf = (key: string): Length | null => {
  if (key === 'standing') return 'standing'
  if (/^\d{4}-W\d\d$/.test(key)) return 'week'
  if (/^\d{4}-\d\d$/.test(key)) return 'month'
  if (/^\d{4}-B[1-6]$/.test(key)) return 'two_months'
  if (/^\d{4}-Q[1-4]$/.test(key)) return 'quarter'
  if (/^\d{4}-H[12]$/.test(key)) return 'half_year'
  return /^\d{4}$/.test(key) ? 'year' : null
}

/** First and last civil day of a key's period; null for `standing` and for what is no key. */
export const spanOf = (key: string): { from: string; to: string } | null => {
  const length = lengthOf(key)
  if (!length || length === 'standing') return null
  const year = Number(key.slice(0, 4))
  const number = length === 'year' ? 1 : Number(/\d+$/.exec(key.slice(5))?.[0])
  if (length === 'week') {
    const first = monday(`${year}-01-04`) + (number - 1) * 7 * DAY_MS
    return { from: iso(first), to: iso(first + 6 * DAY_MS) }
  }
  const last = number * MONTHS[length]
  return { from: iso(Date.UTC(year, last - MONTHS[length], 1)), to: iso(Date.UTC(year, last, 0)) }
}

/** The period before (-1) or after (1); null before the first year, after the day, or where there are none. */
export const beside = (key: string, step: -1 | 1, today: string): string | null => {
  const length = lengthOf(key)
  const span = spanOf(key)
  if (!length || !span) return null
  const day = step < 0 ? iso(utc(span.from) - DAY_MS) : iso(utc(span.to) + DAY_MS)
  return Number(day.slice(0, 4)) < FIRST_YEAR || (step > 0 && day > today) ? null : keyOf(length, day)
}

/** The period of a key, or of this length around today for a key that names none or lies ahead. */
export const parsed = (key: string, today: string, otherwise: Length = 'month'): string => {
  const length = lengthOf(key)
  if (!length) return keyOf(otherwise, today)
  const span = spanOf(key)
  return span && (span.from > today || Number(key.slice(0, 4)) < FIRST_YEAR) ? keyOf(length, today) : key
}

/** Another length, staying in the time one looks at. */
export const asLength = (key: string, length: Length, today: string): string => {
  const span = spanOf(key)
  return keyOf(length, !span || span.to > today ? today : span.to)
}
