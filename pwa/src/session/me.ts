/** `/me` for every page: posts, villages with fences, households; kept for days without network. */

import { computed, reactive, readonly, watch, type ComputedRef } from 'vue'
import type { OkBody } from '@/api/client'
import { civilDay } from '@/lib/dates'
import { fetchAndKeep, keptBody } from '@/offline/cache'
import { userDb } from '@/offline/db'
import { moreWaits } from '@/offline/outbox'
import { logsIn, offerAgain } from '@/offline/restored'
import { rolesOf, type Roles } from './roles'
import { session } from './session'

export type Me = OkBody<'/api/v1/me', 'get'>
export type Village = Me['villages'][number]

const state = reactive<{ me: Me | null; loaded: boolean }>({ me: null, loaded: false })
/** Null before the first answer ever came on this phone. */
export const mine = readonly(state)

/** What the signed-in user's posts let them see today; nothing is known before `/me` was read once. */
export const roles: ComputedRef<Roles> = computed(() => rolesOf(state.me?.postings ?? [], civilDay(new Date())))

/** When the question that is under way was asked first: its answer knows of nothing later. */
let askedMe: string | null = null

/** First what is kept, then what the service says now; done when the service has answered or cannot. */
export const loadMe = async (): Promise<void> => {
  const user = session.user?.id
  if (!user) {
    forgetMe()
    return
  }
  await recallMe(user)
  const asked = askedMe ?? new Date().toISOString()
  askedMe = asked
  const answer = await fetchAndKeep('/api/v1/me', {})
  askedMe = null
  if (session.user?.id !== user) return
  if (answer.kind === 'ok') {
    state.me = answer.body
    if (await offerAgain(await userDb(), logsIn(answer.body), asked)) moreWaits()
  }
  state.loaded = true
}

const recallMe = async (user: string): Promise<void> => {
  if (state.me) return
  const found = await keptBody('/api/v1/me', {})
  // the service may have been quicker
  if (found && session.user?.id === user && !mine.me) Object.assign(state, { me: found, loaded: true })
}

/** As soon as anything is known: what is kept, or where nothing is, the service's answer. */
export const knowMe = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = watch(
      () => state.loaded,
      (loaded) => {
        if (loaded) resolve()
      },
      { immediate: true, flush: 'sync' },
    )
    const done = (): void => {
      stop()
      resolve()
    }
    void loadMe().then(done, done)
  })

export const forgetMe = (): void => {
  Object.assign(state, { me: null, loaded: false })
}
