/** Activities as a page needs them: what the service has, what waits here, what is being written. Pure. */

import type { OkBody } from '@/api/client'
import { civilDay } from '@/lib/dates'
import type { ApiProblem } from '@/lib/problem'
import type { Arrived, Draft, Outgoing } from '@/offline/db'
import type { State } from '@/ui/states'

export type Activity = OkBody<'/api/v1/activities/{activity_id}', 'get'>
export type Kind = Activity['kind']

/** In the order of a village's work: what a cadre holds most stands first. */
export const KINDS = [
  'joint_meeting',
  'organisation_life',
  'collective_help',
  'training',
  'coordination_meeting',
  'report_meeting',
  'leader_visit',
  'research_trip',
  'exchange_supervision',
  'six_ones_meeting',
  'dispatch_meeting',
  'full_meeting',
] as const
export type KnownKind = (typeof KINDS)[number]
export const isKind = (kind: string): kind is KnownKind => (KINDS as readonly string[]).includes(kind)

/** An id with the name that was read beside it, so that a draft can be shown without network. */
export interface Named {
  id: string
  name: string
}
export interface Fix {
  lat: number
  lon: number
  accuracy_m: number
  fixed_at: string
}

/** What is being written. */
export interface Form {
  kind: string
  unit: string
  day: string
  time: string
  village: string
  place: string
  fix: Fix | null
  attendees: Named[]
  guests: string
  guests_note: string
  minutes: string
  organisations: Named[]
  /** Units that reported at a meeting that hears reports. */
  reports: string[]
}

export const blank = (now: Date, unit: string, village: string, own: Named | null): Form => ({
  kind: 'joint_meeting',
  unit,
  day: civilDay(now),
  time: '09:00',
  village,
  place: '',
  fix: null,
  attendees: own ? [own] : [],
  guests: '',
  guests_note: '',
  minutes: '',
  organisations: [],
  reports: [],
})

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const named = (value: unknown): Named[] =>
  (Array.isArray(value) ? value : []).flatMap((one) => {
    const { id, name } = object(one)
    return typeof id === 'string' ? [{ id, name: text(name) }] : []
  })
const words = (value: unknown): string[] => (Array.isArray(value) ? value : []).filter((one) => typeof one === 'string')
const fixIn = (value: unknown): Fix | null => {
  const { lat, lon, accuracy_m, fixed_at } = object(value)
  if (typeof lat !== 'number' || typeof lon !== 'number' || typeof accuracy_m !== 'number') return null
  return { lat, lon, accuracy_m, fixed_at: text(fixed_at) }
}

/** A kept draft, or null when it is not one of ours. */
export const formOf = (value: unknown): Form | null => {
  const kept = object(value)
  if (!/^\d{4}-\d\d-\d\d$/.test(text(kept['day']))) return null
  return {
    kind: text(kept['kind']),
    unit: text(kept['unit']),
    day: text(kept['day']),
    time: text(kept['time']),
    village: text(kept['village']),
    place: text(kept['place']),
    fix: fixIn(kept['fix']),
    attendees: named(kept['attendees']),
    guests: text(kept['guests']),
    guests_note: text(kept['guests_note']),
    minutes: text(kept['minutes']),
    organisations: named(kept['organisations']),
    reports: words(kept['reports']),
  }
}

export type Fault = 'kind' | 'unit' | 'day' | 'future' | 'time' | 'guests' | 'nobody'

/** What has to be mended before it can be handed over. */
export const faultsOf = (form: Form, now: Date): Fault[] => {
  const found: Fault[] = []
  if (!isKind(form.kind)) found.push('kind')
  if (!form.unit) found.push('unit')
  const day = /^\d{4}-\d\d-\d\d$/.test(form.day)
  const time = /^\d\d:\d\d$/.test(form.time)
  if (!day) found.push('day')
  if (!time) found.push('time')
  if (day && time && Date.parse(heldAt(form)) > now.getTime()) found.push('future')
  if (form.guests.trim() && !/^\d{1,5}$/.test(form.guests.trim())) found.push('guests')
  else if (!form.attendees.length && !Number(form.guests || 0)) found.push('nobody')
  return found
}

/** The moment it was held, with the offset of the field. */
export const heldAt = (form: Pick<Form, 'day' | 'time'>): string => `${form.day}T${form.time}:00+08:00`

