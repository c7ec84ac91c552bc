/** What a cadre's quota pages draw from the service's standings. No total is made here: only the service counts. Pure. */

import type { OkBody } from '@/api/client'
import { civilDay } from '@/lib/dates'
import type { Outgoing, RecordKind } from '@/offline/db'

export type Standing = OkBody<'/api/v1/people/{person_id}/quotas', 'get'>['items'][number]
export type NotCounted = Standing['not_counted'][number]

/** Which records may be about a rule, by what the rule counts in; of an unknown unit none is claimed. */
const ABOUT: Record<string, readonly RecordKind[]> = {
  days: ['check_in', 'withdrawal'],
  times: ['check_in', 'withdrawal'],
  diaries: ['diary'],
  households: ['plan_item', 'household_portrait', 'household_position'],
}

/** The civil day that a record on this phone is about. */
const dayOf = (record: Pick<Outgoing, 'kind' | 'body' | 'made_at'>): string => {
  const { captured_at: captured, work_date: work } = record.body
  if (record.kind === 'diary' && typeof work === 'string') return work
  return civilDay(new Date(record.kind === 'check_in' && typeof captured === 'string' ? captured : record.made_at))
}

/** Records on this phone that may bear on this standing when they arrive; those that need somebody apart. */
export const waitingFor = (
  standing: Pick<Standing, 'unit' | 'period'>,
  outbox: readonly Pick<Outgoing, 'kind' | 'body' | 'made_at' | 'state'>[],
): { count: number; parked: number } => {
  const kinds = ABOUT[standing.unit] ?? []
  const about = outbox.filter((record) => {
    if (!kinds.includes(record.kind)) return false
    // what a household has or lacks belongs to no day
    if (standing.unit === 'households') return true
    const day = dayOf(record)
    return day >= standing.period.from && day <= standing.period.to
  })
  return { count: about.length, parked: about.filter((record) => record.state === 'parked').length }
}

/** Those without a day first, then the newest; within a day as the service told them. */
export const newestFirst = (records: readonly NotCounted[]): NotCounted[] =>
  [...records].sort((a, b) => (b.day ?? '9999').localeCompare(a.day ?? '9999'))

export interface Home {
  id: string
  /** Of its head; null when the household is not on this phone. */
  name: string | null
  /** The day since which it is done. */
  since: string | null
  why: string | null
}

/** The homes of a rule about homes: what is lacking first. */
export const homesOf = (standing: Pick<Standing, 'counted' | 'not_counted'>, known: readonly { id: string; head: string }[]): Home[] => {
  const names = new Map(known.map((home) => [home.id, home.head]))
  return [
    ...standing.not_counted.map(({ record, why }) => ({ id: record, name: names.get(record) ?? null, since: null, why })),
    ...standing.counted.flatMap(({ day, records }) =>
      records.map((id) => ({ id, name: names.get(id) ?? null, since: day, why: null })),
    ),
  ]
}
