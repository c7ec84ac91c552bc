import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { forget, govern, hold } from '@/api/token'
import { fetchAndKeep, kept, useAnswer } from '@/offline/cache'
import { closeUserDb, openUserDb } from '@/offline/db'

let user = 0
let asked: string[] = []
/** What the service says, and when: each request waits until it is let through. */
let let_through: ((body: unknown, status?: number) => void)[] = []
let scope: EffectScope

beforeEach(async () => {
  user += 1
  asked = []
  let_through = []
  scope = effectScope()
  await openUserDb(`cache-${user}`)
  govern({ mayRenew: () => Promise.resolve(null), ended: () => undefined })
  hold('token', 3600)
  // happy-dom has none
  vi.stubGlobal('navigator', { locks: { request: (_name: string, work: () => unknown) => work() } })
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url)
    return new Promise<Response>((resolve, reject) => {
      let_through.push((body, status = 200) =>
        body === null ? reject(new TypeError('no network')) : resolve(new Response(JSON.stringify(body), { status })),
      )
    })
  })
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
  forget()
  closeUserDb()
})

const ME = '/api/v1/me'
const CONFLICTS = '/api/v1/conflicts'
const inScope = (): ReturnType<typeof useAnswer<typeof CONFLICTS>> => {
  const answered = scope.run(() => useAnswer(CONFLICTS, () => ({})))
  if (!answered) throw new Error('the scope was stopped')
  return answered
}
const until = (count: number): Promise<void> => vi.waitFor(() => expect(let_through.length).toBe(count))

describe('one address asked for by two at once', () => {
  it('is one request, and both have its answer', async () => {
    const both = Promise.all([fetchAndKeep(ME, {}), fetchAndKeep(ME, {})])
    await until(1)
    let_through[0]?.({ name: 'a' })
    expect((await both).map((one) => one.kind === 'ok' && one.body)).toEqual([{ name: 'a' }, { name: 'a' }])
    expect(asked).toEqual([ME])
  })

  it('is asked anew when the first has been answered', async () => {
    const first = fetchAndKeep(ME, {})
    await until(1)
    let_through[0]?.({ name: 'a' })
    await first
    const second = fetchAndKeep(ME, {})
    await until(2)
    let_through[1]?.({ name: 'b' })
    expect((await second).kind).toBe('ok')
    expect((await kept(ME))?.body).toEqual({ name: 'b' })
  })

  it('is asked anew by who knows that something changed since', async () => {
    const { shown, reload } = inScope()
    await until(1)
    const again = reload()
    await until(2)
    let_through[1]?.({ items: ['new'] })
    await again
    let_through[0]?.({ items: ['old'] })
    await vi.waitFor(() => expect(shown.value.state).toBe('fresh'))
    // the older question is answered late: it must not win
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(shown.value.body).toEqual({ items: ['new'] })
    expect((await kept(CONFLICTS))?.body).toEqual({ items: ['new'] })
  })
})

describe('an answer that comes after its asker signed out', () => {
  it('is neither given nor kept, also when the next one has signed in meanwhile', async () => {
    const slow = fetchAndKeep(ME, {})
    await until(1)
    closeUserDb()
    await openUserDb(`cache-${user}-next`)
    let_through[0]?.({ name: 'the first one' })
    expect(await slow).toEqual({ kind: 'signed-out' })
    expect(await kept(ME)).toBeNull()
  })

  it('is not shared with the next one', async () => {
    const slow = fetchAndKeep(ME, {})
    await until(1)
    closeUserDb()
    await openUserDb(`cache-${user}-next`)
    const own = fetchAndKeep(ME, {})
    await until(2)
    let_through[0]?.({ name: 'the first one' })
    let_through[1]?.({ name: 'the next one' })
    expect((await slow).kind).toBe('signed-out')
    expect(await own).toMatchObject({ kind: 'ok', body: { name: 'the next one' } })
    expect((await kept(ME))?.body).toEqual({ name: 'the next one' })
  })

  it('is nothing to a phone that nobody uses', async () => {
    const slow = fetchAndKeep(ME, {})
    await until(1)
    closeUserDb()
    let_through[0]?.({ name: 'the first one' })
    expect(await slow).toEqual({ kind: 'signed-out' })
  })
})

describe('why a kept answer is shown', () => {
  const keptOnce = async (): Promise<ReturnType<typeof useAnswer<typeof CONFLICTS>>> => {
    const first = fetchAndKeep(CONFLICTS, {})
    await until(1)
    let_through[0]?.({ items: [] })
    await first
    const answered = inScope()
    await vi.waitFor(() => expect(answered.shown.value).toMatchObject({ state: 'kept', why: 'asking' }))
    return answered
  }

  it('is that the service was not reached', async () => {
    const { shown } = await keptOnce()
    await until(2)
    let_through[1]?.(null)
    await vi.waitFor(() => expect(shown.value).toMatchObject({ state: 'kept', why: 'offline' }))
  })

  it('is that the service refused', async () => {
    const { shown } = await keptOnce()
    await until(2)
    let_through[1]?.({ code: 'x', detail: '忙' }, 500)
    await vi.waitFor(() => expect(shown.value).toMatchObject({ state: 'kept', why: 'refused' }))
  })

  it('is that the sign-in ran out, with a network or without', async () => {
    const answered = await keptOnce()
    await until(2)
    // the token is refused, and nobody may renew it
    let_through[1]?.({ code: 'not-signed-in' }, 401)
    await vi.waitFor(() => expect(answered.shown.value).toMatchObject({ state: 'kept', why: 'signed_out' }))
  })
})

it('a page that was never seen names the ended sign-in, not the network', async () => {
  forget()
  const { shown } = inScope()
  await vi.waitFor(() => expect(shown.value.state).toBe('missing'))
  expect(shown.value.problem?.code).toBe('sign-in-ended')
})
