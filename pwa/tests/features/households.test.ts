import { describe, expect, it } from 'vitest'
import { around, direction, found, grouped, mayDo, united } from '@/features/households/households'
import {
  givenByVisits,
  marksOf,
  planOf,
  portraitOf,
  positionOf,
  visitsOf,
  type CheckIn,
  type Queue,
} from '@/features/households/pending'
import type { Arrived, Outgoing, RecordKind } from '@/offline/db'
import { requestOf } from '@/offline/drain'
import type { HouseholdRow } from '@/session/households'

const NONE: HouseholdRow['position'] = { lat: null, lon: null, accuracy_m: null, source: 'none', fixes: 0 }
const household = (over: Partial<HouseholdRow> = {}): HouseholdRow => ({
  id: 'h1',
  number: '0001',
  head: '曾志强',
  address: '北门村八组 63 号',
  village: '360321101202',
  village_name: '北门村',
  poor: true,
  since: '2017-01-01',
  until: null,
  helpers: [],
  position: NONE,
  portrait: null,
  plan_open: 0,
  distance_m: null,
  ...over,
})
const at = (lat: number, lon: number): Partial<HouseholdRow> => ({
  position: { lat, lon, accuracy_m: 10, source: 'set_by_hand', fixes: 0 },
})

let seq = 0
const waits = (kind: RecordKind, body: Record<string, unknown>, over: Partial<Outgoing> = {}): Outgoing => ({
  id: `r${(seq += 1)}`,
  kind,
  of: null,
  body: { household: 'h1', ...body },
  seq,
  made_at: '2026-11-21T01:00:00.000Z',
  label: '',
  photos: [],
  state: 'queued',
  tries: 0,
  problem: null,
  ...over,
})
const came = (record: Outgoing, sent_at: string): Arrived => ({ ...record, sent_at, reply: null })
const queue = (outbox: Outgoing[], arrived: Arrived[] = [], sending = false): Queue => ({
  outbox,
  arrived,
  sending,
  today: '2026-11-21',
})
const REFUSED = { status: 403, code: 'forbidden', title: '', detail: '不在范围内', errors: [] }

describe('finding', () => {
  it('takes every word, in name, number or address', () => {
    const rows = [household(), household({ id: 'h2', head: '刘志强', number: '0002', address: '三组' })]
    expect(found(rows, '志强').map((row) => row.id)).toEqual(['h1', 'h2'])
    expect(found(rows, ' 志强  八组 ').map((row) => row.id)).toEqual(['h1'])
    expect(found(rows, '0002').map((row) => row.id)).toEqual(['h2'])
    expect(found(rows, '无')).toEqual([])
    expect(found(rows, '  ')).toHaveLength(2)
  })
  it('unites lists, each household once, the first list being right', () => {
    const fresh = household({ plan_open: 3 })
    const all = united([fresh], [household(), household({ id: 'h2' })])
    expect(all).toHaveLength(2)
    expect(all.find((row) => row.id === 'h1')?.plan_open).toBe(3)
  })
  it('sorts by distance, leaves out what is too far and counts what has no position', () => {
    const here = { lat: 27, lon: 113 }
    const rows = [household({ id: 'far', ...at(27.1, 113) }), household({ id: 'b', ...at(27.002, 113) }), household({ id: 'a', ...at(27.001, 113) }), household()]
    const { near, unplaced } = around(rows, here, 500)
    expect(near.map((one) => one.row.id)).toEqual(['a', 'b'])
    expect(near[0]?.metres).toBeCloseTo(111.2, 0)
    expect(unplaced).toBe(1)
  })
  it('puts those paired with me first, the others under their village', () => {
    const mine = household({ id: 'mine', helpers: [{ pairing: 'p', person: { id: 'me', name: '' }, from: '2026-01-01', to: null }] })
    const groups = grouped([household(), mine, household({ id: 'h3', village: 'v3', village_name: '三' })], 'me')
    expect(groups.map((group) => [group.village?.name ?? null, group.rows.map((row) => row.id)])).toEqual([
      [null, ['mine']],
      ['北门村', ['h1']],
      ['三', ['h3']],
    ])
  })
  it('says which way to walk', () => {
    const here = { lat: 27, lon: 113 }
    const way = (lat: number, lon: number) => direction(here, { lat: 27 + lat, lon: 113 + lon })
    expect([way(1, 0), way(1, 1), way(0, 1), way(-1, 0), way(0, -1), way(1, -1)]).toEqual(['n', 'ne', 'e', 's', 'w', 'nw'])
  })
})

