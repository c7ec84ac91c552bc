/**
 * What this phone keeps. One database for the phone (who is signed in, what lies sealed), and one for each user:
 * signing out deletes the latter whole.
 */

import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb'
import type { ApiProblem } from '@/api/answer'

export type RecordKind =
  | 'check_in'
  | 'withdrawal'
  | 'diary'
  | 'household_position'
  | 'household_portrait'
  | 'plan_item'
  | 'activity'
  | 'submission'
  | 'figure'
  | 'flag_answer'
  | 'flag_appeal'
  | 'leave'
  | 'make_up'

/** What has to reach the service, as it will be sent: the body is never changed after it was saved. */
export interface Outgoing {
  /** The record's own id (a withdrawal has one of its own, too). */
  id: string
  kind: RecordKind
  /** What the address needs beyond the id: of a withdrawal its check-in, of a plan item's version the item, of words to a flag the flag. */
  of: string | null
  body: Record<string, unknown>
  /** The order in which they were made on this phone. */
  seq: number
  made_at: string
  /** A few words by which its author recognises it. */
  label: string
  /** Photos that it names. */
  photos: string[]
  state: 'queued' | 'parked'
  tries: number
  /** Why the service refused it; set when parked. */
  problem: ApiProblem | null
  /** It had arrived once, at a service that has since been set back to an older backup. */
  again?: true
}

/** A record that arrived, with what the service said of it; kept 14 days. */
export interface Arrived extends Omit<Outgoing, 'state' | 'problem' | 'tries'> {
  sent_at: string
  reply: Record<string, unknown> | null
}

/** A photo or a document, and its fate; its bytes lie in a store of their own, so that counting does not read them. */
export interface KeptPhoto {
  sha256: string
  type: string
  size: number
  made_at: string
  state: 'queued' | 'sent' | 'parked'
  tries: number
  problem: ApiProblem | null
  sent_at: string | null
}

/** The last good answer of a GET. */
export interface KeptAnswer {
  key: string
  body: unknown
  at: string
}

/** What somebody is still writing; the key is the feature's, e.g. `diary:2026-11-21`. */
export interface Draft {
  key: string
  value: unknown
  at: string
}

export interface UserStores extends DBSchema {
  outbox: { key: string; value: Outgoing; indexes: { seq: number } }
  arrived: { key: string; value: Arrived; indexes: { sent_at: string } }
  photos: { key: string; value: KeptPhoto }
  /** Bytes by SHA-256, as ArrayBuffers: Safari has lost Blobs. */
  bytes: { key: string; value: ArrayBuffer }
  answers: { key: string; value: KeptAnswer }
  drafts: { key: string; value: Draft }
  meta: { key: string; value: unknown }
}

/** Whose phone it is now, and what it owes. */
export interface Device {
  id: string
  user: { id: string; name: string; username: string } | null
  /** The cookie of somebody who signed out without network: given up before anything else. */
  cookie_to_give_up: boolean
  /** A database to delete that was still open somewhere. */
  wiping: string[]
}

/** What somebody left unsent at signing out, readable with their password only. */
export interface Sealed {
  user: string
  name: string
  count: number
  at: string
  salt: Uint8Array<ArrayBuffer>
  rounds: number
  wrapped: ArrayBuffer
  wrapped_iv: Uint8Array<ArrayBuffer>
  iv: Uint8Array<ArrayBuffer>
  box: ArrayBuffer
}

export interface PhoneStores extends DBSchema {
  device: { key: 'device'; value: Device }
  sealed: { key: [string, string]; value: Sealed }
}

export type UserDb = IDBPDatabase<UserStores>

const VERSION = 1
const userDbName = (user: string): string => `zhucun-user-${user}`

let phone: Promise<IDBPDatabase<PhoneStores>> | null = null
let open: { user: string; db: Promise<UserDb> } | null = null

/** The phone's own database. */
export const phoneDb = (): Promise<IDBPDatabase<PhoneStores>> => {
  phone ??= openDB<PhoneStores>('zhucun-phone', VERSION, {
    upgrade: (db) => {
      db.createObjectStore('device')
      db.createObjectStore('sealed', { keyPath: ['user', 'at'] })
    },
    // a newer version of the app waits in another tab: let it in
    blocking: () => {
      void phone?.then((db) => db.close())
      phone = null
    },
    terminated: () => (phone = null),
  })
  return phone
}

/** Open the database of the user who is signed in. */
export const openUserDb = (user: string): Promise<UserDb> => {
  if (open?.user === user) return open.db
  closeUserDb()
  const db = openDB<UserStores>(userDbName(user), VERSION, {
    upgrade: (fresh) => {
      fresh.createObjectStore('outbox', { keyPath: 'id' }).createIndex('seq', 'seq')
      fresh.createObjectStore('arrived', { keyPath: 'id' }).createIndex('sent_at', 'sent_at')
      fresh.createObjectStore('photos', { keyPath: 'sha256' })
      fresh.createObjectStore('bytes')
      fresh.createObjectStore('answers', { keyPath: 'key' })
      fresh.createObjectStore('drafts', { keyPath: 'key' })
      fresh.createObjectStore('meta')
    },
    blocking: () => closeUserDb(),
    terminated: () => (open = null),
  })
  open = { user, db }
  return db
}

/** Somebody signed out while this was under way: it has no phone to go on with. */
export class NobodyIn extends Error {
  override name = 'NobodyIn'
}

/** The database of whoever is signed in. Throws when nobody is: no page that needs it is shown then. */
export const userDb = (): Promise<UserDb> => {
  if (!open) throw new NobodyIn('nobody is signed in on this phone')
  return open.db
}

export const hasUserDb = (): boolean => open !== null

/** Let go of the user's database, so that it can be deleted. */
export const closeUserDb = (): void => {
  const was = open
  open = null
  void was?.db.then((db) => db.close(), () => undefined)
}

/** Delete a user's database; false when some tab still holds it after a while. */
export const deleteUserDb = async (user: string): Promise<boolean> => {
  const deleted = deleteDB(userDbName(user)).then(() => true)
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 4_000))
  return Promise.race([deleted, late])
}

/**
 * Write so that it is on the disk when the promise is kept (Chrome's default is not): only then may a page say "saved".
 */
export const strictly = async <Names extends StoreNames<UserStores>[]>(
  db: UserDb,
  stores: Names,
  write: (tx: IDBPTransaction<UserStores, Names, 'readwrite'>) => Promise<void>,
): Promise<void> => {
  const tx = db.transaction(stores, 'readwrite', { durability: 'strict' })
  try {
    await write(tx)
  } catch (error) {
    try {
      tx.abort()
    } catch {
      // it had ended already
    }
    await tx.done.catch(() => undefined)
    throw error
  }
  await tx.done
}
