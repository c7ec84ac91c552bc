/** Who is signed in on this phone, also without network; signing in and out. */

import { reactive, readonly } from 'vue'
import type { ApiProblem } from '@/api/answer'
import { reach, read } from '@/api/reach'
import { forget, giveUpCookie, govern, hold } from '@/api/token'
import { hearOthers, tell } from '@/lib/channel'
import { alone } from '@/lib/locks'
import { closeUserDb, deleteUserDb, openUserDb, phoneDb, userDb, type Device, type Sealed } from '@/offline/db'
import { putBack, unsent } from '@/offline/outbox'
import { userIsIn, userIsOut } from '@/offline/sync'
import { newKeyring, seal, unseal, type Keyring } from './sealing'

export interface User {
  id: string
  name: string
  username: string
}

const state = reactive({
  user: null as User | null,
  /** The sign-in was ended elsewhere or ran out: everything stays here, and sending waits for the password. */
  expired: false,
  /** Work of this user that lies sealed under an earlier password. */
  sealed: 0,
})
export const session = readonly(state)

/** What a sign-in ended as. */
export type SignedIn = { kind: 'in' } | { kind: 'offline' } | { kind: 'refused'; problem: ApiProblem }

const NOBODY: Omit<Device, 'id'> = { user: null, cookie_to_give_up: false, wiping: [] }

const device = async (): Promise<Device> => {
  const db = await phoneDb()
  const found = await db.get('device', 'device')
  if (found) return found
  const made = { id: crypto.randomUUID(), ...NOBODY }
  await remember(made)
  return made
}

const remember = async (now: Device): Promise<void> => {
  const tx = (await phoneDb()).transaction('device', 'readwrite', { durability: 'strict' })
  await tx.store.put(now, 'device')
  await tx.done
}

/** Open the app: whoever was signed in still is, with or without network. Call once, before the first page. */
export const openSession = async (): Promise<void> => {
  govern({
    mayRenew: async () => {
      const now = await device()
      return now.cookie_to_give_up || now.user?.id !== state.user?.id ? null : (now.user?.id ?? null)
    },
    ended: () => {
      state.expired = state.user !== null
    },
  })
  // somebody signed in or out in another tab: this one starts anew, with the same eyes as that one
  hearOthers((word) => {
    if (word.kind === 'session') void afterOthers()
  })
  window.addEventListener('online', () => void settleDebts())
  let now = await device()
  if (now.user && now.wiping.includes(now.user.id)) {
    // the browser died in the middle of a sign-out, after the sealing: finish it
    now = { ...now, user: null }
    await remember(now)
  }
  void settleDebts()
  if (now.user) await enter(now.user)
}

const afterOthers = async (): Promise<void> => {
  const now = await device()
  if (now.user?.id !== state.user?.id || !state.user) window.location.replace('/')
  else {
    state.expired = false
    void userIsIn()
  }
}

const enter = async (user: User): Promise<void> => {
  await openUserDb(user.id)
  state.user = user
  state.expired = false
  // what waits is counted before any page is drawn: none may say that everything has arrived because nobody has looked
  await userIsIn()
}

/** What a sign-out without network still owes: the cookie back to the service, and deleting what was held open. */
const settleDebts = (): Promise<boolean> =>
  alone('session', async () => {
    const now = await device()
    let wiping = now.wiping
    for (const user of wiping) if (await deleteUserDb(user)) wiping = wiping.filter((other) => other !== user)
    const given = !now.cookie_to_give_up || (await giveUpCookie())
    if (given !== !now.cookie_to_give_up || wiping !== now.wiping)
      await remember({ ...now, wiping, cookie_to_give_up: !given })
    return given
  })

/** Sign in. Whatever somebody else left here is sealed first, and never seen by this one. */
export const signIn = async (username: string, password: string): Promise<SignedIn> => {
  // first of all the last one's cookie: the next person is nobody but themselves
  if (!(await settleDebts())) return { kind: 'offline' }
  const now = await device()
  const body = { username, password, device_id: now.id, device_name: navigator.userAgent.slice(0, 128) }
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const done = await alone('session', async () => {
    const answer = await read<{ access_token: string; expires_in: number; user: { id: string; name: string } }>(
      await reach('/api/v1/session', { ...init, cache: 'no-store' }),
    )
    if (answer.kind !== 'ok') return answer
    const user = { ...answer.body.user, username }
    if (now.user && now.user.id !== user.id) await leave(now.user, 'keep')
    // until the user stands here nobody renews: the order matters when the browser dies in between
    const then = await device()
    await remember({ ...then, user, wiping: then.wiping.filter((other) => other !== user.id) })
    hold(answer.body.access_token, answer.body.expires_in)
    return user
  })
  if ('kind' in done)
    return done.kind === 'problem' ? { kind: 'refused', problem: done.problem } : { kind: 'offline' }
  const db = await openUserDb(done.id)
  await db.put('meta', await newKeyring(password), 'keyring')
  await openSealed(password, done.id)
  await enter(done)
  tell({ kind: 'session' })
  return { kind: 'in' }
}

const sealedOf = async (user: string): Promise<Sealed[]> =>
  (await phoneDb()).getAll('sealed', IDBKeyRange.bound([user, ''], [user, '\uffff']))

/** Take back what this user once left sealed here. The box goes only after its content stands. */
export const openSealed = async (password: string, user = state.user?.id): Promise<void> => {
  if (!user) return
  let still = 0
  for (const box of await sealedOf(user)) {
    const left = await unseal(box, password)
    if (left) {
      await putBack(left)
      await (await phoneDb()).delete('sealed', [box.user, box.at])
    } else still += box.count
  }
  state.sealed = still
}

/** What to do with unsent work at signing out: keep it sealed for its author, or throw it away. */
export type Leaving = 'keep' | 'discard'

/** Sign out, with or without network. When this returns, nothing of the user is readable here. */
export const signOut = async (leaving: Leaving): Promise<void> => {
  const user = state.user
  if (!user) return
  await alone('session', async () => {
    forget()
    // from here on nobody renews on this phone, whatever happens next
    await remember({ ...(await device()), cookie_to_give_up: true })
    await leave(user, leaving)
    await remember({ ...(await device()), user: null })
  })
  Object.assign(state, { user: null, expired: false, sealed: 0 })
  userIsOut()
  tell({ kind: 'session' })
  await settleDebts()
}

/** Seal or drop what is unsent, then delete the user's database: in this order, for a browser that dies in between. */
const leave = async (user: User, leaving: Leaving): Promise<void> => {
  await openUserDb(user.id)
  const db = await userDb()
  const left = await unsent()
  const keyring = (await db.get('meta', 'keyring')) as Keyring | undefined
  if (leaving === 'keep' && left.records.length + left.photos.length + left.drafts.length > 0) {
    if (!keyring) throw new Error('no key to seal the unsent work with')
    // before the transaction is opened: it would not wait for the cipher
    const box = await seal(keyring, user, left)
    const tx = (await phoneDb()).transaction('sealed', 'readwrite', { durability: 'strict' })
    await tx.store.put(box)
    await tx.done
  }
  closeUserDb()
  const now = await device()
  await remember({ ...now, wiping: [...new Set([...now.wiping, user.id])] })
  // other tabs close theirs when they hear it; one that hangs is left to settleDebts
  if (await deleteUserDb(user.id)) {
    const then = await device()
    await remember({ ...then, wiping: then.wiping.filter((other) => other !== user.id) })
  }
}
