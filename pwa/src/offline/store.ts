/** What this phone holds of somebody's own records: what waits, what arrived, what is being written. For a component. */

import { onScopeDispose, shallowRef } from 'vue'
import { hear } from '@/lib/channel'
import type { Arrived, Draft, Outgoing } from './db'
import { drafts } from './drafts'
import { arrived, waiting } from './outbox'

export interface OnPhone {
  outbox: Outgoing[]
  arrived: Arrived[]
  drafts: Draft[]
}

/** The store as it is now, looked at again with every word of a change; `came` runs when something came through. */
export const useOnPhone = (came: () => void) => {
  const store = shallowRef<OnPhone | null>(null)
  const look = async (): Promise<void> => {
    const before = store.value?.outbox.length ?? 0
    const [outbox, sent, written] = await Promise.all([waiting(), arrived(), drafts()])
    store.value = { outbox, arrived: sent, drafts: written }
    if (outbox.length < before) came()
  }
  void look()
  const stop = hear((word) => {
    if (word.kind === 'outbox') void look()
  })
  onScopeDispose(stop)
  return { store, look }
}
