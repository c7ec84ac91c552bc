import { describe, expect, it } from 'vitest'
import { afterReading, byDay, type Notice, type Notices, wayOf } from '@/features/notices/notices'

const notice = (id: string, day: string, read_at: string | null = null): Notice => ({
  id,
  person: 'p',
  day,
  kind: 'due',
  pack: 'p0-village-leader',
  rule: 'R04',
  period: '2026-11',
  subject: null,
  subject_name: null,
  title: '每月帮扶日志',
  text: '还有 6 天',
  due: '2026-11-30',
  created_at: `${day}T01:00:00Z`,
  read_at,
})
const page = (items: Notice[], unread: number): Notices => ({ items, next: null, unread })

describe('reminders', () => {
  it('stand by day in the order in which they were told', () => {
    const told = [notice('c', '2026-11-29'), notice('b', '2026-11-24'), notice('a', '2026-11-24')]
    expect(byDay(told).map(({ day, notices }) => [day, notices.map(({ id }) => id)])).toEqual([
      ['2026-11-29', ['c']],
      ['2026-11-24', ['b', 'a']],
    ])
    expect(byDay([])).toEqual([])
  })

  it('lead to the rule, or to where an organisation hands in; its other duties lead nowhere', () => {
    expect(wayOf({ rule: 'R04', subject: null, kind: 'pace' })).toEqual({ to: '/quotas/R04', word: 'rule' })
    expect(wayOf({ rule: 'R73', subject: 'a-team', kind: 'unsubmitted' })).toEqual({ to: '/submissions', word: 'papers' })
    expect(wayOf({ rule: 'R59', subject: 'a-unit', kind: 'due' })).toBeNull()
  })

  it('of flags lead to the flags, a decision to its own; of a fence to the fences', () => {
    expect(wayOf({ rule: '', subject: null, kind: 'flag_raised' })).toEqual({ to: '/flags', word: 'flags' })
    expect(wayOf({ rule: '', subject: null, kind: 'flag_closes' })?.to).toBe('/flags')
    expect(wayOf({ rule: '', subject: 'f-1', kind: 'flag_decided' })).toEqual({ to: '/flags/f-1', word: 'flag' })
    expect(wayOf({ rule: '', subject: 'f-1', kind: 'appeal_decided' })?.to).toBe('/flags/f-1')
    expect(wayOf({ rule: '', subject: '360321101201', kind: 'fence_shifted' })).toEqual({ to: '/fences', word: 'fences' })
  })

  it('are read once: what was read before is not counted again', () => {
    const body = page([notice('a', '2026-11-24'), notice('b', '2026-11-24', '2026-11-24T02:00:00Z')], 3)
    const after = afterReading(body, new Set(['a', 'b', 'gone']), '2026-11-25T00:00:00Z')
    expect(after.unread).toBe(2)
    expect(after.items.map(({ read_at }) => read_at)).toEqual(['2026-11-25T00:00:00Z', '2026-11-24T02:00:00Z'])
    expect(body.items[0]?.read_at).toBeNull()
    expect(afterReading(page([notice('a', '2026-11-24')], 0), new Set(['a']), 'now').unread).toBe(0)
  })
})
