/** What waits to be sent: put in here, and it arrives, once, sooner or later; nothing leaves but by arriving. */

import { tell } from '@/lib/channel'
import { civilDay } from '@/lib/dates'
import { strictly, userDb, type Arrived, type KeptPhoto, type Outgoing, type RecordKind } from './db'

/** The days that what was sent is kept on this phone. */
export const KEPT_DAYS = 14

export interface NewRecord {
  /** A fresh `crypto.randomUUID()`, made when the person began, so that saving twice saves once. */
  id: string
  kind: RecordKind
  of?: string
  body: Record<string, unknown>
  label: string
  /** The photos that the body names; already known ones are kept once. */
  photos?: NewPhoto[]
  /** A draft that this record takes the place of, deleted in the same step. */
  draft?: string
}

export interface NewPhoto {
  sha256: string
  type: string
  bytes: ArrayBuffer
}

/** The phone could not keep it: it is full, or the browser forbids it. The form must stay as it is. */
export class NotKept extends Error {
  override name = 'NotKept'
  readonly full: boolean
  constructor(cause: unknown) {
    super('this phone could not keep the record', { cause })
    this.full = cause instanceof DOMException && cause.name === 'QuotaExceededError'
  }
}

/** Save a record with its photos, all or nothing, on the disk when this returns; then sending begins by itself. */
export const enqueue = async (made: NewRecord): Promise<void> => {
  const at = new Date().toISOString()
  try {
    await save(made, at)
  } catch (error) {
    // pictures of what has arrived already are the first to go
    if (!(error instanceof DOMException && error.name === 'QuotaExceededError') || !(await dropSentPhotos()))
      throw new NotKept(error)
    try {
      await save(made, at)
    } catch (again) {
      throw new NotKept(again)
    }
  }
  tell({ kind: 'outbox' })
  wake()
}

const save = async (made: NewRecord, at: string): Promise<void> => {
  await strictly(await userDb(), ['outbox', 'photos', 'drafts', 'meta'], async (tx) => {
    const seq = (((await tx.objectStore('meta').get('seq')) as number | undefined) ?? 0) + 1
    await tx.objectStore('meta').put(seq, 'seq')
    const client = made.kind === 'check_in' ? { client: { build: __BUILD__, seq } } : {}
    await tx.objectStore('outbox').add({
      id: made.id,
      kind: made.kind,
      of: made.of ?? null,
      body: { ...made.body, ...client },
      seq,
      made_at: at,
      label: made.label,
      photos: (made.photos ?? []).map((photo) => photo.sha256),
      state: 'queued',
      tries: 0,
      problem: null,
    })
    for (const photo of made.photos ?? [])
      if (!(await tx.objectStore('photos').get(photo.sha256)))
        await tx.objectStore('photos').add({
          ...photo,
          made_at: at,
          state: 'queued',
          tries: 0,
          problem: null,
          sent_at: null,
        })
    if (made.draft) await tx.objectStore('drafts').delete(made.draft)
  })
}

const dropSentPhotos = async (): Promise<boolean> => {
  let dropped = false
  await strictly(await userDb(), ['photos'], async (tx) => {
    for await (const cursor of tx.store)
      if (cursor.value.state === 'sent') {
        await cursor.delete()
        dropped = true
      }
  })
  return dropped
}

/** Everything that has not arrived, in the order it was made. */
export const waiting = async (): Promise<Outgoing[]> => (await userDb()).getAllFromIndex('outbox', 'seq')

/** Photos that have not arrived; without their bytes in the list, which may be many. */
export const waitingPhotos = async (): Promise<Omit<KeptPhoto, 'bytes'>[]> => {
  const found: Omit<KeptPhoto, 'bytes'>[] = []
  for await (const { value } of (await userDb()).transaction('photos').store)
    if (value.state !== 'sent') {
      const { bytes: _, ...rest } = value
      found.push(rest)
    }
  return found
}

/** What arrived, newest first. */
export const arrived = async (): Promise<Arrived[]> => (await (await userDb()).getAll('arrived')).sort((a, b) => b.seq - a.seq)

/** The picture of a photo that this phone still has. */
export const keptPhoto = async (sha256: string): Promise<Blob | null> => {
  const kept = await (await userDb()).get('photos', sha256)
  return kept ? new Blob([kept.bytes], { type: kept.type }) : null
}

/** Try a parked record or photo again, as it is. */
export const retry = async (id: string): Promise<void> => {
  await strictly(await userDb(), ['outbox', 'photos'], async (tx) => {
    const record = await tx.objectStore('outbox').get(id)
    if (record) await tx.objectStore('outbox').put({ ...record, state: 'queued', problem: null })
    const photo = await tx.objectStore('photos').get(id)
    if (photo) await tx.objectStore('photos').put({ ...photo, state: 'queued', problem: null })
  })
  tell({ kind: 'outbox' })
  wake()
}

/** Throw a parked record or photo away; only after the person has said so. */
export const discard = async (id: string): Promise<void> => {
  await strictly(await userDb(), ['outbox', 'photos'], async (tx) => {
    const record = await tx.objectStore('outbox').get(id)
    await tx.objectStore('outbox').delete(id)
    await tx.objectStore('photos').delete(record ? '' : id)
    if (!record) return
    const others = new Set((await tx.objectStore('outbox').getAll()).flatMap((other) => other.photos))
    for (const sha256 of record.photos) if (!others.has(sha256)) await tx.objectStore('photos').delete(sha256)
  })
  tell({ kind: 'outbox' })
}

/** Forget what arrived more than 14 days ago. */
export const prune = async (today = new Date()): Promise<void> => {
  const edge = new Date(today.getTime() - KEPT_DAYS * 86_400_000).toISOString()
  await strictly(await userDb(), ['arrived', 'photos'], async (tx) => {
    for await (const cursor of tx.objectStore('arrived').index('sent_at').iterate(IDBKeyRange.upperBound(edge)))
      await cursor.delete()
    for await (const cursor of tx.objectStore('photos'))
      if (cursor.value.sent_at !== null && cursor.value.sent_at < edge) await cursor.delete()
  })
}

/** All that has not arrived as a file that a person can keep: JSON, photos in it as base64. */
export const asFile = async (): Promise<File> => {
  const db = await userDb()
  const photos = (await db.getAll('photos')).filter((photo) => photo.state !== 'sent')
  const told = {
    format: 'zhucun-unsent-1',
    saved_at: new Date().toISOString(),
    records: await waiting(),
    photos: photos.map(({ bytes, ...rest }) => ({ ...rest, base64: base64(bytes) })),
  }
  return new File([JSON.stringify(told, null, 1)], `zhucun-unsent-${civilDay(new Date())}.json`, {
    type: 'application/json',
  })
}

const base64 = (bytes: ArrayBuffer): string => {
  const view = new Uint8Array(bytes)
  let text = ''
  for (let start = 0; start < view.length; start += 32_768)
    text += String.fromCharCode(...view.subarray(start, start + 32_768))
  return btoa(text)
}

let wake: () => void = () => undefined
/** Who is to be woken by new work (offline/sync.ts). */
export const onNewWork = (listener: () => void): void => {
  wake = listener
}
