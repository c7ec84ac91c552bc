/** What waits to be sent: put in here, and it arrives, once, sooner or later; nothing leaves but by arriving. */

import { tell } from '@/lib/channel'
import { civilDay } from '@/lib/dates'
import { strictly, userDb, type Arrived, type Draft, type KeptPhoto, type Outgoing, type RecordKind } from './db'

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
  moreWaits()
}

const save = async (made: NewRecord, at: string): Promise<void> => {
  await strictly(await userDb(), ['outbox', 'photos', 'bytes', 'drafts', 'meta'], async (tx) => {
    const seq = (((await tx.objectStore('meta').get('seq')) as number | undefined) ?? 0) + 1
    await tx.objectStore('meta').put(seq, 'seq')
    const client = made.kind === 'check_in' ? { client: { build: __BUILD__, seq } } : {}
    await tx.objectStore('outbox').add({
      id: made.id,
      kind: made.kind,
      of: made.of ?? null,
      // as it will be sent: a reactive object that slipped in would be taken by no database
      body: JSON.parse(JSON.stringify({ ...made.body, ...client })) as Record<string, unknown>,
      seq,
      made_at: at,
      label: made.label,
      photos: (made.photos ?? []).map((photo) => photo.sha256),
      state: 'queued',
      tries: 0,
      problem: null,
    })
    for (const { sha256, type, bytes } of made.photos ?? []) {
      // one that arrived earlier may be named again by another record: its bytes are known there
      if (await tx.objectStore('photos').get(sha256)) continue
      const fate = { state: 'queued', tries: 0, problem: null, sent_at: null } as const
      await tx.objectStore('photos').add({ sha256, type, size: bytes.byteLength, made_at: at, ...fate })
      await tx.objectStore('bytes').put(bytes, sha256)
    }
    if (made.draft) await tx.objectStore('drafts').delete(made.draft)
  })
}

const dropSentPhotos = async (): Promise<boolean> => {
  let dropped = false
  await strictly(await userDb(), ['photos', 'bytes'], async (tx) => {
    for await (const cursor of tx.objectStore('photos'))
      if (cursor.value.state === 'sent') {
        await tx.objectStore('bytes').delete(cursor.value.sha256)
        await cursor.delete()
        dropped = true
      }
  })
  return dropped
}

/** Everything that has not arrived, in the order it was made. */
export const waiting = async (): Promise<Outgoing[]> => (await userDb()).getAllFromIndex('outbox', 'seq')

/** Photos that have not arrived. */
export const waitingPhotos = async (): Promise<KeptPhoto[]> =>
  (await (await userDb()).getAll('photos')).filter((photo) => photo.state !== 'sent')

/** What arrived, newest first. */
export const arrived = async (): Promise<Arrived[]> => (await (await userDb()).getAll('arrived')).sort((a, b) => b.seq - a.seq)

/** The picture of a photo that this phone still has. */
export const keptPhoto = async (sha256: string): Promise<Blob | null> => {
  const db = await userDb()
  const [kept, bytes] = await Promise.all([db.get('photos', sha256), db.get('bytes', sha256)])
  return kept && bytes ? new Blob([bytes], { type: kept.type }) : null
}

/** Try a parked record or photo again, as it is. */
export const retry = async (id: string): Promise<void> => {
  await strictly(await userDb(), ['outbox', 'photos'], async (tx) => {
    const record = await tx.objectStore('outbox').get(id)
    if (record) await tx.objectStore('outbox').put({ ...record, state: 'queued', problem: null })
    const photo = await tx.objectStore('photos').get(id)
    if (photo) await tx.objectStore('photos').put({ ...photo, state: 'queued', problem: null })
  })
  moreWaits()
}

/** Throw a parked record or photo away; only after the person has said so. */
export const discard = async (id: string): Promise<void> => {
  await strictly(await userDb(), ['outbox', 'arrived', 'photos', 'bytes'], async (tx) => {
    const record = await tx.objectStore('outbox').get(id)
    await tx.objectStore('outbox').delete(id)
    // a record's photos go with it, unless another record names them
    const named = [...(await tx.objectStore('outbox').getAll()), ...(await tx.objectStore('arrived').getAll())]
    const others = new Set(named.flatMap((other) => other.photos))
    for (const sha256 of record ? record.photos.filter((photo) => !others.has(photo)) : [id]) {
      await tx.objectStore('photos').delete(sha256)
      await tx.objectStore('bytes').delete(sha256)
    }
  })
  tell({ kind: 'outbox' })
}

