/** The reminders that the phone keeps, and how many of them nobody has opened: the bell of every page. */

import { readonly, ref } from 'vue'
import { fetchAndKeep, keptBody } from '@/offline/cache'
import { session } from './session'

/** The bell and the page ask in the same words, so that one answer serves both. */
export const NEWEST = { query: { limit: 50 } } as const
/** A phone that is looked at again asks at most this often; the service writes once a day. */
const RESTS_MS = 15 * 60_000

const count = ref(0)
export const unread = readonly(count)
let asked = 0

export const showUnread = (left: number): void => {
  count.value = left
}

/** First what is kept, then what the service says now. */
export const loadNotices = async (): Promise<void> => {
  const user = session.user?.id
  if (!user) return
  asked = Date.now()
  const found = await keptBody('/api/v1/notices', NEWEST)
  if (found && session.user?.id === user) showUnread(found.unread)
  const answer = await fetchAndKeep('/api/v1/notices', NEWEST)
  if (answer.kind === 'ok' && session.user?.id === user) showUnread(answer.body.unread)
}

/** Somebody looks at the phone again. */
export const lookAgain = (): void => {
  if (document.visibilityState === 'visible' && Date.now() - asked > RESTS_MS) void loadNotices()
}
