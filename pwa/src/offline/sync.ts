/** When to drain: at the start, with new work, when the network or the eye comes back, and after a pause. One tab does it. */

import { reactive, readonly } from 'vue'
import { ask } from '@/api/client'
import { keepsAnchors, recallAnchor, type Seen } from '@/device/clock'
import { hear, tell } from '@/lib/channel'
import { ifFree } from '@/lib/locks'
import { pause } from './backoff'
import { hasUserDb, userDb } from './db'
import { drain, type Ended, type Send } from './drain'
import { onNewWork, prune, waiting, waitingPhotos } from './outbox'

const state = reactive({
  /** Records and photos that have not arrived. */
  records: 0,
  photos: 0,
  /** Of them, those that need a person. */
  parked: 0,
  /** Some tab is sending now. */
  sending: false,
  /** When everything had last arrived, or null. */
  last: null as string | null,
  /** Whether the service answered the last time it was asked; null before the first time. */
  reached: null as boolean | null,
  /** When this tab tries again by itself; null when nothing waits, or only signing in helps. */
  next: null as string | null,
})
/** What the badge and the pages show; the same in every tab. */
export const syncState = readonly(state)

let failures = 0
let timer: ReturnType<typeof setTimeout> | undefined
/** This tab's pass, while it runs. */
let running: Promise<void> | null = null
/** It was asked for again meanwhile. */
let wanted = false

const send: Send = async ({ method, url, body, bytes }) => {
  const answer = await ask(method, url, { body, ...(bytes ? { bytes } : {}) })
  const reached = answer.kind === 'offline' ? false : answer.kind === 'signed-out' ? state.reached : true
  // the other tabs send nothing themselves and would go on showing what they last met
  if (reached !== null) tell({ kind: 'reached', reached })
  return answer
}

/** Count anew what waits. */
export const recount = async (): Promise<void> => {
  if (!hasUserDb()) return
  try {
    const [records, photos] = [await waiting(), await waitingPhotos()]
    state.records = records.length
    state.photos = photos.length
    state.parked = [...records, ...photos].filter((item) => item.state === 'parked').length
    state.last = ((await (await userDb()).get('meta', 'last_sync')) as string | undefined) ?? null
  } catch {
    // the database was closed under us: somebody signed out
  }
}

/** Send what waits, now if no other tab is at it. Resolves when this tab's pass is over. */
export const drainNow = (): Promise<void> => {
  wanted = running !== null
  running ??= drainOnce().finally(() => (running = null))
  return running
}

const drainOnce = async (): Promise<void> => {
  clearTimeout(timer)
  state.next = null
  if (!hasUserDb()) return
  let ended = await ifFree('drain', passes)
  // asked for between the last look and here
  while (ended?.kind === 'done' && wanted) {
    wanted = false
    ended = await ifFree('drain', passes)
  }
  schedule(ended)
}

/** Until nothing is left: in whatever tab, a record may be made while the photos before it go up. */
const passes = async (): Promise<Ended> => {
  let ended = await pass()
  while (ended.kind === 'done' && (await somethingQueued())) ended = await pass()
  return ended
}

const somethingQueued = async (): Promise<boolean> => {
  if (!hasUserDb()) return false
  return [...(await waiting()), ...(await waitingPhotos())].some((item) => item.state === 'queued')
}

const pass = async (): Promise<Ended> => {
  try {
    const db = await userDb()
    if (!(await somethingQueued())) return { kind: 'done' }
    tell({ kind: 'drain', running: true })
    const ended = await drain(db, send, () => tell({ kind: 'outbox' }))
    if (ended.kind === 'done') {
      await db.put('meta', new Date().toISOString(), 'last_sync')
      await prune()
    }
    return ended
  } catch {
    // the store failed or was closed: what was not settled is still queued
    return { kind: 'stopped', why: 'busy', after: null }
  } finally {
    tell({ kind: 'drain', running: false })
    tell({ kind: 'outbox' })
  }
}

const schedule = (ended: Ended | null): void => {
  if (ended?.kind === 'signed-out') return
  failures = ended?.kind === 'stopped' ? failures + 1 : 0
  const after = ended?.kind === 'stopped' ? ended.after : null
  // also with nothing to do or when another tab was at it: that tab may be closed in the middle
  const ms = ended?.kind === 'stopped' ? pause(failures, after, Math.random()) : 60_000
  if (ended?.kind === 'stopped') state.next = new Date(Date.now() + ms).toISOString()
  timer = setTimeout(() => void drainNow(), ms)
}

const soon = (): void => {
  failures = 0
  // what was met before says nothing of now
  state.reached = null
  void drainNow()
}

/** Begin, once, when the app starts. */
export const startSync = (): void => {
  onNewWork(() => void drainNow())
  keepsAnchors((seen) => void keepSeen(seen))
  window.addEventListener('online', soon)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') soon()
  })
  hear((word) => {
    if (word.kind === 'drain') state.sending = word.running
    if (word.kind === 'reached') state.reached = word.reached
    if (word.kind === 'outbox') void recount()
  })
}

const keepSeen = async (seen: Seen): Promise<void> => {
  try {
    if (hasUserDb()) await (await userDb()).put('meta', seen, 'anchor')
  } catch {
    // a full phone, or somebody signed out: it lives in this page
  }
}

/** After somebody signed in or the app opened for its user. */
export const userIsIn = async (): Promise<void> => {
  recallAnchor(((await (await userDb()).get('meta', 'anchor')) as Seen | undefined) ?? null)
  await recount()
  soon()
}

/** After somebody signed out. */
export const userIsOut = (): void => {
  clearTimeout(timer)
  recallAnchor(null)
  Object.assign(state, { records: 0, photos: 0, parked: 0, sending: false, last: null, next: null })
}
