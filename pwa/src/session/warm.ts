/** What every cadre needs in a valley, fetched while there is a network. A page adds its own GETs here. */

import { fetchAndKeep, pruneAnswers } from '@/offline/cache'
import { civilDay } from '@/lib/dates'
import { idle } from '@/lib/idle'
import { fetchHouseholds, MOST_PAGES, recentOf } from './households'
import { loadMe, mine, roles } from './me'
import { loadNotices } from './notices'
import { current, OVERSEES } from './roles'
import { session } from './session'

/** Own households kept whole, with members and plan; more than a helper has. */
const MOST_WHOLE = 40

/** People in one page of a unit's table; the page asks in the same words, so that it finds what was kept. */
export const TABLE_PAGE = 200

/** What the pages of activities and submissions offer to choose from, in the words in which they ask. */
const toWrite = async (user: string): Promise<void> => {
  await fetchAndKeep('/api/v1/submissions/kinds', {})
  await fetchAndKeep('/api/v1/submissions', { query: { limit: 200 } })
  for (const path of ['/api/v1/leave', '/api/v1/make-ups'] as const) await fetchAndKeep(path, { query: { person: user, limit: 100 } })
  await fetchAndKeep('/api/v1/activities', { query: { person: user, limit: 100 } })
  await fetchAndKeep('/api/v1/activities/people', { query: { limit: 200 } })
  await fetchAndKeep('/api/v1/organisations', { query: { limit: 200 } })
  for (const level of ['county', 'township', 'village'] as const)
    await fetchAndKeep('/api/v1/units', { query: { level, limit: 200 } })
}

/** Ask for everything that pages show without network; a failure is no matter, the kept answer stays. */
export const warm = async (): Promise<void> => {
  const user = session.user
  if (!user) return
  await loadMe()
  if (!mine.me) return
  await idle()
  const today = civilDay(new Date())
  if (roles.value.field) {
    await fetchAndKeep('/api/v1/check-ins', { query: { person: user.id, from: today, to: today } })
    await fetchAndKeep('/api/v1/people/{person_id}/quotas', { path: { person_id: user.id } })
    await fetchHouseholds(MOST_PAGES)
    for (const { id } of mine.me.households.slice(0, MOST_WHOLE))
      await fetchAndKeep('/api/v1/households/{household_id}', { path: { household_id: id } })
    await fetchAndKeep('/api/v1/check-ins', { query: recentOf(user.id) })
    await fetchAndKeep('/api/v1/diaries', { query: { person: user.id } })
    // the month's visits laid out, and in its first days the last month's, too: a diary is written in the evening
    for (const month of new Set([today, civilDay(new Date(Date.now() - 7 * 86_400_000))].map((day) => day.slice(0, 7))))
      await fetchAndKeep('/api/v1/diaries/draft', { query: { month } })
  }
  if (roles.value.oversees) {
    const period = `${today.slice(0, 4)}-Q${Math.ceil(Number(today.slice(5, 7)) / 3)}`
    const posts = current(mine.me.postings, today).filter((post) => OVERSEES.has(post.kind))
    // a county's table is asked for when somebody looks at it
    for (const code of new Set(posts.map((post) => post.unit).filter((unit) => unit.length >= 9))) {
      await fetchAndKeep('/api/v1/units/{code}/summary', { path: { code }, query: { period } })
      await fetchAndKeep('/api/v1/units/{code}/quotas', { path: { code }, query: { period, limit: TABLE_PAGE } })
    }
  }
  await loadNotices()
  await toWrite(user.id)
  await fetchAndKeep('/api/v1/conflicts', { query: { limit: 200 } })
  await pruneAnswers()
}
