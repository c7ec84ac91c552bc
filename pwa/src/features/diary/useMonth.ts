/** One month for a page: the service's answers and what only this phone knows, put together. */

import { computed, shallowRef } from 'vue'
import { useAnswer } from '@/offline/cache'
import { useOnPhone } from '@/offline/store'
import { syncState } from '@/offline/sync'
import { mine } from '@/session/me'
import { session } from '@/session/session'
import { keptBodies, namesFrom, type Bodies } from './kept'
import { daysOf, monthDays, monthDiaries, monthOf } from './month'

export const useMonth = (month: () => string) => {
  const { shown: listed, reload: reloadList } = useAnswer('/api/v1/diaries', () =>
    session.user ? { query: { person: session.user.id, ...daysOf(month()), limit: 200 } } : null,
  )
  const { shown: drafted, reload: reloadDraft } = useAnswer('/api/v1/diaries/draft', () =>
    session.user ? { query: { month: month() } } : null,
  )
  const reload = async (): Promise<void> => {
    await Promise.all([reloadList(), reloadDraft()])
  }
  const { store, look } = useOnPhone(() => void reload())
  const kept = shallowRef<Bodies>({ diaries: [], heads: new Map(), addresses: new Map() })
  void keptBodies().then((bodies) => (kept.value = bodies))

  const names = computed(() => {
    const told = new Map(kept.value.heads)
    for (const day of drafted.value.body?.days ?? [])
      for (const visit of day.visits) if (visit.household && visit.head) told.set(visit.household, visit.head)
    return namesFrom(mine.me, told)
  })
  const days = computed(() =>
    monthDays({
      month: month(),
      service: drafted.value.body,
      outbox: store.value?.outbox ?? [],
      arrived: store.value?.arrived ?? [],
      names: names.value,
    }),
  )
  // a month that was never asked for may still lie in another page's answer
  const elsewhere = computed(() =>
    kept.value.diaries.filter((one) => one.author.id === session.user?.id && !one.replaced_by && monthOf(one.work_date) === month()),
  )
  const entries = computed(() =>
    monthDiaries({
      month: month(),
      listed: listed.value.body?.items ?? elsewhere.value,
      outbox: store.value?.outbox ?? [],
      arrived: store.value?.arrived ?? [],
      drafts: store.value?.drafts ?? [],
      sending: syncState.sending,
    }),
  )
  /** All has been asked that can be. */
  const ready = computed(
    () => store.value !== null && listed.value.state !== 'loading' && drafted.value.state !== 'loading',
  )
  const addresses = computed(
    () => new Map([...kept.value.addresses, ...(mine.me?.households ?? []).map((one) => [one.id, one.address] as const)]),
  )
  return { listed, drafted, store, look, names, addresses, days, entries, ready, reload }
}
