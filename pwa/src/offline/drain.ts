/**
 * One pass over what waits: small records first, in the order they were made, photos after. It stops only where trying
 * the next one cannot help (no network, 5xx, 401, 408, 429); any other refusal parks that record, and it goes on.
 */

import { passing, problemOf, type Answer, type ApiProblem } from '@/api/answer'
import { logsIn, offerAgain } from './restored'
import { strictly, type KeptPhoto, type Outgoing, type RecordKind, type UserDb } from './db'

export type Ended =
  | { kind: 'done' }
  /** Try again later; `after` in seconds where the service named it. */
  | { kind: 'stopped'; why: 'offline' | 'busy'; after: number | null }
  | { kind: 'signed-out' }

export interface Request {
  method: 'put' | 'post'
  url: string
  body?: unknown
  bytes?: { data: ArrayBuffer; type: string }
}
export type Send = (request: Request) => Promise<Answer<unknown>>

const API = '/api/v1'
/** A batch small enough to get through a bad connection before it breaks. */
const BATCH_RECORDS = 50
const BATCH_BYTES = 400_000
const MOST_HASHES = 200

/** Kinds that `POST /sync` takes; the others go by themselves, in their turn. */
const SYNCED: ReadonlySet<RecordKind> = new Set<RecordKind>([
  'check_in',
  'diary',
  'household_position',
  'household_portrait',
  'activity',
  'submission',
  'figure',
  'leave',
  'make_up',
])

/** Where a record goes alone. */
export const requestOf = (record: Outgoing): Request => {
  const put = (path: string): Request => ({ method: 'put', url: `${API}/${path}/${record.id}`, body: record.body })
  switch (record.kind) {
    case 'check_in':
      return put('check-ins')
    case 'diary':
      return put('diaries')
    case 'activity':
      return put('activities')
    case 'submission':
      return put('submissions')
    case 'figure':
      return put('figures')
    case 'leave':
      return put('leave')
    case 'make_up':
      return put('make-ups')
    case 'household_position':
      return put('household-positions')
    case 'household_portrait':
      return put('household-portraits')
    case 'plan_item':
      // each version is a record of its own, so that one can be made while another waits
      return { method: 'put', url: `${API}/plan-items/${record.of ?? record.id}`, body: record.body }
    case 'flag_answer':
      return { method: 'post', url: `${API}/flags/${record.of ?? ''}/answer`, body: record.body }
    case 'flag_appeal':
      return { method: 'post', url: `${API}/flags/${record.of ?? ''}/appeal`, body: record.body }
    case 'withdrawal':
      return { method: 'post', url: `${API}/check-ins/${record.of ?? ''}/withdrawal`, body: record.body }
  }
}

/** Send all that waits; `changed` is told after every step that changed the store. */
export const drain = async (db: UserDb, send: Send, changed: () => void): Promise<Ended> => {
  const small = await drainRecords(db, send, changed)
  return small.kind === 'done' ? drainPhotos(db, send, changed) : small
}

const drainRecords = async (db: UserDb, send: Send, changed: () => void): Promise<Ended> => {
  // failed in this pass with a 5xx of their own: not again before the next pass
  const passed = new Set<string>()
  for (;;) {
    const queue = (await db.getAllFromIndex('outbox', 'seq')).filter(
      (record) => record.state === 'queued' && !passed.has(record.id) && !waitsFor(record, passed),
    )
    const batch = nextBatch(queue)
    const first = batch[0]
    if (!first) return passed.size ? { kind: 'stopped', why: 'busy', after: null } : { kind: 'done' }
    const ended = batch.length > 1 ? await sendBatch(db, send, batch, passed) : await sendOne(db, send, first)
    changed()
    if (ended) return ended
  }
}

/** Whether it names one of these: a diary comes after its check-ins and the version it replaces, a withdrawal after its check-in. */
const waitsFor = (record: Outgoing, ids: ReadonlySet<string>): boolean => {
  const { check_ins, replaces } = record.body
  const named: unknown[] = [record.of, replaces, ...(Array.isArray(check_ins) ? (check_ins as unknown[]) : [])]
  return named.some((id) => typeof id === 'string' && ids.has(id))
}

