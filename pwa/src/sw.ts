/// <reference lib="webworker" />
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

/**
 * Keeps the files of this build and nothing else: no answer of /api is ever stored here.
 * It takes over only when the page says so, which asks the person first.
 */
declare const self: ServiceWorkerGlobalScope
declare const __MANIFEST__: { url: string; revision: string | null }[]

precacheAndRoute(__MANIFEST__)
cleanupOutdatedCaches()
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), {
    denylist: [/^\/(api|docs|openapi\.json|healthz|readyz|metrics)(\/|$)/],
  }),
)

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim())
})
self.addEventListener('message', (event) => {
  if ((event.data as { kind?: unknown } | null)?.kind === 'take-over') event.waitUntil(self.skipWaiting())
})
