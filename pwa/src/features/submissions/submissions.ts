/** Submissions as pages need them: what the service has, what waits here, what is being written. Pure. */

import type { OkBody } from '@/api/client'
import type { ApiProblem } from '@/lib/problem'
import type { Arrived, Draft, Outgoing } from '@/offline/db'
import { subjectKey } from '@/session/acting'
import type { State } from '@/ui/states'

export type Line = OkBody<'/api/v1/submissions', 'get'>['items'][number]
export type Submission = OkBody<'/api/v1/submissions/{submission_id}', 'get'>
export type KindChoice = OkBody<'/api/v1/submissions/kinds', 'get'>['submissions'][number]

/** What is being written. */
export interface Form {
  kind: string
  kind_name: string
  /** `unit:360321101201`, `organisation:…` or `person:…`. */
  subject: string
  subject_name: string
  period: string
  title: string
  text: string
  village: string | null
  event: string | null
  /** Attachments that the earlier version has already. */
  kept: string[]
  replaces: string | null
}

export const blank = (): Form => ({
  kind: '',
  kind_name: '',
  subject: '',
  subject_name: '',
  period: '',
  title: '',
  text: '',
  village: null,
  event: null,
  kept: [],
  replaces: null,
})

/** What is known before anything was written, from an address. */
export type Given = Pick<Form, 'kind' | 'subject' | 'period'>
export const givenIn = (query: Record<string, unknown>): Given | null => {
  const kind = text(query['kind'])
  return kind ? { kind, subject: text(query['for']), period: text(query['period']) } : null
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const textOrNull = (value: unknown): string | null => text(value) || null
const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const words = (value: unknown): string[] => (Array.isArray(value) ? value : []).filter((one) => typeof one === 'string')

/** A kept draft, or null when it is not one of ours. */
export const formOf = (value: unknown): Form | null => {
  const kept = object(value)
  if (typeof kept['kind'] !== 'string' || typeof kept['subject'] !== 'string') return null
  return {
    kind: text(kept['kind']),
    kind_name: text(kept['kind_name']),
    subject: text(kept['subject']),
    subject_name: text(kept['subject_name']),
    period: text(kept['period']),
    title: text(kept['title']),
    text: text(kept['text']),
    village: textOrNull(kept['village']),
    event: textOrNull(kept['event']),
    kept: words(kept['kept']),
    replaces: textOrNull(kept['replaces']),
  }
}

/** What a new version begins with: all that stands in the one before. */
export const nextVersion = (one: Submission): Form => ({
  kind: one.kind,
  kind_name: one.kind_name,
  subject: subjectKey(one),
  subject_name: one.subject_name,
  period: one.for_period,
  title: one.title,
  text: one.text,
  village: one.village,
  event: one.event,
  kept: [...one.files],
  replaces: one.id,
})

/** The same from what this phone sent under the id, where the service cannot be asked. */
export const nextOfBody = (id: string, body: Record<string, unknown>, names: { kind: string; subject: string }): Form => ({
  kind: text(body['kind']),
  kind_name: names.kind,
  subject: subjectKey({ unit: textOrNull(body['unit']), organisation: textOrNull(body['organisation']), person: textOrNull(body['person']) }),
  subject_name: names.subject,
  period: text(body['for_period']),
  title: text(body['title']),
  text: text(body['text']),
  village: textOrNull(body['village']),
  event: textOrNull(body['event']),
  kept: words(body['files']),
  replaces: id,
})

export type Fault = 'kind' | 'subject' | 'period' | 'title' | 'empty'

/** What has to be mended before it can be handed in. */
export const faultsOf = (form: Form, attached: number): Fault[] => {
  const found: Fault[] = []
  if (!form.kind) found.push('kind')
  if (!/^(unit|organisation|person):.+/.test(form.subject)) found.push('subject')
  if (!form.period) found.push('period')
  if (!form.title.trim()) found.push('title')
  if (!form.text.trim() && !attached && !form.kept.length) found.push('empty')
  return found
}

/** The body of `PUT /submissions/{id}`. */
export const submissionBody = (form: Form, files: readonly string[], written_at: string, clock: object): Record<string, unknown> => {
  const [of = '', ...rest] = form.subject.split(':')
  return {
    kind: form.kind,
    [of]: rest.join(':'),
    for_period: form.period,
    title: form.title.trim(),
    text: form.text.trim(),
    files: [...new Set([...form.kept, ...files])],
    village: form.village,
    event: form.event,
    written_at,
    draft: false,
    replaces: form.replaces,
    clock,
  }
}

export interface Entry {
  id: string
  kind: string
  title: string
  subject: string
  period: string
  state: State
  at: string
  files: number
  author: string
  problem: ApiProblem | null
}

const PREFIX = 'submission:'

/** One's own list, what was touched last first; a version that was replaced, also by one that waits here, is gone. */
export const entriesOf = (told: {
  listed: readonly Line[]
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  drafts: readonly Draft[]
  sending: boolean
}): Entry[] => {
  const entries = new Map<string, Entry>()
  const replaced = new Set<string>()
  for (const one of told.listed) {
    entries.set(one.id, fromLine(one))
    if (one.replaces) replaced.add(one.replaces)
  }
  for (const record of told.arrived) {
    if (record.kind !== 'submission') continue
    if (!entries.has(record.id)) entries.set(record.id, record.reply ? fromLine(record.reply as unknown as Line) : fromBody(record, 'sent', null))
    replaced.add(text(record.body['replaces']))
  }
  for (const record of told.outbox) {
    if (record.kind !== 'submission') continue
    const state = record.state === 'parked' ? 'needs_you' : told.sending ? 'sending' : 'not_sent'
    entries.set(record.id, fromBody(record, state, record.problem))
    if (record.state === 'queued') replaced.add(text(record.body['replaces']))
  }
  for (const draft of told.drafts) {
    const form = draft.key.startsWith(PREFIX) ? formOf(draft.value) : null
    const id = draft.key.slice(PREFIX.length)
    if (form && !entries.has(id)) entries.set(id, fromForm(id, form, draft.at))
  }
  return [...entries.values()].filter((one) => !replaced.has(one.id)).sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}

export const fromLine = (one: Line): Entry => ({
  id: one.id,
  kind: one.kind_name,
  title: one.title,
  subject: one.subject_name,
  period: one.for_period,
  state: one.state,
  at: one.received_at,
  files: one.files.length,
  author: one.author.name,
  problem: null,
})

const fromBody = (record: Outgoing | Arrived, state: State, problem: ApiProblem | null): Entry => ({
  id: record.id,
  kind: record.label,
  title: text(record.body['title']),
  subject: '',
  period: text(record.body['for_period']),
  state,
  at: record.made_at,
  files: words(record.body['files']).length,
  author: '',
  problem,
})

const fromForm = (id: string, form: Form, at: string): Entry => ({
  id,
  kind: form.kind_name,
  title: form.title,
  subject: form.subject_name,
  period: form.period,
  state: 'unfinished',
  at,
  files: form.kept.length,
  author: '',
  problem: null,
})

/** Which of the visible ones are one's own: written by oneself, or for somebody one may write for. */
export const ownOnes = (lines: readonly Line[], me: string, kinds: readonly KindChoice[]): Line[] => {
  const subjects = new Set(kinds.flatMap((kind) => kind.subjects.map(subjectKey)))
  return lines.filter((one) => one.author.id === me || subjects.has(subjectKey(one)))
}
