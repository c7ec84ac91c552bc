/** Lists that come in pages by cursor: first the kept pages, then the fresh ones in their place, never half of each. */

import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { address, type OkBody, type PathWith, type Query, type Where } from '@/api/client'
import { problemIn, whyOf, type Answer, type ApiProblem, type Why } from '@/api/answer'
import { fetchAndKeep, kept } from '@/offline/cache'

export interface Pages<T> {
  state: 'loading' | 'fresh' | 'kept' | 'missing'
  bodies: readonly T[]
  /** When the oldest page shown was fetched. */
  at: string | null
  problem: ApiProblem | null
  /** Of what is kept: why it is not fresh. */
  why: Why | null
  /** The cursor of what was not read yet. */
  next: string | null
}

export interface Paged<T> {
  pages: Readonly<ShallowRef<Pages<T>>>
  busy: ComputedRef<boolean>
  reload: () => Promise<void>
  more: () => Promise<void>
}

const NOTHING = { state: 'loading', bodies: [], at: null, problem: null, why: null, next: null } as const

/** `most`: so many pages are read by themselves; `more()` reads one further. `where` returning null asks nothing. */
export const usePages = <P extends PathWith<'get'>>(
  path: P,
  where: () => (Where<P, 'get'> & { query?: Query<P> }) | null,
  most = 1,
): Paged<OkBody<P, 'get'>> => {
  type Body = OkBody<P, 'get'>
  const pages = shallowRef<Pages<Body>>(NOTHING)
  const running = shallowRef(0)
  let turn = 0
  let wanted = most

  const nextOf = (body: Body): string | null => (body as unknown as { next: string | null }).next
  const asking = (asked: NonNullable<ReturnType<typeof where>>, cursor: string | null): typeof asked =>
    cursor === null ? asked : { ...asked, query: { ...asked.query, cursor } as unknown as Query<P> }
  const keyOf = (asked: NonNullable<ReturnType<typeof where>>): string => address(path, asked.path, asked.query)

  const fromStore = async (asked: NonNullable<ReturnType<typeof where>>, mine: number): Promise<void> => {
    const bodies: Body[] = []
    let at = null as string | null
    let cursor = null as string | null
    do {
      const found = await kept(keyOf(asking(asked, cursor)))
      if (!found) break
      bodies.push(found.body as Body)
      at = at === null || found.at < at ? found.at : at
      cursor = nextOf(found.body as Body)
    } while (cursor !== null && bodies.length < wanted)
    if (mine === turn && bodies.length) pages.value = { state: 'kept', bodies, at, problem: null, why: 'asking', next: cursor }
  }

  /** Ask for pages, beginning behind `bodies`; what is complete replaces what was kept. */
  const fromService = async (
    asked: NonNullable<ReturnType<typeof where>>,
    mine: number,
    bodies: Body[],
    cursor: string | null,
  ): Promise<void> => {
    running.value += 1
    try {
      do {
        const answer = await fetchAndKeep(path, asking(asked, cursor))
        if (mine !== turn) return
        if (answer.kind !== 'ok') {
          fell(answer, bodies, cursor)
          return
        }
        bodies = [...bodies, answer.body]
        cursor = nextOf(answer.body)
        const whole = cursor === null || bodies.length >= wanted
        if (whole || pages.value.state !== 'kept')
          pages.value = { state: 'fresh', bodies, at: new Date().toISOString(), problem: null, why: null, next: cursor }
      } while (cursor !== null && bodies.length < wanted)
    } finally {
      running.value -= 1
    }
  }

  const fell = (answer: Exclude<Answer<Body>, { kind: 'ok' }>, bodies: Body[], next: string | null): void => {
    const before = pages.value
    const problem = answer.kind === 'problem' ? answer.problem : null
    const why = whyOf(answer)
    if (problem?.status === 404 || problem?.status === 403 || (!before.bodies.length && !bodies.length))
      pages.value = { state: 'missing', bodies: [], at: null, problem: problemIn(answer), why: null, next: null }
    else if (before.state === 'kept') pages.value = { ...before, problem, why }
    else pages.value = { ...before, bodies: bodies.length ? bodies : before.bodies, state: 'kept', problem, why, next }
  }

  const reload = async (): Promise<void> => {
    const asked = where()
    if (!asked) return
    turn += 1
    if (pages.value.state === 'fresh') pages.value = { ...pages.value, state: 'kept', why: 'asking' }
    await fromService(asked, turn, [], null)
  }
  const more = async (): Promise<void> => {
    const asked = where()
    const { next, bodies } = pages.value
    if (!asked || next === null || running.value) return
    wanted = bodies.length + 1
    // a page that was kept may be read on from; if the network is back, all is read anew first
    if (pages.value.state === 'kept') await reload()
    else await fromService(asked, turn, [...bodies], next)
  }

  watch(
    () => {
      const asked = where()
      return asked ? keyOf(asked) : ''
    },
    async (key) => {
      turn += 1
      const mine = turn
      wanted = most
      pages.value = NOTHING
      const asked = where()
      if (!key || !asked) return
      await fromStore(asked, mine)
      if (mine === turn) await fromService(asked, mine, [], null)
    },
    { immediate: true },
  )
  const back = (): void => void reload()
  window.addEventListener('online', back)
  onScopeDispose(() => {
    turn += 1
    window.removeEventListener('online', back)
  })
  return { pages, busy: computed(() => running.value > 0), reload, more }
}
