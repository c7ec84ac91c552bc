import { expect, it } from 'vitest'
import { bodyOf, newIdFor, photosOf } from '@/features/conflicts/asNew'
import { apart, compare, fromBody, fromService, together, type Row } from '@/features/conflicts/compare'

const body = {
  kind: 'presence',
  village: '360321101201',
  household: null,
  captured_at: '2026-11-21T09:12:03+08:00',
  fix: { lat: 27.12793, lon: 113.95391, accuracy_m: 18, datum: 'wgs84' },
  no_fix_reason: null,
  note: '',
  photos: ['b', 'a'],
  client: { build: '1', seq: 4 },
}
/** The same check-in as the service shows it: no coordinates, another spelling of the time, another order. */
const shown = {
  ...body,
  fix: undefined,
  accuracy_m: 18,
  captured_at: '2026-11-21T01:12:03Z',
  note: '',
  photos: ['a', 'b'],
  receipt: {},
  place: 'inside',
}
const fates = (rows: Row[]): Record<string, string> => Object.fromEntries(rows.map((row) => [row.field, row.fate]))

it('finds no difference in spelling, order or between empty and absent', () => {
  const { note: _note, ...kept } = body
  expect(new Set(Object.values(fates(compare('check_in', fromService('check_in', shown), fromBody('check_in', kept)))))).toEqual(new Set(['same']))
})
it('puts what differs first and names each field', () => {
  const kept = { ...body, kind: 'departure', note: '离村', fix: { ...body.fix, accuracy_m: 30 }, photos: ['a'] }
  const rows = compare('check_in', fromService('check_in', shown), fromBody('check_in', kept))
  expect(rows.slice(0, 4).map((row) => row.field)).toEqual(['kind', 'fix', 'note', 'photos'])
  expect(rows.slice(4).every((row) => row.fate === 'same')).toBe(true)
})
it('tells a moved position only when it knows both coordinates', () => {
  const moved = { ...body, fix: { ...body.fix, lat: 27.2 } }
  const service = fromService('check_in', shown)
  expect(fates(compare('check_in', service, moved))['fix']).toBe('same')
  const both = together(service, fromBody('check_in', body))
  expect(fates(compare('check_in', both ?? {}, moved))['fix']).toBe('differs')
})
it('does not take what it cannot see for empty', () => {
  expect(fates(compare('household_position', {}, { household: 'h', fix: { lat: 1, lon: 2, accuracy_m: null } }))).toEqual({
    household: 'unknown',
    fix: 'unknown',
    set_at: 'unknown',
  })
})
it('reads a portrait the same from a phone and from the service', () => {
  const portrait = { household: 'h', photo: 'p', consent: { by: '刘户主', on: '2026-11-20', how: 'signed' }, taken_at: '2026-11-20T10:02:11+08:00' }
  expect(fates(compare('household_portrait', fromService('household_portrait', { ...portrait, id: 'x' }), fromBody('household_portrait', portrait)))).toEqual({
    household: 'same',
    photos: 'same',
    consent_by: 'same',
    consent_on: 'same',
    consent_how: 'same',
    taken_at: 'same',
  })
})
it.each([
  ['走访三户,天晴', '走访四户,天晴', { before: '走访', a: '三', b: '四', after: '户,天晴' }],
  ['啊啊', '啊', { before: '啊', a: '啊', b: '', after: '' }],
  ['', '新', { before: '', a: '', b: '新', after: '' }],
  // a rare character of a name is two halves in memory
  ['𠮷三', '𠮸三', { before: '', a: '𠮷', b: '𠮸', after: '三' }],
])('marks what differs between %s and %s', (a, b, parts) => expect(apart(a, b)).toEqual(parts))

it('makes one and the same id for a kept body, however often', async () => {
  const id = await newIdFor('one')
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(await newIdFor('one')).toBe(id)
  expect(await newIdFor('two')).not.toBe(id)
})
it('sends the body as it was; a diary replaces the newest version, and waits until it is known', () => {
  expect(bodyOf('check_in', body, null)).toEqual({ ...body, client: undefined })
  expect('client' in (bodyOf('check_in', body, null) ?? {})).toBe(false)
  const versions = [
    { id: 'old', received_at: '2026-11-21T09:00:00+08:00' },
    { id: 'new', received_at: '2026-11-21T01:30:00Z' },
  ]
  expect(bodyOf('diary', { text: '…', replaces: null }, versions)).toEqual({ text: '…', replaces: 'new' })
  expect(bodyOf('diary', { text: '…' }, null)).toBeNull()
})
it('names the photos of every kind of body', () => {
  expect(photosOf({ photos: ['a', 'b'] })).toEqual(['a', 'b'])
  expect(photosOf({ photo: 'a' })).toEqual(['a'])
  expect(photosOf({ fix: {} })).toEqual([])
})

it('compares an activity by what it says of place and people, however the service nests them', () => {
  const body = { held_at: '2026-11-20T15:00:00+08:00', place: { village: 'v', text: '村委会' }, attendees: ['a', 'b'], guests: 3, minutes: '一' }
  const shown = { held_at: '2026-11-20T07:00:00Z', place: { village: 'v', text: '村委会', state: 'inside' }, attendees: [{ id: 'b', name: '乙' }, { id: 'a', name: '甲' }], guests: 3, minutes: '二', organisations: [] }
  const rows = compare('activity', fromService('activity', shown), fromBody('activity', body))
  expect(rows.filter((row) => row.fate === 'differs').map((row) => row.field)).toEqual(['minutes'])
})

it('saves a kept submission as a version of the one that stands', () => {
  const versions = [{ id: 's1', received_at: '2026-11-05T00:00:00Z' }]
  expect(bodyOf('submission', { title: '十月', replaces: null }, versions)).toEqual({ title: '十月', replaces: 's1' })
  expect(bodyOf('submission', { title: '十月' }, null)).toBeNull()
})