describe('what is offered', () => {
  const post = (kind: string, unit: string) => ({ kind, unit, from: '2026-01-01', to: null })
  const may = (kind: string, unit: string, paired = false) => mayDo([post(kind, unit)], '2026-11-21', '360321101202', paired)
  it('follows the post, the unit and the pairing', () => {
    expect(may('FS', '360321101202')).toEqual({ tend: true, unmask: true })
    expect(may('TM', '360321101202')).toEqual({ tend: true, unmask: false })
    expect(may('TA', '360321101')).toEqual({ tend: true, unmask: true })
    expect(may('FS', '360321101203')).toEqual({ tend: false, unmask: false })
    expect(may('HC', '360321101202')).toEqual({ tend: false, unmask: false })
    expect(may('HC', '360321101202', true)).toEqual({ tend: true, unmask: true })
  })
  it('ends with the post', () => {
    const ended = { ...post('FS', '360321101202'), to: '2026-11-20' }
    expect(mayDo([ended], '2026-11-21', '360321101202', false).tend).toBe(false)
  })
})

describe('the plan', () => {
  const listed = (id: string, over: object = {}) => ({
    id,
    household: 'h1',
    author: 'me',
    text: id,
    due: null,
    done_on: null,
    dropped_on: null,
    created_on: '2026-11-01',
    rev: 1,
    ...over,
  })
  const version = (of: string, over: object = {}) => waits('plan_item', { text: of, due: null, done_on: null, dropped_on: null, ...over }, { of })
  const AT = '2026-11-21T02:00:00.000Z'

  it('shows an item made here, and its later version instead of it', () => {
    const made = version('new', { due: '2026-12-01' })
    expect(planOf('h1', [], AT, queue([made])).open.map((item) => [item.id, item.way?.state])).toEqual([['new', 'on_phone']])
    const done = version('new', { done_on: '2026-11-21' })
    const plan = planOf('h1', [], AT, queue([made, done], [], true))
    expect(plan.open).toEqual([])
    expect(plan.ended.map((item) => [item.id, item.way?.state])).toEqual([['new', 'sending']])
  })
  it('lets the service speak again once it answered later than the version arrived', () => {
    const done = version('a', { done_on: '2026-11-20' })
    const before = planOf('h1', [listed('a')], AT, queue([], [came(done, '2026-11-21T03:00:00.000Z')]))
    expect(before.ended.map((item) => item.way?.state)).toEqual(['sent'])
    const after = planOf('h1', [listed('a')], AT, queue([], [came(done, '2026-11-21T01:00:00.000Z')]))
    expect(after.open.map((item) => item.way?.state)).toEqual(['sent'])
  })
  it('says no more of what arrived on an earlier day', () => {
    const old = came(version('a'), '2026-11-19T01:00:00.000Z')
    expect(planOf('h1', [listed('a')], AT, queue([], [old])).open[0]?.way).toBeNull()
  })
  it('keeps a refused version in sight with its reason', () => {
    const refused = { ...version('a', { done_on: '2026-11-21' }), state: 'parked' as const, problem: REFUSED }
    const [item] = planOf('h1', [listed('a')], AT, queue([refused])).ended
    expect(item?.way).toMatchObject({ state: 'needs_you', problem: REFUSED })
  })
  it('sorts what is open by due day, without one last', () => {
    const rows = [listed('never'), listed('late', { due: '2026-12-31' }), listed('soon', { due: '2026-11-30' })]
    expect(planOf('h1', rows, AT, queue([])).open.map((item) => item.id)).toEqual(['soon', 'late', 'never'])
  })
  it('sends each version under the address of its item', () => {
    expect(requestOf(version('item')).url).toBe('/api/v1/plan-items/item')
  })
})

