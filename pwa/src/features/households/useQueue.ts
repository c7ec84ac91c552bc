/** What this phone has written, followed; `came` is called when something of it arrived. */

import { computed, onScopeDispose, shallowRef } from 'vue'
import { hear } from '@/lib/channel'
import { civilDay } from '@/lib/dates'
import type { Arrived, KeptPhoto, Outgoing } from '@/offline/db'
import { arrived, waiting, waitingPhotos } from '@/offline/outbox'
import { syncState } from '@/offline/sync'
import type { Queue } from './pending'

export const useQueue = (came: () => void) => {
  const outbox = shallowRef<Outgoing[]>([])
  const sent = shallowRef<Arrived[]>([])
  const photos = shallowRef<KeptPhoto[]>([])
  const look = async (): Promise<void> => {
    const before = outbox.value.length
    ;[outbox.value, sent.value, photos.value] = await Promise.all([waiting(), arrived(), waitingPhotos()])
    if (outbox.value.length < before) came()
  }
  void look()
  onScopeDispose(
    hear((word) => {
      if (word.kind === 'outbox') void look()
    }),
  )
  const queue = computed<Queue>(() => ({
    outbox: outbox.value,
    arrived: sent.value,
    sending: syncState.sending,
    today: civilDay(new Date()),
  }))
  return { queue, photos }
}
