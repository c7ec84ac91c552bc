/**
 * What a record says of the phone's clocks: the service's newest anchor, what the phone's clock said when it came, and
 * how long ago that was by the clock that nobody can set. That one stands still while the phone sleeps, so it tells the
 * least that has passed: which is all the service takes it for.
 */

import { localStamp } from '@/lib/dates'

export interface Clock {
  anchor: string | null
  anchor_seen_at: string | null
  /** Null after a reload, when that clock began anew. */
  elapsed_ms: number | null
  page: string
}

/** What outlives a reload. */
export interface Seen {
  anchor: string
  at: string
}

/** An answer that was longer on its way tells nothing of when its anchor was issued: the phone may have slept. */
const PROMPT_MS = 20_000

let seen: Seen | null = null
let mono: number | null = null
let keep: (seen: Seen) => void = () => undefined
const page = crypto.randomUUID()

/** Who keeps it over a reload (offline/sync.ts). */
export const keepsAnchors = (listener: typeof keep): void => {
  keep = listener
}

/** From any answer that has one; `asked` is when the request was begun. */
export const keepAnchor = (answer: unknown, asked: number): void => {
  const anchor = (answer as { anchor?: unknown } | null | undefined)?.anchor
  const now = Date.now()
  if (typeof anchor !== 'string' || now < asked || now - asked > PROMPT_MS) return
  seen = { anchor, at: localStamp(new Date(now)) }
  mono = performance.now()
  keep(seen)
}

/** Another page's, or nobody's. */
export const recallAnchor = (was: Seen | null): void => {
  seen = was
  mono = null
}

/** To be asked at the moment that the record tells of, not when it is saved. */
export const clock = (): Clock => ({
  anchor: seen?.anchor ?? null,
  anchor_seen_at: seen?.at ?? null,
  elapsed_ms: mono === null ? null : Math.floor(performance.now() - mono),
  page,
})
