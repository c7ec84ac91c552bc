/** Submissions: which period is meant, what can be handed in, what is sent, one list out of many places. */

import { describe, expect, it } from 'vitest'
import { typeOf } from '@/device/document'
import { around, keyOf, lengthOf, partsOf, proposedPeriod } from '@/features/submissions/periods'
import { sizeText } from '@/photos/sizes'
import {
  blank,
  entriesOf,
  faultsOf,
  formOf,
  nextOfBody,
  nextVersion,
  ownOnes,
  submissionBody,
  type Form,
  type KindChoice,
  type Line,
  type Submission,
} from '@/features/submissions/submissions'
import type { Arrived, Draft, Outgoing } from '@/offline/db'

describe('periods', () => {
  it.each([
    ['week', '2026-11-22', '2026-W47'],
    ['week', '2026-01-01', '2026-W01'],
    ['week', '2027-01-03', '2026-W53'],
    ['week', '2024-12-30', '2025-W01'],
    ['month', '2026-11-30', '2026-11'],
    ['quarter', '2026-10-01', '2026-Q4'],
    ['half_year', '2026-06-30', '2026-H1'],
    ['half_year', '2026-07-01', '2026-H2'],
    ['year', '2026-11-22', '2026'],
  ] as const)('%s of %s is %s', (length, day, key) => {
    expect(keyOf(length, day)).toBe(key)
    expect(lengthOf(key)).toBe(length)
  })
  it('offers the next, this and the last ones, over the turn of a year and from a 31st', () => {
    expect(around('month', '2026-01-31').slice(0, 3)).toEqual(['2026-02', '2026-01', '2025-12'])
    expect(around('week', '2026-01-01').slice(0, 3)).toEqual(['2026-W02', '2026-W01', '2025-W52'])
    expect(new Set(around('quarter', '2026-05-31')).size).toBe(8)
  })
  it('means last month by a report of last month, and this one otherwise', () => {
    expect(proposedPeriod('month_report', '2026-01-05')).toBe('2025-12')
    expect(proposedPeriod('team_month_plan', '2026-01-05')).toBe('2026-01')
    expect(proposedPeriod('weekly_entry', '2026-11-22')).toBe('2026-W47')
  })
  it('tells a week by its Monday and Sunday', () => {
    expect(partsOf('2026-W47')).toEqual({ year: '2026', number: 47, from: '2026-11-16', to: '2026-11-22' })
    expect(partsOf('2026-W01')).toMatchObject({ from: '2025-12-29' })
    expect(partsOf('2026-H2')).toMatchObject({ number: 2 })
  })
  it('knows no other words', () => {
    for (const key of ['standing', '2026-B6', '', '2026-Q5']) expect(lengthOf(key)).toBeNull()
  })
})

const form = (over: Partial<Form> = {}): Form => ({
  ...blank(),
  kind: 'month_report',
  kind_name: '月报',
  subject: 'unit:360321101201',
  period: '2026-10',
  title: '十月',
  text: '完成',
  ...over,
})

it('is handed in when it says what, whose, when and something', () => {
  expect(faultsOf(form(), 0)).toEqual([])
  expect(faultsOf(form({ text: '' }), 1)).toEqual([])
  expect(faultsOf(form({ text: '', kept: ['a'] }), 0)).toEqual([])
  expect(faultsOf(form({ text: ' ' }), 0)).toEqual(['empty'])
  expect(faultsOf(blank(), 0)).toEqual(['kind', 'subject', 'period', 'title', 'empty'])
  expect(faultsOf(form({ subject: 'unit:' }), 0)).toEqual(['subject'])
})

describe('what is sent', () => {
  it('names exactly one subject, and every attachment once', () => {
    const body = submissionBody(form({ kept: ['a'], title: ' 十月 ' }), ['a', 'b'], '2026-11-05T17:30:00+08:00', {})
    expect(body).toMatchObject({ unit: '360321101201', title: '十月', files: ['a', 'b'], draft: false, replaces: null })
    expect(body).not.toHaveProperty('organisation')
    expect(submissionBody(form({ subject: 'organisation:o1' }), [], '', {})).toMatchObject({ organisation: 'o1' })
  })
  it('of a new version keeps what stands and names the one before', () => {
    const stands = { id: 's1', kind: 'month_report', kind_name: '月报', unit: null, organisation: 'o1', person: null, subject_name: '县水利局', for_period: '2026-10', title: '十月', text: '旧', village: null, event: 'e1', files: ['a'] }
    const next = nextVersion(stands as unknown as Submission)
    expect(submissionBody(next, [], '', {})).toMatchObject({ organisation: 'o1', files: ['a'], replaces: 's1', event: 'e1' })
    const sent = submissionBody(form({ kept: ['a'] }), [], '', {})
    expect(nextOfBody('s2', sent, { kind: '月报', subject: '' })).toMatchObject({ subject: 'unit:360321101201', kept: ['a'], replaces: 's2', period: '2026-10' })
  })
})

