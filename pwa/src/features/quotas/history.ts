/** Earlier periods of a rule as the service counts them today, with what was closed beside. Pure. */

import type { OkBody } from '@/api/client'
import { sameRule, type Standing } from './quotas'

export type Closing = OkBody<'/api/v1/closings', 'get'>['items'][number]
type ClosedRow = OkBody<'/api/v1/closings/{closing_id}', 'get'>['rows'][number]
export type ClosedStanding = ClosedRow['standing']

/** The same rule in an answer about another day; null where it did not bind then. */
export const sameIn = (items: readonly Standing[], standing: Standing): Standing | null =>
  items.find((one) => sameRule(one, standing)) ?? null

/** The versions that hold of a period, the most local unit first. */
export const closingsOf = (closings: readonly Closing[], key: string): Closing[] =>
  closings.filter((one) => one.latest && one.period.key === key).sort((a, b) => b.unit.length - a.unit.length)

/** The row of this person and rule in a closed period. */
export const closedRow = (rows: readonly ClosedRow[], person: string, standing: Standing): ClosedStanding | null =>
  rows.find((row) => row.subject.id === person && sameRule(row.standing, standing))?.standing ?? null

/** What was closed says something else than what is counted today. */
export const differs = (closed: ClosedStanding, now: Pick<Standing, 'have' | 'need' | 'state'>): boolean =>
  closed.have !== now.have || closed.need !== now.need || closed.state !== now.state
