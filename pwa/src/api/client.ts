/** Asking the service: typed by its own description, with a deadline, refreshed once, never throwing for a refusal. */

import { keepAnchor } from '@/device/clock'
import { localStamp } from '@/lib/dates'
import type { Answer } from './answer'
import { reach, read } from './reach'
import type { paths } from './schema.gen'
import { renew } from './token'

const PHOTO_DEADLINE_MS = 180_000

type Method = 'get' | 'post' | 'put' | 'delete'
type Asked<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>
/** Paths that have this method. */
export type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never
}[keyof paths]
type Json<R> = R extends { content: { 'application/json': infer B } } ? B : never
/** The body of a success. */
export type OkBody<P extends keyof paths, M extends Method> =
  Asked<P, M> extends { responses: infer R }
    ? R extends Record<201, infer C>
      ? Json<C>
      : R extends Record<200, infer B>
        ? Json<B>
        : undefined
    : never
type PathParameters<P extends keyof paths, M extends Method> =
  Asked<P, M> extends { parameters: { path: infer V } } ? V : undefined
/** The query of a GET. */
export type Query<P extends keyof paths> =
  Asked<P, 'get'> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : Record<string, never>
/** The JSON that a POST or PUT takes. */
export type BodyOf<P extends keyof paths, M extends Method> =
  Asked<P, M> extends { requestBody: { content: { 'application/json': infer B } } } ? B : undefined

export type Where<P extends keyof paths, M extends Method> =
  PathParameters<P, M> extends object ? { path: PathParameters<P, M> } : { path?: never }

/** `/households/{id}` with its values and its query, as the one name under which an answer is also kept. */
export const address = (path: string, values?: unknown, query?: unknown): string => {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((values as Record<string, string | number> | undefined)?.[name] ?? ''),
  )
  const pairs = Object.entries((query ?? {}) as Record<string, unknown>)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([key, value]) => [key, String(value)] as [string, string])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.length ? `${filled}?${new URLSearchParams(pairs).toString()}` : filled
}

export interface Sent {
  body?: unknown
  /** Bytes instead of JSON. */
  bytes?: { data: ArrayBuffer; type: string }
  signal?: AbortSignal
  /** How long to wait for the answer, in milliseconds, where the service has much to count. */
  deadline?: number
}

/** One request to an address that is already written out; the typed ones below are for pages. */
export const ask = async <T>(method: Method, url: string, sent: Sent = {}): Promise<Answer<T>> => {
  const held = await renew()
  if (held.kind !== 'held') return held
  const answer = await once<T>(method, url, sent, held.token)
  if (answer.kind !== 'problem' || answer.status !== 401) return answer
  // the token ran out on the way, or the sign-in was ended: renewing tells which
  const fresh = await renew(held.token)
  return fresh.kind === 'held' ? once<T>(method, url, sent, fresh.token) : fresh
}

const once = async <T>(method: Method, url: string, sent: Sent, token: string): Promise<Answer<T>> => {
  const headers: Record<string, string> = { Authorization: `Bearer ${token}`, Accept: 'application/json' }
  const init: RequestInit = { method: method.toUpperCase(), headers, cache: 'no-store', credentials: 'omit' }
  if (sent.bytes) {
    headers['Content-Type'] = sent.bytes.type
    init.body = sent.bytes.data
  } else if (sent.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    init.body = JSON.stringify(sent.body)
  }
  const asked = new Date()
  // whether the phone's clock was moved since the record was made
  if (sent.body !== undefined) headers['X-Phone-Clock'] = localStamp(asked)
  const answer = await read<T>(await reach(url, init, sent.deadline ?? (sent.bytes ? PHOTO_DEADLINE_MS : undefined), sent.signal))
  if (answer.kind === 'ok') keepAnchor(answer.body, asked.getTime())
  return answer
}

/** GET, typed. Pages mostly want `useAnswer` of offline/cache.ts instead, which also works without network. */
export const get = <P extends PathWith<'get'>>(
  path: P,
  where: Where<P, 'get'> & { query?: Query<P> },
): Promise<Answer<OkBody<P, 'get'>>> => ask('get', address(path, where.path, where.query))

/** POST, typed; for questions and decisions made at a desk. What the field writes goes through offline/outbox.ts. */
export const post = <P extends PathWith<'post'>>(
  path: P,
  where: Where<P, 'post'> & { body: BodyOf<P, 'post'>; deadline?: number },
): Promise<Answer<OkBody<P, 'post'>>> =>
  ask('post', address(path, where.path), { body: where.body, ...(where.deadline === undefined ? {} : { deadline: where.deadline }) })

/** PUT, typed; as `post`. */
export const put = <P extends PathWith<'put'>>(
  path: P,
  where: Where<P, 'put'> & { body: BodyOf<P, 'put'> },
): Promise<Answer<OkBody<P, 'put'>>> => ask('put', address(path, where.path), { body: where.body })

/** A picture for an <img>, or a file: neither can send the token, so the bytes come here and the page makes a blob: address. */
export const picture = (url: string, deadline?: number): Promise<Blob | null> => bytesOf(url, deadline, (response) => response.blob())

/** A file, under the name that the service gave it. */
export const named = (url: string, deadline?: number): Promise<File | null> =>
  bytesOf(url, deadline, async (response) => {
    const data = await response.blob()
    return new File([data], nameIn(response.headers.get('content-disposition')), { type: data.type })
  })

/** The name in a Content-Disposition, no path; a name of ours where there is none. */
export const nameIn = (disposition: string | null): string => /filename="([^"/\\]+)"/.exec(disposition ?? '')?.[1] ?? 'zhucun'

const bytesOf = async <T>(url: string, deadline: number | undefined, read: (response: Response) => Promise<T>): Promise<T | null> => {
  const held = await renew()
  if (held.kind !== 'held') return null
  const response = await reach(url, { headers: { Authorization: `Bearer ${held.token}` }, cache: 'no-store' }, deadline)
  if (!response?.ok) return null
  try {
    return await read(response)
  } catch {
    return null
  }
}
