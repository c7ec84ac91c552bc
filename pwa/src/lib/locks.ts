/** One at a time across all tabs of this phone; where a browser has no Web Locks, one at a time in this tab. */

const local = new Map<string, Promise<unknown>>()

/** Run when it is our turn. */
export const alone = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  if ('locks' in navigator) return await navigator.locks.request(`zhucun-${name}`, work)
  const before = local.get(name) ?? Promise.resolve()
  const mine = before.then(work, work)
  local.set(name, mine.catch(() => undefined))
  return mine
}

/** Run now if nobody does; null when another tab is at it. */
export const ifFree = async <T>(name: string, work: () => Promise<T>): Promise<T | null> => {
  if ('locks' in navigator)
    return await navigator.locks.request(`zhucun-${name}`, { ifAvailable: true }, (lock) => (lock ? work() : null))
  if (local.has(name)) return null
  const mine = work().finally(() => local.delete(name))
  local.set(name, mine)
  return mine
}
