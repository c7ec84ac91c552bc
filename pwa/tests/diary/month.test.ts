import { describe, expect, it } from 'vitest'
import {
  begun,
  daysOf,
  diaryBody,
  formOf,
  lineOf,
  monthAfter,
  monthDays,
  monthDiaries,
  newestOf,
  weeksOf,
  withLine,
  type MonthDraft,
  type Visit,
  type Written,
} from '@/features/diary/month'
import type { Arrived, Outgoing } from '@/offline/db'

const outgoing = (id: string, over: Partial<Outgoing>): Outgoing => ({
  id,
  kind: 'check_in',
  of: null,
  body: {},
  seq: 1,
  made_at: '2026-11-21T01:00:00Z',
  label: id,
  photos: [],
  state: 'queued',
  tries: 0,
  problem: null,
  ...over,
})
const arrived = (id: string, over: Partial<Arrived>): Arrived => {
  const { state: _state, tries: _tries, problem: _problem, ...rest } = outgoing(id, {})
  return { ...rest, sent_at: '2026-11-21T02:00:00Z', reply: null, ...over }
}
const visit = (check_in: string, over: Partial<Visit> = {}): Visit => ({
  check_in,
  kind: 'household',
  captured_at: '2026-11-21T09:00:00+08:00',
  village_name: '枫田村',
  household: null,
  head: null,
  photos: [],
  note: '',
  parked: false,
  ...over,
})
const names = { villages: new Map([['v1', '枫田村']]), households: new Map([['h1', '刘户主']]) }
const service = (days: { day: string; line: string; visits: Visit[] }[]): MonthDraft =>
  ({ days }) as unknown as MonthDraft
const written = (id: string, over: Partial<Written> = {}): Written => ({
  id,
  author: { id: 'me', name: '我' },
  work_date: '2026-11-20',
  month: '2026-11',
  text: id,
  households: [],
  flags: [],
  state: 'counted',
  photos: [],
  check_ins: [],
  written_at: '2026-11-20T12:00:00Z',
  received_at: '2026-11-20T12:00:00Z',
  replaces: null,
  replaced_by: null,
  versions: [{ id, written_at: '', received_at: '' }],
  marks: [],
  photos_missing: [],
  receipt: { log: '360321', seq: 1, leaf: '' },
  ...over,
})

describe('months', () => {
  it('go over the turn of the year', () => {
    expect(monthAfter('2026-12', 1)).toBe('2027-01')
    expect(monthAfter('2026-01', -1)).toBe('2025-12')
    expect(daysOf('2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' })
  })
  it('lie in weeks that begin on Monday', () => {
    const weeks = weeksOf('2026-11')
    // 1 November 2026 is a Sunday
    expect(weeks[0]).toEqual([null, null, null, null, null, null, '2026-11-01'])
    expect(weeks.flat().filter(Boolean)).toHaveLength(30)
    expect(weeks.every((week) => week.length === 7)).toBe(true)
  })
})

describe('the suggested line', () => {
  it('says where, whom and what was noted, each once, as the service does', () => {
    const visits = [
      visit('a', { household: 'h1', head: '刘户主', note: ' 医保 ' }),
      visit('b', { household: 'h1', head: '刘户主', note: '医保' }),
      visit('c', { household: 'h9' }),
    ]
    expect(lineOf('2026-11-05', visits)).toBe('11月5日 在枫田村,入户走访刘户主和另外1户。记事:医保。')
    expect(lineOf('2026-11-05', [visit('a')])).toBe('11月5日 在枫田村。')
  })
  it('comes to the end of what is written', () => {
    expect(withLine('  ', 'L')).toBe('L')
    expect(withLine('已写\n', 'L')).toBe('已写\nL')
  })
})

describe("the month's days", () => {
  it('join what the service laid out with what only this phone knows', () => {
    const days = monthDays({
      month: '2026-11',
      service: service([{ day: '2026-11-20', line: '服务器写的', visits: [visit('a', { captured_at: '2026-11-20T09:00:00+08:00' })] }]),
      outbox: [outgoing('b', { body: { kind: 'household', village: 'v1', household: 'h1', captured_at: '2026-11-21T09:00:00+08:00' }, photos: ['p'] })],
      arrived: [arrived('a', { body: { kind: 'presence', village: 'v1', captured_at: '2026-11-20T09:00:00+08:00' } })],
      names,
    })
    expect(days.map((day) => [day.day, day.line])).toEqual([
      ['2026-11-20', '服务器写的'],
      ['2026-11-21', '11月21日 在枫田村,入户走访刘户主。'],
    ])
    expect(days[1]?.visits[0]?.photos).toEqual(['p'])
  })
  it('go by the civil day of the field, and leave other months and withdrawn visits out', () => {
    const days = monthDays({
      month: '2026-11',
      service: service([{ day: '2026-11-20', line: '旧', visits: [visit('a'), visit('b', { note: '留下' })] }]),
      outbox: [
        outgoing('w', { kind: 'withdrawal', of: 'a' }),
        outgoing('c', { body: { village: 'v1', captured_at: '2026-10-31T17:00:00Z' } }),
        outgoing('d', { body: { village: 'v1', captured_at: '2026-11-30T17:00:00Z' } }),
      ],
      arrived: [],
      names,
    })
    expect(days.map((day) => [day.day, day.visits.map((one) => one.check_in)])).toEqual([
      ['2026-11-01', ['c']],
      ['2026-11-21', ['b']],
    ])
    expect(days[1]?.line).toContain('留下')
  })
})

