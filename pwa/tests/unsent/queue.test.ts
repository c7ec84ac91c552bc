import { describe, expect, it } from 'vitest'
import { problemOf } from '@/api/answer'
import { adviceFor, againOf, draftsBegun, latest, queueOf, sizeText, whyWaiting } from '@/features/unsent/queue'
import type { Arrived, KeptPhoto, Outgoing } from '@/offline/db'
import { receiptOf } from '@/offline/restored'

const record = (id: string, more: Partial<Outgoing> = {}): Outgoing => ({
  id,
  kind: 'check_in',
  of: null,
  body: { note: '雨' },
  seq: 1,
  made_at: '2026-11-21T01:00:00Z',
  label: id,
  photos: [],
  state: 'queued',
  tries: 0,
  problem: null,
  ...more,
})
const photo = (sha256: string, more: Partial<KeptPhoto> = {}): KeptPhoto => ({
  sha256,
  type: 'image/jpeg',
  size: 400_000,
  made_at: '2026-11-21T01:00:00Z',
  state: 'queued',
  tries: 0,
  problem: null,
  sent_at: null,
  ...more,
})
const sent: Arrived = { ...record('sent'), label: '昨天的签到', photos: ['p2'], sent_at: '2026-11-21T02:00:00Z', reply: null }

describe('what waits', () => {
  it('stands in the order of sending, photos last, named by their record also when that one has arrived', () => {
    const queue = queueOf({ records: [record('a', { photos: ['p1'] }), record('b')], photos: [photo('p2'), photo('p1')], arrived: [sent], sending: false })
    expect(queue.map((item) => [item.id, item.kind, item.label])).toEqual([
      ['a', 'check_in', 'a'],
      ['b', 'check_in', 'b'],
      ['p2', 'photo', '昨天的签到'],
      ['p1', 'photo', 'a'],
    ])
  })
  it('counts the bytes that will go over the air, three for a Chinese character', () => {
    expect(queueOf({ records: [record('a')], photos: [photo('p')], arrived: [], sending: false }).map((item) => item.bytes)).toEqual([
      '{"note":"x"}'.length + 2,
      400_000,
    ])
  })
  it('shows one as on its way while a pass runs, and never one that needs somebody', () => {
    const parked = record('a', { state: 'parked', problem: problemOf(422, {}) })
    const told = { records: [parked, record('b'), record('c')], photos: [], arrived: [] }
    expect(queueOf({ ...told, sending: true }).map((item) => item.state)).toEqual(['needs_you', 'sending', 'on_phone'])
    expect(queueOf({ ...told, sending: false }).map((item) => item.state)).toEqual(['needs_you', 'on_phone', 'on_phone'])
  })
})

describe('why it waits', () => {
  const now = { sending: false, expired: false, online: true, reached: true, next: null }
  it.each([
    [{ online: false, expired: true, reached: false }, 'no_network'],
    [{ sending: true, reached: false }, 'sending'],
    [{ expired: true, reached: false }, 'signed_out'],
    [{ reached: false, next: '2026-11-21T01:00:00Z' }, 'service_away'],
    [{ next: '2026-11-21T01:00:00Z' }, 'asked_to_wait'],
    [{}, 'soon'],
    [{ reached: null }, 'soon'],
  ])('%j is %s', (more, why) => expect(whyWaiting({ ...now, ...more })).toBe(why))
})

describe('what to do', () => {
  it.each([
    ['check_in', 409, 'check-in-differs', 'compare'],
    ['household_portrait', 409, 'household-portrait-differs', 'compare'],
    ['diary', 409, 'diary-already-replaced', 'compare'],
    ['check_in', 409, 'id-taken', 'id_taken'],
    ['photo', 0, 'photo-lost-on-phone', 'photo_lost'],
    ['photo', 422, 'photo-hash-differs', 'photo_unfit'],
    ['withdrawal', 404, 'not-found', 'not_there'],
    ['check_in', 422, 'no-such-village', 'mend'],
  ] as const)('%s refused with %d %s: %s', (kind, status, code, advice) =>
    expect(adviceFor(kind, problemOf(status, { code }))).toBe(advice),
  )
})

it('reads a receipt only where the service gave one', () => {
  expect(receiptOf({ receipt: { log: '360321', seq: 12, leaf: 'ab' } })).toEqual({ log: '360321', seq: 12 })
  expect(receiptOf({ receipt: null })).toBeNull()
  expect(receiptOf({ receipt: { log: '360321' } })).toBeNull()
  expect(receiptOf(null)).toBeNull()
})
it('compares moments, not their spelling', () => {
  expect(latest([null, '2026-11-21T09:00:00+08:00', '2026-11-21T01:30:00Z', undefined])).toBe('2026-11-21T01:30:00Z')
  expect(latest([])).toBeNull()
})
it('writes sizes as people say them', () => {
  expect([812, 3_400, 45_000, 999_999, 12_300_000].map(sizeText)).toEqual(['812 B', '3.4 KB', '45 KB', '1.0 MB', '12 MB'])
})

it("counts what a person began: a diary's pictures are no draft of their own", () => {
  expect(draftsBegun([{ key: 'diary:a' }, { key: 'diary-photos:a' }, { key: 'diary-photos:b' }, { key: 'household:h' }])).toBe(3)
  expect(draftsBegun([])).toBe(0)
})

it('tells what goes again after the service was set back, and for a day that it went', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  const arrived = [{ again: true as const, sent_at: '2026-11-21T11:00:00Z' }, { again: true as const, sent_at: '2026-11-19T11:00:00Z' }, { sent_at: '2026-11-21T11:00:00Z' }]
  expect(againOf([{ again: true }, {}], arrived, now)).toEqual({ waiting: 1, done: 1 })
})
