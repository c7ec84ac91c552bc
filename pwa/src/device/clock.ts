/** What a record says about the phone's clock: the service's last anchor, and how long ago it was seen. */

import { localStamp } from '@/lib/dates'

export interface Clock {
  anchor: string | null
  anchor_seen_at: string | null
  /** By the clock that nobody can set; null after a reload, when it began anew. */
  elapsed_ms: number | null
  page: string
}

let seen: { anchor: string; at: string; mono: number } | null = null
const page = crypto.randomUUID()

export const keepAnchor = (anchor: string | null): void => {
  if (anchor) seen = { anchor, at: localStamp(new Date()), mono: performance.now() }
}

export const clock = (): Clock => ({
  anchor: seen?.anchor ?? null,
  anchor_seen_at: seen?.at ?? null,
  elapsed_ms: seen ? Math.round(performance.now() - seen.mono) : null,
  page,
})
