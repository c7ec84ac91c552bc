/** Reported figures as pages need them: what the service has, what waits here, what is being written. Pure. */

import type { OkBody } from '@/api/client'
import type { ApiProblem } from '@/lib/problem'
import type { Arrived, Draft, Outgoing } from '@/offline/db'
import type { State } from '@/ui/states'

export type Figure = OkBody<'/api/v1/figures', 'get'>['items'][number]
export type FigureChoice = OkBody<'/api/v1/submissions/kinds', 'get'>['figures'][number]

/** What is being written. */
export interface Form {
  name: string
  name_shown: string
  /** `unit:360321101201`, `organisation:…` or `person:…`. */
  subject: string
  subject_name: string
  on: string
  amount: string
  note: string
}

export const blank = (today: string): Form => ({ name: '', name_shown: '', subject: '', subject_name: '', on: today, amount: '', note: '' })

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A kept draft, or null when it is not one of ours. */
export const formOf = (value: unknown): Form | null => {
  const kept = (value ?? {}) as Record<string, unknown>
  if (typeof kept['name'] !== 'string' || typeof kept['amount'] !== 'string') return null
  return {
    name: kept['name'],
    name_shown: text(kept['name_shown']),
    subject: text(kept['subject']),
    subject_name: text(kept['subject_name']),
    on: text(kept['on']),
    amount: kept['amount'],
    note: text(kept['note']),
  }
}

/** The service takes no more; more than this is a slip of the finger. */
const MOST = 1_000_000_000
/** A whole number as people type it, or null: full-width digits and thousands' commas are read. */
export const amountOf = (typed: string): number | null => {
  const plain = typed.normalize('NFKC').replace(/[\s,]/g, '')
  const amount = /^\d+$/.test(plain) ? Number(plain) : NaN
  return amount <= MOST ? amount : null
}

export type Fault = 'name' | 'subject' | 'on' | 'amount'
/** What has to be mended before it can be handed in. A figure tells of a day that has come. */
export const faultsOf = (form: Form, today: string): Fault[] => {
  const found: Fault[] = []
  if (!form.name) found.push('name')
  if (!/^(unit|organisation|person):.+/.test(form.subject)) found.push('subject')
  if (!/^\d{4}-\d\d-\d\d$/.test(form.on) || form.on > today) found.push('on')
  if (amountOf(form.amount) === null) found.push('amount')
  return found
}

/** The body of `PUT /figures/{id}`. */
export const figureBody = (form: Form, files: readonly string[]): Record<string, unknown> => {
  const [of = '', ...rest] = form.subject.split(':')
  return { name: form.name, [of]: rest.join(':'), on: form.on, amount: amountOf(form.amount), note: form.note.trim(), files: [...new Set(files)] }
}

export interface Entry {
  id: string
  name: string
  subject: string
  on: string
  amount: string
  note: string
  state: State
  withdrawn: string | null
  mine: boolean
  problem: ApiProblem | null
}

/** What was reported, what waits here, what is being written; the latest day first. */
export const entriesOf = (told: {
  listed: readonly Figure[]
  outbox: readonly Outgoing[]
  arrived: readonly Arrived[]
  drafts: readonly Draft[]
  sending: boolean
  me: string
}): Entry[] => {
  const entries = new Map<string, Entry>()
  for (const one of told.listed) entries.set(one.id, fromFigure(one, told.me))
  for (const record of told.arrived) {
    if (record.kind !== 'figure' || entries.has(record.id)) continue
    entries.set(record.id, record.reply ? fromFigure(record.reply as unknown as Figure, told.me) : fromBody(record, 'sent', null))
  }
  for (const record of told.outbox) {
    if (record.kind !== 'figure') continue
    entries.set(record.id, fromBody(record, record.state === 'parked' ? 'needs_you' : told.sending ? 'sending' : 'not_sent', record.problem))
  }
  for (const draft of told.drafts) {
    const form = draft.key.startsWith('figure:') ? formOf(draft.value) : null
    const id = draft.key.slice('figure:'.length)
    if (form && !entries.has(id)) entries.set(id, fromForm(id, form))
  }
  return [...entries.values()].sort((a, b) => (a.on === b.on ? (a.id < b.id ? 1 : -1) : a.on < b.on ? 1 : -1))
}

const fromFigure = (one: Figure, me: string): Entry => ({
  id: one.id,
  name: one.name_zh,
  subject: one.subject_name,
  on: one.on,
  amount: `${one.amount} ${one.measure}`,
  note: one.note,
  state: one.withdrawn === null ? 'recorded' : 'withdrawn',
  withdrawn: one.withdrawn,
  mine: one.author.id === me,
  problem: null,
})
const fromBody = (record: Outgoing | Arrived, state: State, problem: ApiProblem | null): Entry => ({
  id: record.id,
  name: record.label,
  subject: '',
  on: text(record.body['on']),
  amount: typeof record.body['amount'] === 'number' ? `${record.body['amount']}` : '',
  note: text(record.body['note']),
  state,
  withdrawn: null,
  mine: true,
  problem,
})
const fromForm = (id: string, form: Form): Entry => ({
  id,
  name: form.name_shown,
  subject: form.subject_name,
  on: form.on,
  amount: form.amount,
  note: form.note,
  state: 'unfinished',
  withdrawn: null,
  mine: true,
  problem: null,
})
