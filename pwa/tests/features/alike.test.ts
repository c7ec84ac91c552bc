import { effectScope, nextTick, reactive } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { question, SHORTEST, useAlike, type Alike } from '@/features/diary/alike'
import type { Form } from '@/features/diary/month'

const LONG = '上午到李桂芳家核对医保缴费,她说孙子开学要买校服,我记下来下周带去镇里问临时救助;晚上在村部整理台账。'
const form = (over: Partial<Form> = {}): Form => ({
  work_date: '2026-11-20', text: LONG, households: [], check_ins: [], photos: [], replaces: null, instead: null, ...over,
})
const item: Alike = { own: false, month: '2026-10', work_date: null, diary: null, likeness: 91 }

describe('what is asked', () => {
  it('asks for nothing where the service would compare nothing', () => {
    expect(question('a', form({ text: '入户。' }))).toBeNull()
    expect(question('a', form({ text: ',。 '.repeat(SHORTEST) }))).toBeNull()
    expect(question('a', form({ work_date: '' }))).toBeNull()
  })
  it('sends the words, the day and the versions, and nothing else', () => {
    expect(question('a', form({ replaces: 'b', households: ['h'] }))).toEqual({
      id: 'a', text: LONG, work_date: '2026-11-20', replaces: 'b',
    })
  })
})

describe('the hint', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const begin = (answers: (() => Promise<{ kind: string; body?: { items: Alike[] } }>)[]) => {
    const shown = reactive(form())
    const ask = vi.fn(() => (answers.shift() ?? (() => Promise.resolve({ kind: 'offline' })))())
    const scope = effectScope()
    const running = scope.run(() => useAlike('a', () => shown, ask, 100))
    if (!running) throw new Error('the scope is over')
    return { shown, ask, scope, alike: running.alike }
  }
  const found = () => Promise.resolve({ kind: 'ok', body: { items: [item] } })

  it('comes after a pause, once for the same words', async () => {
    const { shown, ask, alike, scope } = begin([found])
    await vi.advanceTimersByTimeAsync(50)
    shown.text += '再写。'
    await nextTick()
    await vi.advanceTimersByTimeAsync(99)
    expect(ask).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(alike.value).toEqual([item])
    shown.photos.push('p')
    await vi.advanceTimersByTimeAsync(500)
    expect(ask).toHaveBeenCalledTimes(1)
    scope.stop()
  })
  it('says nothing without network, and forgets what it said of other words', async () => {
    const { shown, alike, scope } = begin([found])
    await vi.advanceTimersByTimeAsync(100)
    expect(alike.value).toHaveLength(1)
    shown.text += '改写。'
    await nextTick()
    await vi.advanceTimersByTimeAsync(100)
    expect(alike.value).toEqual([])
    scope.stop()
  })
  it('does not show a late answer to an old question', async () => {
    let late: (answer: { kind: string; body: { items: Alike[] } }) => void = () => undefined
    const { shown, alike, scope } = begin([
      () => new Promise((resolve) => (late = resolve)),
      () => Promise.resolve({ kind: 'ok', body: { items: [] } }),
    ])
    await vi.advanceTimersByTimeAsync(100)
    shown.text += '改写。'
    await nextTick()
    await vi.advanceTimersByTimeAsync(100)
    late({ kind: 'ok', body: { items: [item] } })
    await vi.advanceTimersByTimeAsync(1)
    expect(alike.value).toEqual([])
    scope.stop()
  })
})
