/** What every cadre needs in a valley, fetched while there is a network. A page adds its own GETs here. */

import { fetchAndKeep, pruneAnswers } from '@/offline/cache'
import { civilDay } from '@/lib/dates'
import { loadMe, mine, roles } from './me'
import { session } from './session'

/** Ask for everything that pages show without network; a failure is no matter, the kept answer stays. */
export const warm = async (): Promise<void> => {
  const user = session.user
  if (!user) return
  await loadMe()
  if (!mine.me) return
  const today = civilDay(new Date())
  if (roles.value.field) {
    await fetchAndKeep('/api/v1/check-ins', { query: { person: user.id, from: today, to: today } })
    await fetchAndKeep('/api/v1/people/{person_id}/quotas', { path: { person_id: user.id } })
    await fetchAndKeep('/api/v1/households', { query: { limit: 200 } })
    await fetchAndKeep('/api/v1/diaries', { query: { person: user.id } })
  }
  await pruneAnswers()
}
