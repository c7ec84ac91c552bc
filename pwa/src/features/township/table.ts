/** What of a table is shown: filters over its rows, kept in the address so that going back finds them. Pure. */

import type { OkBody } from '@/api/client'

export type Table = OkBody<'/api/v1/units/{code}/quotas', 'get'>
export type Row = Table['rows'][number]
export type Rule = Table['rules'][number]
export type Cell = Row['cells'][string]
export type Counts = OkBody<'/api/v1/units/{code}/summary', 'get'>['counts']

/** Worth looking at first stands first; the order of states, never of people. */
export const STATES = ['unreachable', 'not_met', 'late', 'at_risk', 'on_track', 'met', 'excused', 'not_assessed'] as const
export type StateName = (typeof STATES)[number]

export interface Filters {
  rule: string
  state: '' | StateName
  village: string
  kind: string
  name: string
}

export const NO_FILTERS: Filters = { rule: '', state: '', village: '', kind: '', name: '' }

/** A rule of one pack is not the rule of the same number of another. */
export const cellOf = (row: Row, rule: Pick<Rule, 'id' | 'pack'>): Cell | null => {
  const own = Object.values(row.cells)
  return own.find((cell) => cell.pack === rule.pack && cell.rule === rule.id) ?? null
}

/** Rows in the order in which the service gave them: by village and post. */
export const matching = (rows: readonly Row[], filters: Filters): Row[] => {
  const name = filters.name.trim().toLocaleLowerCase()
  return rows.filter((row) => {
    if (filters.village && row.unit !== filters.village) return false
    if (filters.kind && row.kind !== filters.kind) return false
    if (name && !row.person.name.toLocaleLowerCase().includes(name)) return false
    if (!filters.rule && !filters.state) return true
    return Object.values(row.cells).some(
      (cell) => (!filters.rule || cell.rule === filters.rule) && (!filters.state || cell.state === filters.state),
    )
  })
}

export const active = (filters: Filters): boolean => Object.values(filters).some((value) => value !== '')

/** The states that occur, with their numbers, in the order of `STATES`. */
export const occurring = (counts: Partial<Record<string, number>> | undefined): { state: StateName; count: number }[] =>
  STATES.map((state) => ({ state, count: counts?.[state] ?? 0 })).filter(({ count }) => count > 0)

/** Units that rows name, by code. */
export const unitsIn = (rows: readonly Row[]): { value: string; text: string }[] =>
  [...new Map(rows.map((row) => [row.unit, row.unit_name]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, text]) => ({ value, text }))

type Asked = Record<string, unknown>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export const filtersFrom = (query: Asked): Filters => {
  const state = text(query['state'])
  return {
    rule: text(query['rule']),
    state: STATES.find((one) => one === state) ?? '',
    village: text(query['village']),
    kind: text(query['kind']),
    name: text(query['name']),
  }
}

/** The address of a view; what is not chosen is left out. */
export const toQuery = (unit: string, period: string, filters: Filters): Record<string, string> =>
  Object.fromEntries(Object.entries({ unit, period, ...filters }).filter(([, value]) => value !== ''))
