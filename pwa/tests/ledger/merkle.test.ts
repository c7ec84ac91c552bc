import { describe, expect, it } from 'vitest'
import { hashLeaf, includes, isConsistent } from '@/ledger/merkle'
import { fingerprint, readKey, readNote, signatureBy, Unreadable } from '@/ledger/note'
import { vectors, type Consistency, type Inclusion } from './vectors'

const { published, inclusion, consistency, notes } = vectors
const head = (size: number): string => published.heads[size - 1] ?? ''
const included = (told: Inclusion): Promise<boolean> => includes(told.leaf, told.index, told.size, told.path, told.root)
const grown = (told: Consistency): Promise<boolean> => isConsistent(told.from, told.to, told.path, told.old, told.new)

describe('the tree of RFC 6962', () => {
  it.each(published.inclusion)('holds the published proof of leaf $index of $size', async ({ index, size, path }) => {
    const leaf = await hashLeaf(published.leaves[index] ?? '')
    expect(await includes(leaf, index, size, path, head(size))).toBe(true)
  })
  it.each(published.consistency)('grew from $from to $to as published', async ({ from, to, path }) => {
    expect(await isConsistent(from, to, path, head(from), head(to))).toBe(true)
  })
  it.each(inclusion)('knows a proof of $good.size leaves, and no altered one', async ({ good, broken }) => {
    expect(await included(good)).toBe(true)
    for (const other of broken) expect(await included(other), JSON.stringify(other)).toBe(false)
  })
  it.each(consistency)('knows the growth from $good.from to $good.to, and no altered one', async ({ good, broken }) => {
    expect(await grown(good)).toBe(true)
    for (const other of broken) expect(await grown(other), JSON.stringify(other)).toBe(false)
  })
  it('takes no numbers that are none', async () => {
    const [{ good } = { good: null }] = consistency
    expect(good).not.toBeNull()
    if (!good) return
    expect(await grown({ ...good, from: 0.5 })).toBe(false)
    expect(await grown({ ...good, to: NaN })).toBe(false)
    expect(await grown({ ...good, to: 2 ** 60 })).toBe(false)
  })
})

describe('a checkpoint', () => {
  it('says what was signed', async () => {
    const note = readNote(notes.good)
    expect(note).toMatchObject({ log: '360321', size: notes.size, root: notes.root, made_at: '2026-11-22T04:00:00Z' })
    expect(await signatureBy(note, await readKey(notes.key))).toBe('holds')
    expect(await signatureBy(note, await readKey(notes.other))).toBe('wrong')
  })
  it.each(notes.wrongly_signed.map((note) => [note]))('that was signed otherwise is no good: %j', async (note) => {
    expect(await signatureBy(readNote(note), await readKey(notes.key))).toBe('wrong')
  })
  it.each(notes.no_notes.map((note) => [note]))('cannot be read in %j', (note) => {
    expect(() => readNote(note)).toThrow(Unreadable)
  })
  it('has a key that says its own name', async () => {
    await expect(readKey(notes.key.replace('+', '+0'))).rejects.toThrow(Unreadable)
    await expect(readKey('')).rejects.toThrow(Unreadable)
    expect(await fingerprint(notes.key)).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/)
  })
})
