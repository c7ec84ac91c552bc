/** What can be taken away from the page, and what is known of own records. Pure. */

import type { Checkpoint, OwnReceipt } from '@/ledger/follow'
import type { Trouble } from '@/ledger/kept'

/** A signed note, as `zhucun ledger verify --checkpoint` and `scripts/verify.py --checkpoint` read it. */
export const noteFile = (one: Pick<Checkpoint, 'log' | 'size' | 'note'>): File =>
  new File([one.note], `checkpoint-${one.log}-${one.size}`, { type: 'text/plain' })

/** An answer of the service as it came: `scripts/verify.py --proof` or `--consistency` reads it. */
export const proofFile = (name: string, body: unknown): File =>
  new File([JSON.stringify(body, null, 2)], `${name}.json`, { type: 'application/json' })

/** Both sides of what did not hold, for somebody who trusts neither the service nor this phone. */
export const evidenceFile = (trouble: Trouble): File => {
  const { kept, met, receipt } = trouble
  const told = {
    what: 'zhucun-ledger-evidence',
    version: 1,
    log: trouble.log,
    fault: trouble.fault,
    found_at: trouble.found_at,
    last_met_at: trouble.met_at,
    kept: kept && { key: kept.key, checkpoint: kept.note, seen_at: kept.seen_at, signature: kept.signature },
    met: met && { key: met.key, checkpoint: met.note, proof: met.proof ?? null },
    receipt: receipt && { record: receipt.id, seq: receipt.seq, leaf: receipt.leaf },
  }
  return proofFile(`evidence-${trouble.log}-${trouble.fault}`, told)
}

/** A day after it arrived a record is in a checkpoint, or somebody has to look. */
const LATE_MS = 24 * 3_600_000

export interface Covered {
  /** Proved here to stand in a checkpoint. */
  proved: number
  /** Behind the newest checkpoint, or not asked for yet. */
  waiting: number
  /** Of them, those that arrived more than a day ago and lie behind the newest checkpoint. */
  late: number
}

/** How many of the receipts of a log are covered; `sent` says when each record arrived. */
export const coveredBy = (
  receipts: readonly OwnReceipt[],
  log: string,
  size: number,
  proved: ReadonlySet<string>,
  sent: ReadonlyMap<string, string>,
  now: number,
): Covered => {
  const own = receipts.filter((one) => one.log === log)
  const waiting = own.filter(({ id }) => !proved.has(id))
  const late = waiting.filter(({ id, seq }) => seq >= size && now - Date.parse(sent.get(id) ?? '') > LATE_MS)
  return { proved: own.length - waiting.length, waiting: waiting.length, late: late.length }
}

/** A number as it is typed: whole and not negative, else null. */
export const wholeNumber = (typed: string): number | null => (/^\d{1,10}$/.test(typed.trim()) ? Number(typed.trim()) : null)
