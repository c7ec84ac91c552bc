import { describe, expect, it } from 'vitest'
import { daysOf, distance, marksOf, type CheckIn } from '@/features/township/days'
import { toldBy } from '@/features/township/opened'
import { asLength, asOf, beside, containing, parsed, recordDays } from '@/features/township/period'
import { cellOf, filtersFrom, matching, NO_FILTERS, occurring, toQuery, unitsIn, type Row } from '@/features/township/table'
import { ownUnits, wayDown } from '@/features/township/units'

const TODAY = '2026-11-22'

describe('periods', () => {
  it('have the keys and days of the service', () => {
    expect(containing('quarter', TODAY)).toMatchObject({ key: '2026-Q4', from: '2026-10-01', to: '2026-12-31' })
    expect(containing('month', '2024-02-10')).toMatchObject({ key: '2024-02', from: '2024-02-01', to: '2024-02-29' })
    expect(containing('standing', TODAY)).toMatchObject({ key: 'standing', from: TODAY, to: TODAY })
  })
  it('go back over the turn of the year and never into what has not begun', () => {
    expect(beside(parsed('2026-Q1', TODAY), -1, TODAY)?.key).toBe('2025-Q4')
    expect(beside(parsed('2026-01', TODAY), -1, TODAY)?.key).toBe('2025-12')
    expect(beside(parsed('2026-10', TODAY), 1, TODAY)?.key).toBe('2026-11')
    expect(beside(parsed('2026-11', TODAY), 1, TODAY)).toBeNull()
    expect(beside(parsed('2004-Q1', TODAY), -1, TODAY)).toBeNull()
    expect(beside(parsed('standing', TODAY), -1, TODAY)).toBeNull()
  })
  it('fall back to the current one when the address names none', () => {
    for (const key of ['', 'x', '2026-Q5', '2026-13', '1999-Q1', '2026-H1', '2027-Q1']) expect(parsed(key, TODAY).key, key).toBe('2026-Q4')
    expect(parsed('2027-01', TODAY).key).toBe('2026-11')
  })
  it('change their length where one looks', () => {
    expect(asLength(parsed('2026-Q2', TODAY), 'month', TODAY).key).toBe('2026-06')
    expect(asLength(parsed('2026-Q4', TODAY), 'month', TODAY).key).toBe('2026-11')
    expect(asLength(parsed('2025-12', TODAY), 'quarter', TODAY).key).toBe('2025-Q4')
    expect(asLength(parsed('standing', TODAY), 'quarter', TODAY).key).toBe('2026-Q4')
    expect(asLength(parsed('2025-12', TODAY), 'standing', TODAY).to).toBe(TODAY)
  })
  it('are asked about on their last day, or today while they run', () => {
    expect(asOf(parsed('2026-Q3', TODAY), TODAY)).toBe('2026-09-30')
    expect(asOf(parsed('2026-Q4', TODAY), TODAY)).toBe(TODAY)
    expect(recordDays(parsed('standing', TODAY))).toEqual({ from: '2026-11-01', to: '2026-11-30' })
  })
})

describe('units', () => {
  const post = (kind: string, unit: string, to: string | null = null) => ({ kind, unit, unit_name: unit, from: '2026-01-01', to })
  it('are those with people below oneself, each once', () => {
    const posts = [post('TA', '360321101'), post('VC', '360321101202'), post('FS', '360321102201'), post('CA', '360322', '2026-03-01')]
    expect(ownUnits(posts, TODAY)).toEqual([{ code: '360321101', name: '360321101' }])
  })
  it('give the way down, and none to what lies elsewhere', () => {
    const own = [{ code: '360321', name: '' }]
    expect(wayDown(own, '360321101202')).toEqual(['360321', '360321101', '360321101202'])
    expect(wayDown(own, '360321')).toEqual(['360321'])
    expect(wayDown(own, '360322101')).toEqual([])
    expect(wayDown(own, '3603211')).toEqual([])
    expect(wayDown([], '360321')).toEqual([])
  })
})

