import { expect, it } from 'vitest'
import { actsFor, unitsOf } from '@/session/acting'

const post = (kind: string, unit: string, to: string | null = null) => ({ kind, unit, unit_name: `unit ${unit}`, from: '2026-01-01', to })

it('a post in the very unit speaks for it, another kind or level does not', () => {
  const me = {
    postings: [post('FS', '360321101201'), post('VC', '360321101201'), post('HC', '360321101202'), post('TA', '360321101'), post('TA', '360321')],
    organisations: [{ id: 'x', name: '工作队' }],
  }
  expect(actsFor(me, '2026-11-22').map((one) => one.key)).toEqual(['unit:360321101', 'unit:360321101201', 'organisation:x'])
  expect(actsFor(null, '2026-11-22')).toEqual([])
})
it('units are those of posts held on the day, each once', () => {
  const posts = [post('CA', '360321'), post('TA', '360322101', '2026-11-21'), post('CA', '360321')]
  expect(unitsOf(posts, '2026-11-22', ['CA', 'TA'])).toEqual([{ code: '360321', name: 'unit 360321' }])
})
