import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '@/api/answer'
import { problemOf } from '@/api/answer'
import { closeUserDb, openUserDb, type UserDb } from '@/offline/db'
import { drain, nextBatch, type Request } from '@/offline/drain'
import { arrived, discard, enqueue, prune, putBack, retry, unsent, waiting, waitingPhotos } from '@/offline/outbox'

let db: UserDb
let user = 0

beforeEach(async () => {
  user += 1
  db = await openUserDb(`user-${user}`)
})
afterEach(() => closeUserDb())

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer
const hash = (letter: string): string => letter.repeat(64)
const checkIn = async (id: string, photos: string[] = []): Promise<void> =>
  enqueue({
    id,
    kind: 'check_in',
    body: { note: id, photos: photos.map(hash) },
    label: id,
    photos: photos.map((letter) => ({ sha256: hash(letter), type: 'image/jpeg', bytes: bytes(letter) })),
  })

const ok = (body: unknown, status = 200): Answer<unknown> => ({ kind: 'ok', status, body })
const refused = (status: number, code = 'no-such-village', retryAfter: number | null = null): Answer<unknown> => ({
  kind: 'problem',
  status,
  problem: problemOf(status, { code, detail: '…', title: '…' }),
  retryAfter,
})

/** A service that takes everything, unless told otherwise for an id, a photo or a whole address. */
const service = (special: Record<string, Answer<unknown>> = {}) => {
  const log: string[] = []
  const store: Record<string, number> = {}
  const take = (id: string): void => {
    store[id] = (store[id] ?? 0) + 1
  }
  const send = (request: Request): Promise<Answer<unknown>> => {
    const name = `${request.method} ${request.url.replace('/api/v1/', '')}`
    log.push(name)
    const whole = special[name]
    if (whole) return Promise.resolve(whole)
    if (request.url.endsWith('/sync')) {
      const { records } = request.body as { records: { id: string; body: unknown }[] }
      const results = records.map(({ id }) => {
        const answer = special[id]
        if (answer?.kind === 'problem') return { id, status: answer.status, problem: answer.problem }
        take(id)
        return { id, status: 201, body: { id } }
      })
      return Promise.resolve(ok({ results }))
    }
    if (request.url.endsWith('/missing'))
      return Promise.resolve(ok({ missing: (request.body as { sha256: string[] }).sha256 }))
    const id = request.url.split('/').at(request.url.endsWith('/withdrawal') ? -2 : -1) ?? ''
    const answer = special[id]
    if (answer) return Promise.resolve(answer)
    take(id)
    return Promise.resolve(ok({ id }, 201))
  }
  return { send, log, store }
}
const run = (special?: Record<string, Answer<unknown>>) => {
  const one = service(special)
  return drain(db, one.send, () => undefined).then((ended) => ({ ended, ...one }))
}

describe('the order', () => {
  it('is that of making, records before photos, each once', async () => {
    await checkIn('c', ['p'])
    await checkIn('a')
    await checkIn('b', ['q'])
    expect((await waiting()).map((record) => [record.id, record.seq])).toEqual([['c', 1], ['a', 2], ['b', 3]])
    const { ended, log, store } = await run()
    expect(ended).toEqual({ kind: 'done' })
    expect(log).toEqual(['post sync', 'post photos/missing', `put photos/${hash('p')}`, `put photos/${hash('q')}`])
    expect(Object.values(store).every((times) => times === 1)).toBe(true)
    expect(await waiting()).toEqual([])
    expect(await waitingPhotos()).toEqual([])
    expect((await arrived()).map((record) => record.id)).toEqual(['b', 'a', 'c'])
  })

  it('keeps a withdrawal after its check-in, although sync does not take it', async () => {
    await checkIn('a')
    await enqueue({ id: 'w', kind: 'withdrawal', of: 'a', body: { reason: '误按' }, label: '' })
    await checkIn('b')
    const { log } = await run()
    expect(log).toEqual(['put check-ins/a', 'post check-ins/a/withdrawal', 'put check-ins/b'])
  })

  it('sends no batch larger than a bad connection can carry', () => {
    const record = (seq: number, kind: 'check_in' | 'withdrawal' = 'check_in', size = 10) =>
      ({ id: `${seq}`, kind, seq, body: { note: 'x'.repeat(size) } }) as unknown as Parameters<typeof nextBatch>[0][0]
    expect(nextBatch(Array.from({ length: 70 }, (_, seq) => record(seq)))).toHaveLength(50)
    expect(nextBatch([record(1, 'check_in', 200_000), record(2)])).toHaveLength(1)
    expect(nextBatch([record(1, 'withdrawal'), record(2)])).toHaveLength(1)
  })
})

