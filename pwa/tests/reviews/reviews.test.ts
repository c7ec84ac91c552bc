import { describe, expect, it } from 'vitest'
import { afterDone, byTurn, daysUntil, keyMeans, lineOf, neighbour, othersIn, queueIn, turnOf, wordsOf, type Flag } from '@/features/reviews/reviews'

const now = new Date('2026-11-22T08:00:00Z')
const flag = (id: string, of: Partial<Omit<Flag, 'may'>> & { may?: Partial<Flag['may']> } = {}): Flag =>
  ({
    id,
    state: 'open',
    answers: [],
    raised_at: '2026-11-20T08:00:00Z',
    answer_until: '2026-12-04T08:00:00Z',
    appeal_until: null,
    evidence: {},
    record: { id: 'r', kind: 'check_in' },
    ...of,
    may: { answer: false, decide: false, appeal: false, ...of.may },
  }) as unknown as Flag

describe('whose turn it is', () => {
  it('is the author’s while nothing was said, with the days that are left', () => {
    expect(turnOf(flag('a', { may: { answer: true } }), now)).toEqual({ do: 'answer', days: 12 })
    expect(turnOf(flag('a', { may: { answer: true }, answers: [{ id: 'x', text: '', photos: [], at: '' }] }), now)).toEqual({ do: 'wait', days: 0 })
  })
  it('is the author’s again after a decision against them', () => {
    const against = flag('a', { state: 'not_counted', may: { appeal: true }, appeal_until: '2026-11-22T09:00:00Z' })
    expect(turnOf(against, now)).toEqual({ do: 'appeal', days: 1 })
  })
  it('is nobody’s when all is said', () => {
    expect(turnOf(flag('a', { state: 'kept' }), now)).toBeNull()
  })
  it('is nobody’s once the record was taken back, whatever the flag’s state', () => {
    expect(turnOf(flag('a', { withdrawn: true }), now)).toBeNull()
    expect(turnOf(flag('a', { withdrawn: true, state: 'appealed' }), now)).toBeNull()
  })
  it('never counts days below nothing', () => {
    expect(daysUntil('2026-11-01T00:00:00Z', now)).toBe(0)
  })
  it('puts first what needs words, the nearest end before the others', () => {
    const list = [
      flag('over', { state: 'kept' }),
      flag('waits'),
      flag('later', { may: { answer: true } }),
      flag('sooner', { may: { answer: true }, answer_until: '2026-11-23T08:00:00Z' }),
      flag('object', { state: 'not_counted', may: { appeal: true }, appeal_until: '2026-12-01T08:00:00Z' }),
    ]
    expect(byTurn(list, now).map((one) => one.id)).toEqual(['object', 'sooner', 'later', 'waits', 'over'])
  })
})

describe('the queue', () => {
  it('walks to the neighbour and stays at the ends', () => {
    expect(neighbour(['a', 'b', 'c'], 'b', 1)).toBe('c')
    expect(neighbour(['a', 'b', 'c'], 'c', 1)).toBe('c')
    expect(neighbour(['a', 'b', 'c'], 'a', -1)).toBe('a')
    expect(neighbour(['a', 'b'], null, 1)).toBe('a')
    expect(neighbour([], 'a', 1)).toBeNull()
  })
  it('goes on to what follows, else to what came before', () => {
    expect(afterDone(['a', 'b', 'c'], 'a')).toBe('b')
    expect(afterDone(['a', 'b', 'c'], 'c')).toBe('b')
    expect(afterDone(['a'], 'a')).toBeNull()
  })
  it('hears keys only where nobody is writing', () => {
    const key = (name: string, ctrlKey = false) => ({ key: name, ctrlKey, metaKey: false, altKey: false })
    expect(['j', 'k', '1', '2', '3', 'x'].map((name) => keyMeans(key(name), false))).toEqual(['next', 'previous', 'counts', 'counts_with_note', 'does_not_count', null])
    expect(keyMeans(key('3'), true)).toBeNull()
    expect(keyMeans(key('1', true), false)).toBeNull()
  })
  it('knows its lists from an address', () => {
    expect([queueIn('second'), queueIn('appeals'), queueIn('nonsense'), queueIn(undefined)]).toEqual(['second', 'appeals', 'first', 'first'])
  })
})

describe('evidence', () => {
  it('names the other records, each once and never its own', () => {
    const one = '11111111-1111-4111-8111-111111111111'
    const own = '22222222-2222-4222-8222-222222222222'
    const beside = (evidence: Flag['evidence']): unknown => othersIn(flag('a', { evidence, record: { id: own, kind: 'check_in' } as Flag['record'] }))
    expect(beside({ other: one, records: [one, own], distance_m: 5, says: 'x' })).toEqual([{ id: one, kind: 'check_in' }])
    expect(beside({ other: one, other_kind: 'diary' })).toEqual([{ id: one, kind: 'diary' }])
    expect(beside({ other: one, other_kind: 'activity' })).toEqual([])
  })
  it('is drawn to scale on one line', () => {
    const line = lineOf({ distance_m: 1000, accuracy_m: 50, beyond_m: 900 })
    expect(line).toMatchObject({ slack: 4.5, metres: 1102.5 })
    expect(line && line.from < line.at && line.at < line.to && line.to <= 100).toBe(true)
    expect(lineOf({ speed_kmh: 3 })).toBeNull()
  })
  it('keeps only drafts of its own kind', () => {
    expect(wordsOf({ id: '1', text: 'a', more: 1 })).toEqual({ id: '1', text: 'a' })
    expect(wordsOf({ text: 'a' })).toBeNull()
    expect(wordsOf({ kind: 'x' })).toBeNull()
  })
})
