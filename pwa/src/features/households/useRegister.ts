/** All households in sight: what this phone keeps at once, then what the service says now (unless `keptOnly`). */

import { onScopeDispose, shallowRef } from 'vue'
import type { ApiProblem } from '@/lib/problem'
import { fetchHouseholds, keptHouseholds, MOST_PAGES, type Register } from '@/session/households'
import { roles } from '@/session/me'

export interface Known {
  state: 'loading' | 'fresh' | 'kept' | 'missing'
  register: Register | null
  problem: ApiProblem | null
}

export const useRegister = ({ keptOnly = false } = {}) => {
  const known = shallowRef<Known>({ state: 'loading', register: null, problem: null })
  // who oversees many villages reads one page and searches for the rest
  const most = (): number => (roles.value.field ? MOST_PAGES : 1)
  const reload = async (): Promise<void> => {
    const answer = await fetchHouseholds(most())
    if (answer !== null && 'rows' in answer) {
      known.value = { state: 'fresh', register: answer, problem: null }
      return
    }
    const { register } = known.value
    known.value = { state: register ? 'kept' : 'missing', register, problem: answer }
  }
  const begin = async (): Promise<void> => {
    const register = await keptHouseholds(most())
    if (register) known.value = { state: 'kept', register, problem: null }
    if (!keptOnly) await reload()
    else if (!register) known.value = { state: 'missing', register, problem: null }
  }
  void begin()
  if (keptOnly) return { known, reload }
  const back = (): void => void reload()
  window.addEventListener('online', back)
  onScopeDispose(() => window.removeEventListener('online', back))
  return { known, reload }
}
