/** Duties of organisations and units: one's own, and the board of a unit. Pure. */

import type { OkBody } from '@/api/client'

export type Duty = OkBody<'/api/v1/units/{code}/duties', 'get'>['items'][number]
export type Board = OkBody<'/api/v1/units/{code}/board', 'get'>
export type Row = Board['rows'][number]
export type Rule = Board['rules'][number]
export type Cell = Row['cells'][number]

/** What needs a hand first stands first; the order of states, never of organisations. */
export const MARKS = ['missing', 'open', 'late', 'done', 'none'] as const
export type Mark = (typeof MARKS)[number]

/** Those that are still to be done or missing by their due day, then late, done and not judged ones. */
export const byUrgency = (duties: readonly Duty[]): Duty[] =>
  [...duties].sort(
    (a, b) =>
      order(a.mark) - order(b.mark) || (a.due ?? '9999').localeCompare(b.due ?? '9999') || (a.rule < b.rule ? -1 : 1),
  )
const order = (mark: Mark): number => (mark === 'missing' || mark === 'open' ? 0 : MARKS.indexOf(mark))

export const counted = (duties: readonly Pick<Duty, 'mark'>[]): { mark: Mark; count: number }[] =>
  MARKS.map((mark) => ({ mark, count: duties.filter((one) => one.mark === mark).length })).filter(({ count }) => count > 0)

type Owed = Pick<Duty, 'unit' | 'asks' | 'subject' | 'period'>

/**
 * Where a duty is done: a paper or a meeting is written down, with what the duty says already filled in; a figure is
 * reported; the rest follows from other records.
 */
export const writePage = (duty: Owed, acted: string, id: string): { path: string; query: Record<string, string> } | null => {
  const kind = duty.asks.length === 1 ? (duty.asks[0] ?? '') : ''
  if (duty.unit === 'submissions') return { path: `/submissions/${id}`, query: toQuery({ kind, for: acted, period: duty.period.key }, { new: '' }) }
  if (duty.unit === 'activities') return { path: `/activities/${id}`, query: toQuery({ kind }, { new: '' }) }
  return duty.asks.length ? { path: `/figures/${id}`, query: toQuery({ name: kind, for: acted }) } : null
}

/** The cells of a row under a rule: several where the rule is owed for each village. */
export const cellsOf = (row: Row, rule: Pick<Rule, 'id' | 'pack'>): Cell[] =>
  row.cells.filter((cell) => cell.rule === rule.id && cell.pack === rule.pack)

export interface Filters {
  kind: string
  mark: '' | Mark
  rule: string
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const filtersFrom = (query: Record<string, unknown>): Filters => ({
  kind: text(query['kind']),
  mark: MARKS.find((one) => one === query['mark']) ?? '',
  rule: text(query['rule']),
})

const ruleKey = (of: { pack: string; rule: string }): string => `${of.pack} ${of.rule}`
export const keyOfRule = (rule: Pick<Rule, 'id' | 'pack'>): string => ruleKey({ pack: rule.pack, rule: rule.id })

/** Rows in the order in which the service gave them: by seat, kind and name. */
export const matching = (rows: readonly Row[], filters: Filters): Row[] =>
  rows.filter((row) => {
    if (filters.kind && row.subject.kind !== filters.kind) return false
    if (!filters.mark && !filters.rule) return true
    return row.cells.some(
      (cell) => (!filters.rule || ruleKey(cell) === filters.rule) && (!filters.mark || cell.mark === filters.mark),
    )
  })

/** The address of a view; what is not chosen is left out. */
export const toQuery = (told: Record<string, string>, always: Record<string, string> = {}): Record<string, string> => ({
  ...always,
  ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== '')),
})
