/** The receipts in what this phone sent, newest first. Pure. */

import type { Arrived } from '@/offline/db'
import type { OwnReceipt } from './follow'

const LEAF = /^[0-9a-f]{64}$/

export const receiptsOf = (sent: readonly Arrived[]): OwnReceipt[] =>
  [...sent]
    .sort((a, b) => (a.sent_at < b.sent_at ? 1 : -1))
    .flatMap(({ id, reply }) => {
      const told = reply?.['receipt'] as Record<string, unknown> | null | undefined
      const [log, seq, leaf] = [told?.['log'], told?.['seq'], told?.['leaf']]
      return typeof log === 'string' && typeof seq === 'number' && typeof leaf === 'string' && LEAF.test(leaf)
        ? [{ id, log, seq, leaf }]
        : []
    })
