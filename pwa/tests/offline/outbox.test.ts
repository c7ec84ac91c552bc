import { afterEach, beforeEach, expect, it } from 'vitest'
import { reactive } from 'vue'
import { closeUserDb, openUserDb } from '@/offline/db'
import { enqueue, waiting } from '@/offline/outbox'

beforeEach(() => openUserDb('outbox'))
afterEach(() => closeUserDb())

it('keeps a record even if a reactive object slipped into its body', async () => {
  const form = reactive({ clock: { anchor: 'a', elapsed_ms: 5 } })
  await enqueue({ id: 'reactive', kind: 'leave', body: { clock: form.clock }, label: 'x' })
  expect((await waiting()).map((one) => one.body)).toEqual([{ clock: { anchor: 'a', elapsed_ms: 5 } }])
})