it('a draft comes back as it was, and what is no draft as nothing', () => {
  expect(formOf(JSON.parse(JSON.stringify(form({ replaces: 'x' }))))).toEqual(form({ replaces: 'x' }))
  for (const strange of [null, [], 'x', { kind: 1 }]) expect(formOf(strange)).toBeNull()
})

describe('one list', () => {
  const line = (id: string, over: object = {}): Line =>
    ({ id, kind: 'month_report', kind_name: '月报', unit: 'u', organisation: null, person: null, subject_name: '沿背村', for_period: '2026-10', title: id, files: [], author: { id: 'me', name: '王' }, received_at: '2026-11-05T00:00:00Z', state: 'submitted', replaces: null, ...over }) as unknown as Line
  const outgoing = (id: string, body: object, over: Partial<Outgoing> = {}): Outgoing => ({
    id,
    kind: 'submission',
    of: null,
    body: { title: id, for_period: '2026-10', files: ['a'], replaces: null, ...body },
    seq: 1,
    made_at: '2026-11-20T00:00:00Z',
    label: '月报',
    photos: [],
    state: 'queued',
    tries: 0,
    problem: null,
    ...over,
  })
  const none = { listed: [], outbox: [], arrived: [], drafts: [], sending: false }

  it('shows the newest version only, also when it still waits here', () => {
    const list = entriesOf({ ...none, listed: [line('a', { state: 'returned' }), line('b')], outbox: [outgoing('a2', { replaces: 'a' })] })
    expect(list.map((one) => [one.id, one.state])).toEqual([['a2', 'not_sent'], ['b', 'submitted']])
  })
  it('keeps the standing one in sight when the new version was refused', () => {
    const problem = { status: 409, code: 'submission-step', title: '', detail: '', errors: [] }
    const list = entriesOf({ ...none, listed: [line('a')], outbox: [outgoing('a2', { replaces: 'a' }, { state: 'parked', problem })] })
    expect(list.map((one) => one.id)).toEqual(['a2', 'a'])
    expect(list[0]?.state).toBe('needs_you')
  })
  it('has drafts, and what arrived before the list was read', () => {
    const draft: Draft = { key: 'submission:d', value: form({ title: '在写' }), at: '2026-11-21T00:00:00Z' }
    const { state: _state, problem: _problem, tries: _tries, ...rest } = outgoing('c', {})
    const came: Arrived = { ...rest, sent_at: '', reply: line('c', { state: 'accepted' }) }
    const list = entriesOf({ ...none, arrived: [came], drafts: [draft, { key: 'submission-files:d', value: [], at: '' }] })
    expect(list.map((one) => [one.id, one.state])).toEqual([['d', 'unfinished'], ['c', 'accepted']])
  })
  it('tells one’s own from what others handed in', () => {
    const kinds = [{ subjects: [{ unit: 'u2', organisation: null, person: null, subject_name: '' }] }] as unknown as KindChoice[]
    const other = { author: { id: 'x', name: '' } }
    const own = ownOnes([line('a'), line('b', other), line('c', { ...other, unit: 'u2' })], 'me', kinds)
    expect(own.map((one) => one.id)).toEqual(['a', 'c'])
  })
})

it('takes documents by the ending of their name', () => {
  expect(typeOf('总结.PDF')).toBe('application/pdf')
  expect(typeOf('a.b.docx')).toContain('wordprocessingml')
  for (const name of ['a.doc', 'a.xls', 'pdf', 'a.zip', '']) expect(typeOf(name)).toBeNull()
})

it('says sizes in three digits', () => {
  expect([999, 1500, 999_400, 1_234_567].map(sizeText)).toEqual(['999 B', '2 KB', '999 KB', '1.2 MB'])
})
