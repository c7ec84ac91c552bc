import { expect, it } from 'vitest'
import { LONGEST_MS, pause } from '@/offline/backoff'

it('doubles from five seconds to an hour', () => {
  expect([1, 2, 3].map((failures) => pause(failures, null, 0.5))).toEqual([5_000, 10_000, 20_000])
  expect(pause(50, null, 0.99)).toBe(LONGEST_MS)
})
it('waits as long as the service asks, but at most an hour', () => {
  expect(pause(1, 120, 0)).toBe(120_000)
  expect(pause(1, 86_400, 0)).toBe(LONGEST_MS)
})
it('spreads phones that failed together', () => {
  expect(pause(3, null, 0)).toBeLessThan(pause(3, null, 0.9))
})
