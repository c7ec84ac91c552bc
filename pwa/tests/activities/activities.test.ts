/** Activities: what can be handed over, what is sent, and one list out of what lies in many places. */

import { describe, expect, it } from 'vitest'
import { activityBody, atHand, blank, entriesOf, faultsOf, formOf, found, heldAt, KINDS, type Activity, type Form } from '@/features/activities/activities'
import type { Arrived, Draft, Outgoing } from '@/offline/db'

const NOW = new Date('2026-11-21T10:00:00+08:00')
const VILLAGE = '360321101201'
const me = { id: 'a1', name: '王书记' }
const form = (over: Partial<Form> = {}): Form => ({ ...blank(NOW, VILLAGE, VILLAGE, me), ...over })

describe('what can be handed over', () => {
  it('is a meeting of today that has begun, with somebody there', () => {
    expect(faultsOf(form(), NOW)).toEqual([])
    expect(faultsOf(form({ attendees: [], guests: '12' }), NOW)).toEqual([])
  })
  it.each([
    [{ attendees: [] }, 'nobody'],
    [{ attendees: [], guests: '0' }, 'nobody'],
    [{ guests: '-1' }, 'guests'],
    [{ guests: '十二' }, 'guests'],
    [{ kind: 'party' }, 'kind'],
    [{ unit: '' }, 'unit'],
    [{ day: '' }, 'day'],
    [{ time: '' }, 'time'],
    [{ time: '10:01' }, 'future'],
    [{ day: '2026-11-22' }, 'future'],
  ])('not %o', (over, fault) => {
    expect(faultsOf(form(over), NOW)).toEqual([fault])
  })
})

describe('what is sent', () => {
  it('has the moment in the time of the field, ids without names, every photo once', () => {
    const told = form({ time: '09:05', guests: ' 12 ', minutes: ' 研究产业 ', organisations: [{ id: 'o1', name: '县水利局' }], place: '村委会' })
    expect(heldAt(told)).toBe('2026-11-21T09:05:00+08:00')
    expect(activityBody(told, ['x', 'x'], '2026-11-21T10:00:00+08:00', {})).toEqual({
      kind: 'joint_meeting',
      unit: VILLAGE,
      held_at: '2026-11-21T09:05:00+08:00',
      place: { village: VILLAGE, fix: null, text: '村委会' },
      attendees: ['a1'],
      guests: 12,
      guests_note: '',
      minutes: '研究产业',
      photos: ['x'],
      organisations: ['o1'],
      reports: [],
      written_at: '2026-11-21T10:00:00+08:00',
      clock: {},
    })
  })
  it('names units that reported only where reports are heard', () => {
    const body = (kind: string) => activityBody(form({ kind, reports: [VILLAGE] }), [], '', {})['reports']
    expect([body('training'), body('report_meeting')]).toEqual([[], [VILLAGE]])
  })
  it('says no village as none', () => {
    expect(activityBody(form({ village: '' }), [], '', {})['place']).toMatchObject({ village: null })
  })
})

it('a draft comes back as it was, and what is no draft as nothing', () => {
  const kept = form({ fix: { lat: 27.1, lon: 113.9, accuracy_m: 12, fixed_at: '2026-11-21T09:00:00+08:00' }, reports: [VILLAGE] })
  expect(formOf(JSON.parse(JSON.stringify(kept)))).toEqual(kept)
  for (const strange of [null, 'x', {}, { day: 'gestern' }]) expect(formOf(strange)).toBeNull()
  expect(formOf({ day: '2026-11-21', attendees: [{ id: 'a' }, 3], fix: { lat: 'x' } })).toMatchObject({ attendees: [{ id: 'a', name: '' }], fix: null })
})

describe('one list', () => {
  const service = (id: string, over: object = {}): Activity =>
    ({
      id,
      kind: 'training',
      held_at: '2026-11-10T01:00:00Z',
      withdrawn: null,
      minutes: '',
      place: { text: '', village_name: '沿背村' },
      attendances: 20,
      photos: [],
      ...over,
    }) as unknown as Activity
  const outgoing = (id: string, over: Partial<Outgoing> = {}): Outgoing => ({
    id,
    kind: 'activity',
    of: null,
    body: { kind: 'joint_meeting', held_at: '2026-11-20T15:00:00+08:00', attendees: ['a', 'b'], guests: 3, minutes: '记录' },
    seq: 1,
    made_at: '2026-11-20T10:00:00Z',
    label: '',
    photos: ['p'],
    state: 'queued',
    tries: 0,
    problem: null,
    ...over,
  })
  const none = { listed: [], outbox: [], arrived: [], drafts: [], sending: false }

  it('names each once, the latest first, with the state it has', () => {
    const draft: Draft = { key: 'activity:d', value: form({ minutes: '在写' }), at: '' }
    const reply = service('c', { minutes: '到了' }) as unknown as Record<string, unknown>
    const { state: _state, problem: _problem, tries: _tries, ...rest } = outgoing('c')
    const came: Arrived = { ...rest, sent_at: '', reply }
    const list = entriesOf({
      ...none,
      listed: [service('a'), service('w', { withdrawn: '按错了', held_at: '2026-11-09T01:00:00Z' })],
      outbox: [outgoing('b'), outgoing('k', { kind: 'check_in' })],
      arrived: [came],
      drafts: [draft, { key: 'activity-files:d', value: [], at: '' }, { key: 'diary:x', value: form(), at: '' }],
    })
    expect(list.map((one) => [one.id, one.state])).toEqual([
      ['d', 'unfinished'],
      ['b', 'not_sent'],
      ['c', 'recorded'],
      ['a', 'recorded'],
      ['w', 'withdrawn'],
    ])
    expect(list[1]).toMatchObject({ attendances: 5, photos: 1, words: '记录' })
    expect(list[3]?.words).toBe('沿背村')
  })
  it('says that a refused one needs its author, and why', () => {
    const problem = { status: 404, code: 'not-found', title: '', detail: '没有找到这个人', errors: [] }
    const [one] = entriesOf({ ...none, outbox: [outgoing('b', { state: 'parked', problem })] })
    expect([one?.state, one?.problem]).toEqual(['needs_you', problem])
  })
  it('keeps what waits above what the service said before', () => {
    expect(entriesOf({ ...none, listed: [service('b')], outbox: [outgoing('b')], sending: true })[0]?.state).toBe('sending')
  })
})

it('offers at hand whoever holds a post in the place, and finds the others by name', () => {
  const person = (name: string, unit: string) => ({ id: name, name, posts: [{ unit, unit_name: '', kind: 'FS' as const }] })
  const all = [person('王书记', VILLAGE), person('赵乡长', '360321101'), person('王县长', '360321')]
  expect(atHand(all, [VILLAGE]).map((one) => one.name)).toEqual(['王书记'])
  expect(found(all, '王', 1).map((one) => one.name)).toEqual(['王书记'])
  expect(found(all, ' ', 9)).toEqual([])
})

it('knows each kind once', () => {
  expect(new Set(KINDS).size).toBe(KINDS.length)
})
