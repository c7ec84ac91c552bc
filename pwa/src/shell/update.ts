/** A new version: fetched in the background, taken only when the person says so, and never while something is written. */

import { computed, shallowRef } from 'vue'
import { writing } from '@/lib/writing'

/** A worker that does not answer at once is asked again. */
const AGAIN_MS = 2_000
const TRIES = 5
const waiting = shallowRef<ServiceWorker | null>(null)
/** Offer it now? */
export const updateReady = computed(() => waiting.value !== null && writing.value === 0)

interface ScriptPolicy {
  createScriptURL: (url: string) => string
}
interface PolicyFactory {
  createPolicy: (name: string, rules: ScriptPolicy) => ScriptPolicy
}

/** The one script address that this app makes; the content policy lets no other through. */
const workerAddress = (): string => {
  const own = '/sw.js'
  const factory = (window as { trustedTypes?: PolicyFactory }).trustedTypes
  if (!factory) return own
  const rules = {
    createScriptURL: (url: string): string => {
      if (url !== own) throw new TypeError(`no script from ${url}`)
      return url
    },
  }
  return factory.createPolicy('zhucun-worker', rules).createScriptURL(own)
}

export const registerWorker = (): void => {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const container = navigator.serviceWorker
  // the first worker of all takes over without changing anything; a later one was asked for: show its version
  let asked = false
  container.addEventListener('controllerchange', () => {
    if (asked) window.location.reload()
  })
  const ask = async (tries: number): Promise<void> => {
    // as the browser knows it now: the one that was seen first may have been replaced or put to sleep since
    const worker = (await container.getRegistration())?.waiting ?? waiting.value
    worker?.postMessage({ kind: 'take-over' })
    setTimeout(() => void (tries > 1 ? ask(tries - 1) : dismiss(container)), AGAIN_MS)
  }
  accept = (): void => {
    asked = true
    void ask(TRIES)
  }
  void register(container)
}

/** An old worker that does not step aside is let go, if the service is there to load the new version from. */
const dismiss = async (container: ServiceWorkerContainer): Promise<void> => {
  const there = await fetch('/healthz', { cache: 'no-store' }).catch(() => null)
  if (!there?.ok) return
  await (await container.getRegistration())?.unregister()
  window.location.reload()
}

/** Take the new version. */
export let accept = (): void => undefined

const register = async (container: ServiceWorkerContainer): Promise<void> => {
  try {
    const registration = await container.register(workerAddress(), { scope: '/', updateViaCache: 'none' })
    const look = (): void => {
      if (registration.waiting && container.controller) waiting.value = registration.waiting
    }
    look()
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', look)
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void registration.update().catch(() => undefined)
    })
  } catch {
    // a browser without workers (a private window, an embedded view) shows the app with a network only
  }
}