describe('portrait, position, marks', () => {
  const AT = '2026-11-21T02:00:00.000Z'
  const portrait = (photo: string, over: Partial<Outgoing> = {}) =>
    waits('household_portrait', { photo, consent: { by: '曾志强', on: '2026-11-21', how: 'signed' } }, over)
  const position = (lat: number) => waits('household_position', { fix: { lat, lon: 113, accuracy_m: 8, datum: 'wgs84' } })

  it('shows the newest portrait of this phone before it has arrived', () => {
    const { portrait: shown, way } = portraitOf(household(), AT, queue([portrait('one'), portrait('two')]))
    expect([shown?.photo, shown?.how, way?.state]).toEqual(['two', 'signed', 'on_phone'])
  })
  it('goes back to the one before when the newest was refused, and says why', () => {
    const one = portrait('one')
    const refused = portrait('two', { state: 'parked', problem: REFUSED })
    const { portrait: shown, way } = portraitOf(household(), AT, queue([one, refused]))
    expect([shown?.photo, way?.state, way?.problem?.code]).toEqual(['one', 'needs_you', 'forbidden'])
  })
  it('takes a position set here for the household’s', () => {
    const { position: shown } = positionOf(household(), AT, queue([position(27)]))
    expect(shown).toMatchObject({ lat: 27, source: 'set_by_hand' })
    expect(positionOf(household(), AT, queue([])).position.source).toBe('none')
  })
  it('does not take another household’s', () => {
    const other = waits('household_position', { household: 'h2', fix: { lat: 27, lon: 113 } })
    expect(positionOf(household(), AT, queue([other])).position.source).toBe('none')
  })
  it('marks what is there, what waits and what lacks', () => {
    expect(marksOf(household({ plan_open: 2 }), AT, queue([portrait('one')]))).toEqual({
      portrait: 'on_phone',
      position: 'missing',
      plan: 'done',
      plan_open: 2,
    })
    expect(marksOf(household(), AT, queue([], [came(position(27), '2026-11-21T03:00:00.000Z')])).position).toBe('done')
  })
  it('offers the median of visits, else a good fix that this phone remembers', () => {
    const median = household({ position: { lat: 27, lon: 113, accuracy_m: 12, source: 'median_of_visits', fixes: 4 } })
    expect(givenByVisits(median, queue([]))?.fixes).toBe(4)
    const visit = (accuracy_m: number) => waits('check_in', { kind: 'household', fix: { lat: 27.5, lon: 113, accuracy_m } })
    expect(givenByVisits(household(), queue([visit(400)]))).toBeNull()
    expect(givenByVisits(household(), queue([visit(20)]))?.lat).toBe(27.5)
  })
})

describe('my visits', () => {
  const listed = (id: string, over: Partial<CheckIn> = {}): CheckIn =>
    ({ id, kind: 'household', household: 'h1', captured_at: '2026-11-20T03:00:00Z', note: '', photos: [], place: 'inside', state: 'counted', withdrawn: null, ...over }) as CheckIn
  it('are this household’s, newest first, each once, without those taken back', () => {
    const mine = waits('check_in', { captured_at: '2026-11-21T10:00:00+08:00', note: '' })
    const back = waits('withdrawal', {}, { of: 'b' })
    const told = [listed('a'), listed('b'), listed('c', { household: 'h2' }), listed('d', { withdrawn: '误按' }), listed(mine.id, { captured_at: '2026-11-21T02:00:00Z' })]
    const visits = visitsOf('h1', told, queue([back], [came(mine, '2026-11-21T03:00:00.000Z')]))
    expect(visits.map((visit) => [visit.id, visit.counts, visit.way?.state ?? null])).toEqual([
      [mine.id, 'counted', 'sent'],
      ['a', 'counted', null],
    ])
  })
})
