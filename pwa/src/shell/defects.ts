/** Our own mistakes: shown to the person with a way on, and never the end of what they saved. */

import { ref } from 'vue'

export const defect = ref<string | null>(null)

export const caught = (error: unknown): void => {
  // a page of an older build that is no longer on the service: start anew with what is there
  if (error instanceof TypeError && /dynamically imported module|module script/.test(error.message)) {
    defect.value = 'chunk'
    return
  }
  defect.value = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
}

window.addEventListener('unhandledrejection', (event) => caught(event.reason))
