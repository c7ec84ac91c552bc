import { describe, expect, it } from 'vitest'
import {
  awayOn,
  daysIn,
  daysOf,
  entriesOf,
  leaveBody,
  leaveFaults,
  leaveFormOf,
  makeUpBody,
  makeUpFaults,
  lastOf,
  makeUpFormOf,
  offerOf,
  pathOf,
  waitingOf,
  type Leave,
  type MakeUp,
} from '@/features/requests/requests'
import type { Arrived, Draft, Outgoing } from '@/offline/db'

const leave = (over: object): Leave =>
  ({ id: 'l1', kind: 'leave', from: '2026-11-24', to: '2026-11-26', state: 'submitted', received_at: '2026-11-22T01:00:00Z', back_on: null, next: 'n', ...over }) as Leave
const makeUp = (over: object): MakeUp =>
  ({ id: 'm1', day: '2026-11-19', state: 'approved', received_at: '2026-11-21T01:00:00Z', next: 'n', ...over }) as MakeUp
const record = (over: object): Outgoing =>
  ({ id: 'w1', kind: 'leave', body: { kind: 'trip', from: '2026-12-01', to: '2026-12-02' }, made_at: '2026-11-22T02:00:00Z', state: 'queued', problem: null, ...over }) as unknown as Outgoing
const nothing = { leaves: [], makeUps: [], outbox: [], arrived: [], drafts: [], sending: false }

describe('what is asked', () => {
  it('counts both days', () => {
    expect([daysIn('2026-11-24', '2026-11-26'), daysIn('2026-11-24', '2026-11-24')]).toEqual([3, 1])
    expect([daysIn('2026-11-24', '2026-11-20'), daysIn('', '2026-11-20')]).toEqual([0, 0])
    expect(daysIn('2026-02-27', '2026-03-01')).toBe(3)
  })
  it('says what has to be mended', () => {
    const form = { kind: 'leave', from: '2026-11-24', to: '2026-11-24', reason: 'x' } as const
    expect(leaveFaults(form)).toEqual([])
    expect(leaveFaults({ ...form, to: '2026-11-23', reason: ' ' })).toEqual(['order', 'reason'])
    expect(leaveFaults({ ...form, from: '', to: '' })).toEqual(['from', 'to'])
    const made = { day: '2026-11-21', village: '360321101201', reason: 'x' }
    expect(makeUpFaults(made, '2026-11-21')).toEqual([])
    expect(makeUpFaults({ ...made, day: '2026-11-22', village: '' }, '2026-11-21')).toEqual(['ahead', 'village'])
  })
  it('becomes the body of its PUT', () => {
    expect(leaveBody({ kind: 'trip', from: 'a', to: 'b', reason: ' x ' }, 't')).toEqual({ kind: 'trip', from: 'a', to: 'b', reason: 'x', written_at: 't' })
    expect(makeUpBody({ day: 'd', village: 'v', reason: 'x ' }, ['p'], 't')).toEqual({
      day: 'd',
      village: 'v',
      reason: 'x',
      evidence: ['p'],
      written_at: 't',
    })
  })
  it('takes up only drafts of its own', () => {
    expect(leaveFormOf({ kind: 'trip', from: 'a' })).toEqual({ kind: 'trip', from: 'a', to: '', reason: '' })
    expect([leaveFormOf({ kind: 'party' }), leaveFormOf(null), makeUpFormOf({ day: 1 })]).toEqual([null, null, null])
    expect(makeUpFormOf({ day: 'd', village: '' })).toEqual({ day: 'd', village: '', reason: '' })
  })
})

