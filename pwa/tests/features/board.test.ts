import { describe, expect, it } from 'vitest'
import { byUrgency, cellsOf, counted, filtersFrom, matching, toQuery, writePage, type Duty, type Row } from '@/features/board/board'

const duty = (rule: string, mark: Duty['mark'], due: string | null) => ({ rule, mark, due, unit: 'submissions' }) as Duty
const cell = (rule: string, mark: string, village: string | null = null, pack = 'p1') => ({ rule, mark, village, pack })
const row = (kind: string, ...cells: object[]) => ({ subject: { kind, id: kind, name: kind }, cells }) as unknown as Row

describe('own duties', () => {
  const duties = [duty('R01', 'done', '2026-11-01'), duty('R02', 'open', '2026-12-07'), duty('R03', 'missing', '2026-11-07'), duty('R04', 'late', null), duty('R05', 'open', null)]
  it('stand by what is to be done, the nearest due day first', () => {
    expect(byUrgency(duties).map((one) => one.rule)).toEqual(['R03', 'R02', 'R05', 'R04', 'R01'])
  })
  it('are counted by state', () => {
    expect(counted(duties)).toEqual([
      { mark: 'missing', count: 1 },
      { mark: 'open', count: 2 },
      { mark: 'late', count: 1 },
      { mark: 'done', count: 1 },
    ])
  })
  it('lead to writing where they are written', () => {
    const owed = (unit: string, ...asks: string[]) => ({ ...duty('R65', 'open', null), unit, asks, period: { key: '2026-11', from: '', to: '' } })
    expect(writePage(owed('submissions', 'month_ledger'), 'unit:360321101', 'x')).toEqual({
      path: '/submissions/x',
      query: { new: '', kind: 'month_ledger', for: 'unit:360321101', period: '2026-11' },
    })
    expect(writePage(owed('submissions', 'monthly_report', 'fund_report'), '', 'x')?.query).toEqual({ new: '', period: '2026-11' })
    expect(writePage(owed('activities', 'joint_meeting'), 'unit:360321101', 'x')).toEqual({ path: '/activities/x', query: { new: '', kind: 'joint_meeting' } })
    expect(writePage(owed('square_metres', 'night_school_area_m2'), 'unit:360321101201', 'x')).toEqual({
      path: '/figures/x',
      query: { name: 'night_school_area_m2', for: 'unit:360321101201' },
    })
    expect(writePage(owed('people'), '', 'x')).toBeNull()
  })
})

describe('the board', () => {
  const rows = [row('village', cell('R63', 'missing')), row('helper_unit', cell('R59', 'done', 'a'), cell('R59', 'missing', 'b')), row('county')]
  it('has a cell for each village, and none of another pack', () => {
    expect(cellsOf(rows[1] as Row, { id: 'R59', pack: 'p1' })).toHaveLength(2)
    expect(cellsOf(rows[1] as Row, { id: 'R59', pack: 'p2' })).toHaveLength(0)
  })
  it('is filtered by kind, state and duty together, in the order in which it came', () => {
    const by = (query: Record<string, string>) => matching(rows, filtersFrom(query)).map((one) => one.subject.kind)
    expect(by({})).toEqual(['village', 'helper_unit', 'county'])
    expect(by({ mark: 'missing' })).toEqual(['village', 'helper_unit'])
    expect(by({ mark: 'missing', rule: 'p1 R59' })).toEqual(['helper_unit'])
    expect(by({ mark: 'done', rule: 'p1 R63' })).toEqual([])
    expect(by({ kind: 'county' })).toEqual(['county'])
    expect(filtersFrom({ mark: 'best' }).mark).toBe('')
  })
  it('keeps only what was chosen in its address', () => {
    expect(toQuery({ unit: '360321', kind: '', mark: 'late' })).toEqual({ unit: '360321', mark: 'late' })
  })
})
