/** My standings and what waits on this phone; asked anew when something came through. */

import { computed, onScopeDispose, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { hear } from '@/lib/channel'
import { civilDay } from '@/lib/dates'
import { useAnswer, type Answered } from '@/offline/cache'
import type { Outgoing } from '@/offline/db'
import { waiting } from '@/offline/outbox'
import { session } from '@/session/session'
import type { Standing } from './quotas'

export interface MyQuotas extends Answered<{ items: Standing[]; left_out?: string[] }> {
  outbox: Readonly<ShallowRef<readonly Outgoing[]>>
  /** The civil day of the answer: what is kept from yesterday is judged as of yesterday. */
  on: ComputedRef<string>
}

export const useMyQuotas = (): MyQuotas => {
  const { shown, reload } = useAnswer('/api/v1/people/{person_id}/quotas', () =>
    session.user ? { path: { person_id: session.user.id } } : null,
  )
  const outbox = shallowRef<readonly Outgoing[]>([])
  const look = async (): Promise<void> => {
    const before = outbox.value.length
    outbox.value = await waiting()
    if (outbox.value.length < before) void reload()
  }
  void look()
  const stop = hear((word) => {
    if (word.kind === 'outbox') void look()
  })
  onScopeDispose(stop)
  const on = computed(() => civilDay(new Date(shown.value.at ?? Date.now())))
  return { shown, reload, outbox, on }
}
