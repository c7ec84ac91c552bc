import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forget, govern, hold } from '@/api/token'
import { closeUserDb, openUserDb } from '@/offline/db'
import { enqueue, waiting, waitingPhotos } from '@/offline/outbox'
import { drainNow, startSync, userIsOut } from '@/offline/sync'

let asked: string[] = []
/** Lets the photo that is being uploaded arrive. */
let arrive: () => void = () => undefined

startSync()
beforeEach(async () => {
  asked = []
  await openUserDb('sync')
  govern({ mayRenew: () => Promise.resolve(null), ended: () => undefined })
  hold('token', 3600)
  // no Web Locks: one at a time in this tab
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('fetch', async (url: string, init: { method: string; body?: string }) => {
    asked.push(`${init.method} ${url.replace('/api/v1/', '')}`)
    const ok = (body: unknown): Response => new Response(JSON.stringify(body), { status: 200 })
    if (url.endsWith('/photos/missing')) return ok({ missing: (JSON.parse(init.body ?? '') as { sha256: string[] }).sha256 })
    if (url.includes('/photos/')) await new Promise<void>((resolve) => (arrive = resolve))
    return ok({})
  })
})
afterEach(() => {
  userIsOut()
  closeUserDb()
  forget()
  vi.unstubAllGlobals()
})

const photo = 'a'.repeat(64)
const checkIn = (id: string, photos: string[] = []): Promise<void> =>
  enqueue({
    id,
    kind: 'check_in',
    body: {},
    label: id,
    photos: photos.map((sha256) => ({ sha256, type: 'image/jpeg', bytes: new ArrayBuffer(4) })),
  })

describe('what is made while a photo is on its way', () => {
  it('goes as soon as that has arrived, not at the next look a minute later', async () => {
    await checkIn('first', [photo])
    await vi.waitFor(() => expect(asked).toContain(`PUT photos/${photo}`))
    await checkIn('second')
    // nor does it help to be told so more than once
    void drainNow()
    arrive()
    await vi.waitFor(async () => expect([await waiting(), await waitingPhotos()]).toEqual([[], []]), 3_000)
    expect(asked.filter((one) => one.startsWith('PUT check-ins'))).toEqual(['PUT check-ins/first', 'PUT check-ins/second'])
  })
})
