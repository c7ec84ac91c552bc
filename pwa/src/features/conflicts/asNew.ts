/** What was kept beside a record, made a record of its own; the one that stands is not touched. Pure. */

import type { Kind } from './compare'

export interface Version {
  id: string
  received_at: string
}

/** The same new id however often it is saved, so that a kept body becomes one record and not two. */
export const newIdFor = async (conflict: string): Promise<string> => {
  const text = new TextEncoder().encode(`zhucun-conflict:${conflict}`)
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', text)).slice(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80 // a UUID of version 8: made from a hash of our own
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The body to send; a diary or submission replaces the newest version that stands, and needs to know it. Null: not known yet. */
export const bodyOf = (
  kind: Kind,
  kept: Record<string, unknown>,
  versions: readonly Version[] | null,
): Record<string, unknown> | null => {
  // the phone writes its own build and number
  const { client: _client, ...body } = kept
  if (kind !== 'diary' && kind !== 'submission') return body
  const newest = versions?.reduce((last, one) => (Date.parse(one.received_at) > Date.parse(last.received_at) ? one : last))
  return newest ? { ...body, replaces: newest.id } : null
}

/** The photos that a body names. */
export const photosOf = (body: Record<string, unknown>): string[] => {
  const named = body['photos'] ?? (body['photo'] === undefined ? [] : [body['photo']])
  return Array.isArray(named) ? named.filter((one): one is string => typeof one === 'string') : []
}