describe("the month's diaries", () => {
  const none = { month: '2026-11', listed: [], outbox: [], arrived: [], drafts: [], sending: false }
  const diary = (id: string, over: Partial<Outgoing> = {}): Outgoing =>
    outgoing(id, { kind: 'diary', body: { work_date: '2026-11-21', text: id, replaces: null }, ...over })

  it('say whether they were written in their month', () => {
    const late = written('b', { work_date: '2026-11-19', marks: [{ code: 'written_after_month', says: '' }] })
    const entries = monthDiaries({ ...none, listed: [written('a'), late] })
    expect(entries.map((entry) => entry.state)).toEqual(['on_time', 'after_month'])
  })
  it('show what waits here, and hide the version that it replaces', () => {
    const entries = monthDiaries({
      ...none,
      listed: [written('a')],
      outbox: [diary('b', { body: { work_date: '2026-11-20', text: '新', replaces: 'a' } })],
    })
    expect(entries.map((entry) => [entry.id, entry.state])).toEqual([['b', 'not_sent']])
  })
  it('keep the standing version in sight when its correction was refused', () => {
    const refused = diary('b', { state: 'parked', body: { work_date: '2026-11-20', text: '新', replaces: 'a' } })
    const entries = monthDiaries({ ...none, listed: [written('a')], outbox: [refused] })
    expect(entries.map((entry) => [entry.id, entry.state])).toEqual([
      ['a', 'on_time'],
      ['b', 'needs_you'],
    ])
  })
  it('show one that arrived before the list is asked anew, and never an older version of a listed one', () => {
    const came = arrived('b', { kind: 'diary', reply: { ...written('b', { replaces: 'a' }) } })
    expect(monthDiaries({ ...none, listed: [written('a')], arrived: [came] }).map((entry) => entry.id)).toEqual(['b'])
    const newer = written('c', { versions: ['a', 'b', 'c'].map((id) => ({ id, written_at: '', received_at: '' })) })
    expect(monthDiaries({ ...none, listed: [newer], arrived: [came] }).map((entry) => entry.id)).toEqual(['c'])
  })
  it('begin with what is unfinished, unless it was handed over', () => {
    const drafts = ['d', 'a'].map((id) => ({ key: `diary:${id}`, value: { work_date: '2026-11-02', text: '半' }, at: '' }))
    const pictures = { key: 'diary-photos:d', value: [], at: '' }
    const entries = monthDiaries({ ...none, listed: [written('a')], drafts: [...drafts, pictures] })
    expect(entries.map((entry) => [entry.id, entry.state])).toEqual([
      ['d', 'unfinished'],
      ['a', 'on_time'],
    ])
  })
})

describe('a new diary', () => {
  const days = [
    { day: '2026-11-05', line: '', visits: [visit('a', { household: 'h1', photos: ['p'], captured_at: '2026-11-05T09:00:00+08:00' })] },
    { day: '2026-11-21', line: '', visits: [visit('b', { household: 'h1' }), visit('c', { parked: true })] },
  ]
  it("begins with the month's visits, without words and without what the service refused", () => {
    expect(begun('2026-11', days, [], '2026-11-22')).toEqual({
      work_date: '2026-11-21',
      text: '',
      households: ['h1'],
      check_ins: ['a', 'b'],
      photos: ['p'],
      replaces: null,
      instead: null,
    })
  })
  it('leaves visits that another diary names to that one', () => {
    const [other] = monthDiaries({ month: '2026-11', listed: [written('x', { check_ins: ['b'] })], outbox: [], arrived: [], drafts: [], sending: false })
    expect(other && begun('2026-11', days, [other], '2026-11-22').check_ins).toEqual(['a'])
  })
  it('of another month without visits lies in that month', () => {
    expect(begun('2026-10', [], [], '2026-11-22').work_date).toBe('2026-10-31')
    expect(begun('2026-11', [], [], '2026-11-22').work_date).toBe('2026-11-22')
  })
})

it('is read back from a draft, and from nothing else', () => {
  const form = begun('2026-11', [], [], '2026-11-22')
  expect(formOf(JSON.parse(JSON.stringify(form)))).toEqual(form)
  expect(formOf({ text: '没有日期' })).toBeNull()
  expect(formOf(null)).toBeNull()
})

it('is sent with each photo once and nothing of the draft that the service does not know', () => {
  const form = { ...begun('2026-11', [], [], '2026-11-22'), text: ' 做了 ', photos: ['p'], instead: 'old' }
  const body = diaryBody(form, ['p', 'q'], '2026-11-22T20:00:00+08:00', {})
  expect(body['photos']).toEqual(['p', 'q'])
  expect(body['text']).toBe('做了')
  expect(Object.keys(body).sort()).toEqual(['check_ins', 'clock', 'households', 'photos', 'replaces', 'text', 'work_date', 'written_at'])
})

it('finds the newest version in the refusal that names it', () => {
  const id = '019aa2b0-0000-7000-8000-000000000002'
  expect(newestOf({ code: 'diary-already-replaced', detail: `……最新版本:${id}` })).toBe(id)
  expect(newestOf({ code: 'not-found', detail: id })).toBeNull()
  expect(newestOf(null)).toBeNull()
})
