/** A standing as the cards draw it: only what the service said, put into shapes; no total is made here. Pure. */

import type { State, Tone } from '../states'
import { TONES } from '../states'

/** The part of the service's standing that is drawn; both a person's standings and a table's cells have it. */
export interface DrawnStanding {
  rule: string
  title: string
  period: { key: string; from: string; to: string }
  have: number
  /** Null where the document lost its number. */
  need: number | null
  full_need: number | null
  /** One of `UNITS`; an unknown one is shown as it came. */
  unit: string
  state: State
  clause: { document: string; article: string }
  remaining: number | null
  days_left: number
  can_miss: number | null
  due: string | null
  why: string
  /** Less is owed because the post holds only for a part of the period 折算; older answers do not say. */
  prorated?: boolean
  /** From this day on every day is needed. */
  change_by?: string | null
  late?: number
  at_most?: number | null
  advisory?: boolean
  info?: boolean
}

/** How much of the ring is drawn, 0 to 100; null when there is nothing to measure against. Full only when it is met. */
export const share = (have: number, need: number | null): number | null => {
  if (need === null) return null
  if (have >= need) return 100
  return Math.min(Math.max(0, (100 * have) / need), 98)
}

export const toneOf = (state: State): Tone => TONES[state]

/** Whether the period can still be worked on; `on` is the civil day of the answer. */
export const running = (standing: Pick<DrawnStanding, 'due' | 'period'>, on: string): boolean =>
  standing.due === null ? standing.period.from !== standing.period.to && on <= standing.period.to : on <= standing.due

/** Whether fewer are owed because the post holds only for a part of the period; of households the share is no such case. */
export const prorated = (standing: Pick<DrawnStanding, 'need' | 'full_need' | 'unit' | 'prorated'>): boolean =>
  standing.prorated ??
  (standing.unit !== 'households' && standing.need !== null && standing.full_need !== null && standing.need !== standing.full_need)

export type PeriodKind = 'week' | 'month' | 'two_months' | 'quarter' | 'half' | 'year' | 'standing' | 'once' | 'other'

/** A key such as 2026-Q4 as a kind with numbers for the words; an unknown key is `other` and shown as it came. */
export const periodKind = (key: string): { kind: PeriodKind; values: Record<string, string | number> } => {
  if (key === 'standing' || key === 'once') return { kind: key, values: {} }
  const [, year = '', letter = '', number = ''] = /^(\d{4})(?:-([WBQH]?)(\d{1,2}))?$/.exec(key) ?? []
  if (!year) return { kind: 'other', values: { key } }
  if (!number) return { kind: 'year', values: { year } }
  const n = Number(number)
  const kinds: Record<string, PeriodKind> = { W: 'week', B: 'two_months', Q: 'quarter', H: 'half', '': 'month' }
  return { kind: kinds[letter] ?? 'other', values: { year, n, first: 2 * n - 1, last: 2 * n, key } }
}

/** Units that have a word here. */
export const UNITS = [
  'days',
  'workdays',
  'times',
  'diaries',
  'households',
  'visits',
  'submissions',
  'activities',
  'figures',
  'people',
  'percent',
  'person_times',
  'square_metres',
  'villages',
] as const
export const knownUnit = (unit: string): (typeof UNITS)[number] | null => UNITS.find((one) => one === unit) ?? null
