/** Word between the tabs of this phone. Nothing personal is said here, only that something changed. */

export type Word =
  /** Records, photos or their fate changed in the store. */
  | { kind: 'outbox' }
  /** A drain began or ended, in whatever tab it runs. */
  | { kind: 'drain'; running: boolean }
  /** Whether the service answered the tab that sends. */
  | { kind: 'reached'; reached: boolean }
  /** Somebody signed in or out: every other tab starts anew. */
  | { kind: 'session' }
  /** Kept answers changed. */
  | { kind: 'cache'; key: string }

type Listener = (word: Word) => void

const listeners = new Set<Listener>()
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('zhucun')
channel?.addEventListener('message', (event: MessageEvent<Word>) => {
  listeners.forEach((listener) => listener(event.data))
})

/** Tell the other tabs, and the listeners of this one. */
export const tell = (word: Word): void => {
  channel?.postMessage(word)
  listeners.forEach((listener) => listener(word))
}

/** Hear what any tab tells; returns how to stop. */
export const hear = (listener: Listener): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Hear only the other tabs (a tab must not react to its own sign-out by starting anew). */
export const hearOthers = (listener: Listener): void => {
  channel?.addEventListener('message', (event: MessageEvent<Word>) => listener(event.data))
}
