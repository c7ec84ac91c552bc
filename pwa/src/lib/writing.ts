/** Whether a form holds words that are not saved yet: then no new version is taken and leaving asks first. */

import { onScopeDispose, ref, watch, type WatchSource } from 'vue'

export const writing = ref(0)

/** In a form: `useWriting(() => dirty.value)`. */
export const useWriting = (dirty: WatchSource<boolean>): void => {
  let counted = false
  const count = (now: boolean): void => {
    if (now === counted) return
    counted = now
    writing.value += now ? 1 : -1
  }
  watch(dirty, count, { immediate: true })
  onScopeDispose(() => count(false))
}

window.addEventListener('beforeunload', (event) => {
  if (writing.value > 0) event.preventDefault()
})
