/** What waits, in the order in which it will go, and why it is still here. Pure. */

import type { ApiProblem } from '@/lib/problem'
import { isPicture } from '@/offline/drain'
import type { Arrived, Draft, KeptPhoto, Outgoing, RecordKind } from '@/offline/db'

export interface Item {
  /** The record's id, or the photo's hash. */
  id: string
  kind: RecordKind | 'photo' | 'file'
  /** The words of its author; for a photo those of the record that names it. */
  label: string
  made_at: string
  bytes: number
  state: 'on_phone' | 'sending' | 'needs_you'
  tries: number
  problem: ApiProblem | null
  /** What the record names; of a photo itself. */
  photos: readonly string[]
}

interface Waiting {
  records: readonly Outgoing[]
  photos: readonly KeptPhoto[]
  arrived: readonly Arrived[]
  sending: boolean
}

const bytesOf = (body: unknown): number => new TextEncoder().encode(JSON.stringify(body)).length

/** Records in the order they were made, photos after: as they are sent. Only the first that is queued is on its way. */
export const queueOf = (told: Waiting): Item[] => {
  const named = new Map<string, string>()
  for (const record of [...told.arrived, ...told.records]) for (const photo of record.photos) named.set(photo, record.label)
  const records = told.records.map((record): Item => ({ ...shared(record), id: record.id, kind: record.kind, label: record.label, bytes: bytesOf(record.body), photos: record.photos }))
  const photos = told.photos.map((photo): Item => ({ ...shared(photo), id: photo.sha256, kind: isPicture(photo) ? 'photo' : 'file', label: named.get(photo.sha256) ?? '', bytes: photo.size, photos: [photo.sha256] }))
  const all = [...records, ...photos]
  const first = told.sending ? all.findIndex((item) => item.state === 'on_phone') : -1
  return all.map((item, index) => (index === first ? { ...item, state: 'sending' } : item))
}

const shared = (one: Outgoing | KeptPhoto): Pick<Item, 'made_at' | 'state' | 'tries' | 'problem'> => ({
  made_at: one.made_at,
  state: one.state === 'parked' ? 'needs_you' : 'on_phone',
  tries: one.tries,
  problem: one.problem,
})

export type Why = 'sending' | 'signed_out' | 'no_network' | 'service_away' | 'asked_to_wait' | 'soon'

/** Why what is queued is still here; the first reason that holds, for it must end before the others matter. */
export const whyWaiting = (now: {
  sending: boolean
  expired: boolean
  online: boolean
  reached: boolean | null
  next: string | null
}): Why => {
  if (!now.online) return 'no_network'
  if (now.sending) return 'sending'
  if (now.expired) return 'signed_out'
  if (now.reached === false) return 'service_away'
  return now.next === null ? 'soon' : 'asked_to_wait'
}

export type Advice = 'compare' | 'id_taken' | 'photo_lost' | 'photo_unfit' | 'file_unfit' | 'not_there' | 'mend'

/** What a person can do about a refusal; the service's own sentence stands above it. */
export const adviceFor = (kind: Item['kind'], problem: ApiProblem): Advice => {
  if (problem.code === 'photo-lost-on-phone') return 'photo_lost'
  if (problem.code === 'id-taken') return 'id_taken'
  // of these the service has kept the refused body beside the one that stands
  if (problem.code.endsWith('-differs') && kind !== 'photo' && kind !== 'file') return 'compare'
  if (problem.code.endsWith('-already-replaced')) return 'compare'
  if (kind === 'photo') return 'photo_unfit'
  if (kind === 'file') return 'file_unfit'
  return problem.status === 404 ? 'not_there' : 'mend'
}

/** The drafts that a person began; pictures and files lie apart from the words and are no draft of their own. */
export const draftsBegun = (drafts: readonly Pick<Draft, 'key'>[]): number => {
  const begun = new Set(drafts.map(({ key }) => key.replace(/^(\w+)-(?:photos|files):/, '$1:')))
  return begun.size
}

/** What went, or still goes, a second time, because the service was set back to an older backup. */
export const againOf = (
  records: readonly Pick<Outgoing, 'again'>[],
  arrived: readonly Pick<Arrived, 'again' | 'sent_at'>[],
  now: number,
): { waiting: number; done: number } => ({
  waiting: records.filter((one) => one.again).length,
  done: arrived.filter((one) => one.again && now - Date.parse(one.sent_at) < 86_400_000).length,
})

/** The latest of some moments; null when none is known. */
export const latest = (moments: readonly (string | null | undefined)[]): string | null =>
  moments.reduce<string | null>(
    (last, one) => (one && (last === null || Date.parse(one) > Date.parse(last)) ? one : last),
    null,
  )

/** 812 B, 3.4 KB, 12 MB */
export const sizeText = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`
  const [value, unit] = bytes < 999_500 ? [bytes / 1000, 'KB'] : [bytes / 1_000_000, 'MB']
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
}
