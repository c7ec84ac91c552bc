/** The day's records, wherever they are: still here, on their way, arrived, refused. Pure. */

import type { ApiProblem } from '@/lib/problem'
import { civilDay } from '@/lib/dates'
import type { Place } from '@/lib/geofence'
import type { Arrived, KeptPhoto, Outgoing } from '@/offline/db'

/** A check-in as the service lists it. */
export interface Listed {
  id: string
  kind: string
  village: string
  captured_at: string
  place: Place
  state: 'counted' | 'in_review' | 'not_counted'
  remarks: readonly { says: string; counts: boolean }[]
  flags: readonly { id: string }[]
  time: { says: string }
  note: string
  photos: readonly string[]
  withdrawn: string | null
}

export interface Entry {
  id: string
  kind: string
  village: string
  at: string
  state: 'on_phone' | 'sending' | 'sent' | 'needs_you' | 'withdrawn'
  place: Place | null
  counts: Listed['state'] | null
  says: string[]
  /** What the service asks about it; a person looks at it. */
  flags: readonly { id: string }[]
  note: string
  photos: readonly string[]
  /** Photos of it that have not arrived. */
  photos_waiting: number
  problem: ApiProblem | null
  /** The reason of a withdrawal, sent or not. */
  withdrawn: string | null
}

interface Told {
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  listed: readonly Listed[]
  photos: readonly Pick<KeptPhoto, 'sha256' | 'state'>[]
  sending: boolean
  day: string
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Newest first, each record once; what the service says goes before what the phone remembers. */
export const todays = (told: Told): Entry[] => {
  const missing = new Set(told.photos.filter((photo) => photo.state !== 'sent').map((photo) => photo.sha256))
  const reasons = new Map(
    [...told.arrived, ...told.outbox]
      .filter((record) => record.kind === 'withdrawal' && record.of !== null)
      .map((record) => [record.of ?? '', text(record.body['reason'])]),
  )
  const entries = new Map<string, Entry>()
  for (const record of told.arrived) {
    if (record.kind !== 'check_in') continue
    // the reply has the shape of a listed one
    const reply = record.reply as Partial<Listed> | null
    entries.set(record.id, { ...fromPhone(record, 'sent'), place: reply?.place ?? null, counts: reply?.state ?? null, says: saysOf(reply), flags: reply?.flags ?? [] })
  }
  for (const one of told.listed) entries.set(one.id, fromService(one))
  for (const record of told.outbox)
    if (record.kind === 'check_in')
      entries.set(record.id, fromPhone(record, record.state === 'parked' ? 'needs_you' : told.sending ? 'sending' : 'on_phone'))
  return [...entries.values()]
    .filter((entry) => civilDay(new Date(entry.at)) === told.day)
    .map((entry) => {
      const withdrawn = entry.withdrawn ?? reasons.get(entry.id) ?? null
      const photos_waiting = entry.photos.filter((sha256) => missing.has(sha256)).length
      return { ...entry, photos_waiting, withdrawn, state: withdrawn !== null && entry.state === 'sent' ? ('withdrawn' as const) : entry.state }
    })
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}

/** Its remarks, and last what is known of its time; a reply that was kept by an older app has none. */
const saysOf = (listed: Partial<Listed> | null): string[] =>
  [...(listed?.remarks ?? []), listed?.time].map((one) => one?.says ?? '').filter(Boolean)

const fromService = (one: Listed): Entry => ({
  id: one.id,
  kind: one.kind,
  village: one.village,
  at: one.captured_at,
  state: 'sent',
  place: one.place,
  counts: one.state,
  says: saysOf(one),
  // a list that was kept by an older app has none
  flags: (one as Partial<Listed>).flags ?? [],
  note: one.note,
  photos: one.photos,
  photos_waiting: 0,
  problem: null,
  withdrawn: one.withdrawn,
})

const fromPhone = (record: Outgoing | Arrived, state: Entry['state']): Entry => ({
  id: record.id,
  kind: text(record.body['kind']),
  village: text(record.body['village']),
  at: text(record.body['captured_at']),
  state,
  place: null,
  counts: null,
  says: [],
  flags: [],
  note: text(record.body['note']),
  photos: record.photos,
  photos_waiting: 0,
  problem: 'problem' in record ? record.problem : null,
  withdrawn: null,
})
