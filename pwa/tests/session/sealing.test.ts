import { expect, it } from 'vitest'
import type { Unsent } from '@/offline/outbox'
import { newKeyring, seal, unseal } from '@/session/sealing'

const bytes = new Uint8Array([0, 255, 128, 7]).buffer
const left = {
  records: [{ id: 'a', body: { note: '走访张家' } }],
  photos: [{ sha256: 'f'.repeat(64), bytes }],
  drafts: [{ key: 'diary', value: '今天…', at: '' }],
} as unknown as Unsent

it('opens with its author’s password and with no other, and shows nothing meanwhile', async () => {
  const keyring = await newKeyring('four-unrelated-words', 1_000)
  const box = await seal(keyring, { id: 'u', name: '张三' }, left)
  expect(new TextDecoder().decode(box.box)).not.toContain('张家')
  expect(await unseal(box, 'another password')).toBeNull()
  const back = await unseal(box, 'four-unrelated-words')
  expect(back?.records).toEqual(left.records)
  expect(back?.drafts).toEqual(left.drafts)
  expect([...new Uint8Array(back?.photos[0]?.bytes ?? new ArrayBuffer(0))]).toEqual([0, 255, 128, 7])
})
it('gives its key to nobody', async () => {
  const { key } = await newKeyring('four-unrelated-words', 1_000)
  await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
})