it('takes documents to their own shelf, after the pictures', async () => {
  const { send, log } = service()
  const pdf = { sha256: hash('d'), type: 'application/pdf', bytes: bytes('d') }
  const picture = { sha256: hash('p'), type: 'image/jpeg', bytes: bytes('p') }
  await enqueue({ id: 's', kind: 'submission', body: { files: [hash('d'), hash('p')] }, label: 's', photos: [pdf, picture] })
  await enqueue({ id: 'a', kind: 'activity', body: {}, label: 'a' })
  expect(await drain(db, send, () => undefined)).toEqual({ kind: 'done' })
  expect(log).toEqual(['post sync', 'post photos/missing', `put photos/${hash('p')}`, 'post files/missing', `put files/${hash('d')}`])
  expect(await waitingPhotos()).toEqual([])
})

describe('a refusal', () => {
  it('parks that record with its reason and goes on', async () => {
    await checkIn('a')
    await checkIn('bad', ['p'])
    await checkIn('c')
    const { ended, store } = await run({ bad: refused(422) })
    expect(ended.kind).toBe('done')
    expect(Object.keys(store).sort()).toEqual(['a', 'c', hash('p')].sort())
    expect((await waiting()).map((record) => [record.id, record.state, record.problem?.code])).toEqual([
      ['bad', 'parked', 'no-such-village'],
    ])
    // it is not offered again by itself
    expect((await run()).log).toEqual([])
    await retry('bad')
    expect((await run()).store).toEqual({ bad: 1 })
  })

  it('of a photo parks the photo alone', async () => {
    await checkIn('a', ['p', 'q'])
    await run({ [hash('p')]: refused(415, 'photo-not-accepted') })
    expect(await waiting()).toEqual([])
    expect((await waitingPhotos()).map((photo) => [photo.sha256, photo.state])).toEqual([[hash('p'), 'parked']])
  })

  it('of a whole batch finds the one that is at fault', async () => {
    await checkIn('a')
    await checkIn('bad')
    await checkIn('c')
    const { store } = await run({ 'post sync': refused(422, 'invalid-body'), bad: refused(422, 'invalid-body') })
    expect(Object.keys(store).sort()).toEqual(['a', 'c'])
    expect((await waiting()).map((record) => [record.id, record.state])).toEqual([['bad', 'parked']])
  })

  it('with a 500 for one record of a batch leaves it queued and takes the others', async () => {
    await checkIn('a')
    await checkIn('ill')
    await checkIn('c')
    const { ended, store } = await run({ ill: refused(500) })
    expect(ended.kind).toBe('stopped')
    expect(Object.keys(store).sort()).toEqual(['a', 'c'])
    expect((await waiting()).map((record) => [record.id, record.state])).toEqual([['ill', 'queued']])
  })
})

describe('it stops, and everything stays queued,', () => {
  it.each([
    ['without network', { kind: 'offline' } as const, { kind: 'stopped', why: 'offline', after: null }],
    ['on 503', refused(503), { kind: 'stopped', why: 'busy', after: null }],
    ['on 429, with the time it names', refused(429, 'x', 120), { kind: 'stopped', why: 'busy', after: 120 }],
    ['on 408', refused(408, 'x', 30), { kind: 'stopped', why: 'busy', after: 30 }],
    ['on 401', refused(401), { kind: 'signed-out' }],
  ])('%s', async (_name, answer, ended) => {
    await checkIn('a', ['p'])
    await checkIn('b')
    const ran = await run({ 'post sync': answer })
    expect(ran.ended).toEqual(ended)
    expect(ran.log).toEqual(['post sync'])
    expect((await waiting()).map((record) => record.state)).toEqual(['queued', 'queued'])
    expect(await waitingPhotos()).toHaveLength(1)
  })

  it('in the middle of the photos, and goes on there', async () => {
    await checkIn('a', ['p', 'q'])
    await run({ [hash('q')]: { kind: 'offline' } })
    expect((await waitingPhotos()).map((photo) => photo.sha256)).toEqual([hash('q')])
    expect((await run()).store).toEqual({ [hash('q')]: 1 })
  })
})

