/** “What if I stay until Friday”: which days are meant, how they are asked for, what would change. Pure. */

import type { OkBody } from '@/api/client'
import { sameRule, type Standing } from './quotas'

type Year = OkBody<'/api/v1/calendar/{year}', 'get'>

const DAY_MS = 86_400_000
const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const iso = (at: number): string => new Date(at).toISOString().slice(0, 10)
export const addDays = (day: string, by: number): string => iso(utc(day) + by * DAY_MS)
/** 0 Monday … 6 Sunday. */
const weekday = (day: string): number => (new Date(utc(day)).getUTCDay() + 6) % 7
const span = (first: string, last: string): string[] =>
  Array.from({ length: Math.round((utc(last) - utc(first)) / DAY_MS) + 1 }, (_, n) => addDays(first, n))

/** From today to the Friday that comes; on Saturday and Sunday the next one. */
export const untilFriday = (today: string): string[] => span(today, addDays(today, (4 - weekday(today) + 7) % 7))

/** Whether a day is worked; null where its year's calendar is not known. */
export const worked = (day: string, years: readonly Pick<Year, 'year' | 'state' | 'days'>[]): boolean | null => {
  const year = years.find((one) => one.year === Number(day.slice(0, 4)))
  if (!year || year.state === 'missing') return null
  const said = year.days.find((one) => one.date === day)
  return said ? !said.off : weekday(day) < 5
}

/** The working days of next week; `sure` is false where Monday to Friday had to be taken without a calendar. */
export const nextWeek = (
  today: string,
  years: readonly Pick<Year, 'year' | 'state' | 'days'>[],
): { days: string[]; sure: boolean } => {
  const monday = addDays(today, 7 - weekday(today))
  const week = span(monday, addDays(monday, 6)).map((day) => ({ day, works: worked(day, years) }))
  return {
    days: week.filter(({ day, works }) => works ?? weekday(day) < 5).map(({ day }) => day),
    sure: week.every(({ works }) => works !== null),
  }
}

/** The periods that run today end with the year at the latest: later days would count in none of them. */
export const lastDay = (today: string, ahead: number): string => {
  const far = addDays(today, ahead)
  return far.slice(0, 4) === today.slice(0, 4) ? far : `${today.slice(0, 4)}-12-31`
}

/** 2026-11-24..2026-11-28,2026-12-01: as the service takes it. */
export const asked = (days: Iterable<string>): string => {
  const runs: { first: string; last: string }[] = []
  for (const day of [...new Set(days)].sort()) {
    const run = runs.at(-1)
    if (run && addDays(run.last, 1) === day) run.last = day
    else runs.push({ first: day, last: day })
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}..${last}`)).join(',')
}

export interface Compared {
  key: string
  before: Standing
  after: Standing
  changed: boolean
}

const FIELDS = ['have', 'need', 'state', 'remaining', 'can_miss', 'change_by', 'days_left'] as const

/** Each rule as it stands and as it would; those that would change stand first. */
export const compared = (before: readonly Standing[], after: readonly Standing[]): Compared[] =>
  before
    .flatMap((now) => {
      const then = after.find((one) => sameRule(one, now) && one.period.key === now.period.key)
      if (!then) return []
      const changed = FIELDS.some((field) => now[field] !== then[field])
      return [{ key: `${now.pack} ${now.rule} ${now.village ?? ''}`, before: now, after: then, changed }]
    })
    .sort((a, b) => Number(b.changed) - Number(a.changed))
