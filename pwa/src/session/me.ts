/** `/me` for every page: posts, villages with fences, households; kept for days without network. */

import { computed, reactive, readonly, type ComputedRef } from 'vue'
import type { OkBody } from '@/api/client'
import { keepAnchor } from '@/device/clock'
import { civilDay } from '@/lib/dates'
import { fetchAndKeep, keptBody } from '@/offline/cache'
import { rolesOf, type Roles } from './roles'
import { session } from './session'

export type Me = OkBody<'/api/v1/me', 'get'>
export type Village = Me['villages'][number]

const state = reactive<{ me: Me | null; loaded: boolean }>({ me: null, loaded: false })
/** Null before the first answer ever came on this phone. */
export const mine = readonly(state)

/** What the signed-in user's posts let them see today; nothing is known before `/me` was read once. */
export const roles: ComputedRef<Roles> = computed(() => rolesOf(state.me?.postings ?? [], civilDay(new Date())))

/** First what is kept, then what the service says now. */
export const loadMe = async (): Promise<void> => {
  if (!session.user) {
    Object.assign(state, { me: null, loaded: false })
    return
  }
  state.me ??= await keptBody('/api/v1/me', {})
  if (state.me) state.loaded = true
  const answer = await fetchAndKeep('/api/v1/me', {})
  if (answer.kind === 'ok') {
    state.me = answer.body
    keepAnchor(answer.body.anchor ?? null)
  }
  state.loaded = true
}

export const forgetMe = (): void => {
  Object.assign(state, { me: null, loaded: false })
}
