/** The phone's position for as long as a page is shown. */

import { onScopeDispose, readonly, ref } from 'vue'
import { watchFix, type Fix } from '@/device/geolocation'

export const useFix = () => {
  const fix = ref<Fix>({ state: 'waiting' })
  let stop = watchFix((now) => (fix.value = now))
  const retry = (): void => {
    stop()
    stop = watchFix((now) => (fix.value = now))
  }
  // somebody who allowed the position in the settings comes back to this page
  const back = (): void => {
    if (document.visibilityState === 'visible' && fix.value.state !== 'fixed') retry()
  }
  document.addEventListener('visibilitychange', back)
  onScopeDispose(() => {
    stop()
    document.removeEventListener('visibilitychange', back)
  })
  return { fix: readonly(fix), retry }
}
