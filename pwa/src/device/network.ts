/** Whether the phone believes to have a network. `false` is certain; `true` may be a valley with one useless bar. */

import { readonly, ref } from 'vue'

const state = ref(typeof navigator === 'undefined' ? true : navigator.onLine)
export const online = readonly(state)

window.addEventListener('online', () => (state.value = true))
window.addEventListener('offline', () => (state.value = false))
