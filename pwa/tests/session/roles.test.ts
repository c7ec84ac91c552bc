import { expect, it } from 'vitest'
import { rolesOf } from '@/session/roles'
import { tabsFor } from '@/shell/tabs'

const post = (kind: string, from = '2026-01-01', to: string | null = null) => ({ kind, unit: '1', from, to })
const tabs = (...kinds: string[]) => tabsFor(rolesOf(kinds.map((kind) => post(kind)), '2026-11-21'))

it('gives everybody at most five tabs of their own', () => {
  expect(tabs('FS')).toEqual(['today', 'households', 'diary', 'quotas', 'unsent'])
  expect(tabs('VC')).toEqual(['today', 'households', 'diary', 'quotas', 'township'])
  expect(tabs('TA')).toEqual(['township', 'households', 'unsent'])
  expect(tabs()).toEqual(['today', 'households', 'diary', 'quotas', 'unsent'])
})
it('asks which posts are held today', () => {
  expect(rolesOf([post('TA', '2025-01-01', '2026-11-20')], '2026-11-21').oversees).toBe(false)
  expect(rolesOf([post('TA', '2025-01-01', '2026-11-21')], '2026-11-21').oversees).toBe(true)
  expect(rolesOf([post('TA', '2026-11-22')], '2026-11-21').oversees).toBe(false)
})
