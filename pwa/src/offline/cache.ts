/** The last good answer of every GET that a page shows, with its age, so that pages work without network. */

import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { problemIn, whyOf, type Answer, type ApiProblem, type Why } from '@/api/answer'
import { address, ask, type OkBody, type PathWith, type Query, type Where } from '@/api/client'
import { hear, tell } from '@/lib/channel'
import { hasUserDb, userDb, type KeptAnswer, type UserDb } from './db'

/** Personal data of households lies here: after a week without a fresh answer it goes. */
export const KEPT_ANSWER_DAYS = 7

/** What a page knows: `kept` is the last good answer while no fresh one can be had, and `why` there is none. */
export type Shown<T> =
  | { state: 'loading'; body: null; at: null; problem: null; why: null }
  | { state: 'fresh'; body: T; at: string; problem: null; why: null }
  | { state: 'kept'; body: T; at: string; problem: ApiProblem | null; why: Why }
  /** Nothing to show: never seen on this phone and no network (problem null), or refused (problem says why). */
  | { state: 'missing'; body: null; at: null; problem: ApiProblem | null; why: null }

const LOADING = { state: 'loading', body: null, at: null, problem: null, why: null } as const

/** Questions that are under way, by address; two who ask the same at one time share the answer. */
interface UnderWay {
  asker: UserDb
  answer: Promise<Answer<unknown>>
}
const underWay = new Map<string, UnderWay>()

/**
 * Ask, keep the answer, and return it; for work outside of components. A question under way is not asked twice, unless
 * the asker knows that something changed since: `anew`.
 */
export const fetchAndKeep = async <P extends PathWith<'get'>>(
  path: P,
  where: Where<P, 'get'> & { query?: Query<P> },
  anew = false,
): Promise<Answer<OkBody<P, 'get'>>> => {
  const key = address(path, where.path, where.query)
  const asker = await userDb()
  const running = underWay.get(key)
  if (running?.asker === asker && !anew) return running.answer as Promise<Answer<OkBody<P, 'get'>>>
  const asked: UnderWay = { asker, answer: fromService(key, asker, () => underWay.get(key) === asked) }
  underWay.set(key, asked)
  try {
    return (await asked.answer) as Answer<OkBody<P, 'get'>>
  } finally {
    if (underWay.get(key) === asked) underWay.delete(key)
  }
}

const fromService = async (key: string, asker: UserDb, newest: () => boolean): Promise<Answer<unknown>> => {
  const answer = await ask<unknown>('get', key)
  // a slow answer to somebody who has signed out: the next person on this phone must neither see nor keep it
  if (!hasUserDb() || (await userDb()) !== asker) return { kind: 'signed-out' }
  // an older question that was answered late: a newer one has its own answer, kept or on its way
  if (!newest()) return answer
  if (answer.kind === 'ok') await keepAnswer(asker, key, answer.body)
  // gone, or no longer ours to see: it must not live on here
  if (answer.kind === 'problem' && (answer.status === 404 || answer.status === 403)) await asker.delete('answers', key)
  return answer
}

const keepAnswer = async (db: UserDb, key: string, body: unknown): Promise<void> => {
  try {
    await db.put('answers', { key, body, at: new Date().toISOString() })
  } catch {
    // a full phone keeps no copy of answers; what its owner wrote matters more
  }
}

/** The kept answer of a GET, or null; too old ones are gone. */
export const kept = async (key: string): Promise<KeptAnswer | null> => {
  const found = await (await userDb()).get('answers', key)
  if (!found) return null
  return Date.now() - Date.parse(found.at) > KEPT_ANSWER_DAYS * 86_400_000 ? null : found
}

/** The kept answer of a typed GET. */
export const keptBody = async <P extends PathWith<'get'>>(
  path: P,
  where: Where<P, 'get'> & { query?: Query<P> },
): Promise<OkBody<P, 'get'> | null> => {
  const found = await kept(address(path, where.path, where.query))
  return found && (found.body as OkBody<P, 'get'>)
}

export interface Answered<T> {
  shown: Readonly<ShallowRef<Shown<T>>>
  reload: () => Promise<void>
}

/**
 * For a component: first what is kept, then the fresh answer, and again whenever `where()` changes. `where` returning
 * null asks nothing (yet). Other tabs' fresh answers are taken over.
 */
export const useAnswer = <P extends PathWith<'get'>>(
  path: P,
  where: () => (Where<P, 'get'> & { query?: Query<P> }) | null,
): Answered<OkBody<P, 'get'>> => {
  type Body = OkBody<P, 'get'>
  const shown = shallowRef<Shown<Body>>(LOADING)
  let current = ''
  let turn = 0

  const fromStore = async (key: string): Promise<void> => {
    const found = await kept(key)
    if (found && key === current)
      shown.value = { state: 'kept', body: found.body as Body, at: found.at, problem: null, why: 'asking' }
  }
  const load = async (anew: boolean): Promise<void> => {
    const asked = where()
    if (!asked) return
    const key = address(path, asked.path, asked.query)
    turn += 1
    const mine = turn
    const answer = await fetchAndKeep(path, asked, anew)
    if (key !== current || mine !== turn) return
    if (answer.kind === 'ok') {
      shown.value = { state: 'fresh', body: answer.body, at: new Date().toISOString(), problem: null, why: null }
      tell({ kind: 'cache', key })
      return
    }
    const problem = answer.kind === 'problem' ? answer.problem : null
    const before = shown.value
    const gone = problem?.status === 404 || problem?.status === 403
    shown.value =
      gone || before.at === null
        ? { state: 'missing', body: null, at: null, problem: problemIn(answer), why: null }
        : { state: 'kept', body: before.body, at: before.at, problem, why: whyOf(answer) }
  }
  // who reloads knows why: something came through, or a person asks
  const reload = (): Promise<void> => load(true)

  watch(
    () => {
      const asked = where()
      return asked ? address(path, asked.path, asked.query) : ''
    },
    async (key) => {
      current = key
      shown.value = LOADING
      if (!key) return
      await fromStore(key)
      await load(false)
    },
    { immediate: true },
  )
  const stop = hear((word) => {
    if (word.kind === 'cache' && word.key === current && shown.value.state !== 'fresh') void fromStore(current)
  })
  const back = (): void => void load(false)
  window.addEventListener('online', back)
  onScopeDispose(() => {
    stop()
    window.removeEventListener('online', back)
  })
  return { shown, reload }
}

/** Forget answers that are too old to be shown. */
export const pruneAnswers = async (): Promise<void> => {
  const edge = new Date(Date.now() - KEPT_ANSWER_DAYS * 86_400_000).toISOString()
  const tx = (await userDb()).transaction('answers', 'readwrite')
  for await (const cursor of tx.store) if (cursor.value.at < edge) await cursor.delete()
  await tx.done
}
