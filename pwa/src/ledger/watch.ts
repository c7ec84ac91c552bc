/**
 * After each sync, when the page stands: every log that this phone's records went to is followed, and own receipts are
 * proved. What does not hold is said on every page until somebody has reported it; work goes on meanwhile.
 */

import { createApp, shallowReactive, shallowReadonly } from 'vue'
import { ask } from '@/api/client'
import { hear } from '@/lib/channel'
import { idle } from '@/lib/idle'
import { ifFree } from '@/lib/locks'
import { hasUserDb, userDb } from '@/offline/db'
import { arrived } from '@/offline/outbox'
import { mine } from '@/session/me'
import { session } from '@/session/session'
import { follow, proven, type Ask, type Checkpoint, type OwnReceipt } from './follow'
import { allNewest, keepNewest, keepTrouble, newest, settle, troubles, type Trouble } from './kept'
import LogNotice from './LogNotice.vue'
import { receiptsOf } from './receipts'

/** The log of the house: users, settings, what lies above a county. */
const HOUSE = '000000'
/** Records that come through one after the other are looked at together. */
const RESTS_MS = 10 * 60_000
/** Proofs asked for at one time: newest receipts first, the others at the next sync. */
const MOST_PROOFS = 20
const PROVED = 'log_proved'

const state = shallowReactive({
  checkpoints: [] as Checkpoint[],
  troubles: [] as Trouble[],
  /** Own records whose place in a checkpoint was proved here. */
  proved: [] as string[],
  /** When the service was last asked, and whether it answered for every log. */
  looked_at: null as string | null,
  complete: false,
})
export const logState = shallowReadonly(state)

let asked = 0
let told = false

/** What is kept, into the state that pages show. */
export const recall = async (): Promise<void> => {
  state.checkpoints = await allNewest()
  state.troubles = await troubles()
  state.proved = hasUserDb() ? await provedHere() : []
}

const provedHere = async (): Promise<string[]> =>
  ((await (await userDb()).get('meta', PROVED)) as string[] | undefined) ?? []

const fromService: Ask = (url) => ask('get', url)

/** Follow every log once, in one tab; nothing is thrown: a phone that cannot look has nothing to say. */
export const look = async (by: Ask = fromService): Promise<void> => {
  asked = Date.now()
  try {
    await ifFree('ledger', () => lookAt(by))
    await recall()
  } catch {
    // signed out under way, or no room on the phone
  }
}

const lookAt = async (by: Ask): Promise<void> => {
  const receipts = receiptsOf(await arrived())
  const logs = new Set([...(mine.me?.logs ?? []).map(({ log }) => log), ...receipts.map(({ log }) => log), HOUSE])
  let complete = true
  for (const log of logs) {
    const checkpoint = await lookAtOne(log, by)
    if (!checkpoint) complete = false
    else await prove(receipts.filter((one) => one.log === log), checkpoint, by)
  }
  Object.assign(state, { looked_at: new Date().toISOString(), complete })
}

const lookAtOne = async (log: string, by: Ask): Promise<Checkpoint | null> => {
  const now = new Date().toISOString()
  const kept = await newest(log)
  const found = await follow(log, kept, by, now)
  if (found.kind === 'holds') {
    await keepNewest(found.checkpoint)
    return found.checkpoint
  }
  if (found.kind === 'fault')
    await keepTrouble({ log, fault: found.fault, found_at: now, met_at: now, kept, met: found.met, receipt: null })
  return null
}

const prove = async (receipts: readonly OwnReceipt[], checkpoint: Checkpoint, by: Ask): Promise<void> => {
  const db = await userDb()
  const before = new Set(await provedHere())
  const here = new Set((await arrived()).map(({ id }) => id))
  const proved = new Set([...before].filter((id) => here.has(id)))
  for (const receipt of receipts.filter(({ id }) => !before.has(id)).slice(0, MOST_PROOFS)) {
    const said = await proven(receipt, checkpoint, by)
    if (said === 'holds') proved.add(receipt.id)
    else if (said !== 'later' && said.kind === 'fault') {
      const now = new Date().toISOString()
      const both = { kept: checkpoint, met: said.met, receipt }
      await keepTrouble({ log: receipt.log, fault: said.fault, found_at: now, met_at: now, ...both })
    }
  }
  await db.put('meta', [...proved], PROVED)
}

/**
 * A person has reported a trouble: it stays in the list, the log is followed from now on, and own records are proved
 * anew, because what was proved was another history.
 */
export const reported = async (trouble: Trouble): Promise<void> => {
  await settle(trouble, new Date().toISOString())
  await (await userDb()).delete('meta', PROVED)
  await recall()
}

/** Begin to watch: once now, and again after records went out; `open` shows the page of the logs. */
export const watchLog = async (open: () => void): Promise<void> => {
  if (!told) {
    told = true
    const host = document.createElement('div')
    document.getElementById('main')?.before(host)
    createApp(LogNotice, { onOpen: open }).mount(host)
    hear((word) => {
      const sent = word.kind === 'drain' && !word.running
      if (sent && session.user && Date.now() - asked > RESTS_MS) void idle().then(() => look())
    })
  }
  await idle()
  await look()
}
