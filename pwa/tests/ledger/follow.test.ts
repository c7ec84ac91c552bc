import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Answer } from '@/api/answer'
import { follow, proven, type Checkpoint, type Fault, type Followed } from '@/ledger/follow'
import { House, LOG, OFFLINE, refused } from './house'

const NOW = '2026-11-22T04:10:00.000Z'
const words = (count: number, mark = ''): string[] => Array.from({ length: count }, (_, n) => `${mark}${n}`)
const seen = async (house: House, kept: Checkpoint | null = null): Promise<Checkpoint> => {
  const found = await follow(LOG, kept, house.ask, NOW)
  if (found.kind !== 'holds') throw new Error(JSON.stringify(found))
  return found.checkpoint
}
const faultOf = (found: Followed): Fault | null => (found.kind === 'fault' ? found.fault : null)

afterEach(() => vi.restoreAllMocks())

describe('a log followed', () => {
  it('is believed the first time, and then has to grow from what was seen', async () => {
    const house = new House().grow(...words(7))
    const first = await seen(house)
    expect(first).toMatchObject({ log: LOG, size: 7, key: house.key, signature: 'holds', seen_at: NOW })
    expect(await seen(house, first)).toMatchObject({ size: 7, root: first.root })
    const second = await seen(house.grow(...words(300, 'more')), first)
    expect(second.size).toBe(307)
    expect(house.asked.at(-1)).toContain('consistency?from=7&to=307')
  })

  it.each([1, 2, 3, 4, 5, 64, 65])('grows from any size: %i', async (size) => {
    const house = new House().grow(...words(size))
    const first = await seen(house)
    expect((await seen(house.grow(...words(90, 'x')), first)).size).toBe(size + 90)
  })

  it('is a fork when one size has two roots, whoever signed', async () => {
    const house = new House().grow(...words(7))
    const kept = await seen(house)
    house.leaves = []
    house.grow(...words(6), 'another')
    const found = await follow(LOG, kept, house.ask, NOW)
    expect(found).toMatchObject({ kind: 'fault', fault: 'fork', met: { key: house.key, note: house.note() } })
  })

  it('was rewritten when it cannot prove its growth', async () => {
    const house = new House().grow(...words(7))
    const kept = await seen(house)
    house.leaves = []
    house.grow(...words(3), 'changed', ...words(20, 'x'))
    expect(faultOf(await follow(LOG, kept, house.ask, NOW))).toBe('growth')
    // nor does refusing the proof help
    const silent = (url: string) => (url.includes('consistency') ? Promise.resolve(refused(409)) : house.ask(url))
    expect(faultOf(await follow(LOG, kept, silent, NOW))).toBe('growth')
  })

  it('is shorter than it was, or has no checkpoint any more', async () => {
    const house = new House().grow(...words(7))
    const kept = await seen(house)
    house.leaves = house.leaves.slice(0, 5)
    expect(faultOf(await follow(LOG, kept, house.grow().ask, NOW))).toBe('shrunk')
    house.size = 0
    expect(faultOf(await follow(LOG, kept, house.ask, NOW))).toBe('gone')
    expect(await follow(LOG, null, house.ask, NOW)).toEqual({ kind: 'nothing' })
  })

  it('tells another key, even one that signs well, and a signature that is wrong', async () => {
    const house = new House().grow(...words(7))
    const kept = await seen(house)
    expect(faultOf(await follow(LOG, kept, new House().grow(...words(7)).ask, NOW))).toBe('key')
    const said = (body: object) => (): Promise<Answer<unknown>> => Promise.resolve({ kind: 'ok', status: 200, body })
    const altered = said({ key: house.key, note: house.note().replace('made 2026', 'made 2027') })
    expect(faultOf(await follow(LOG, null, altered, NOW))).toBe('signature')
    expect(faultOf(await follow(LOG, kept, said({ note: 'hello' }), NOW))).toBe('unreadable')
    expect(faultOf(await follow('360322', null, (url) => house.ask(url.replace('360322', LOG)), NOW))).toBe('unreadable')
  })

  it('says of a browser without Ed25519 that it did not look, and checks all else', async () => {
    const house = new House().grow(...words(7))
    vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('no such thing', 'NotSupportedError'))
    const kept = await seen(house)
    expect(kept.signature).toBe('unchecked')
    house.leaves = []
    house.grow(...words(6), 'another')
    expect(faultOf(await follow(LOG, kept, house.ask, NOW))).toBe('fork')
  })

  it('says nothing without an answer', async () => {
    const house = new House().grow(...words(7))
    const kept = await seen(house)
    expect(await follow(LOG, kept, () => Promise.resolve(OFFLINE), NOW)).toEqual({ kind: 'nothing' })
    expect(await follow(LOG, kept, () => Promise.resolve(refused(404)), NOW)).toEqual({ kind: 'nothing' })
    house.grow('x')
    for (const answer of [OFFLINE, refused(503)]) {
      const cut = (url: string) => (url.includes('consistency') ? Promise.resolve(answer) : house.ask(url))
      expect(await follow(LOG, kept, cut, NOW)).toEqual({ kind: 'nothing' })
    }
  })
})

describe('a receipt', () => {
  it('has its leaf where the service said', async () => {
    const house = new House().grow(...words(70))
    const checkpoint = await seen(house)
    for (const seq of [0, 31, 69])
      expect(await proven({ id: 'a', log: LOG, seq, leaf: house.leaf(seq) }, checkpoint, house.ask)).toBe('holds')
    expect(await proven({ id: 'a', log: LOG, seq: 70, leaf: house.leaf(0) }, checkpoint, house.ask)).toBe('later')
  })
  it('is a fault with another leaf there, or when the proof is refused', async () => {
    const house = new House().grow(...words(70))
    const checkpoint = await seen(house)
    const lost = { id: 'a', log: LOG, seq: 5, leaf: house.leaf(6) }
    expect(await proven(lost, checkpoint, house.ask)).toMatchObject({ kind: 'fault', fault: 'receipt' })
    expect(await proven(lost, checkpoint, () => Promise.resolve(refused(404)))).toMatchObject({ fault: 'receipt' })
    expect(await proven(lost, checkpoint, () => Promise.resolve(OFFLINE))).toBe('later')
    house.grow('newer')
    expect(await proven(lost, checkpoint, house.ask)).toBe('later')
  })
})
