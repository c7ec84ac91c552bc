import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { absent, openAbsent, watchPages } from '@/shell/absent'
import { defect } from '@/shell/defects'

const Page = { render: () => null }
const gone = (): Promise<never> => Promise.reject(new TypeError('error loading dynamically imported module: /assets/x.js'))
let load = vi.fn<() => Promise<typeof Page>>()
let router: Router
beforeEach(async () => {
  load = vi.fn<() => Promise<typeof Page>>()
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: Page },
      { path: '/diary', component: load },
    ],
  })
  watchPages(router)
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('no network')))
  await router.push('/')
})
afterEach(() => {
  absent.value = null
  defect.value = null
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('a page whose file is not on the phone', () => {
  it('is no mistake of the app; the page before stays and is there to go back to', async () => {
    load.mockImplementation(gone)
    await router.push('/diary').catch(() => undefined)
    expect(absent.value?.fullPath).toBe('/diary')
    expect(defect.value).toBeNull()
    expect(router.currentRoute.value.path).toBe('/')
    // the tab of the page that still stands
    await router.push('/')
    expect(absent.value).toBeNull()
  })
  it('opens by itself when the network returns', async () => {
    load.mockImplementationOnce(gone).mockResolvedValue(Page)
    await router.push('/diary').catch(() => undefined)
    window.dispatchEvent(new Event('online'))
    await flushPromises()
    expect(absent.value).toBeNull()
    expect(router.currentRoute.value.path).toBe('/diary')
  })
  it('is loaded anew where the service is there and has another version', async () => {
    load.mockImplementation(gone)
    const assign = vi.fn()
    vi.spyOn(window.location, 'assign').mockImplementation(assign)
    vi.stubGlobal('fetch', vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockResolvedValue({ ok: true }))
    await router.push('/diary').catch(() => undefined)
    await openAbsent(router)
    expect(assign).not.toHaveBeenCalled()
    await openAbsent(router)
    expect(assign).toHaveBeenCalledWith('/diary')
  })
  it('tells another mistake as one', async () => {
    load.mockRejectedValue(new Error('ours'))
    await router.push('/diary').catch(() => undefined)
    expect(absent.value).toBeNull()
    expect(defect.value).toBe('Error: ours')
  })
})
