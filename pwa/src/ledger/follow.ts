/**
 * One log followed from checkpoint to checkpoint: the newest one that the service shows must have grown from the one that
 * this phone keeps. What does not hold is told with both of them; nothing is ever put right here.
 */

import type { Answer } from '@/api/answer'
import { passing } from '@/api/answer'
import { includes, isConsistent } from './merkle'
import { readKey, readNote, signatureBy, type Note, type Signature } from './note'

/** A checkpoint that was seen here. */
export interface Checkpoint {
  log: string
  /** The public key that the service gave with it; the first one seen is believed, and any other is told. */
  key: string
  note: string
  size: number
  root: string
  made_at: string | null
  signature: Exclude<Signature, 'wrong'>
  seen_at: string
}

/** What does not hold. `gone`: a log with checkpoints has none now; `unreadable`: what came is no checkpoint of this log. */
export type Fault = 'fork' | 'shrunk' | 'growth' | 'signature' | 'key' | 'gone' | 'unreadable' | 'receipt'

/** What was met, kept as it came. */
export interface Met {
  key: string
  note: string
  proof?: string[] | null
}

/** A record of one's own and where the service said that its log has it. */
export interface OwnReceipt {
  id: string
  log: string
  seq: number
  leaf: string
}

export type Followed =
  | { kind: 'holds'; checkpoint: Checkpoint }
  /** Nothing could be asked, or there is nothing yet. */
  | { kind: 'nothing' }
  | { kind: 'fault'; fault: Fault; met: Met | null }

export type Ask = (url: string) => Promise<Answer<unknown>>

const at = (log: string, rest: string): string => `/api/v1/ledger/${log}/${rest}`
const texts = (value: unknown): string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : []
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Ask for the newest checkpoint of a log, and judge it by the kept one. */
export const follow = async (log: string, kept: Checkpoint | null, ask: Ask, now: string): Promise<Followed> => {
  const answer = await ask(at(log, 'checkpoint'))
  if (answer.kind === 'problem' && answer.status === 409 && kept) return { kind: 'fault', fault: 'gone', met: null }
  if (answer.kind !== 'ok') return { kind: 'nothing' }
  const told = answer.body as { key?: unknown; note?: unknown } | null
  const met = { key: text(told?.key), note: text(told?.note) }
  const fault = (what: Fault, proof?: string[] | null): Followed => ({
    kind: 'fault',
    fault: what,
    met: proof === undefined ? met : { ...met, proof },
  })
  let note: Note
  let signature: Signature
  try {
    note = readNote(met.note)
    signature = await signatureBy(note, await readKey(met.key))
  } catch {
    return fault('unreadable')
  }
  if (note.log !== log) return fault('unreadable')
  // before the signature: by another key anybody can sign
  if (kept && kept.key !== met.key) return fault('key')
  if (signature === 'wrong') return fault('signature')
  const { size, root, made_at } = note
  const checkpoint = { log, ...met, size, root, made_at, signature, seen_at: now }
  if (!kept) return { kind: 'holds', checkpoint }
  if (size < kept.size) return fault('shrunk')
  if (size === kept.size) return root === kept.root ? { kind: 'holds', checkpoint } : fault('fork')
  const path = await growth(log, kept.size, size, ask)
  if (path === null) return { kind: 'nothing' }
  return (await isConsistent(kept.size, size, path, kept.root, root)) ? { kind: 'holds', checkpoint } : fault('growth', path)
}

/** The proof as it came; null when nobody could be asked; empty when it was refused. */
const growth = async (log: string, from: number, to: number, ask: Ask): Promise<string[] | null> => {
  // the empty tree is how every tree begins; nobody signs one
  const answer = await ask(at(log, `consistency?from=${from}&to=${to}`))
  if (answer.kind === 'ok') return texts((answer.body as { path?: unknown } | null)?.path)
  return answer.kind === 'problem' && !passing(answer.status) ? [] : null
}

/** Whether a receipt's leaf stands at its place in this checkpoint's tree; `later` when it cannot be told now. */
export const proven = async (
  receipt: OwnReceipt,
  checkpoint: Checkpoint,
  ask: Ask,
): Promise<'holds' | 'later' | Followed> => {
  if (receipt.seq >= checkpoint.size) return 'later'
  const answer = await ask(at(receipt.log, `proof?seq=${receipt.seq}`))
  if (answer.kind === 'problem' && !passing(answer.status)) return { kind: 'fault', fault: 'receipt', met: null }
  if (answer.kind !== 'ok') return 'later'
  const told = answer.body as { leaf?: unknown; path?: unknown; note?: unknown } | null
  // a newer checkpoint was made meanwhile: it is judged itself, the next time
  if (told?.note !== checkpoint.note) return 'later'
  const path = texts(told.path)
  if (await includes(receipt.leaf, receipt.seq, checkpoint.size, path, checkpoint.root)) return 'holds'
  return { kind: 'fault', fault: 'receipt', met: { key: checkpoint.key, note: checkpoint.note, proof: path } }
}
