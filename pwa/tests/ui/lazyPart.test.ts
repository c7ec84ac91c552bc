import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { h, type FunctionalComponent } from 'vue'
import { lazyPart } from '@/ui/lazyPart'

const Part: FunctionalComponent<{ name: string; onDone?: () => void }> = ({ name, onDone }) => h('button', { onClick: onDone }, `part of ${name}`)
Part.props = ['name', 'onDone']
const gone = (): Promise<never> => Promise.reject(new TypeError('Failed to fetch dynamically imported module: /assets/x.js'))
let load = vi.fn<() => Promise<{ default: typeof Part }>>()
beforeEach(() => (load = vi.fn<() => Promise<{ default: typeof Part }>>()))

describe('a part with a file of its own', () => {
  it('stands with its props and events when the file came, and is fetched once for all its places', async () => {
    load.mockResolvedValue({ default: Part })
    const Lazy = lazyPart(load)
    const done = vi.fn()
    const first = mount(Lazy, { props: { name: 'one', onDone: done } })
    await flushPromises()
    await first.get('button').trigger('click')
    expect(first.text()).toBe('part of one')
    expect(done).toHaveBeenCalledOnce()
    expect(mount(Lazy, { props: { name: 'two' } }).text()).toBe('part of two')
    expect(load).toHaveBeenCalledOnce()
  })
  it('leaves a sentence in its place, alone, and comes by itself with the network', async () => {
    load.mockImplementationOnce(gone).mockResolvedValue({ default: Part })
    const Lazy = lazyPart(load, { says: () => 'no photos now' })
    const page = mount(() => h('main', [h('h1', 'Today'), h(Lazy, { name: 'one' })]))
    await flushPromises()
    expect(page.get('h1').text()).toBe('Today')
    expect(page.get('[role=status]').text()).toContain('no photos now')
    window.dispatchEvent(new Event('online'))
    await flushPromises()
    expect(page.find('[role=status]').exists()).toBe(false)
    expect(page.get('button').text()).toBe('part of one')
  })
  it('comes when somebody presses, and says so again where it still does not', async () => {
    load.mockImplementationOnce(gone).mockImplementationOnce(gone).mockResolvedValue({ default: Part })
    const place = mount(lazyPart(load), { props: { name: 'one' } })
    await flushPromises()
    await place.get('[role=status] button').trigger('click')
    await flushPromises()
    await place.get('[role=status] button').trigger('click')
    await flushPromises()
    expect(place.text()).toBe('part of one')
    expect(load).toHaveBeenCalledTimes(3)
  })
  it('asks for a style sheet that did not come once more', async () => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet' })
    document.head.append(link)
    link.dispatchEvent(new Event('error'))
    load.mockImplementationOnce(() => Promise.reject(new Error('Unable to preload CSS for /assets/x.css'))).mockResolvedValue({ default: Part })
    const place = mount(lazyPart(load), { props: { name: 'one' } })
    await flushPromises()
    await place.get('[role=status] button').trigger('click')
    await flushPromises()
    expect(place.text()).toBe('part of one')
    expect(link.isConnected).toBe(false)
    expect(document.head.querySelectorAll('link')).toHaveLength(1)
  })
})
