/** A page whose file is not on the phone and cannot be had now: told in its place, with a way back, and opened later. */

import { shallowRef } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'
import { fileMissing, restyle } from '@/lib/late'
import { caught } from './defects'

/** Where the person wanted to go. */
export const absent = shallowRef<RouteLocationNormalized | null>(null)

export const watchPages = (router: Router): void => {
  router.onError((error, to) => {
    if (fileMissing(error)) absent.value = to
    else caught(error)
  })
  router.afterEach(() => (absent.value = null))
  window.addEventListener('online', () => void openAbsent(router))
}

/** Once more. With the service there and the file still missing, the version has changed: start anew at that page. */
export const openAbsent = async (router: Router): Promise<void> => {
  const wanted = absent.value
  if (!wanted) return
  restyle()
  await router.push(wanted.fullPath).catch(() => undefined)
  if (!absent.value) return
  const there = await fetch('/healthz', { cache: 'no-store' }).catch(() => null)
  if (there?.ok && absent.value.fullPath === wanted.fullPath) window.location.assign(wanted.fullPath)
}
