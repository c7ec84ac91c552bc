/**
 * A service that was set back to a backup has lost what it took after it. Its logs are then shorter than the receipts
 * that it gave: the phone offers again what it sent and still keeps. Whatever the service has after all counts once.
 */

import { strictly, type Arrived, type UserDb } from './db'

export interface Receipt {
  log: string
  seq: number
}

/** How long a log is, as `/me` and `/sync` tell it. */
export interface LogSize {
  log: string
  size: number
}

/** Where the service's log has it, as it said itself; null when it gave no receipt. */
export const receiptOf = (reply: Record<string, unknown> | null): Receipt | null => {
  const told = reply?.['receipt'] as Record<string, unknown> | null | undefined
  const [log, seq] = [told?.['log'], told?.['seq']]
  return typeof log === 'string' && typeof seq === 'number' ? { log, seq } : null
}

/**
 * What to offer again. Only receipts from before `asked` speak: a record that arrived while the question was under way
 * may not be in its answer. Pure.
 *
 * All of a log that was cut is offered, not only what lies behind its present end: somebody else's records may have
 * taken the places of ours since. A plan item alone is overwritten by what is offered, so only its newest version goes,
 * and only when it was sent after the first record that is surely lost.
 */
export const lostOf = (arrived: readonly Arrived[], logs: readonly LogSize[], asked: string): Arrived[] => {
  const sizes = new Map(logs.map(({ log, size }) => [log, size]))
  const sure = arrived.filter((one) => {
    const receipt = receiptOf(one.reply)
    return receipt !== null && one.sent_at < asked && receipt.seq >= (sizes.get(receipt.log) ?? Infinity)
  })
  if (!sure.length) return []
  const cut = new Set(sure.map((one) => receiptOf(one.reply)?.log))
  const since = sure.reduce((first, one) => (one.sent_at < first ? one.sent_at : first), asked)
  const newest = new Map<string, number>()
  for (const one of arrived)
    if (one.kind === 'plan_item') newest.set(itemOf(one), Math.max(one.seq, newest.get(itemOf(one)) ?? 0))
  return arrived.filter((one) => {
    if (one.sent_at >= asked) return false
    if (one.kind === 'withdrawal') return true
    if (one.kind === 'plan_item') return one.sent_at >= since && newest.get(itemOf(one)) === one.seq
    return cut.has(receiptOf(one.reply)?.log)
  })
}

const itemOf = (record: Arrived): string => record.of ?? record.id

/** Put what was lost back into the outbox, with the photos whose bytes are still here; how many records it was. */
export const offerAgain = async (db: UserDb, logs: readonly LogSize[], asked: string): Promise<number> => {
  const lost = lostOf(await db.getAll('arrived'), logs, asked)
  if (!lost.length) return 0
  let count = 0
  await strictly(db, ['outbox', 'arrived', 'photos', 'bytes'], async (tx) => {
    for (const { id } of lost) {
      // another tab may have been quicker
      const found = await tx.objectStore('arrived').get(id)
      if (!found) continue
      const { sent_at: _sent, reply: _reply, ...record } = found
      await tx.objectStore('outbox').put({ ...record, again: true, state: 'queued', tries: 0, problem: null })
      await tx.objectStore('arrived').delete(id)
      count += 1
      for (const sha256 of record.photos) {
        const photo = await tx.objectStore('photos').get(sha256)
        if (photo?.state !== 'sent' || !(await tx.objectStore('bytes').getKey(sha256))) continue
        await tx.objectStore('photos').put({ ...photo, state: 'queued', tries: 0, sent_at: null })
      }
    }
  })
  return count
}

/** The sizes in a reply, whatever an older service says. */
export const logsIn = (body: unknown): LogSize[] => {
  const told = (body as { logs?: unknown } | null)?.logs
  return Array.isArray(told) ? (told as LogSize[]) : []
}
