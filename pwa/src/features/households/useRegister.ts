/** All households in sight: what this phone keeps at once, then what the service says now (unless `keptOnly`). */

import { onScopeDispose, shallowRef } from 'vue'
import { problemIn, whyOf, type ApiProblem, type Why } from '@/api/answer'
import { fetchHouseholds, keptHouseholds, MOST_PAGES, type Register } from '@/session/households'
import { roles } from '@/session/me'

export interface Known {
  state: 'loading' | 'fresh' | 'kept' | 'missing'
  register: Register | null
  problem: ApiProblem | null
  /** Of what is kept: why it is not fresh. */
  why: Why | null
}

export const useRegister = ({ keptOnly = false } = {}) => {
  const known = shallowRef<Known>({ state: 'loading', register: null, problem: null, why: null })
  // who oversees many villages reads one page and searches for the rest
  const most = (): number => (roles.value.field ? MOST_PAGES : 1)
  const reload = async (): Promise<void> => {
    const answer = await fetchHouseholds(most())
    if ('rows' in answer) {
      known.value = { state: 'fresh', register: answer, problem: null, why: null }
      return
    }
    const { register } = known.value
    known.value = register
      ? { state: 'kept', register, problem: answer.kind === 'problem' ? answer.problem : null, why: whyOf(answer) }
      : { state: 'missing', register, problem: problemIn(answer), why: null }
  }
  const begin = async (): Promise<void> => {
    const register = await keptHouseholds(most())
    if (register) known.value = { state: 'kept', register, problem: null, why: 'asking' }
    if (!keptOnly) await reload()
    else if (!register) known.value = { state: 'missing', register, problem: null, why: null }
  }
  void begin()
  if (keptOnly) return { known, reload }
  const back = (): void => void reload()
  window.addEventListener('online', back)
  onScopeDispose(() => window.removeEventListener('online', back))
  return { known, reload }
}
