/** Spot checks: which months can be announced, and counts in one order for all; no order of merit. Pure. */

import type { OkBody } from '@/api/client'

export type SpotCheckLine = OkBody<'/api/v1/spot-checks', 'get'>['items'][number]
export type SpotCheck = OkBody<'/api/v1/spot-checks/{spot_check_id}', 'get'>
export type Result = NonNullable<SpotCheck['results']>[number]
export type Counts = SpotCheck['counts']
export type Own = OkBody<'/api/v1/spot-check-results', 'get'>[number]

export const WAYS = ['phone', 'visit'] as const
export const FINDINGS = ['agrees', 'differs', 'unreachable'] as const
export type Way = (typeof WAYS)[number]
export type Found = (typeof FINDINGS)[number]
export const TONE = { agrees: 'good', differs: 'warn', unreachable: 'quiet' } as const satisfies Record<Found, string>

/** The months that can be announced, the last full one first: it is what is mostly asked for (app/spotchecks/service.py). */
export const months = (today: string): string[] => {
  const [year = 0, month = 0] = today.split('-').map(Number)
  const at = (ago: number): string => {
    const count = year * 12 + month - 1 - ago
    return `${String(Math.floor(count / 12))}-${String((count % 12) + 1).padStart(2, '0')}`
  }
  return [...Array.from({ length: 12 }, (_, n) => at(n + 1)), at(0), at(-1)]
}

/** `2026-10` as people write it. */
export const monthName = (month: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(`${month}-01T00:00:00Z`))

/** Those still to be asked about first, in the order they were drawn; then what was found. */
export const inOrder = (results: readonly Result[]): Result[] =>
  [...results].sort((a, b) => Number(a.found !== null) - Number(b.found !== null) || a.position - b.position)

/** Units where the caller is a reviewer today. */
export const reviewed = (
  posts: readonly { kind: string; unit: string; unit_name: string; from: string; to: string | null }[],
  today: string,
): { code: string; name: string }[] => {
  const held = posts.filter((post) => post.kind === 'RV' && post.from <= today && (post.to === null || today <= post.to))
  return [...new Map(held.map((post) => [post.unit, { code: post.unit, name: post.unit_name }])).values()]
}
