/** Households asked of the service as somebody types or walks; only the last question's answer is taken. */

import { onScopeDispose, shallowRef, watch } from 'vue'
import { get, type Query } from '@/api/client'
import type { HouseholdRow } from '@/session/households'

/** As long as a finger rests between two keys. */
const REST_MS = 400

export interface Asked {
  state: 'idle' | 'asking' | 'answered' | 'offline' | 'refused'
  rows: HouseholdRow[]
  more: boolean
}
const IDLE: Asked = { state: 'idle', rows: [], more: false }

export const useAsked = (question: () => Query<'/api/v1/households'> | null) => {
  const asked = shallowRef<Asked>(IDLE)
  let timer: ReturnType<typeof setTimeout> | undefined
  let current = ''
  const ask = async (key: string): Promise<void> => {
    const answer = await get('/api/v1/households', { query: JSON.parse(key) as Query<'/api/v1/households'> })
    if (key !== current) return
    if (answer.kind === 'ok') asked.value = { state: 'answered', rows: answer.body.items, more: typeof answer.body.next === 'string' }
    else asked.value = { ...IDLE, state: answer.kind === 'problem' ? 'refused' : 'offline' }
  }
  const again = (): void => {
    if (current) void ask(current)
  }
  watch(
    () => JSON.stringify(question()),
    (key) => {
      clearTimeout(timer)
      current = key === 'null' ? '' : key
      // what was found before stays in sight until the new answer is there
      asked.value = current ? { ...asked.value, state: 'asking' } : IDLE
      if (current) timer = setTimeout(() => void ask(key), REST_MS)
    },
    { immediate: true },
  )
  window.addEventListener('online', again)
  onScopeDispose(() => {
    clearTimeout(timer)
    window.removeEventListener('online', again)
  })
  return asked
}
