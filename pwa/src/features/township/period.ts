/** Periods as the service writes their keys: 2026-Q4, 2026-11, standing. Civil days are 2026-11-21. Pure. */

export type Length = 'quarter' | 'month' | 'standing'

export interface Period {
  length: Length
  key: string
  /** First and last civil day, inclusive; `standing` is the day itself. */
  from: string
  to: string
  year: number
  /** Of the quarter or month in its year; 0 for `standing`. */
  number: number
}

/** The service keeps nothing older (app/quotas/service.py). */
const FIRST_YEAR = 2004
const MONTHS = { quarter: 3, month: 1 } as const

const two = (value: number): string => String(value).padStart(2, '0')

const ofMonths = (length: 'quarter' | 'month', year: number, number: number): Period => {
  const months = MONTHS[length]
  const end = number * months
  const last = new Date(Date.UTC(year, end, 0)).getUTCDate()
  return {
    length,
    key: length === 'quarter' ? `${year}-Q${number}` : `${year}-${two(number)}`,
    from: `${year}-${two(end - months + 1)}-01`,
    to: `${year}-${two(end)}-${two(last)}`,
    year,
    number,
  }
}

/** The period of this length that contains the day. */
export const containing = (length: Length, day: string): Period => {
  const year = Number(day.slice(0, 4))
  if (length === 'standing') return { length, key: 'standing', from: day, to: day, year, number: 0 }
  return ofMonths(length, year, Math.ceil(Number(day.slice(5, 7)) / MONTHS[length]))
}

/** The period of a key; the current quarter for a key that names none. */
export const parsed = (key: string, today: string): Period => {
  if (key === 'standing') return containing('standing', today)
  const found = /^(\d{4})-(Q?)(\d{1,2})$/.exec(key)
  const year = Number(found?.[1])
  const number = Number(found?.[3])
  const length = found?.[2] ? 'quarter' : 'month'
  if (!found || year < FIRST_YEAR || number < 1 || number > 12 / MONTHS[length]) return containing('quarter', today)
  const period = ofMonths(length, year, number)
  return period.from > today ? containing(length, today) : period
}

/** The period before (-1) or after (1); null where there is none: before the first year, or not begun yet. */
export const beside = (period: Period, step: -1 | 1, today: string): Period | null => {
  if (period.length === 'standing') return null
  const inYear = 12 / MONTHS[period.length]
  const count = period.year * inYear + period.number - 1 + step
  const next = ofMonths(period.length, Math.floor(count / inYear), (count % inYear) + 1)
  return next.year < FIRST_YEAR || next.from > today ? null : next
}

/** Another length, staying in the time one looks at: the quarter of a month, the last begun month of a quarter. */
export const asLength = (period: Period, length: Length, today: string): Period =>
  containing(length, length === 'standing' || period.length === 'standing' || period.to > today ? today : period.to)

/** The day about which to ask for a period's standings: its last one, or today while it runs. */
export const asOf = (period: Period, today: string): string => (period.to < today ? period.to : today)

/** The days whose records are shown: those of the period; for `standing` those of the month. */
export const recordDays = (period: Period): { from: string; to: string } => {
  const { from, to } = period.length === 'standing' ? containing('month', period.to) : period
  return { from, to }
}
