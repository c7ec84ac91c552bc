/**
 * The access token: in the memory of this tab only, renewed by a cookie that no script can read.
 * One renewal at a time over all tabs; while nobody is signed in here, none at all.
 */

import { alone } from '@/lib/locks'
import { reach, read } from './reach'

const SESSION = '/api/v1/session'
/** Renew a little early: a request takes its time in a valley. */
const EARLY_MS = 30_000

interface Held {
  token: string
  until: number
}
/** A token, or why there is none. */
export type Renewal = { kind: 'held'; token: string } | { kind: 'offline' } | { kind: 'signed-out' }

interface Renewed {
  access_token: string
  expires_in: number
}

let held: Held | null = null
let waiting: Promise<Renewal> | null = null
let mayRenew: () => Promise<string | null> = () => Promise.resolve(null)
let ended: () => void = () => undefined

/** The session says who may renew here (a user's id, read anew each time, or null) and hears when that ends. */
export const govern = (rule: { mayRenew: () => Promise<string | null>; ended: () => void }): void => {
  mayRenew = rule.mayRenew
  ended = rule.ended
}

export const hold = (token: string, seconds: number): void => {
  held = { token, until: Date.now() + seconds * 1000 - EARLY_MS }
}
export const forget = (): void => {
  held = null
}

/** The token, renewed when it is old. `stale` was refused just now. */
export const renew = (stale?: string): Promise<Renewal> => {
  if (stale !== undefined && held?.token === stale) held = null
  if (held && held.until > Date.now()) return Promise.resolve({ kind: 'held', token: held.token })
  waiting ??= alone('session', renewNow).finally(() => {
    waiting = null
  })
  return waiting
}

const renewNow = async (): Promise<Renewal> => {
  const user = await mayRenew()
  if (user === null) return { kind: 'signed-out' }
  const init = { method: 'POST', headers: { 'X-Requested-With': 'zhucun' }, cache: 'no-store' as const }
  const answer = await read<Renewed>(await reach(`${SESSION}/refresh`, init))
  if (answer.kind === 'ok') {
    // the cookie is shared by all tabs: it may by now belong to somebody else
    if (subject(answer.body.access_token) !== user) return { kind: 'signed-out' }
    hold(answer.body.access_token, answer.body.expires_in)
    return { kind: 'held', token: answer.body.access_token }
  }
  if (answer.kind === 'problem' && answer.status === 401) {
    ended()
    return { kind: 'signed-out' }
  }
  return { kind: 'offline' }
}

/** Whose token it is. Read for that question only: what it allows is the service's business. */
export const subject = (token: string): string | null => {
  try {
    const part = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')
    const claims = JSON.parse(atob(part)) as Record<string, unknown>
    return typeof claims['sub'] === 'string' ? claims['sub'] : null
  } catch {
    return null
  }
}

/** Give up the cookie: true when the service has said yes. Call it inside the lock `session`. */
export const giveUpCookie = async (): Promise<boolean> =>
  (await read(await reach(SESSION, { method: 'DELETE', cache: 'no-store', keepalive: true }))).kind === 'ok'
