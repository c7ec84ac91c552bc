/** Our own mistakes: shown to the person with a way on, and never the end of what they saved. */

import { ref } from 'vue'
import { fileMissing } from '@/lib/late'
import { hasUserDb, NobodyIn } from '@/offline/db'

export const defect = ref<string | null>(null)

/** Work of somebody who signed out in the middle of it: there is nothing to say and nobody to say it to. */
const ofOneWhoLeft = (error: unknown): boolean =>
  !hasUserDb() &&
  (error instanceof NobodyIn ||
    (error instanceof DOMException && (error.name === 'InvalidStateError' || error.name === 'AbortError')))

export const caught = (error: unknown): void => {
  if (ofOneWhoLeft(error)) return
  // a page of an older build that is no longer on the service: start anew with what is there
  if (fileMissing(error)) {
    defect.value = 'chunk'
    return
  }
  defect.value = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
}

window.addEventListener('unhandledrejection', (event) => {
  if (ofOneWhoLeft(event.reason)) event.preventDefault()
  else caught(event.reason)
})
