/** A month of the person's own visits and diaries, wherever they lie: at the service, on their way, on this phone. Pure. */

import type { ApiProblem } from '@/lib/problem'
import { civilDay } from '@/lib/dates'
import type { components } from '@/api/schema.gen'
import type { Arrived, Draft, Outgoing } from '@/offline/db'

export type Written = components['schemas']['DiaryOut']
export type MonthDraft = components['schemas']['DraftOut']

export interface Visit {
  check_in: string
  kind: string
  captured_at: string
  village_name: string
  household: string | null
  /** The household's head; null when the phone does not know the name. */
  head: string | null
  photos: readonly string[]
  note: string
  /** The service refused this check-in: a diary that names it would be refused, too. */
  parked: boolean
}

export interface Day {
  day: string
  /** A suggested line about the day. */
  line: string
  visits: Visit[]
}

export interface Names {
  villages: ReadonlyMap<string, string>
  households: ReadonlyMap<string, string>
}

type Record_ = Outgoing | Arrived

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])
const once = (values: readonly string[]): string[] => [...new Set(values)]

/** 2026-11 of 2026-11-21. */
export const monthOf = (day: string): string => day.slice(0, 7)

/** The month `by` months later (or earlier). */
export const monthAfter = (month: string, by: number): string => {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const months = year * 12 + number - 1 + by
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`
}

export const isMonth = (value: unknown): value is string =>
  typeof value === 'string' && /^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(value)

/** First and last civil day. */
export const daysOf = (month: string): { from: string; to: string } => {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate()
  return { from: `${month}-01`, to: `${month}-${String(last).padStart(2, '0')}` }
}

/** The month's weeks, Monday first; null where another month's days would stand. */
export const weeksOf = (month: string): (string | null)[][] => {
  const { to } = daysOf(month)
  const before = (new Date(`${month}-01T00:00:00Z`).getUTCDay() + 6) % 7
  const days: (string | null)[] = Array.from({ length: before }, () => null)
  for (let number = 1; number <= Number(to.slice(8)); number += 1) days.push(`${month}-${String(number).padStart(2, '0')}`)
  while (days.length % 7) days.push(null)
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7))
}

/** A day in one line, as the service writes it (app/diaries/drafting.py): where, whom, and what was noted. */
export const lineOf = (day: string, visits: readonly Visit[]): string => {
  const whom = once(visits.flatMap((visit) => (visit.head === null ? [] : [visit.head])))
  const unnamed = new Set(visits.filter((visit) => visit.household !== null && visit.head === null).map((visit) => visit.household)).size
  const notes = once(visits.map((visit) => visit.note.trim()).filter(Boolean))
  let said = `${Number(day.slice(5, 7))}月${Number(day.slice(8))}日 在${once(visits.map((visit) => visit.village_name)).join('、')}`
  if (whom.length) said += `,入户走访${whom.join('、')}`
  if (unnamed) said += `${whom.length ? '和另外' : ',入户走访'}${unnamed}户`
  return `${said}。${notes.length ? `记事:${notes.join(';')}。` : ''}`
}

export interface Told {
  month: string
  /** The service's draft, fresh or kept; null when the phone never had it. */
  service: MonthDraft | null
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  names: Names
}

/** The month's own visits by day, the earliest first: the service's, and those that only this phone knows; none withdrawn. */
export const monthDays = (told: Told): Day[] => {
  const records = [...told.arrived, ...told.outbox]
  const withdrawn = new Set(records.filter((record) => record.kind === 'withdrawal').map((record) => record.of))
  const parked = new Set(told.outbox.filter((record) => record.state === 'parked').map((record) => record.id))
  const visits = new Map<string, Visit>()
  const lines = new Map<string, string>()
  for (const day of told.service?.days ?? []) {
    lines.set(day.day, day.line)
    for (const visit of day.visits) {
      if (withdrawn.has(visit.check_in)) lines.delete(day.day)
      else visits.set(visit.check_in, { ...visit, parked: parked.has(visit.check_in) })
    }
  }
  for (const record of records) {
    if (record.kind !== 'check_in' || visits.has(record.id) || withdrawn.has(record.id)) continue
    const visit = fromPhone(record, told.names, parked.has(record.id))
    const day = civilDay(new Date(visit.captured_at))
    if (monthOf(day) !== told.month) continue
    visits.set(record.id, visit)
    lines.delete(day)
  }
  const days = new Map<string, Visit[]>()
  for (const visit of [...visits.values()].sort((a, b) => Date.parse(a.captured_at) - Date.parse(b.captured_at))) {
    const day = civilDay(new Date(visit.captured_at))
    days.set(day, [...(days.get(day) ?? []), visit])
  }
  return [...days].map(([day, ofDay]) => ({ day, line: lines.get(day) ?? lineOf(day, ofDay), visits: ofDay }))
}

const fromPhone = (record: Record_, names: Names, parked: boolean): Visit => {
  const { body } = record
  const household = typeof body['household'] === 'string' ? body['household'] : null
  const village = text(body['village'])
  return {
    check_in: record.id,
    kind: text(body['kind']),
    captured_at: text(body['captured_at']),
    village_name: names.villages.get(village) ?? village,
    household,
    head: household === null ? null : (names.households.get(household) ?? null),
    photos: record.photos,
    note: text(body['note']),
    parked,
  }
}

/** Where a diary is, and whether it was written in its month; the rule itself decides on lateness. */
export type State = 'on_time' | 'after_month' | 'not_sent' | 'sending' | 'needs_you' | 'unfinished'

export interface Entry {
  id: string
  work_date: string
  text: string
  state: State
  versions: number
  photos: number
  households: number
  /** The check-ins that it names. */
  check_ins: readonly string[]
  problem: ApiProblem | null
}

export interface Kept {
  month: string
  listed: readonly Written[]
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  drafts: readonly Draft[]
  sending: boolean
}

export const stateOf = (written: Pick<Written, 'marks'>): 'on_time' | 'after_month' =>
  written.marks.some((mark) => mark.code === 'written_after_month') ? 'after_month' : 'on_time'

/** The service's reply to a diary, when it has the shape of one. */
export const replyOf = (record: Arrived): Written | null => {
  const reply = record.reply as Partial<Written> | null
  return reply?.id && reply.work_date && reply.versions ? (reply as Written) : null
}

/** The month's diaries, each chain once with its newest version, the latest work date first; unfinished ones on top. */
export const monthDiaries = (kept: Kept): Entry[] => {
  const entries = new Map<string, Entry>()
  const older = new Set<string>()
  const take = (written: Written): void => {
    for (const version of written.versions) if (version.id !== written.id) older.add(version.id)
    if (written.replaced_by) older.add(written.id)
    entries.set(written.id, fromService(written))
  }
  for (const record of kept.arrived) {
    const written = record.kind === 'diary' ? replyOf(record) : null
    if (!written) continue
    if (written.replaces) older.add(written.replaces)
    entries.set(written.id, fromService(written))
  }
  kept.listed.forEach(take)
  for (const record of kept.outbox) {
    if (record.kind !== 'diary') continue
    const replaces = record.body['replaces']
    // a refused correction has replaced nothing
    if (typeof replaces === 'string' && record.state === 'queued') older.add(replaces)
    entries.set(record.id, fromOutbox(record, kept.sending))
  }
  const unfinished = kept.drafts.flatMap((one) => fromDraft(one) ?? []).filter((one) => !entries.has(one.id))
  const standing = [...entries.values()]
    .filter((entry) => !older.has(entry.id))
    .sort((a, b) => b.work_date.localeCompare(a.work_date) || a.id.localeCompare(b.id))
  return [...unfinished, ...standing].filter((entry) => monthOf(entry.work_date) === kept.month)
}

const fromService = (written: Written): Entry => ({
  id: written.id,
  work_date: written.work_date,
  text: written.text,
  state: stateOf(written),
  versions: written.versions.length,
  photos: written.photos.length,
  households: written.households.length,
  check_ins: written.check_ins,
  problem: null,
})

const fromOutbox = (record: Outgoing, sending: boolean): Entry => ({
  id: record.id,
  work_date: text(record.body['work_date']),
  text: text(record.body['text']),
  state: record.state === 'parked' ? 'needs_you' : sending ? 'sending' : 'not_sent',
  versions: 1,
  photos: list(record.body['photos']).length,
  households: list(record.body['households']).length,
  check_ins: list(record.body['check_ins']),
  problem: record.problem,
})

const fromDraft = (one: Draft): Entry | null => {
  const form = one.key.startsWith(WORDS) ? formOf(one.value) : null
  return form
    ? {
        id: one.key.slice(WORDS.length),
        work_date: form.work_date,
        text: form.text,
        state: 'unfinished',
        versions: 1,
        photos: form.photos.length,
        households: form.households.length,
        // what is only thought of links nothing yet
        check_ins: [],
        problem: null,
      }
    : null
}

/** Drafts: the words by themselves, as they are saved at every pause; the pictures apart. */
export const WORDS = 'diary:'

/** What is being written. */
export interface Form {
  work_date: string
  text: string
  households: string[]
  check_ins: string[]
  /** Photos that visits or the earlier version already have. */
  photos: string[]
  replaces: string | null
  /** A refused version whose words this one takes over; thrown away when this one is saved. */
  instead: string | null
}

/** A kept draft, or null when it is not one of ours. */
export const formOf = (value: unknown): Form | null => {
  const kept = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const work_date = text(kept['work_date'])
  if (!/^\d{4}-\d\d-\d\d$/.test(work_date)) return null
  return {
    work_date,
    text: text(kept['text']),
    households: list(kept['households']),
    check_ins: list(kept['check_ins']),
    photos: list(kept['photos']),
    replaces: text(kept['replaces']) || null,
    instead: text(kept['instead']) || null,
  }
}

/** What a new diary begins with: the month's visits that no other diary names; no words, those are the writer's. */
export const begun = (month: string, days: readonly Day[], diaries: readonly Entry[], today: string): Form => {
  const linked = new Set(diaries.flatMap((entry) => entry.check_ins))
  const visits = days.flatMap((day) => day.visits).filter((visit) => !visit.parked && !linked.has(visit.check_in))
  const { from, to } = daysOf(month)
  const last = visits.at(-1)
  const now = today < from ? from : today > to ? to : today
  return {
    work_date: last ? civilDay(new Date(last.captured_at)) : now,
    text: '',
    households: once(visits.flatMap((visit) => visit.household ?? [])),
    check_ins: visits.map((visit) => visit.check_in),
    photos: once(visits.flatMap((visit) => visit.photos)),
    replaces: null,
    instead: null,
  }
}

/** The words with a suggested line at their end. */
export const withLine = (words: string, line: string): string =>
  !words.trim() ? line : `${words.replace(/\s+$/, '')}\n${line}`

/** The body of `PUT /diaries/{id}`. */
export const diaryBody = (
  form: Form,
  shots: readonly string[],
  written_at: string,
  clock: object,
): Record<string, unknown> => ({
  work_date: form.work_date,
  text: form.text.trim(),
  households: form.households,
  photos: once([...form.photos, ...shots]),
  check_ins: form.check_ins,
  written_at,
  replaces: form.replaces,
  clock,
})

/** The newest version, which the service names at the end of its refusal `diary-already-replaced`. */
export const newestOf = (problem: Pick<ApiProblem, 'code' | 'detail'> | null): string | null =>
  problem?.code === 'diary-already-replaced'
    ? (/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$/i.exec(problem.detail)?.[1] ?? null)
    : null