/** Forget what arrived more than 14 days ago. */
export const prune = async (today = new Date()): Promise<void> => {
  const edge = new Date(today.getTime() - KEPT_DAYS * 86_400_000).toISOString()
  await strictly(await userDb(), ['arrived', 'photos', 'bytes'], async (tx) => {
    for await (const cursor of tx.objectStore('arrived').index('sent_at').iterate(IDBKeyRange.upperBound(edge)))
      await cursor.delete()
    for await (const cursor of tx.objectStore('photos'))
      if (cursor.value.sent_at !== null && cursor.value.sent_at < edge) {
        await tx.objectStore('bytes').delete(cursor.value.sha256)
        await cursor.delete()
      }
  })
}

export interface Unsent {
  records: Outgoing[]
  photos: (KeptPhoto & { bytes: ArrayBuffer })[]
  drafts: Draft[]
}

/** All that exists nowhere but on this phone. */
export const unsent = async (): Promise<Unsent> => {
  const db = await userDb()
  const photos: Unsent['photos'] = []
  for (const photo of await waitingPhotos()) {
    const bytes = await db.get('bytes', photo.sha256)
    if (bytes) photos.push({ ...photo, bytes })
  }
  return { records: await waiting(), photos, drafts: await db.getAll('drafts') }
}

/** Put back what was taken out by `unsent`, e.g. after it lay sealed. What is here already stays as it is. */
export const putBack = async (back: Unsent): Promise<void> => {
  await strictly(await userDb(), ['outbox', 'photos', 'bytes', 'drafts', 'meta'], async (tx) => {
    for (const { bytes, ...photo } of back.photos) {
      if (await tx.objectStore('photos').get(photo.sha256)) continue
      await tx.objectStore('photos').put(photo)
      await tx.objectStore('bytes').put(bytes, photo.sha256)
    }
    let seq = ((await tx.objectStore('meta').get('seq')) as number | undefined) ?? 0
    for (const record of back.records) {
      seq = Math.max(seq, record.seq)
      if (!(await tx.objectStore('outbox').get(record.id))) await tx.objectStore('outbox').put(record)
    }
    await tx.objectStore('meta').put(seq, 'seq')
    for (const one of back.drafts)
      if (!(await tx.objectStore('drafts').get(one.key))) await tx.objectStore('drafts').put(one)
  })
  tell({ kind: 'outbox' })
}

export const FILE_FORMAT = 'zhucun-unsent-1'

/** All that has not arrived as a file that its author can keep and put back: JSON, photos in it as base64. */
export const asFile = async (author: { id: string; name: string } | null): Promise<File> => {
  const { photos, ...rest } = await unsent()
  const told = {
    format: FILE_FORMAT,
    author: author && { id: author.id, name: author.name },
    saved_at: new Date().toISOString(),
    ...rest,
    photos: photos.map(({ bytes, ...photo }) => ({ ...photo, base64: base64(bytes) })),
  }
  return new File([JSON.stringify(told, null, 1)], `zhucun-unsent-${civilDay(new Date())}.json`, {
    type: 'application/json',
  })
}

/** Bytes as base64, in pieces that a call can carry. */
export const base64 = (bytes: ArrayBuffer): string => {
  const view = new Uint8Array(bytes)
  let text = ''
  for (let start = 0; start < view.length; start += 32_768)
    text += String.fromCharCode(...view.subarray(start, start + 32_768))
  return btoa(text)
}

/** And back; throws on what is no base64. */
export const bytesOf = (kept: string): ArrayBuffer => {
  const text = atob(kept)
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
  return bytes.buffer
}

/** Something else put work into the outbox. */
export const moreWaits = (): void => {
  tell({ kind: 'outbox' })
  wake()
}

let wake: () => void = () => undefined
/** Who is to be woken by new work (offline/sync.ts). */
export const onNewWork = (listener: () => void): void => {
  wake = listener
}
