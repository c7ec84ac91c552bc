/** What this phone knows of diaries and visits, together: kept answers, what waits, what arrived, what is being written. */

import { fetchAndKeep, KEPT_ANSWER_DAYS } from '@/offline/cache'
import { userDb } from '@/offline/db'
import { formOf, type Form, type Names, type Written } from './month'

interface Household {
  id: string
  head: string
  address: string
}

export interface Bodies {
  diaries: Written[]
  heads: Map<string, string>
  addresses: Map<string, string>
}

/** Every diary and every household's name in the answers that the phone keeps, whichever page asked for them. */
export const keptBodies = async (): Promise<Bodies> => {
  const edge = new Date(Date.now() - KEPT_ANSWER_DAYS * 86_400_000).toISOString()
  const db = await userDb()
  const under = async <T>(path: string): Promise<T[]> =>
    (await db.getAll('answers', IDBKeyRange.bound(path, `${path}\uffff`)))
      .filter((answer) => answer.at > edge)
      .sort((a, b) => a.at.localeCompare(b.at))
      .map((answer) => answer.body as T)
  const lists = await under<{ items?: Written[] }>('/api/v1/diaries?')
  const ones = (await under<Partial<Written>>('/api/v1/diaries/')).filter((one) => one.versions)
  const households = await under<{ items?: Household[] }>('/api/v1/households?')
  return {
    // later answers last: a map of them keeps the newest word on each
    diaries: [...new Map([...lists.flatMap((one) => one.items ?? []), ...(ones as Written[])].map((one) => [one.id, one])).values()],
    heads: new Map(households.flatMap((one) => one.items ?? []).map((one) => [one.id, one.head])),
    addresses: new Map(households.flatMap((one) => one.items ?? []).map((one) => [one.id, one.address])),
  }
}

/** An earlier version's fields to begin a new one from: as it was written on this phone, or as the service has it. */
export const earlier = async (id: string): Promise<Form | null> => {
  const db = await userDb()
  const record = (await db.get('outbox', id)) ?? (await db.get('arrived', id))
  if (record?.kind === 'diary') return formOf(record.body)
  const known = (await keptBodies()).diaries.find((one) => one.id === id)
  if (known) return formOf(known)
  const answer = await fetchAndKeep('/api/v1/diaries/{diary_id}', { path: { diary_id: id } })
  return answer.kind === 'ok' ? formOf(answer.body) : null
}

/** Names for ids, from `/me` and from what else is kept. */
export const namesFrom = (
  me: { villages: readonly { code: string; name: string }[]; households: readonly { id: string; head: string }[] } | null,
  heads: ReadonlyMap<string, string>,
): Names => ({
  villages: new Map((me?.villages ?? []).map((one) => [one.code, one.name])),
  households: new Map([...heads, ...(me?.households ?? []).map((one) => [one.id, one.head] as const)]),
})
