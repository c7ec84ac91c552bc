/** What this phone has written about a household, laid over what the service last said of it. Pure. */

import type { OkBody } from '@/api/client'
import { civilDay } from '@/lib/dates'
import type { ApiProblem } from '@/lib/problem'
import type { Arrived, Outgoing, RecordKind } from '@/offline/db'
import type { HouseholdRow } from '@/session/households'

export type HouseholdWhole = OkBody<'/api/v1/households/{household_id}', 'get'>
type ListedItem = HouseholdWhole['plan'][number]
export type CheckIn = OkBody<'/api/v1/check-ins', 'get'>['items'][number]
export type Progress = 'on_phone' | 'sending' | 'sent' | 'needs_you'

export interface Queue {
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  sending: boolean
  /** The civil day: what arrived today is still said to have arrived. */
  today: string
}

/** How far a record has come; `problem` says why it was refused. */
export interface Way {
  id: string
  state: Progress
  problem: ApiProblem | null
}

interface Written extends Way {
  seq: number
  of: string | null
  body: Record<string, unknown>
  photos: readonly string[]
  made_at: string
  sent_at: string | null
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** This phone's records of a kind about a household, the newest first. */
const written = (queue: Queue, kind: RecordKind, household: string): Written[] => {
  const about = (record: Outgoing | Arrived): boolean => record.kind === kind && record.body['household'] === household
  const waiting = queue.outbox.filter(about).map(
    (record): Written => ({
      ...record,
      state: record.state === 'parked' ? 'needs_you' : queue.sending ? 'sending' : 'on_phone',
      sent_at: null,
    }),
  )
  const sent = queue.arrived.filter(about).map((record): Written => ({ ...record, state: 'sent', problem: null }))
  return [...waiting, ...sent].sort((a, b) => b.seq - a.seq)
}

/** Whether what the service said at `at` cannot have known this record yet. */
const unknownAt = (record: Written, at: string | null): boolean =>
  record.sent_at === null || at === null || record.sent_at > at

/** Worth a word: not arrived, or arrived today. */
const wayOf = (record: Written | undefined, today: string): Way | null =>
  !record || (record.sent_at !== null && civilDay(new Date(record.sent_at)) !== today)
    ? null
    : { id: record.id, state: record.state, problem: record.problem }

/** The newest that counts (a refused one does not), and the newest of all, of which the reader is told. */
const newest = (queue: Queue, kind: RecordKind, household: string, at: string | null) => {
  const records = written(queue, kind, household)
  return {
    over: records.find((record) => record.state !== 'needs_you' && unknownAt(record, at)) ?? null,
    way: wayOf(records[0], queue.today),
  }
}

export interface Portrait {
  photo: string
  by: string
  on: string
  how: string
}

export const portraitOf = (
  row: Pick<HouseholdRow, 'id' | 'portrait'>,
  at: string | null,
  queue: Queue,
): { portrait: Portrait | null; way: Way | null } => {
  const { over, way } = newest(queue, 'household_portrait', row.id, at)
  if (!over) return { portrait: row.portrait && { photo: row.portrait.photo, ...row.portrait.consent }, way }
  const consent = object(over.body['consent'])
  const told = { by: text(consent['by']), on: text(consent['on']), how: text(consent['how']) }
  return { portrait: { photo: text(over.body['photo']), ...told }, way }
}

export const positionOf = (
  row: Pick<HouseholdRow, 'id' | 'position'>,
  at: string | null,
  queue: Queue,
): { position: HouseholdRow['position']; way: Way | null } => {
  const { over, way } = newest(queue, 'household_position', row.id, at)
  if (!over) return { position: row.position, way }
  const fix = object(over.body['fix'])
  const [lat, lon, accuracy_m] = [number(fix['lat']), number(fix['lon']), number(fix['accuracy_m'])]
  return { position: { lat, lon, accuracy_m, source: 'set_by_hand', fixes: 0 }, way }
}

export interface PlanItem {
  id: string
  text: string
  due: string | null
  done_on: string | null
  dropped_on: string | null
  way: Way | null
}

/** The plan with this phone's versions over it: open ones first by due day, then what is done or dropped. */
export const planOf = (
  household: string,
  listed: readonly ListedItem[],
  at: string | null,
  queue: Queue,
): { open: PlanItem[]; ended: PlanItem[] } => {
  const items = new Map<string, PlanItem>(listed.map((item) => [item.id, { ...item, way: null }]))
  for (const record of written(queue, 'plan_item', household).reverse()) {
    const id = record.of ?? record.id
    const stood = items.get(id)
    const way = wayOf(record, queue.today)
    // a refused version stays in sight with its reason; nothing of it is lost
    if (unknownAt(record, at) || !stood) items.set(id, { ...itemOf(id, record.body), way })
    else items.set(id, { ...stood, way })
  }
  const all = [...items.values()]
  const ended = (item: PlanItem): string | null => item.done_on ?? item.dropped_on
  return {
    open: all.filter((item) => ended(item) === null).sort((a, b) => (a.due ?? '9').localeCompare(b.due ?? '9')),
    ended: all.filter((item) => ended(item) !== null).sort((a, b) => (ended(b) ?? '').localeCompare(ended(a) ?? '')),
  }
}

const itemOf = (id: string, body: Record<string, unknown>): Omit<PlanItem, 'way'> => ({
  id,
  text: text(body['text']),
  due: textOrNull(body['due']),
  done_on: textOrNull(body['done_on']),
  dropped_on: textOrNull(body['dropped_on']),
})

/** A version of an item as it is sent: the whole of it. */
export const planBody = (household: string, item: Omit<PlanItem, 'id' | 'way'>): Record<string, unknown> => ({
  household,
  text: item.text.trim(),
  due: item.due,
  done_on: item.done_on,
  dropped_on: item.dropped_on,
})

export interface Visit {
  id: string
  at: string
  note: string
  photos: readonly string[]
  place: CheckIn['place'] | null
  counts: CheckIn['state'] | null
  way: Way | null
}

/** My visits to a household, the newest first; those taken back are left out. */
export const visitsOf = (household: string, listed: readonly CheckIn[], queue: Queue): Visit[] => {
  const back = new Set(
    [...queue.outbox, ...queue.arrived].filter((record) => record.kind === 'withdrawal').map((record) => record.of),
  )
  const visits = new Map<string, Visit>()
  for (const record of written(queue, 'check_in', household))
    visits.set(record.id, {
      id: record.id,
      at: text(record.body['captured_at']),
      note: text(record.body['note']),
      photos: record.photos,
      place: null,
      counts: null,
      way: wayOf(record, queue.today),
    })
  for (const one of listed) {
    if (one.kind !== 'household' || one.household !== household) continue
    const way = visits.get(one.id)?.way ?? null
    const told = { at: one.captured_at, note: one.note, photos: one.photos, place: one.place, counts: one.state }
    if (one.withdrawn === null) visits.set(one.id, { id: one.id, ...told, way })
    else back.add(one.id)
  }
  return [...visits.values()].filter((visit) => !back.has(visit.id)).sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}

/** A visit's fix is good when the phone claims this accuracy in metres (app/households/position.py). */
export const GOOD_ACCURACY_M = 100

export interface Given {
  lat: number
  lon: number
  accuracy_m: number | null
  /** From how many visits. */
  fixes: number
}

/** What visits gave: the service's median; else the newest good fix of a visit that this phone still remembers. */
export const givenByVisits = (row: Pick<HouseholdRow, 'id' | 'position'>, queue: Queue): Given | null => {
  const { lat, lon, accuracy_m, source, fixes } = row.position
  if (source === 'median_of_visits' && lat !== null && lon !== null) return { lat, lon, accuracy_m, fixes }
  for (const record of written(queue, 'check_in', row.id)) {
    const fix = object(record.body['fix'])
    const [x, y, accuracy] = [number(fix['lat']), number(fix['lon']), number(fix['accuracy_m'])]
    if (x !== null && y !== null && accuracy !== null && accuracy > 0 && accuracy <= GOOD_ACCURACY_M)
      return { lat: x, lon: y, accuracy_m: accuracy, fixes: 1 }
  }
  return null
}

export type Mark = 'done' | 'on_phone' | 'missing'

/** What a list says of a household: what is there, what waits on this phone, what is missing. */
export const marksOf = (
  row: HouseholdRow,
  at: string | null,
  queue: Queue,
): { portrait: Mark; position: Mark; plan_open: number; plan: Mark } => {
  const mark = (has: boolean, kind: RecordKind): Mark => {
    const [last] = written(queue, kind, row.id)
    if (last && last.sent_at === null) return 'on_phone'
    return has || (last !== undefined && unknownAt(last, at)) ? 'done' : 'missing'
  }
  return {
    portrait: mark(row.portrait !== null, 'household_portrait'),
    position: mark(row.position.source !== 'none', 'household_position'),
    plan_open: row.plan_open,
    plan: mark(row.plan_open > 0, 'plan_item'),
  }
}