/** The longest beginning of the queue that one request can carry. */
export const nextBatch = (queue: readonly Outgoing[]): Outgoing[] => {
  const batch: Outgoing[] = []
  let bytes = 0
  for (const record of queue) {
    if (!SYNCED.has(record.kind)) return batch.length ? batch : [record]
    bytes += JSON.stringify(record.body).length * 3 // an upper bound: a Chinese character is three bytes
    if (batch.length && (batch.length === BATCH_RECORDS || bytes > BATCH_BYTES)) return batch
    batch.push(record)
  }
  return batch
}

const sendOne = async (db: UserDb, send: Send, record: Outgoing): Promise<Ended | null> => {
  const answer = await send(requestOf(record))
  const stop = stopped(answer)
  if (stop) {
    await tried(db, [record])
    return stop
  }
  if (answer.kind === 'ok') await settle(db, record, answer.body)
  else if (answer.kind === 'problem') await park(db, record, answer.problem)
  return null
}

interface SyncResult {
  id: string
  status: number
  body?: unknown
  problem?: unknown
}

const sendBatch = async (
  db: UserDb,
  send: Send,
  batch: Outgoing[],
  passed: Set<string>,
): Promise<Ended | null> => {
  const records = batch.map(({ kind, id, body }) => ({ kind, id, body }))
  const asked = new Date().toISOString()
  const answer = await send({ method: 'post', url: `${API}/sync`, body: { records } })
  const stop = stopped(answer)
  if (stop) {
    await tried(db, batch)
    return stop
  }
  if (answer.kind !== 'ok') return oneByOne(db, send, batch)
  const results = new Map(((answer.body as { results?: SyncResult[] }).results ?? []).map((one) => [one.id, one]))
  for (const record of batch) {
    const result = results.get(record.id)
    if (!result || passing(result.status)) {
      await tried(db, [record])
      passed.add(record.id)
    } else if (result.status < 300) await settle(db, record, result.body)
    else if (waitsFor(record, passed)) {
      // refused only because what it names did not come through this time
      await tried(db, [record])
      passed.add(record.id)
    } else await park(db, record, problemOf(result.status, result.problem))
  }
  await offerAgain(db, logsIn(answer.body), asked)
  return null
}

/** The batch as such was refused (too large, or one of them cannot even be read): find out which. */
const oneByOne = async (db: UserDb, send: Send, batch: Outgoing[]): Promise<Ended | null> => {
  for (const record of batch) {
    const ended = await sendOne(db, send, record)
    if (ended) return ended
  }
  return null
}

const stopped = (answer: Answer<unknown>): Ended | null => {
  if (answer.kind === 'offline') return { kind: 'stopped', why: 'offline', after: null }
  if (answer.kind === 'signed-out') return { kind: 'signed-out' }
  if (answer.kind !== 'problem' || !passing(answer.status)) return null
  return answer.status === 401 ? { kind: 'signed-out' } : { kind: 'stopped', why: 'busy', after: answer.retryAfter }
}

/**
 * It arrived: out of the outbox and into what is kept 14 days, in one step. Whatever was refused because this one was
 * not there yet gets its turn again.
 */
const settle = async (db: UserDb, record: Outgoing, reply: unknown): Promise<void> => {
  const { state: _state, problem: _problem, tries: _tries, ...rest } = record
  await strictly(db, ['outbox', 'arrived'], async (tx) => {
    await tx.objectStore('arrived').put({
      ...rest,
      sent_at: new Date().toISOString(),
      reply: typeof reply === 'object' ? (reply as Record<string, unknown> | null) : null,
    })
    await tx.objectStore('outbox').delete(record.id)
    const here = new Set([record.id])
    for (const other of await tx.objectStore('outbox').getAll())
      if (other.state === 'parked' && other.problem?.status === 404 && waitsFor(other, here))
        await tx.objectStore('outbox').put({ ...other, state: 'queued', problem: null })
  })
}