describe('what a make-up is told before it is written', () => {
  const terms = { earliest: '2026-11-13', within_days: 7, per_month: 3, months: [{ month: '2026-11', left: 2 }] }
  const told = { day: '2026-11-19', today: '2026-11-20', asked: [], waiting: [] }
  it('names the earliest day and how many are left', () => {
    expect(offerOf(terms, told)).toEqual({ earliest: '2026-11-13', month: '2026-11', left: 2, is: 'fine' })
    expect(offerOf(terms, { ...told, day: '2026-11-21' }).is).toBe('ahead')
    expect(offerOf(terms, { ...told, day: '2026-11-12' }).is).toBe('late')
    expect(offerOf(terms, { ...told, day: '' })).toMatchObject({ month: '2026-11', left: 2 })
  })
  it('goes on from an answer that is days old', () => {
    expect(offerOf(terms, { ...told, today: '2026-11-22', day: '2026-11-14' })).toMatchObject({ earliest: '2026-11-15', is: 'late' })
    expect(offerOf(terms, { ...told, today: '2026-12-01', day: '2026-12-01' })).toMatchObject({ month: '2026-12', left: 3 })
  })
  it('counts what waits on the phone, each day once', () => {
    const asked = [
      { day: '2026-11-18', state: 'submitted' },
      { day: '2026-11-17', state: 'refused' },
    ] as MakeUp[]
    expect(offerOf(terms, { ...told, asked, waiting: ['2026-11-18', '2026-11-16', '2026-11-16', '2026-10-31'] }).left).toBe(1)
    const all = { ...told, waiting: ['2026-11-15', '2026-11-16'] }
    expect(offerOf(terms, all)).toMatchObject({ left: 0, is: 'beyond' })
    // of a day that is asked for already it is no more
    expect(offerOf(terms, { ...all, day: '2026-11-16' }).is).toBe('fine')
  })
  it('back on its first day a leave was none', () => {
    expect(lastOf({ from: '2026-11-24', to: '2026-11-26', back_on: '2026-11-24' })).toBe('2026-11-24')
    expect(lastOf({ from: '2026-11-24', to: '2026-11-26', back_on: '2026-11-26' })).toBe('2026-11-25')
    expect(lastOf({ from: '2026-11-24', to: '2026-11-26', back_on: null })).toBe('2026-11-26')
    expect(awayOn([leave({ state: 'approved', back_on: '2026-11-24' })], '2026-11-24')).toBeNull()
  })
})

describe('one’s own list', () => {
  it('holds both kinds, the newest first', () => {
    const entries = entriesOf({ ...nothing, leaves: [leave({})], makeUps: [makeUp({})], outbox: [record({})] })
    expect(entries.map((one) => [one.id, one.state, one.from])).toEqual([
      ['w1', 'not_sent', '2026-12-01'],
      ['l1', 'submitted', '2026-11-24'],
      ['m1', 'approved', '2026-11-19'],
    ])
  })
  it('shows what waits here instead of what the service had, and drafts that are nothing else yet', () => {
    const drafts: Draft[] = [
      { key: 'leave:l1', value: { kind: 'trip' }, at: '2026-11-22T03:00:00Z' },
      { key: 'make_up:d1', value: { day: '2026-11-20', village: '' }, at: '2026-11-22T04:00:00Z' },
      { key: 'make_up-files:d1', value: [], at: '2026-11-22T04:00:00Z' },
      { key: 'diary:x', value: {}, at: '2026-11-22T04:00:00Z' },
    ]
    const parked = record({ id: 'l1', state: 'parked', problem: { code: 'leave-differs' } })
    const entries = entriesOf({ ...nothing, leaves: [leave({})], outbox: [parked], drafts })
    expect(entries.map((one) => [one.id, one.state])).toEqual([
      ['d1', 'unfinished'],
      ['l1', 'needs_you'],
    ])
  })
  it('knows what arrived before the service’s list does', () => {
    const came = record({ kind: 'make_up', body: { day: '2026-11-20' } }) as unknown as Arrived
    expect(entriesOf({ ...nothing, arrived: [came] }).map((one) => [one.kind, one.state, one.from])).toEqual([['make_up', 'sent', '2026-11-20']])
  })
  it('ends a leave on the day before its author was back', () => {
    expect(entriesOf({ ...nothing, leaves: [leave({ back_on: '2026-11-26' })] })[0]?.to).toBe('2026-11-25')
  })
})

it('puts first who waited longest', () => {
  const waiting = waitingOf([leave({})], [makeUp({})])
  expect(waiting.map((one) => one.kind)).toEqual(['make_up', 'leave'])
  expect(waiting.map(daysOf)).toEqual([
    { from: '2026-11-19', to: '2026-11-19' },
    { from: '2026-11-24', to: '2026-11-26' },
  ])
  expect(pathOf('make_up', 'x')).toBe('/requests/make-up/x')
})

it('knows the days on which somebody was away, up to the day before they came back', () => {
  const trip = { state: 'approved', kind: 'trip', from: '2026-11-03', to: '2026-11-06', back_on: '2026-11-06' } as const
  expect(awayOn([trip], '2026-11-05')).toEqual({ kind: 'trip', from: '2026-11-03', to: '2026-11-05' })
  expect(awayOn([trip], '2026-11-06')).toBeNull()
  expect(awayOn([{ ...trip, back_on: null }], '2026-11-06')).not.toBeNull()
  expect(awayOn([{ ...trip, state: 'submitted' }], '2026-11-04')).toBeNull()
})
