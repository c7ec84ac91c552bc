/** Before sending: whether this diary is much alike to another. Asked while one pauses, never in the way of writing or sending. */

import { onScopeDispose, ref, watch } from 'vue'
import { post, type BodyOf, type OkBody } from '@/api/client'
import { isMonth, monthOf, type Form } from './month'

export type Alike = OkBody<'/api/v1/diaries/alike', 'post'>['items'][number]
type Ask = (body: BodyOf<'/api/v1/diaries/alike', 'post'>) => Promise<{ kind: string; body?: { items: Alike[] } }>

const PAUSE_MS = 2500
/** Shorter texts are not compared (app/diaries/shingles.py). */
export const SHORTEST = 40

/** What is worth asking, or null: too short, no date, or the same words as last time. */
export const question = (id: string, form: Pick<Form, 'text' | 'work_date' | 'replaces'>) =>
  (form.text.match(/[\p{L}\p{N}]/gu) ?? []).length >= SHORTEST && isMonth(monthOf(form.work_date))
    ? { id, text: form.text, work_date: form.work_date, replaces: form.replaces }
    : null

export const useAlike = (
  id: string,
  form: () => Form,
  ask: Ask = (body) => post('/api/v1/diaries/alike', { body }),
  pause = PAUSE_MS,
) => {
  const alike = ref<Alike[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0
  const look = async (): Promise<void> => {
    const body = question(id, form())
    const mine = ++turn
    if (!body) {
      alike.value = []
      return
    }
    const answer = await ask(body)
    // without network nothing is said, and what was said of other words is gone; a late answer is to an old question
    if (mine === turn) alike.value = answer.kind === 'ok' ? (answer.body?.items ?? []) : []
  }
  watch(
    () => JSON.stringify(question(id, form())),
    () => {
      clearTimeout(timer)
      timer = setTimeout(() => void look(), pause)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    turn++
  })
  return { alike }
}
