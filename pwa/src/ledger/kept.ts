/**
 * What this phone keeps of the logs, in a database of its own: it outlives signing out, because it is the phone's evidence
 * and tells nothing of a person but the county.
 */

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Checkpoint, Fault, Met, OwnReceipt } from './follow'

/** Something that did not hold, with both sides of it. */
export interface Trouble {
  id: string
  log: string
  fault: Fault
  /** First and last time that it was met. */
  found_at: string
  met_at: string
  kept: Checkpoint | null
  met: Met | null
  receipt: OwnReceipt | null
  /** When a person said that it was reported; it is kept nevertheless. */
  settled_at: string | null
}

interface Stores extends DBSchema {
  newest: { key: string; value: Checkpoint }
  troubles: { key: string; value: Trouble }
}

let open: Promise<IDBPDatabase<Stores>> | null = null
const db = (): Promise<IDBPDatabase<Stores>> => {
  open ??= openDB<Stores>('zhucun-ledger', 1, {
    upgrade: (fresh) => {
      fresh.createObjectStore('newest', { keyPath: 'log' })
      fresh.createObjectStore('troubles', { keyPath: 'id' })
    },
    blocking: () => {
      void open?.then((one) => one.close())
      open = null
    },
    terminated: () => (open = null),
  })
  return open
}

export const newest = async (log: string): Promise<Checkpoint | null> => (await (await db()).get('newest', log)) ?? null
export const allNewest = async (): Promise<Checkpoint[]> => (await db()).getAll('newest')
export const keepNewest = async (checkpoint: Checkpoint): Promise<void> => {
  await (await db()).put('newest', checkpoint)
}

/** Newest first; those that nobody has reported before those that somebody has. */
export const troubles = async (): Promise<Trouble[]> => {
  const all = await (await db()).getAll('troubles')
  const rank = (one: Trouble): string => `${one.settled_at ? 0 : 1}${one.found_at}`
  return all.sort((a, b) => (rank(a) < rank(b) ? 1 : -1))
}

/** Keep a trouble; met again it is the same one, and what was first seen stays. */
export const keepTrouble = async (found: Omit<Trouble, 'id' | 'settled_at'>): Promise<void> => {
  const tx = (await db()).transaction('troubles', 'readwrite', { durability: 'strict' })
  const id = `${found.log}:${found.fault}`
  const before = await tx.store.get(id)
  await tx.store.put(before ? { ...before, met_at: found.met_at } : { ...found, id, settled_at: null })
  await tx.done
}

/**
 * A person has reported it: kept under another name, so that the same can be found anew. Its log is followed from the
 * service's next checkpoint on, as if for the first time.
 */
export const settle = async (trouble: Trouble, at: string): Promise<void> => {
  const tx = (await db()).transaction(['troubles', 'newest'], 'readwrite', { durability: 'strict' })
  await tx.objectStore('troubles').delete(trouble.id)
  await tx.objectStore('troubles').put({ ...trouble, id: `${trouble.id}:${at}`, settled_at: at })
  await tx.objectStore('newest').delete(trouble.log)
  await tx.done
}
