import { afterEach, expect, it, vi } from 'vitest'
import { closeUserDb, openUserDb, phoneDb } from '@/offline/db'
import { enqueue } from '@/offline/outbox'
import { syncState, userIsOut } from '@/offline/sync'
import { openSession, session } from '@/session/session'

afterEach(() => {
  userIsOut()
  closeUserDb()
  vi.unstubAllGlobals()
})

it('what waits is counted before the first page: nothing may say that all has arrived because nobody has looked', async () => {
  // no Web Locks: one at a time in this tab
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
  const user = { id: 'opening', name: '王书记', username: 'wang' }
  await openUserDb(user.id)
  await enqueue({ id: 'one', kind: 'check_in', body: {}, label: 'one', photos: [] })
  closeUserDb()
  const device = { id: 'phone', user, cookie_to_give_up: false, wiping: [] }
  await (await phoneDb()).put('device', device, 'device')

  await openSession()

  expect(session.user?.id).toBe(user.id)
  expect(syncState.records).toBe(1)
})