const park = async (db: UserDb, record: Outgoing, problem: ApiProblem): Promise<void> => {
  await strictly(db, ['outbox'], async (tx) => {
    await tx.objectStore('outbox').put({ ...record, state: 'parked', tries: record.tries + 1, problem })
  })
}

const tried = async (db: UserDb, records: readonly Outgoing[]): Promise<void> => {
  await strictly(db, ['outbox'], async (tx) => {
    for (const record of records) await tx.objectStore('outbox').put({ ...record, tries: record.tries + 1 })
  })
}

/** Pictures go to /photos, documents (PDF, DOCX, XLSX) to /files. */
export const isPicture = (one: Pick<KeptPhoto, 'type'>): boolean => one.type.startsWith('image/')

/** The browser gave the photo's name back and not its bytes. */
const LOST: ApiProblem = {
  status: 0,
  code: 'photo-lost-on-phone',
  title: 'This phone has lost the bytes of this photo or file',
  detail: '手机里这张照片(或文件)的内容已丢失(可能被系统清理)。请重新选择,或删除这一项。',
  errors: [],
}

/** Pictures first: they are small. */
const drainPhotos = async (db: UserDb, send: Send, changed: () => void): Promise<Ended> => {
  const waits = (await db.getAll('photos')).filter((one) => one.state === 'queued')
  const pictures = await drainBytes(db, send, changed, 'photos', waits.filter(isPicture))
  return pictures.kind === 'done' ? drainBytes(db, send, changed, 'files', waits.filter((one) => !isPicture(one))) : pictures
}

const drainBytes = async (
  db: UserDb,
  send: Send,
  changed: () => void,
  shelf: 'photos' | 'files',
  waits: readonly KeptPhoto[],
): Promise<Ended> => {
  const queued = waits.map((one) => one.sha256)
  for (let start = 0; start < queued.length; start += MOST_HASHES) {
    const asked = queued.slice(start, start + MOST_HASHES)
    const answer = await send({ method: 'post', url: `${API}/${shelf}/missing`, body: { sha256: asked } })
    const stop = stopped(answer)
    if (stop) return stop
    // if even the question is refused, uploading tells for each of them why
    const missing = answer.kind === 'ok' ? new Set((answer.body as { missing: string[] }).missing) : new Set(asked)
    for (const sha256 of asked) {
      const ended = await sendBytes(db, send, sha256, missing.has(sha256))
      changed()
      if (ended) return ended
    }
  }
  return { kind: 'done' }
}

const sendBytes = async (db: UserDb, send: Send, sha256: string, missing: boolean): Promise<Ended | null> => {
  const photo = await db.get('photos', sha256)
  if (photo?.state !== 'queued') return null
  const sent = (): Promise<void> => keep(db, { ...photo, state: 'sent', problem: null, sent_at: new Date().toISOString() })
  if (!missing) {
    await sent()
    return null
  }
  const data = await db.get('bytes', sha256)
  if (!data) {
    await keep(db, { ...photo, state: 'parked', problem: LOST })
    return null
  }
  const bytes = { data, type: photo.type }
  const answer = await send({ method: 'put', url: `${API}/${isPicture(photo) ? 'photos' : 'files'}/${sha256}`, bytes })
  const stop = stopped(answer)
  if (stop) {
    await keep(db, { ...photo, tries: photo.tries + 1 })
    return stop
  }
  if (answer.kind === 'ok') await sent()
  else if (answer.kind === 'problem')
    await keep(db, { ...photo, state: 'parked', tries: photo.tries + 1, problem: answer.problem })
  return null
}

const keep = (db: UserDb, photo: KeptPhoto): Promise<void> =>
  strictly(db, ['photos'], async (tx) => {
    await tx.objectStore('photos').put(photo)
  })
