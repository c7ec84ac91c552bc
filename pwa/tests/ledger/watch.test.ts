import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deleteUserDb, closeUserDb, openUserDb, type Arrived } from '@/offline/db'
import { settle, troubles } from '@/ledger/kept'
import { logState, look, reported } from '@/ledger/watch'
import { House, LOG } from './house'

const came = (id: string, seq: number, leaf: string): Arrived => ({
  id,
  kind: 'check_in',
  of: null,
  body: {},
  seq,
  made_at: '2026-11-22T03:00:00.000Z',
  label: id,
  photos: [],
  sent_at: `2026-11-22T03:00:0${seq}.000Z`,
  reply: { receipt: { log: LOG, seq, leaf } },
})

beforeEach(async () => {
  const request = (_name: string, _how: unknown, work: (lock: object) => unknown) => work({})
  vi.stubGlobal('navigator', { locks: { request } })
  const db = await openUserDb('someone')
  expect(await db.count('arrived')).toBe(0)
})
afterEach(async () => {
  for (const one of await troubles()) if (!one.settled_at) await settle(one, new Date().toISOString())
  closeUserDb()
  await deleteUserDb('someone')
})

describe('after a sync', () => {
  it('own records are proved once, and a fork stays told with both checkpoints until it was reported', async () => {
    const house = new House().grow('0', '1', '2', '3')
    const db = await openUserDb('someone')
    await db.put('arrived', came('a', 1, house.leaf(1)))
    await db.put('arrived', came('b', 3, house.leaf(3)))
    await look(house.ask)
    expect(logState.troubles).toEqual([])
    expect(logState.checkpoints).toMatchObject([{ log: LOG, size: 4, signature: 'holds' }])
    expect([...logState.proved].sort()).toEqual(['a', 'b'])
    const asked = house.asked.length
    await look(house.ask)
    expect(house.asked.slice(asked).filter((url) => url.includes('proof'))).toEqual([])

    const before = house.note()
    house.leaves = []
    house.grow('0', '1', '2', 'rewritten')
    await look(house.ask)
    await look(house.ask)
    expect(logState.troubles).toMatchObject([
      { log: LOG, fault: 'fork', settled_at: null, kept: { note: before }, met: { note: house.note() } },
    ])
    // what is kept is the first one, whatever the service says now
    expect(logState.checkpoints[0]?.note).toBe(before)

    const [trouble] = await troubles()
    if (trouble) await reported(trouble)
    await look(house.ask)
    // the new history is followed, the old evidence stays, and whoever lost a record by it is told
    expect(logState.checkpoints[0]?.note).toBe(house.note())
    expect(logState.troubles).toMatchObject([
      { fault: 'receipt', settled_at: null, receipt: { id: 'b' } },
      { fault: 'fork', kept: { note: before } },
    ])
    expect(logState.troubles[1]?.settled_at).not.toBeNull()
    expect(logState.proved).toEqual(['a'])
  })

  it('another key is told, and so is a record that is not where its receipt says', async () => {
    const house = new House().grow('0', '1', '2', '3', '4')
    await (await openUserDb('someone')).put('arrived', came('c', 2, house.leaf(0)))
    await look(new House().grow('0').ask)
    await look(house.ask)
    expect(logState.troubles.filter((one) => !one.settled_at)).toMatchObject([{ fault: 'key', met: { key: house.key } }])
    const [trouble] = await troubles()
    if (trouble) await reported(trouble)
    await look(house.ask)
    const open = logState.troubles.filter((one) => !one.settled_at)
    expect(open).toMatchObject([{ fault: 'receipt', receipt: { id: 'c', seq: 2 } }])
    expect(logState.proved).toEqual([])
  })
})
