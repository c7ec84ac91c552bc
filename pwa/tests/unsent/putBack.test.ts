import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readUnsent } from '@/features/unsent/putBack'
import { closeUserDb, openUserDb } from '@/offline/db'
import { saveDraft } from '@/offline/drafts'
import { asFile, enqueue, putBack, unsent } from '@/offline/outbox'

const ME = { id: '0c9c0f0e-0000-4000-8000-000000000001', name: '周明' }
const RECORD = '0c9c0f0e-0000-4000-8000-000000000002'
const SHA256 = 'a'.repeat(64)

let file = ''
beforeEach(async () => {
  await openUserDb(`phone-${Math.random()}`)
  await enqueue({
    id: RECORD,
    kind: 'diary',
    body: { text: '走访三户' },
    label: '11月21日 日志',
    photos: [{ sha256: SHA256, type: 'image/jpeg', bytes: new Uint8Array([0, 255, 7]).buffer }],
  })
  await saveDraft('diary:2026-11-22', { text: '未完' })
  file = await (await asFile(ME)).text()
})
afterEach(() => closeUserDb())

const changed = (change: (told: Record<string, unknown>) => void): string => {
  const told = JSON.parse(file) as Record<string, unknown>
  change(told)
  return JSON.stringify(told)
}

it('brings every byte to another phone, twice without doubling', async () => {
  const before = await unsent()
  await openUserDb(`phone-${Math.random()}`)
  const read = readUnsent(file, ME.id)
  if (read.kind !== 'ok') throw new Error(read.kind)
  await putBack(read.unsent)
  await putBack(read.unsent)
  const after = await unsent()
  expect(after.records).toEqual(before.records)
  expect(after.drafts).toEqual(before.drafts)
  expect(after.photos.map(({ bytes, ...rest }) => [rest, [...new Uint8Array(bytes)]])).toEqual(
    before.photos.map(({ bytes, ...rest }) => [rest, [...new Uint8Array(bytes)]]),
  )
})
it('gives it to nobody but its author', () => {
  expect(readUnsent(file, 'somebody-else')).toEqual({ kind: 'not-yours', name: '周明' })
})
it.each([
  ['no JSON', () => '半个文件'],
  ['cut off', () => file.slice(0, -20)],
  ['another format', () => changed((told) => (told['format'] = 'zhucun-unsent-9'))],
  ['a kind that would go to an unknown address', () => changed((told) => ((told['records'] as { kind: string }[])[0] ?? { kind: '' }).kind = '../session')],
  ['an id that is a path', () => changed((told) => ((told['records'] as { id: string }[])[0] ?? { id: '' }).id = 'x/../y')],
  ['bytes that are no base64', () => changed((told) => ((told['photos'] as { base64: string }[])[0] ?? { base64: '' }).base64 = '~')],
  ['no author', () => changed((told) => delete told['author'])],
])('refuses %s whole', (_name, make) => {
  expect(readUnsent(make(), ME.id)).toEqual({ kind: 'unreadable' })
})
