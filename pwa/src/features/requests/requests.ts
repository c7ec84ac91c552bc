/** Leave and make-ups as pages need them: what the service has, what waits here, what is being written. Pure. */

import type { OkBody } from '@/api/client'
import type { ApiProblem } from '@/lib/problem'
import type { Arrived, Draft, Outgoing } from '@/offline/db'
import type { Tone } from '@/ui/states'

export type Leave = OkBody<'/api/v1/leave', 'get'>['items'][number]
export type MakeUp = OkBody<'/api/v1/make-ups', 'get'>['items'][number]
export type Terms = OkBody<'/api/v1/make-ups', 'get'>['terms']
export type Kind = 'leave' | 'make_up'
export type State = Leave['state'] | 'not_sent' | 'sending' | 'sent' | 'needs_you' | 'unfinished'

export const TONES: Record<State, Tone> = {
  submitted: 'info',
  with_county: 'info',
  approved: 'good',
  refused: 'bad',
  withdrawn: 'quiet',
  not_sent: 'warn',
  sending: 'info',
  sent: 'good',
  needs_you: 'bad',
  unfinished: 'quiet',
}
export const LEAVE_KINDS = ['leave', 'trip', 'training'] as const
export type LeaveKind = (typeof LEAVE_KINDS)[number]

export interface LeaveForm {
  kind: LeaveKind
  from: string
  to: string
  reason: string
}
export interface MakeUpForm {
  day: string
  village: string
  reason: string
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const DAY = /^\d{4}-\d{2}-\d{2}$/

export const isLeaveKind = (value: unknown): value is LeaveKind => LEAVE_KINDS.some((one) => one === value)

/** A kept draft, or null when it is not one of ours. */
export const leaveFormOf = (value: unknown): LeaveForm | null => {
  const { kind, from, to, reason } = object(value)
  return isLeaveKind(kind) ? { kind, from: text(from), to: text(to), reason: text(reason) } : null
}
export const makeUpFormOf = (value: unknown): MakeUpForm | null => {
  const { day, village, reason } = object(value)
  return typeof day === 'string' && typeof village === 'string' ? { day, village, reason: text(reason) } : null
}

/** Days from the first to the last, both counted; 0 when they are no span. */
export const daysIn = (from: string, to: string): number => {
  if (!DAY.test(from) || !DAY.test(to)) return 0
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1)
}

export type Fault = 'from' | 'to' | 'order' | 'reason' | 'day' | 'ahead' | 'village'

export const leaveFaults = (form: LeaveForm): Fault[] => {
  const found: Fault[] = []
  if (!DAY.test(form.from)) found.push('from')
  if (!DAY.test(form.to)) found.push('to')
  else if (DAY.test(form.from) && form.to < form.from) found.push('order')
  if (!form.reason.trim()) found.push('reason')
  return found
}
export const makeUpFaults = (form: MakeUpForm, today: string): Fault[] => {
  const found: Fault[] = []
  if (!DAY.test(form.day)) found.push('day')
  else if (form.day > today) found.push('ahead')
  if (!/^\d{12}$/.test(form.village)) found.push('village')
  if (!form.reason.trim()) found.push('reason')
  return found
}

const daysBefore = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10)
/** Still waiting for a word, or approved: these take up the month's number. */
const ALIVE: readonly string[] = ['submitted', 'with_county', 'approved'] satisfies Leave['state'][]

/**
 * What holds for a make-up of `day` that is written today: nothing of it is refused, but later or more often the county decides.
 * The kept terms may be of days ago, so that the earliest day follows from today; `waiting` are days that wait on the phone.
 */
export const offerOf = (
  terms: Terms,
  told: { day: string; today: string; asked: readonly Pick<MakeUp, 'day' | 'state'>[]; waiting: readonly string[] },
): { earliest: string; month: string; left: number; is: 'fine' | 'ahead' | 'late' | 'beyond' } => {
  const month = (DAY.test(told.day) ? told.day : told.today).slice(0, 7)
  const known = new Set(told.asked.filter(({ state }) => ALIVE.includes(state)).map(({ day }) => day))
  const more = new Set(told.waiting.filter((day) => day.startsWith(month) && !known.has(day)))
  const kept = terms.months.find((one) => one.month === month)?.left
  const there = [...known].filter((day) => day.startsWith(month)).length
  const left = Math.max(0, (kept ?? terms.per_month - there) - more.size)
  const earliest = daysBefore(told.today, terms.within_days)
  const again = known.has(told.day) || more.has(told.day)
  const is = told.day > told.today ? 'ahead' : told.day < earliest ? 'late' : !left && !again ? 'beyond' : 'fine'
  return { earliest, month, left, is }
}

/** The body of `PUT /leave/{id}`. */
export const leaveBody = (form: LeaveForm, written_at: string): Record<string, unknown> => ({
  kind: form.kind,
  from: form.from,
  to: form.to,
  reason: form.reason.trim(),
  written_at,
})
/** The body of `PUT /make-ups/{id}`. */
export const makeUpBody = (form: MakeUpForm, evidence: readonly string[], written_at: string): Record<string, unknown> => ({
  day: form.day,
  village: form.village,
  reason: form.reason.trim(),
  evidence: [...evidence],
  written_at,
})

