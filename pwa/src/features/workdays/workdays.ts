/** The working calendar: a year's days that differ from Monday to Friday, and what administrators enter. Pure. */

import type { BodyOf, OkBody } from '@/api/client'

export type Year = OkBody<'/api/v1/calendar/{year}', 'get'>
export type Day = Year['days'][number]
export type YearBody = BodyOf<'/api/v1/calendar/{year}', 'put'>
type Entered = YearBody['days'][number]

/** Days by month, in order; months without any are left out. */
export const byMonth = (days: readonly Day[]): { month: string; days: Day[] }[] => {
  const months = new Map<string, Day[]>()
  for (const day of [...days].sort((a, b) => (a.date < b.date ? -1 : 1))) {
    const month = day.date.slice(0, 7)
    months.set(month, [...(months.get(month) ?? []), day])
  }
  return [...months].map(([month, own]) => ({ month, days: own }))
}

export type LineFault = 'form' | 'year' | 'order' | 'twice' | 'workday'
export interface Typed {
  days: Entered[]
  /** Lines that cannot be, from 1, with what is wrong. */
  faults: { line: number; why: LineFault }[]
}

const DAY_MS = 86_400_000
const LINE = /^(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|至|到)\s*(\d{4}-\d\d-\d\d))?\s+(\S.*?)\s+(休|班|off|work)$/
const utc = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const real = (day: string): boolean => Number.isFinite(utc(day)) && new Date(utc(day)).toISOString().startsWith(day)

/** A notice as it is typed, one day or run of days a line: `2027-02-05..2027-02-11 春节 休`. */
export const typedDays = (text: string, year: number): Typed => {
  const found: Typed = { days: [], faults: [] }
  const seen = new Set<string>()
  text.split('\n').forEach((line, index) => {
    if (!line.trim()) return
    const why = take(line.trim(), year, seen, found.days)
    if (why) found.faults.push({ line: index + 1, why })
  })
  return found
}
const take = (line: string, year: number, seen: Set<string>, days: Entered[]): LineFault | null => {
  const [, first = '', second, name = '', word = ''] = LINE.exec(line) ?? []
  const last = second ?? first
  if (!first || !real(first) || !real(last)) return 'form'
  if (last < first) return 'order'
  if (Number(first.slice(0, 4)) !== year || Number(last.slice(0, 4)) !== year) return 'year'
  const off = word === '休' || word === 'off'
  for (let at = utc(first); at <= utc(last); at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10)
    if (seen.has(date)) return 'twice'
    // a weekday is worked anyhow
    if (!off && ![0, 6].includes(new Date(at).getUTCDay())) return 'workday'
    seen.add(date)
    days.push({ date, name, off })
  }
  return null
}

/** What stands, as it would be typed; runs of one name in one line. */
export const asTyped = (days: readonly Pick<Day, 'date' | 'name' | 'off'>[]): string => {
  const runs: { first: string; last: string; name: string; off: boolean }[] = []
  for (const { date, name, off } of [...days].sort((a, b) => (a.date < b.date ? -1 : 1))) {
    const run = runs.at(-1)
    if (run?.name === name && run.off === off && utc(run.last) + DAY_MS === utc(date)) run.last = date
    else runs.push({ first: date, last: date, name, off })
  }
  return runs.map(({ first, last, name, off }) => `${first === last ? first : `${first}..${last}`} ${name} ${off ? '休' : '班'}`).join('\n')
}
