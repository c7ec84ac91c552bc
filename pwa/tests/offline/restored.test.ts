import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '@/api/answer'
import { closeUserDb, openUserDb, type Arrived, type UserDb } from '@/offline/db'
import { drain, type Request } from '@/offline/drain'
import { arrived, enqueue, waiting, waitingPhotos } from '@/offline/outbox'
import { logsIn, lostOf, offerAgain } from '@/offline/restored'

const NOW = '2026-11-21T12:00:00.000Z'
const LATER = '2026-11-21T12:00:01.000Z'
let made = 0
const came = (id: string, seq: number | null, over: Partial<Arrived> = {}): Arrived => ({
  id,
  kind: 'check_in',
  of: null,
  body: {},
  seq: (made += 1),
  made_at: NOW,
  label: id,
  photos: [],
  sent_at: `2026-11-21T11:00:0${made % 10}.000Z`,
  reply: seq === null ? {} : { receipt: { log: '360321', seq, leaf: '' } },
  ...over,
})
const ids = (lost: Arrived[]): string[] => lost.map((one) => one.id)
const log = (size: number) => [{ log: '360321', size }]

beforeEach(() => {
  made = 0
})

describe('what a service has lost', () => {
  it('is nothing while its log is as long as the receipts say', () => {
    expect(lostOf([came('a', 8), came('b', 9)], log(10), LATER)).toEqual([])
    expect(lostOf([came('a', 8), came('b', 9)], log(11), LATER)).toEqual([])
    expect(lostOf([came('a', 8)], [], LATER)).toEqual([])
    expect(lostOf([came('a', null)], log(0), LATER)).toEqual([])
  })

  it('is everything of a log that was cut: its places may have been given to others since', () => {
    expect(ids(lostOf([came('a', 8), came('b', 9)], log(9), LATER))).toEqual(['a', 'b'])
  })

  it('is nothing of other logs', () => {
    const other = came('o', 50, { reply: { receipt: { log: '360322', seq: 50 } } })
    expect(ids(lostOf([came('a', 9), other], [...log(2), { log: '360322', size: 51 }], LATER))).toEqual(['a'])
  })

  it('is nothing that arrived after the question: its answer cannot know of it', () => {
    expect(lostOf([came('a', 9, { sent_at: NOW })], log(9), NOW)).toEqual([])
    expect(ids(lostOf([came('a', 9, { sent_at: NOW })], log(9), LATER))).toEqual(['a'])
  })

  it('has withdrawals with it, which count once however often they come', () => {
    const back = came('w', null, { kind: 'withdrawal', of: 'a' })
    expect(ids(lostOf([came('a', 9), back], log(9), LATER))).toEqual(['a', 'w'])
  })

  it('has of a plan item the newest version only, and none that the service may still have', () => {
    const early = came('p1', null, { kind: 'plan_item', of: 'p' })
    const sure = came('a', 9)
    const item = (id: string, of: string): Arrived => came(id, null, { kind: 'plan_item', of })
    const lost = lostOf([early, sure, item('q1', 'q'), item('q2', 'q')], log(9), LATER)
    expect(ids(lost)).toEqual(['a', 'q2'])
  })
})

it('an older service that tells no sizes takes nothing back', () => {
  expect([logsIn(null), logsIn({}), logsIn({ logs: log(3) })]).toEqual([[], [], log(3)])
})

describe('offering again', () => {
  let db: UserDb
  let user = 0
  beforeEach(async () => {
    user += 1
    db = await openUserDb(`restored-${user}`)
  })
  afterEach(() => closeUserDb())

  /** A service with one log, that can be set back. */
  const service = () => {
    let records: string[] = []
    let photos = new Set<string>()
    const send = (request: Request): Promise<Answer<unknown>> => {
      const ok = (body: unknown): Promise<Answer<unknown>> => Promise.resolve({ kind: 'ok', status: 200, body })
      const take = (id: string): unknown => {
        if (!records.includes(id)) records.push(id)
        return { receipt: { log: '360321', seq: records.indexOf(id), leaf: '' } }
      }
      if (request.url.endsWith('/sync')) {
        const told = (request.body as { records: { id: string }[] }).records
        const results = told.map(({ id }) => ({ id, status: 200, body: take(id) }))
        return ok({ results, logs: log(records.length) })
      }
      if (request.url.endsWith('/photos/missing'))
        return ok({ missing: (request.body as { sha256: string[] }).sha256.filter((one) => !photos.has(one)) })
      const id = request.url.split('/').at(-1) ?? ''
      if (!request.url.includes('/photos/')) return ok(take(id))
      photos.add(id)
      return ok({})
    }
    const setBack = (to: number): void => {
      records = records.slice(0, to)
      photos = new Set()
    }
    return { send, setBack, records: () => records, photos: () => [...photos] }
  }
  const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer
  const checkIn = (id: string, photo?: string): Promise<void> =>
    enqueue({
      id,
      kind: 'check_in',
      body: {},
      label: id,
      ...(photo ? { photos: [{ sha256: photo.repeat(64), type: 'image/jpeg', bytes: bytes(photo) }] } : {}),
    })
  const soon = (): string => new Date(Date.now() + 1000).toISOString()
  const pass = async (one: ReturnType<typeof service>) => drain(db, one.send, () => undefined)

  it('puts records and photos back where they wait, and they arrive again, once', async () => {
    const one = service()
    for (const id of ['a', 'b', 'c']) await checkIn(id, id)
    await pass(one)
    one.setBack(1)
    expect(await offerAgain(db, log(1), soon())).toBe(3)
    expect((await waiting()).map((record) => [record.id, record.state, record.again])).toEqual([
      ['a', 'queued', true],
      ['b', 'queued', true],
      ['c', 'queued', true],
    ])
    expect(await waitingPhotos()).toHaveLength(3)
    await pass(one)
    expect([one.records(), one.photos().length]).toEqual([['a', 'b', 'c'], 3])
    expect([await waiting(), await waitingPhotos()]).toEqual([[], []])
    // and it is not offered for ever
    expect(await offerAgain(db, log(3), soon())).toBe(0)
    expect((await arrived()).every((record) => record.again)).toBe(true)
  })

  it('begins by itself when the reply to new records tells of it', async () => {
    const one = service()
    for (const id of ['a', 'b', 'c']) await checkIn(id)
    await pass(one)
    one.setBack(0)
    await new Promise((resolve) => setTimeout(resolve, 2))
    await checkIn('d')
    await checkIn('e')
    await pass(one)
    expect(one.records().sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await waiting()).toEqual([])
  })

  it('leaves a photo whose bytes are gone as it is', async () => {
    const one = service()
    await checkIn('a', 'p')
    await pass(one)
    await db.delete('bytes', 'p'.repeat(64))
    expect(await offerAgain(db, log(0), soon())).toBe(1)
    expect(await waitingPhotos()).toEqual([])
  })
})
