/** Periods by their keys (2026-W47, 2026-11, 2026-Q4, 2026-H2, 2026), as the service writes them. Pure. */

export const LENGTHS = ['week', 'month', 'quarter', 'half_year', 'year'] as const
export type Length = (typeof LENGTHS)[number]

/** How often a kind is written, where the documents say so; the writer can choose another. */
const USUAL: Readonly<Record<string, Length>> = {
  weekly_entry: 'week',
  quarter_summary: 'quarter',
  circular_score: 'quarter',
  progress_report: 'half_year',
  annual_plan: 'year',
  annual_summary: 'year',
  public_promise: 'year',
  team_annual_plan: 'year',
  target_letter: 'year',
  research_article: 'year',
  province_report: 'half_year',
  sparrow_report: 'half_year',
}
export const usualLength = (kind: string): Length => USUAL[kind] ?? 'month'
/** Written after its period is over: the last one is meant sooner than this one. */
const LOOKS_BACK = new Set(['month_report', 'monthly_report', 'fund_report', 'circular_month', 'month_ledger', 'month_ledger_forwarded'])

const DAY_MS = 86_400_000
const utc = (day: string): Date => new Date(`${day}T00:00:00Z`)
const iso = (date: Date): string => date.toISOString().slice(0, 10)
const two = (number: number): string => String(number).padStart(2, '0')

/** Monday of the day's week. */
const monday = (day: string): Date => {
  const date = utc(day)
  return new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY_MS)
}

/** The key of the period of this length that holds a civil day; weeks by ISO 8601. */
export const keyOf = (length: Length, day: string): string => {
  const [year = '', month = ''] = day.split('-')
  switch (length) {
    case 'week': {
      const thursday = new Date(monday(day).getTime() + 3 * DAY_MS)
      const first = Date.UTC(thursday.getUTCFullYear(), 0, 1)
      return `${thursday.getUTCFullYear()}-W${two(Math.floor((thursday.getTime() - first) / DAY_MS / 7) + 1)}`
    }
    case 'month':
      return `${year}-${month}`
    case 'quarter':
      return `${year}-Q${Math.ceil(Number(month) / 3)}`
    case 'half_year':
      return `${year}-H${Number(month) > 6 ? 2 : 1}`
    case 'year':
      return year
  }
}

/** A day so many periods away from this one. */
const moved = (length: Length, day: string, by: number): string => {
  if (length === 'week') return iso(new Date(utc(day).getTime() + by * 7 * DAY_MS))
  const months = { month: 1, quarter: 3, half_year: 6, year: 12 }[length] * by
  const date = utc(`${day.slice(0, 7)}-01`)
  date.setUTCMonth(date.getUTCMonth() + months)
  return iso(date)
}

/** The next one, this one and some before, the latest first. */
export const around = (length: Length, today: string): string[] => {
  const before = length === 'year' ? 2 : length === 'half_year' ? 3 : 6
  return Array.from({ length: before + 2 }, (_, index) => keyOf(length, moved(length, today, 1 - index)))
}

/** The period that is meant when nobody says otherwise. */
export const proposedPeriod = (kind: string, today: string): string => {
  const length = usualLength(kind)
  return keyOf(length, LOOKS_BACK.has(kind) ? moved(length, today, -1) : today)
}

export const lengthOf = (key: string): Length | null => {
  if (/^\d{4}-W\d\d$/.test(key)) return 'week'
  if (/^\d{4}-\d\d$/.test(key)) return 'month'
  if (/^\d{4}-Q[1-4]$/.test(key)) return 'quarter'
  if (/^\d{4}-H[12]$/.test(key)) return 'half_year'
  return /^\d{4}$/.test(key) ? 'year' : null
}

/** The words' values of a key: year, number, and of a week its first and last day. */
export const partsOf = (key: string): { year: string; number: number; from: string; to: string } => {
  const year = key.slice(0, 4)
  const number = Number(/\d+$/.exec(key.slice(5))?.[0] ?? 0)
  if (lengthOf(key) !== 'week') return { year, number, from: '', to: '' }
  const start = new Date(monday(`${year}-01-04`).getTime() + (number - 1) * 7 * DAY_MS)
  return { year, number, from: iso(start), to: iso(new Date(start.getTime() + 6 * DAY_MS)) }
}
