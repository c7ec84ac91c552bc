import { describe, expect, it } from 'vitest'
import { inOrder, months, reviewed, type Result } from '@/features/spotchecks/spotChecks'

const result = (position: number, found: Result['found']): Result => ({
  id: String(position), position, person: { id: 'p', name: '张三' }, village: { code: '360321101201', name: '村' },
  day: '2026-10-09', check_ins: [], way: null, found, note: null, recorded_by: null, recorded_at: null, may_record: true,
})

describe('spot checks', () => {
  it('offers the last twelve months, the last full one first, then this one and the next', () => {
    expect(months('2026-01-05')).toEqual([
      '2025-12', '2025-11', '2025-10', '2025-09', '2025-08', '2025-07', '2025-06', '2025-05', '2025-04', '2025-03',
      '2025-02', '2025-01', '2026-01', '2026-02',
    ])
    expect(months('2026-12-31').slice(-2)).toEqual(['2026-12', '2027-01'])
  })
  it('shows first what is still to be asked, otherwise as drawn', () => {
    const told = [result(0, 'agrees'), result(1, null), result(2, 'differs'), result(3, null)]
    expect(inOrder(told).map((one) => one.position)).toEqual([1, 3, 0, 2])
  })
  it('announces where one is a reviewer today, each unit once', () => {
    const post = (kind: string, to: string | null, unit = '360321') => ({ kind, unit, unit_name: '县', from: '2020-01-01', to })
    expect(reviewed([post('RV', null), post('RV', null), post('TA', null, '360321101'), post('RV', '2026-01-01', '360322')], '2026-11-22')).toEqual([
      { code: '360321', name: '县' },
    ])
  })
})
