import { describe, expect, it } from 'vitest'
import { awayOn, marksOf, monthsOf, weeksOf, withRequests } from '@/ui/standing/calendar'
import { asLength, beside, keyOf, LENGTHS, lengthOf, parsed, spanOf } from '@/ui/standing/periods'
import { periodKind, prorated, running, share } from '@/ui/standing/standing'

describe('the ring', () => {
  it('closes only when the quota is met', () => {
    expect(share(50, 50)).toBe(100)
    expect(share(60, 50)).toBe(100)
    expect(share(4999, 5000)).toBe(98)
    expect(share(25, 50)).toBe(50)
  })
  it('is empty without a number to reach, and full when nothing is owed', () => {
    expect(share(3, null)).toBeNull()
    expect(share(0, 0)).toBe(100)
    expect(share(0, 50)).toBe(0)
  })
})

describe('a standing', () => {
  const quarter = { key: '2026-Q4', from: '2026-10-01', to: '2026-12-31' }
  it('runs until it is due, that day included', () => {
    expect(running({ period: quarter, due: '2026-12-31' }, '2026-12-31')).toBe(true)
    expect(running({ period: quarter, due: '2026-12-31' }, '2027-01-01')).toBe(false)
    const standing = { key: 'standing', from: '2026-11-22', to: '2026-11-22' }
    expect(running({ period: standing, due: '2018-06-20' }, '2026-11-22')).toBe(false)
    expect(running({ period: standing, due: null }, '2026-11-22')).toBe(false)
  })
  it('is prorated when less is owed than in a whole period', () => {
    expect(prorated({ need: 25, full_need: 50, unit: 'days' })).toBe(true)
    expect(prorated({ need: 50, full_need: 50, unit: 'days' })).toBe(false)
    expect(prorated({ need: null, full_need: null, unit: 'days' })).toBe(false)
  })
  it('names its period, and an unknown key as it came', () => {
    const kinds = ['2026-W47', '2026-11', '2026-B6', '2026-Q4', '2026-H2', '2026', 'standing', 'once'].map((key) => periodKind(key).kind)
    expect(kinds).toEqual(['week', 'month', 'two_months', 'quarter', 'half', 'year', 'standing', 'once'])
    expect(periodKind('2026-B6').values).toMatchObject({ first: 11, last: 12 })
    expect(periodKind('summer')).toEqual({ kind: 'other', values: { key: 'summer' } })
  })
})

describe('the calendar', () => {
  it('has the months of a period, over the end of a year', () => {
    expect(monthsOf('2026-10-01', '2026-12-31')).toEqual(['2026-10', '2026-11', '2026-12'])
    expect(monthsOf('2026-12-28', '2027-01-03')).toEqual(['2026-12', '2027-01'])
  })
  it('has weeks from Monday to Sunday with every day of the month once', () => {
    const weeks = weeksOf('2026-11')
    expect(weeks[0]).toEqual([null, null, null, null, null, null, '2026-11-01'])
    expect(weeks.every((week) => week.length === 7)).toBe(true)
    expect(weeks.flat().filter(Boolean)).toHaveLength(30)
    expect(weeksOf('2028-02').flat().filter(Boolean).at(-1)).toBe('2028-02-29')
  })
  it('tells days that counted from those on which a record did not, both on one day as well', () => {
    const marks = marksOf([{ day: '2026-11-02', records: ['a', 'b'] }], [{ day: '2026-11-02' }, { day: '2026-11-03' }, { day: null }])
    expect([...marks]).toEqual([
      ['2026-11-02', { counted: 2, not_counted: 1 }],
      ['2026-11-03', { counted: 0, not_counted: 1 }],
    ])
  })
})

describe('periods', () => {
  it('are named by the day that they hold, weeks by their Thursday', () => {
    expect(LENGTHS.map((length) => keyOf(length, '2026-11-22'))).toEqual(['2026-W47', '2026-11', '2026-B6', '2026-Q4', '2026-H2', '2026', 'standing'])
    expect(keyOf('week', '2027-01-01')).toBe('2026-W53')
    expect(keyOf('week', '2024-12-30')).toBe('2025-W01')
  })
  it('have their first and last day', () => {
    expect(spanOf('2026-W53')).toEqual({ from: '2026-12-28', to: '2027-01-03' })
    expect(spanOf('2028-B1')).toEqual({ from: '2028-01-01', to: '2028-02-29' })
    expect(spanOf('2026-H1')).toEqual({ from: '2026-01-01', to: '2026-06-30' })
    expect(spanOf('2026')).toEqual({ from: '2026-01-01', to: '2026-12-31' })
    expect([spanOf('standing'), spanOf('2026-Q5'), lengthOf('2026-B7')]).toEqual([null, null, null])
  })
  it('follow each other over the end of a year, and end with today', () => {
    expect(beside('2026-W01', -1, '2026-11-22')).toBe('2025-W52')
    expect(beside('2026-B1', -1, '2026-11-22')).toBe('2025-B6')
    expect(beside('2026-Q3', 1, '2026-11-22')).toBe('2026-Q4')
    expect(beside('2026-Q4', 1, '2026-11-22')).toBeNull()
    expect(beside('2004', -1, '2026-11-22')).toBeNull()
    expect(beside('standing', -1, '2026-11-22')).toBeNull()
  })
  it('stay in the time one looks at when the length changes; an unknown key is the present', () => {
    expect(asLength('2025-Q1', 'month', '2026-11-22')).toBe('2025-03')
    expect(asLength('2026-Q4', 'month', '2026-11-22')).toBe('2026-11')
    expect(parsed('summer', '2026-11-22')).toBe('2026-11')
    expect(parsed('2027-Q1', '2026-11-22')).toBe('2026-Q4')
    expect(parsed('2025-B2', '2026-11-22')).toBe('2025-B2')
  })
})

describe('leave and make-ups in the calendar', () => {
  const leave = { from: '2026-11-28', to: '2026-12-02', back_on: null, state: 'approved' }
  const span = { from: '2026-11-01', to: '2026-11-30' }
  const all = (leaves: (typeof leave | { from: string; to: string; back_on: string | null; state: string })[], makeUps: { day: string; state: string }[] = []) =>
    [...withRequests(new Map([['2026-11-29', { counted: 1, not_counted: 0 }]]), { leaves, makeUps, ...span })]
  it('marks the days away inside the period, beside what counted', () => {
    expect(all([leave])).toEqual([
      ['2026-11-29', { counted: 1, not_counted: 0, away: true }],
      ['2026-11-28', { counted: 0, not_counted: 0, away: true }],
      ['2026-11-30', { counted: 0, not_counted: 0, away: true }],
    ])
  })
  it('knows of no absence that is not approved, and ends it on the day of the return', () => {
    expect(all([{ ...leave, state: 'submitted' }])).toHaveLength(1)
    expect(all([{ ...leave, back_on: '2026-11-29' }]).filter(([, mark]) => mark.away).map(([day]) => day)).toEqual(['2026-11-28'])
    expect([awayOn(leave, '2026-12-02'), awayOn(leave, '2026-12-03')]).toEqual([true, false])
  })
  it('marks a make-up while it may still count', () => {
    const marked = all([], [{ day: '2026-11-10', state: 'submitted' }, { day: '2026-11-11', state: 'refused' }, { day: '2026-12-01', state: 'approved' }])
    expect(marked.slice(1)).toEqual([['2026-11-10', { counted: 0, not_counted: 0, made_up: true }]])
  })
})
