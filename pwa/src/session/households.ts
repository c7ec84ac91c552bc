/** The households in sight, page after page, as the service gives them and as this phone keeps them. */

import type { Answer } from '@/api/answer'
import { address, type OkBody } from '@/api/client'
import { fetchAndKeep, kept } from '@/offline/cache'

const PATH = '/api/v1/households'
type Page = OkBody<typeof PATH, 'get'>
export type HouseholdRow = Page['items'][number]

/** Of 200 households each: a village, or a few. Who oversees a county searches instead. */
export const MOST_PAGES = 10

export interface Register {
  rows: HouseholdRow[]
  /** When it was answered. */
  at: string
  /** There are households beyond these. */
  more: boolean
}

const query = (cursor: string | null) => ({ limit: 200, ...(cursor ? { cursor } : {}) })

/** Ask for all pages up to `most` and keep them; or how the asking ended. */
export const fetchHouseholds = async (most: number): Promise<Register | Exclude<Answer<unknown>, { kind: 'ok' }>> => {
  const rows: HouseholdRow[] = []
  let cursor: string | null = null
  for (let page = 0; page < most; page += 1) {
    const answer: Answer<Page> = await fetchAndKeep(PATH, { query: query(cursor) })
    if (answer.kind !== 'ok') return answer
    rows.push(...answer.body.items)
    cursor = answer.body.next ?? null
    if (!cursor) break
  }
  return { rows, at: new Date().toISOString(), more: cursor !== null }
}

/** The pages that this phone keeps, as far as they follow one another; null when it has none. */
export const keptHouseholds = async (most: number): Promise<Register | null> => {
  const rows: HouseholdRow[] = []
  let at: string | null = null
  let cursor: string | null = null
  for (let page = 0; page < most; page += 1) {
    const found = await kept(address(PATH, {}, query(cursor)))
    if (!found) break
    const body = found.body as Page
    rows.push(...body.items)
    at ??= found.at
    cursor = body.next ?? null
    if (!cursor) break
  }
  return at === null ? null : { rows, at, more: cursor !== null }
}

/** Own check-ins as far back as one page goes: the same question whatever the day, so that its answer stays kept. */
export const recentOf = (person: string) => ({ person, limit: 200 })
