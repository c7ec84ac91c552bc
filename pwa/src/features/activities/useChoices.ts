/** What the form of an activity offers: units of one's part of the tree, villages, people, organisations; kept for no network. */

import { computed } from 'vue'
import { civilDay } from '@/lib/dates'
import { useAnswer } from '@/offline/cache'
import { mine } from '@/session/me'
import { current } from '@/session/roles'
import { session } from '@/session/session'
import type { Person } from './activities'

const MOST = 200

export const useChoices = () => {
  const people = useAnswer('/api/v1/activities/people', () => (session.user ? { query: { limit: MOST } } : null))
  const organisations = useAnswer('/api/v1/organisations', () => (session.user ? { query: { limit: MOST } } : null))
  const ofLevel = (level: 'county' | 'township' | 'village') =>
    useAnswer('/api/v1/units', () => (session.user ? { query: { level, limit: MOST } } : null))
  const [counties, townships, villages] = [ofLevel('county'), ofLevel('township'), ofLevel('village')]

  const posts = computed(() => current(mine.me?.postings ?? [], civilDay(new Date())))
  const names = computed(
    () =>
      new Map([
        ...[counties, townships, villages].flatMap((one) => (one.shown.value.body?.items ?? []).map((unit) => [unit.code, unit.name] as const)),
        ...(mine.me?.villages ?? []).map((one) => [one.code, one.name] as const),
        ...posts.value.map((post) => [post.unit, post.unit_name] as const),
      ]),
  )
  /** One's own units first, then the others of one's part of the tree by code. */
  const units = computed(() => {
    const own = posts.value.map((post) => post.unit)
    const rest = [...names.value.keys()].filter((code) => code.length >= 6).sort()
    return [...new Set([...own, ...rest])].map((code) => ({ code, name: names.value.get(code) ?? code }))
  })
  const everybody = computed<Person[]>(() => people.shown.value.body?.items ?? [])
  const bodies = computed(() => organisations.shown.value.body?.items ?? [])
  return { people, organisations, names, units, everybody, bodies, posts }
}
