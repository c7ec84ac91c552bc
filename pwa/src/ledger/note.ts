/** Checkpoints as C2SP signed notes: read, and their Ed25519 signature checked where this browser can. */

import { hexOf } from './merkle'

/** What is no checkpoint, or no key. */
export class Unreadable extends Error {
  override name = 'Unreadable'
}

/** `unchecked`: this browser knows no Ed25519; nothing is said of the signature then. */
export type Signature = 'holds' | 'wrong' | 'unchecked'

export interface Note {
  origin: string
  log: string
  size: number
  root: string
  made_at: string | null
  text: string
  signatures: { name: string; raw: Uint8Array<ArrayBuffer> }[]
}

export interface Key {
  name: string
  id: string
  public: Uint8Array<ArrayBuffer>
}

const ED25519 = 1
const ID_BYTES = 4
const SIZE = /^(0|[1-9][0-9]{0,15})$/

const hex = (raw: Uint8Array<ArrayBuffer>): string => hexOf(raw.slice().buffer)

const base64 = (told: string): Uint8Array<ArrayBuffer> => {
  let text: string
  try {
    text = atob(told)
  } catch {
    throw new Unreadable('not base64')
  }
  // the last bits can be spelled in several ways
  if (btoa(text) !== told) throw new Unreadable('not the one spelling of base64')
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** What a note says, its signatures aside. */
export const readNote = (note: string): Note => {
  const cut = note.lastIndexOf('\n\n')
  if (cut < 0 || !note.endsWith('\n')) throw new Unreadable('not a signed note')
  const lines = note.slice(0, cut).split('\n')
  const [origin = '', size = '', root = '', ...more] = lines
  if (lines.length < 3 || lines.some((line) => !line || line.includes('\r')) || !SIZE.test(size))
    throw new Unreadable('not a checkpoint')
  const hash = base64(root)
  if (hash.length !== 32 || !Number.isSafeInteger(Number(size))) throw new Unreadable('not a checkpoint')
  return {
    origin,
    log: origin.slice(origin.lastIndexOf('/') + 1),
    size: Number(size),
    root: hex(hash),
    made_at: more.find((line) => line.startsWith('made '))?.slice(5) ?? null,
    text: note.slice(0, cut + 1),
    signatures: note.slice(cut + 2, -1).split('\n').map(signatureOf),
  }
}

const signatureOf = (line: string): { name: string; raw: Uint8Array<ArrayBuffer> } => {
  const [dash, name, told, ...rest] = line.split(' ')
  if (dash !== '—' || !name || !told || rest.length) throw new Unreadable('not a signature line')
  const raw = base64(told)
  if (raw.length <= ID_BYTES) throw new Unreadable('not a signature line')
  return { name, raw }
}

/** The public key as C2SP writes it: name, key id and key. */
export const readKey = async (told: string): Promise<Key> => {
  const [name, id, ...rest] = told.trim().split('+')
  const raw = base64(rest.join('+'))
  if (!name || !id || raw.length !== 33 || raw[0] !== ED25519) throw new Unreadable('not an Ed25519 key')
  const named = new TextEncoder().encode(`${name}\n`)
  const all = new Uint8Array([...named, ...raw])
  const made = hexOf(await crypto.subtle.digest('SHA-256', all)).slice(0, 2 * ID_BYTES)
  if (made !== id) throw new Unreadable('the key id is not that of the key')
  return { name, id, public: raw.slice(1) }
}

/** What a person compares with the administrator's: the first half of SHA-256 over the public key, in groups. */
export const fingerprint = async (told: string): Promise<string> => {
  const all = hexOf(await crypto.subtle.digest('SHA-256', (await readKey(told)).public))
  return (all.slice(0, 32).match(/.{4}/g) ?? []).join(' ')
}

/** Whether this key signed the note under the note's own origin. */
export const signatureBy = async (note: Note, key: Key): Promise<Signature> => {
  const own = note.signatures.find(
    ({ name, raw }) => name === note.origin && name === key.name && hex(raw.slice(0, ID_BYTES)) === key.id,
  )
  if (!own) return 'wrong'
  let imported: CryptoKey
  try {
    imported = await crypto.subtle.importKey('raw', key.public, { name: 'Ed25519' }, false, ['verify'])
  } catch {
    return 'unchecked'
  }
  const text = new TextEncoder().encode(note.text)
  const holds = await crypto.subtle.verify({ name: 'Ed25519' }, imported, own.raw.slice(ID_BYTES), text)
  return holds ? 'holds' : 'wrong'
}
