/** A person's check-ins by civil day. Pure. */

import type { OkBody } from '@/api/client'

export type CheckIn = OkBody<'/api/v1/check-ins', 'get'>['items'][number]

export interface Day {
  day: string
  records: CheckIn[]
  /** The day's best: one record that counts makes the day count. */
  state: 'counted' | 'in_review' | 'not_counted' | 'withdrawn'
  photos: number
}

/** Latest day first, within a day from morning to evening. */
export const daysOf = (records: readonly CheckIn[]): Day[] => {
  const days = new Map<string, CheckIn[]>()
  for (const record of new Map(records.map((one) => [one.id, one])).values())
    days.set(record.day, [...(days.get(record.day) ?? []), record])
  return [...days]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([day, of]) => ({
      day,
      records: of.sort((a, b) => Date.parse(a.captured_at) - Date.parse(b.captured_at)),
      state: stateOf(of),
      photos: of.reduce((sum, record) => sum + record.photos.length, 0),
    }))
}

const stateOf = (records: readonly CheckIn[]): Day['state'] => {
  const standing = records.filter((record) => record.withdrawn === null).map((record) => record.state)
  if (!standing.length) return 'withdrawn'
  return (['counted', 'in_review', 'not_counted'] as const).find((state) => standing.includes(state)) ?? 'not_counted'
}

/** For the calendar: how many of a day's records count; withdrawn ones do not. */
export const marksOf = (days: readonly Day[]): Map<string, { counted: number; not_counted: number }> =>
  new Map(
    days.map((day) => {
      const counted = day.records.filter((record) => record.withdrawn === null && record.state !== 'not_counted').length
      return [day.day, { counted, not_counted: day.records.length - counted }]
    }),
  )

/** 350 m, 1.2 km: which words, and the number in them. */
export const distance = (metres: number): { in: 'm' | 'km'; value: string } =>
  metres < 1000 ? { in: 'm', value: String(Math.round(metres)) } : { in: 'km', value: (metres / 1000).toFixed(1) }