describe('the table', () => {
  const row = (name: string, unit: string, kind: string, states: Record<string, string>): Row =>
    ({
      person: { id: name, name },
      unit,
      unit_name: `${unit}村`,
      kind,
      cells: Object.fromEntries(Object.entries(states).map(([rule, state]) => [rule, { rule, pack: 'p', state }])),
    }) as unknown as Row
  const rows = [
    row('刘一', '2', 'FS', { R01: 'met', R02: 'at_risk' }),
    row('陈二', '1', 'TM', { R01: 'at_risk' }),
    row('刘三', '1', 'FS', {}),
  ]
  const names = (filters: Partial<typeof NO_FILTERS>) => matching(rows, { ...NO_FILTERS, ...filters }).map((one) => one.person.name)

  it('keeps the order it came in', () => {
    expect(names({})).toEqual(['刘一', '陈二', '刘三'])
  })
  it('is filtered by rule and state together, village, post and name', () => {
    expect(names({ state: 'at_risk' })).toEqual(['刘一', '陈二'])
    expect(names({ state: 'at_risk', rule: 'R01' })).toEqual(['陈二'])
    expect(names({ rule: 'R02' })).toEqual(['刘一'])
    expect(names({ village: '1', kind: 'FS' })).toEqual(['刘三'])
    expect(names({ name: ' 刘 ' })).toEqual(['刘一', '刘三'])
  })
  it('does not show the rule of another pack under the same number', () => {
    expect(cellOf(rows[0] as Row, { id: 'R01', pack: 'p' })?.state).toBe('met')
    expect(cellOf(rows[0] as Row, { id: 'R01', pack: 'q' })).toBeNull()
    expect(cellOf(rows[2] as Row, { id: 'R01', pack: 'p' })).toBeNull()
  })
  it('names villages once, in the order of their codes', () => {
    expect(unitsIn(rows).map((one) => one.value)).toEqual(['1', '2'])
  })
  it('counts only states that occur', () => {
    expect(occurring({ met: 2, at_risk: 1, late: 0 })).toEqual([
      { state: 'at_risk', count: 1 },
      { state: 'met', count: 2 },
    ])
    expect(occurring(undefined)).toEqual([])
  })
  it('keeps its view in the address', () => {
    const filters = { ...NO_FILTERS, state: 'at_risk' as const, name: '刘' }
    const query = toQuery('360321101', '2026-Q4', filters)
    expect(query).toEqual({ unit: '360321101', period: '2026-Q4', state: 'at_risk', name: '刘' })
    expect(filtersFrom(query)).toEqual(filters)
    expect(filtersFrom({ state: 'best', name: ['a', 'b'] })).toEqual(NO_FILTERS)
  })
})

describe('the days of a person', () => {
  const record = (id: string, day: string, at: string, state: string, withdrawn: string | null = null): CheckIn =>
    ({ id, day, captured_at: `${day}T${at}:00+08:00`, state, withdrawn, photos: ['a'] }) as unknown as CheckIn
  it('count when one record counts, and not by withdrawn ones', () => {
    const days = daysOf([
      record('1', '2026-11-21', '15:00', 'not_counted'),
      record('2', '2026-11-21', '09:00', 'counted'),
      record('2', '2026-11-21', '09:00', 'counted'),
      record('3', '2026-11-22', '09:00', 'counted', '按错了'),
    ])
    expect(days.map((day) => [day.day, day.state, day.records.map((one) => one.id), day.photos])).toEqual([
      ['2026-11-22', 'withdrawn', ['3'], 1],
      ['2026-11-21', 'counted', ['2', '1'], 2],
    ])
    expect([...marksOf(days)]).toEqual([
      ['2026-11-22', { counted: 0, not_counted: 1 }],
      ['2026-11-21', { counted: 1, not_counted: 1 }],
    ])
  })
  it('have distances in metres and kilometres', () => {
    expect(distance(349.6)).toEqual({ in: 'm', value: '350' })
    expect(distance(1249)).toEqual({ in: 'km', value: '1.2' })
  })
})

it('takes only words from the history of the browser', () => {
  expect(toldBy({ name: '刘一', unit: 3, other: 'x' })).toEqual({ name: '刘一' })
  expect(toldBy(null)).toEqual({})
})
