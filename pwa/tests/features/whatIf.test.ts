import { describe, expect, it } from 'vitest'
import { closedRow, closingsOf, type Closing } from '@/features/quotas/history'
import { evidenceOf, found, recordPage, type Standing } from '@/features/quotas/quotas'
import { asked, compared, lastDay, nextWeek, untilFriday, worked } from '@/features/quotas/whatIf'

const standing = (over: Partial<Standing>): Standing =>
  ({
    rule: 'R01',
    pack: 'p0',
    village: null,
    period: { key: '2026-Q4', from: '2026-10-01', to: '2026-12-31' },
    have: 31,
    need: 50,
    state: 'on_track',
    unit: 'days',
    ...over,
  }) as Standing
const day = (date: string, off: boolean) => ({ id: null, date, weekday: '', name: '', off, unit: null, source: '' })

describe('days that are meant', () => {
  it('until Friday are today and all up to it; on a weekend the next Friday', () => {
    expect(untilFriday('2026-11-24')).toEqual(['2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27'])
    expect(untilFriday('2026-11-27')).toEqual(['2026-11-27'])
    expect(untilFriday('2026-11-28')).toHaveLength(7)
    expect(untilFriday('2026-11-29').at(-1)).toBe('2026-12-04')
  })
  it('of next week are those worked: without holidays, with the Saturday worked for them', () => {
    const years = [{ year: 2026, state: 'official' as const, days: [day('2026-10-01', true), day('2026-10-02', true), day('2026-10-03', true), day('2026-09-27', false)] }]
    expect(nextWeek('2026-09-16', years)).toEqual({
      days: ['2026-09-21', '2026-09-22', '2026-09-23', '2026-09-24', '2026-09-25', '2026-09-27'],
      sure: true,
    })
    expect(nextWeek('2026-09-27', years).days).toEqual(['2026-09-28', '2026-09-29', '2026-09-30'])
  })
  it('are Monday to Friday, and said so, where the calendar is missing', () => {
    expect(nextWeek('2026-12-30', [{ year: 2027, state: 'missing', days: [] }])).toMatchObject({ sure: false, days: { length: 5 } })
    expect(worked('2027-01-04', [])).toBeNull()
  })
  it('can be chosen as long as a period that runs today holds them', () => {
    expect(lastDay('2026-06-01', 120)).toBe('2026-09-29')
    expect(lastDay('2026-11-22', 120)).toBe('2026-12-31')
  })
  it('are asked for in runs, each day once, over the end of a month', () => {
    expect(asked(['2026-12-01', '2026-11-29', '2026-11-30', '2026-12-05', '2026-11-30'])).toBe('2026-11-29..2026-12-01,2026-12-05')
    expect(asked([])).toBe('')
  })
})

it('what would change stands first; a rule of another pack or village is another rule', () => {
  const before = [standing({ rule: 'R02' }), standing({}), standing({ pack: 'p4', village: 'a' })]
  const after = [standing({ rule: 'R02' }), standing({ have: 36 }), standing({ pack: 'p4', village: 'b' })]
  expect(compared(before, after).map((one) => [one.before.rule, one.changed])).toEqual([
    ['R01', true],
    ['R02', false],
  ])
})

describe('a rule’s page', () => {
  it('finds the rule of the pack and village in the address', () => {
    const items = [standing({}), standing({ pack: 'p4', village: 'a' }), standing({ pack: 'p4', village: 'b' })]
    expect(found(items, 'R01', 'p4', 'b')).toBe(items[2])
    expect(found(items, 'R01', '', '')).toBe(items[0])
    expect(found(items, 'R01', 'p9', '')).toBeNull()
  })
  it('draws days as a calendar and papers as a list, and links only what has a page', () => {
    expect([evidenceOf('workdays'), evidenceOf('households'), evidenceOf('submissions')]).toEqual(['days', 'homes', 'list'])
    const id = '01a20142-29e3-7597-a1b5-9dfe87e9db92'
    expect(recordPage('submissions', id)).toBe(`/submissions/${id}`)
    expect(recordPage('figures', id)).toBeNull()
    expect(recordPage('submissions', 'monthly_report')).toBeNull()
  })
})

describe('earlier periods', () => {
  const closing = (unit: string, latest: boolean, key = '2026-Q3') => ({ unit, latest, period: { key, from: '', to: '' } }) as Closing
  it('are marked by the version that holds, the nearest unit first', () => {
    const all = [closing('360321', true), closing('360321101', true), closing('360321101', false), closing('360321101', true, '2026-Q2')]
    expect(closingsOf(all, '2026-Q3').map((one) => one.unit)).toEqual(['360321101', '360321'])
    const row = { subject: { kind: 'person', id: 'me', name: '' }, standing: standing({}) } as unknown as Parameters<typeof closedRow>[0][number]
    expect(closedRow([row], 'me', standing({}))).toBe(row.standing)
    expect(closedRow([row], 'you', standing({}))).toBeNull()
  })
})