describe('what is kept', () => {
  it('is forgotten 14 days after it was sent, not before', async () => {
    await checkIn('a', ['p'])
    await run()
    await prune(new Date(Date.now() + 13 * 86_400_000))
    expect(await arrived()).toHaveLength(1)
    await prune(new Date(Date.now() + 15 * 86_400_000))
    expect([await arrived(), await db.getAll('photos'), await db.getAllKeys('bytes')]).toEqual([[], [], []])
  })

  it('goes whole when somebody throws a record away, but not the photos of others', async () => {
    await checkIn('a', ['p', 'q'])
    await checkIn('b', ['q'])
    await discard('a')
    expect((await waitingPhotos()).map((photo) => photo.sha256)).toEqual([hash('q')])
  })

  it('saving twice under one id is refused, so that nothing is sent twice', async () => {
    await checkIn('a')
    await expect(checkIn('a')).rejects.toThrow('could not keep')
    expect(await waiting()).toHaveLength(1)
  })

  it('comes back as it was, and never over what is there', async () => {
    await checkIn('a', ['p'])
    await checkIn('b')
    const left = await unsent()
    closeUserDb()
    db = await openUserDb(`back-${user}`)
    await putBack(left)
    await putBack(left)
    expect((await waiting()).map((record) => record.id)).toEqual(['a', 'b'])
    await checkIn('c')
    expect((await waiting()).at(-1)?.seq).toBe(3)
    expect((await run()).store).toEqual({ a: 1, b: 1, c: 1, [hash('p')]: 1 })
  })
})

describe('a diary', () => {
  const diary = async (id: string, check_ins: string[], replaces: string | null = null): Promise<void> =>
    enqueue({ id, kind: 'diary', body: { check_ins, replaces }, label: id })

  it('goes after the check-ins that it names', async () => {
    await checkIn('a')
    await diary('d', ['a'])
    await run()
    expect((await arrived()).map((record) => record.id)).toEqual(['d', 'a'])
  })

  it('waits with a check-in that did not come through, instead of being parked for its absence', async () => {
    await checkIn('ill')
    await diary('d', ['ill'])
    await diary('e', [], 'd')
    await diary('f', [])
    await run({ ill: refused(503), d: refused(404, 'not-found'), e: refused(404, 'not-found') })
    expect((await waiting()).map((record) => [record.id, record.state])).toEqual([
      ['ill', 'queued'],
      ['d', 'queued'],
      ['e', 'queued'],
    ])
    await run()
    expect(await waiting()).toEqual([])
  })

  it('that was refused for want of its check-in goes by itself once that has come through', async () => {
    await checkIn('bad')
    await diary('d', ['bad'])
    await diary('e', [], 'd')
    await diary('f', ['other'])
    const gone = refused(404, 'not-found')
    await run({ bad: refused(422), d: gone, e: gone, f: gone })
    expect((await waiting()).map((record) => [record.id, record.state])).toEqual([
      ['bad', 'parked'],
      ['d', 'parked'],
      ['e', 'parked'],
      ['f', 'parked'],
    ])
    await retry('bad')
    const { store } = await run()
    expect(store).toEqual({ bad: 1, d: 1, e: 1 })
    // what named something else still waits for its author
    expect((await waiting()).map((record) => [record.id, record.state])).toEqual([['f', 'parked']])
  })

  it('that was refused for its own content is not offered again by that', async () => {
    await checkIn('bad')
    await diary('d', ['bad'])
    await run({ bad: refused(422), d: refused(409, 'diary-differs') })
    await retry('bad')
    expect((await run()).store).toEqual({ bad: 1 })
    expect((await waiting()).map((record) => [record.id, record.state])).toEqual([['d', 'parked']])
  })
})
