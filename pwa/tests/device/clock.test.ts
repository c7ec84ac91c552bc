import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask } from '@/api/client'
import { forget, govern, hold } from '@/api/token'
import { clock, keepAnchor, recallAnchor } from '@/device/clock'
import { closeUserDb, openUserDb, userDb } from '@/offline/db'
import { startSync, userIsIn, userIsOut } from '@/offline/sync'

let headers: Record<string, string>[] = []
let answers: unknown[] = []
/** How long an answer is on its way, by the clock on the wall. */
let takes = 0

startSync()
beforeEach(async () => {
  headers = []
  takes = 0
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: new Date('2026-11-21T01:00:00Z') })
  await openUserDb('clock')
  govern({ mayRenew: () => Promise.resolve(null), ended: () => undefined })
  hold('token', 3600)
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('fetch', (_url: string, init: { headers: Record<string, string> }) => {
    headers.push(init.headers)
    vi.advanceTimersByTime(takes)
    return Promise.resolve(new Response(JSON.stringify(answers.shift() ?? {}), { status: 200 }))
  })
})
afterEach(async () => {
  await (await userDb()).clear('meta')
  userIsOut()
  closeUserDb()
  forget()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the newest anchor', () => {
  it('is kept from whatever answer brings one, and how long ago by the clock that nobody can set', async () => {
    answers = [{ anchor: 'from-me' }, {}, { anchor: 'from-a-check-in' }]
    await ask('get', '/api/v1/me')
    await ask('get', '/api/v1/notices')
    expect(clock()).toMatchObject({ anchor: 'from-me', anchor_seen_at: '2026-11-21T09:00:00+08:00' })
    takes = 1_500
    await ask('put', '/api/v1/check-ins/x', { body: {} })
    takes = 0
    vi.advanceTimersByTime(61_000)
    expect(clock()).toMatchObject({ anchor: 'from-a-check-in', anchor_seen_at: '2026-11-21T09:00:01+08:00', elapsed_ms: 61_000 })
  })

  it('is not taken from an answer that the phone may have slept over, nor after the clock was put back', () => {
    recallAnchor(null)
    keepAnchor({ anchor: 'late' }, Date.now() - 20_001)
    keepAnchor({ anchor: 'from-the-future' }, Date.now() + 1)
    keepAnchor({ anchor: null }, Date.now())
    keepAnchor(undefined, Date.now())
    expect(clock()).toMatchObject({ anchor: null, anchor_seen_at: null, elapsed_ms: null })
  })

  it('outlives a reload, but not the clock that began anew', async () => {
    answers = [{ anchor: 'kept' }]
    await ask('post', '/api/v1/sync', { body: {} })
    await vi.waitFor(async () => expect(await (await userDb()).get('meta', 'anchor')).toMatchObject({ anchor: 'kept' }))
    recallAnchor(null)
    await userIsIn()
    expect(clock()).toMatchObject({ anchor: 'kept', anchor_seen_at: '2026-11-21T09:00:00+08:00', elapsed_ms: null })
  })

  it('is nobody else’s: the next user of the phone begins without', async () => {
    answers = [{ anchor: 'mine' }]
    await ask('get', '/api/v1/me')
    userIsOut()
    expect(clock().anchor).toBeNull()
  })
})

it('every request with a body tells the phone’s clock', async () => {
  await ask('put', '/api/v1/check-ins/x', { body: {} })
  await ask('get', '/api/v1/me')
  expect(headers.map((sent) => sent['X-Phone-Clock'])).toEqual(['2026-11-21T09:00:00+08:00', undefined])
})