/** The body of `PUT /activities/{id}`. */
export const activityBody = (form: Form, photos: readonly string[], written_at: string, clock: object): Record<string, unknown> => ({
  kind: form.kind,
  unit: form.unit,
  held_at: heldAt(form),
  place: {
    village: form.village || null,
    fix: form.fix && { ...form.fix, datum: 'wgs84' },
    text: form.place.trim(),
  },
  attendees: form.attendees.map((one) => one.id),
  guests: Number(form.guests.trim() || 0),
  guests_note: form.guests_note.trim(),
  minutes: form.minutes.trim(),
  photos: [...new Set(photos)],
  organisations: form.organisations.map((one) => one.id),
  reports: form.kind === 'report_meeting' ? form.reports : [],
  written_at,
  clock,
})

export interface Entry {
  id: string
  kind: string
  held_at: string
  state: State
  /** First words of the minutes, or where it was. */
  words: string
  attendances: number | null
  photos: number
  problem: ApiProblem | null
}

const PREFIX = 'activity:'

/** One's own list, the latest first: being written, waiting here, at the service. Each once. */
export const entriesOf = (told: {
  listed: readonly Activity[]
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  drafts: readonly Draft[]
  sending: boolean
}): Entry[] => {
  const entries = new Map<string, Entry>()
  for (const one of told.listed) entries.set(one.id, fromService(one))
  for (const record of told.arrived)
    if (record.kind === 'activity' && !entries.has(record.id))
      entries.set(record.id, record.reply ? fromService(record.reply as unknown as Activity) : fromBody(record, 'sent', null))
  for (const record of told.outbox)
    if (record.kind === 'activity')
      entries.set(record.id, fromBody(record, record.state === 'parked' ? 'needs_you' : told.sending ? 'sending' : 'not_sent', record.problem))
  for (const draft of told.drafts) {
    const form = draft.key.startsWith(PREFIX) ? formOf(draft.value) : null
    const id = draft.key.slice(PREFIX.length)
    if (form && !entries.has(id)) entries.set(id, fromForm(id, form))
  }
  return [...entries.values()].sort((a, b) => Date.parse(b.held_at) - Date.parse(a.held_at) || (a.id < b.id ? 1 : -1))
}

export const fromService = (one: Activity): Entry => ({
  id: one.id,
  kind: one.kind,
  held_at: one.held_at,
  state: one.withdrawn === null ? 'recorded' : 'withdrawn',
  words: one.minutes || one.place.text || (one.place.village_name ?? ''),
  attendances: one.attendances,
  photos: one.photos.length,
  problem: null,
})

const fromBody = (record: Outgoing | Arrived, state: State, problem: ApiProblem | null): Entry => {
  const { body } = record
  const attendees = Array.isArray(body['attendees']) ? body['attendees'].length : 0
  const guests = typeof body['guests'] === 'number' ? body['guests'] : 0
  return {
    id: record.id,
    kind: text(body['kind']),
    held_at: text(body['held_at']) || record.made_at,
    state,
    words: text(body['minutes']) || text(object(body['place'])['text']),
    attendances: attendees + guests,
    photos: record.photos.length,
    problem,
  }
}

const fromForm = (id: string, form: Form): Entry => ({
  id,
  kind: form.kind,
  held_at: heldAt({ day: form.day, time: /^\d\d:\d\d$/.test(form.time) ? form.time : '00:00' }),
  state: 'unfinished',
  words: form.minutes || form.place,
  attendances: null,
  photos: 0,
  problem: null,
})

/** A record of this phone as the reading page shows it, before the service has said anything. */
export interface Shown {
  kind: string
  held_at: string
  minutes: string
  place: string
  attendances: number
  guests_note: string
}
export const shownBody = (body: Record<string, unknown>): Shown => ({
  kind: text(body['kind']),
  held_at: text(body['held_at']),
  minutes: text(body['minutes']),
  place: text(object(body['place'])['text']),
  attendances: (Array.isArray(body['attendees']) ? body['attendees'].length : 0) + Number(body['guests'] ?? 0),
  guests_note: text(body['guests_note']),
})

export type Person = OkBody<'/api/v1/activities/people', 'get'>['items'][number]

/** Who is offered without a search: those with a post in this very unit or village. */
export const atHand = (people: readonly Person[], units: readonly string[]): Person[] =>
  people.filter((person) => person.posts.some((post) => units.includes(post.unit)))

export const found = <T extends Named>(all: readonly T[], word: string, most: number): T[] => {
  const asked = word.trim()
  return asked ? all.filter((one) => one.name.includes(asked)).slice(0, most) : []
}
