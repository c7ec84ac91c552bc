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
  makeUpFormOf,
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
