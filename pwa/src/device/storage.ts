/** Whether the browser has promised not to clear what this phone keeps. */

import { reactive, readonly } from 'vue'

const state = reactive({ persisted: null as boolean | null, used: null as number | null })
export const storage = readonly(state)

let asked = false

export const lookAtStorage = async (): Promise<void> => {
  if (!('storage' in navigator)) return
  state.persisted = await navigator.storage.persisted()
  state.used = (await navigator.storage.estimate()).usage ?? null
}

/**
 * Ask for the promise, once, after the first record was saved: browsers grant it to apps that are used. Whoever presses
 * the button asks once more.
 */
export const askToPersist = async (pressed = false): Promise<void> => {
  if ((asked && !pressed) || !('storage' in navigator)) return
  asked = true
  if (!(await navigator.storage.persisted())) await navigator.storage.persist()
  await lookAtStorage()
}