export interface Entry {
  id: string
  kind: Kind
  /** Of a leave which of the three. */
  which: LeaveKind | null
  from: string
  to: string
  state: State
  at: string
  next: string
  problem: ApiProblem | null
}

export const pathOf = (kind: Kind, id: string): string => `/requests/${kind === 'leave' ? 'leave' : 'make-up'}/${id}`

const KINDS: readonly string[] = ['leave', 'make_up'] satisfies Kind[]
const isKind = (kind: string): kind is Kind => KINDS.includes(kind)

/** One's own list, what was touched last first: what the service has, what came or waits here, what is being written. */
export const entriesOf = (told: {
  leaves: readonly Leave[]
  makeUps: readonly MakeUp[]
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  drafts: readonly Draft[]
  sending: boolean
}): Entry[] => {
  const entries = new Map<string, Entry>()
  for (const one of told.leaves) entries.set(one.id, fromLeave(one))
  for (const one of told.makeUps) entries.set(one.id, fromMakeUp(one))
  for (const record of told.arrived) {
    if (isKind(record.kind) && !entries.has(record.id)) entries.set(record.id, fromBody(record.kind, record, 'sent', null))
  }
  for (const record of told.outbox) {
    if (!isKind(record.kind)) continue
    const state = record.state === 'parked' ? 'needs_you' : told.sending ? 'sending' : 'not_sent'
    entries.set(record.id, fromBody(record.kind, record, state, record.problem))
  }
  for (const draft of told.drafts) {
    const entry = fromDraft(draft)
    if (entry && !entries.has(entry.id)) entries.set(entry.id, entry)
  }
  return [...entries.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}

export const fromLeave = (one: Leave): Entry => ({
  id: one.id,
  kind: 'leave',
  which: one.kind,
  from: one.from,
  to: lastOf(one),
  state: one.state,
  at: one.received_at,
  next: one.next,
  problem: null,
})
export const fromMakeUp = (one: MakeUp): Entry => ({
  id: one.id,
  kind: 'make_up',
  which: null,
  from: one.day,
  to: one.day,
  state: one.state,
  at: one.received_at,
  next: one.next,
  problem: null,
})

const fromBody = (kind: Kind, record: Outgoing | Arrived, state: State, problem: ApiProblem | null): Entry => ({
  id: record.id,
  kind,
  which: isLeaveKind(record.body['kind']) ? record.body['kind'] : null,
  from: text(record.body[kind === 'leave' ? 'from' : 'day']),
  to: text(record.body[kind === 'leave' ? 'to' : 'day']),
  state,
  at: record.made_at,
  next: '',
  problem,
})

const fromDraft = (draft: Draft): Entry | null => {
  const [kind = '', id = ''] = draft.key.split(':')
  if (!isKind(kind)) return null
  const leave = kind === 'leave' ? leaveFormOf(draft.value) : null
  const makeUp = kind === 'make_up' ? makeUpFormOf(draft.value) : null
  if (!leave && !makeUp) return null
  return {
    id,
    kind,
    which: leave?.kind ?? null,
    from: leave?.from ?? makeUp?.day ?? '',
    to: leave?.to ?? makeUp?.day ?? '',
    state: 'unfinished',
    at: draft.at,
    next: '',
    problem: null,
  }
}

export const dayBefore = (day: string): string => daysBefore(day, 1)
/** The last day of a leave as it stands; back on the first day it was none, and its first day names it. */
export const lastOf = (one: Pick<Leave, 'from' | 'to' | 'back_on'>): string => (one.back_on ? (one.back_on > one.from ? dayBefore(one.back_on) : one.from) : one.to)

/** What waits for one's word, the oldest first: who waited longest comes first. */
export type Waiting = { kind: 'leave'; of: Leave } | { kind: 'make_up'; of: MakeUp }
export const waitingOf = (leaves: readonly Leave[], makeUps: readonly MakeUp[]): Waiting[] =>
  [
    ...leaves.map((of) => ({ kind: 'leave', of }) as const),
    ...makeUps.map((of) => ({ kind: 'make_up', of }) as const),
  ].sort((a, b) => Date.parse(a.of.received_at) - Date.parse(b.of.received_at))

/** A day of a make-up on which its author was away with leave. */
export const awayOn = (leaves: readonly Pick<Leave, 'state' | 'kind' | 'from' | 'to' | 'back_on'>[], day: string): { kind: LeaveKind; from: string; to: string } | null => {
  for (const { state, kind, from, to, back_on } of leaves) {
    const last = back_on ? dayBefore(back_on) : to
    if (state === 'approved' && from <= day && day <= last) return { kind, from, to: last }
  }
  return null
}

/** The days of a request, the first and the last. */
export const daysOf = (one: Waiting): { from: string; to: string } =>
  one.kind === 'leave' ? { from: one.of.from, to: one.of.to } : { from: one.of.day, to: one.of.day }
