import { describe, expect, it } from 'vitest'
import { homesOf, newestFirst, waitingFor, type NotCounted } from '@/features/quotas/quotas'
import { readings } from '@/ui/policy/reading'

const period = { key: '2026-Q4', from: '2026-10-01', to: '2026-12-31' }
const record = (kind: 'check_in' | 'withdrawal' | 'diary' | 'plan_item', body: Record<string, unknown>, state: 'queued' | 'parked' = 'queued') => ({
  kind,
  body,
  state,
  made_at: '2026-11-21T09:00:00+08:00',
})

describe('records that wait on this phone', () => {
  it('are those of the rule’s kind and period, by the civil day in the field', () => {
    const outbox = [
      // 00:10 on 1 October in the field is still September in UTC
      record('check_in', { captured_at: '2026-09-30T16:10:00Z' }),
      record('check_in', { captured_at: '2026-09-30T15:50:00Z' }),
      record('check_in', { captured_at: '2026-12-31T23:59:00+08:00' }, 'parked'),
      record('diary', { work_date: '2026-11-21' }),
    ]
    expect(waitingFor({ unit: 'days', period }, outbox)).toEqual({ count: 2, parked: 1 })
    expect(waitingFor({ unit: 'times', period }, outbox)).toEqual({ count: 2, parked: 1 })
  })
  it('are counted for diaries by the day they are about, not by when they were written', () => {
    const november = { key: '2026-11', from: '2026-11-01', to: '2026-11-30' }
    const outbox = [record('diary', { work_date: '2026-10-31' }), record('diary', { work_date: '2026-11-30' })]
    expect(waitingFor({ unit: 'diaries', period: november }, outbox)).toEqual({ count: 1, parked: 0 })
  })
  it('include a withdrawal, which moves the figures, too', () => {
    expect(waitingFor({ unit: 'days', period }, [record('withdrawal', { reason: '误按' })]).count).toBe(1)
  })
  it('of households belong to no period, and of a unit that nobody knows none is claimed', () => {
    const standing = { key: 'standing', from: '2026-12-01', to: '2026-12-01' }
    const outbox = [record('plan_item', {}), record('check_in', { captured_at: '2026-12-01T09:00:00+08:00' })]
    expect(waitingFor({ unit: 'households', period: standing }, outbox).count).toBe(1)
    expect(waitingFor({ unit: 'meetings', period: standing }, outbox).count).toBe(0)
  })
})

it('puts the newest refusal first and those without a day before them', () => {
  const refused = (day: string | null): NotCounted => ({ record: day ?? 'home', day, code: 'x', why: 'x' })
  const days = newestFirst([refused('2026-10-02'), refused('2026-11-02'), refused(null)]).map((one) => one.day)
  expect(days).toEqual([null, '2026-11-02', '2026-10-02'])
})

it('lists what a household lacks before what is done, by name where the phone knows it', () => {
  const standing = {
    counted: [{ day: '2026-06-12', records: ['a'], assumed: false }],
    not_counted: [{ record: 'b', day: null, code: 'no_plan', why: '尚无帮扶计划' }],
  }
  expect(homesOf(standing, [{ id: 'a', head: '王五' }])).toEqual([
    { id: 'b', name: null, since: null, why: '尚无帮扶计划' },
    { id: 'a', name: '王五', since: '2026-06-12', why: null },
  ])
})

describe('the reading of the document', () => {
  it('has words for names and choices, numbers as they came, and null for no limit', () => {
    expect(readings({ leave: 'recorded', repeat_minutes: 10, max_counted_per_day: null })).toEqual([
      { name: 'leave', known: 'leave', word: 'recorded', value: 'recorded' },
      { name: 'repeat_minutes', known: 'repeat_minutes', word: null, value: '10' },
      { name: 'max_counted_per_day', known: 'max_counted_per_day', word: null, value: null },
    ])
  })
  it('shows what it has no word for as it came', () => {
    expect(readings({ new_setting: true, leave: 'new_choice' })).toEqual([
      { name: 'new_setting', known: null, word: null, value: 'true' },
      { name: 'leave', known: 'leave', word: null, value: 'new_choice' },
    ])
  })
  it('leaves the hours out where one check-in makes a day', () => {
    expect(readings({ stay_day: 'one_check_in', stay_day_hours: 4 }).map((one) => one.name)).toEqual(['stay_day'])
    expect(readings({ stay_day: 'two_check_ins', stay_day_hours: 4 }).map((one) => one.name)).toEqual(['stay_day', 'stay_day_hours'])
  })
})
