/**
 * Unsent work that its author leaves behind when signing out. It is locked with a random key, which is itself locked
 * with a key stretched from the author's password at sign-in; at sign-out, also offline, the bare key is deleted with
 * the rest of the author's data. So another person at this phone, also one with its files, must guess the password
 * (600,000 rounds of PBKDF2-SHA-256 for each guess). It does not protect while the author is signed in: then work lies
 * open in the browser's profile, and the phone's own lock is all there is.
 */

import { base64, bytesOf, type Unsent } from '@/offline/outbox'
import type { Sealed } from '@/offline/db'

export const ROUNDS = 600_000

/** Kept in the user's database while signed in. */
export interface Keyring {
  /** Locks what is left behind; cannot be taken out of the browser. */
  key: CryptoKey
  salt: Uint8Array<ArrayBuffer>
  rounds: number
  wrapped: ArrayBuffer
  wrapped_iv: Uint8Array<ArrayBuffer>
}

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length))

const stretched = async (password: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<CryptoKey> => {
  const raw = new TextEncoder().encode(password.normalize('NFC'))
  const start = await crypto.subtle.importKey('raw', raw, 'PBKDF2', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds },
    start,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

/** A keyring for the one who just signed in with this password. */
export const newKeyring = async (password: string, rounds = ROUNDS): Promise<Keyring> => {
  const [salt, iv, bare] = [random(16), random(12), random(32)]
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await stretched(password, salt, rounds), bare)
  const key = await crypto.subtle.importKey('raw', bare, 'AES-GCM', false, ['encrypt'])
  bare.fill(0)
  return { key, salt, rounds, wrapped, wrapped_iv: iv }
}

/** Lock what was left behind. */
export const seal = async (
  keyring: Keyring,
  user: { id: string; name: string },
  left: Unsent,
): Promise<Sealed> => {
  const iv = random(12)
  const photos = left.photos.map(({ bytes, ...photo }) => ({ ...photo, base64: base64(bytes) }))
  const text = new TextEncoder().encode(JSON.stringify({ ...left, photos }))
  const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, keyring.key, text)
  const { salt, rounds, wrapped, wrapped_iv } = keyring
  const count = left.records.length + left.photos.length
  return { user: user.id, name: user.name, count, at: new Date().toISOString(), salt, rounds, wrapped, wrapped_iv, iv, box }
}

/** Open it again; null when this is not the password it was locked with. */
export const unseal = async (sealed: Sealed, password: string): Promise<Unsent | null> => {
  const outer = await stretched(password, sealed.salt, sealed.rounds)
  try {
    const bare = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.wrapped_iv }, outer, sealed.wrapped)
    const key = await crypto.subtle.importKey('raw', bare, 'AES-GCM', false, ['decrypt'])
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv }, key, sealed.box)
    const told = JSON.parse(new TextDecoder().decode(text)) as Omit<Unsent, 'photos'> & {
      photos: (Omit<Unsent['photos'][number], 'bytes'> & { base64: string })[]
    }
    return { ...told, photos: told.photos.map(({ base64: kept, ...photo }) => ({ ...photo, bytes: bytesOf(kept) })) }
  } catch {
    return null
  }
}
