/** Read a file that this app saved (`asFile`), so that what lies in it can be put back and sent. Pure. */

import type { ApiProblem } from '@/lib/problem'
import type { Draft, KeptPhoto, Outgoing, RecordKind } from '@/offline/db'
import { bytesOf, FILE_FORMAT, type Unsent } from '@/offline/outbox'

export type Read =
  | { kind: 'ok'; unsent: Unsent }
  /** Not such a file, or a broken one; or it is another person's: then their name. */
  | { kind: 'unreadable' }
  | { kind: 'not-yours'; name: string }

const KINDS: ReadonlySet<string> = new Set<RecordKind>([
  'check_in',
  'withdrawal',
  'diary',
  'household_position',
  'household_portrait',
  'plan_item',
  'activity',
  'submission',
  'figure',
  'flag_answer',
  'flag_appeal',
  'leave',
  'make_up',
])
const TYPE = /^(image\/(jpeg|png|webp)|application\/(pdf|vnd\.openxmlformats-officedocument\.(wordprocessingml\.document|spreadsheetml\.sheet)))$/
const SHA256 = /^[0-9a-f]{64}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

class Unreadable extends Error {}

/** All of it or nothing: half a file put back would look like a whole one. */
export const readUnsent = (text: string, user: string): Read => {
  try {
    const told = object(JSON.parse(text))
    if (told['format'] !== FILE_FORMAT) return { kind: 'unreadable' }
    const author = object(told['author'])
    if (author['id'] !== user) return { kind: 'not-yours', name: string(author['name']) }
    return {
      kind: 'ok',
      unsent: {
        records: list(told['records']).map(record),
        photos: list(told['photos']).map(photo),
        drafts: list(told['drafts']).map(draft),
      },
    }
  } catch {
    return { kind: 'unreadable' }
  }
}

const record = (value: unknown): Outgoing => {
  const told = object(value)
  const kind = string(told['kind'])
  if (!KINDS.has(kind)) throw new Unreadable()
  return {
    id: matching(UUID, told['id']),
    kind: kind as RecordKind,
    of: told['of'] === null ? null : matching(UUID, told['of']),
    body: object(told['body']),
    seq: number(told['seq']),
    made_at: moment(told['made_at']),
    label: string(told['label']),
    photos: list(told['photos']).map((one) => matching(SHA256, one)),
    ...fate(told),
    state: told['state'] === 'parked' ? 'parked' : 'queued',
  }
}

const photo = (value: unknown): KeptPhoto & { bytes: ArrayBuffer } => {
  const told = object(value)
  const bytes = bytesOf(string(told['base64']))
  return {
    sha256: matching(SHA256, told['sha256']),
    type: matching(TYPE, told['type']),
    size: bytes.byteLength,
    made_at: moment(told['made_at']),
    ...fate(told),
    state: told['state'] === 'parked' ? 'parked' : 'queued',
    sent_at: null,
    bytes,
  }
}

const draft = (value: unknown): Draft => {
  const told = object(value)
  return { key: string(told['key']), value: told['value'], at: moment(told['at']) }
}

const fate = (told: Record<string, unknown>): { tries: number; problem: ApiProblem | null } => {
  if (told['problem'] === null) return { tries: number(told['tries']), problem: null }
  const said = object(told['problem'])
  const errors = list(said['errors']).map((one) => ({ where: string(object(one)['where']), why: string(object(one)['why']) }))
  const problem = { status: number(said['status']), code: string(said['code']), title: string(said['title']), detail: string(said['detail']), errors }
  return { tries: number(told['tries']), problem }
}

const object = (value: unknown): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unreadable()
  return value as Record<string, unknown>
}
const list = (value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw new Unreadable()
  return value
}
const string = (value: unknown): string => {
  if (typeof value !== 'string') throw new Unreadable()
  return value
}
const number = (value: unknown): number => {
  if (typeof value !== 'number') throw new Unreadable()
  return value
}
const matching = (wanted: RegExp, value: unknown): string => {
  const text = string(value)
  if (!wanted.test(text)) throw new Unreadable()
  return text
}
const moment = (value: unknown): string => {
  const text = string(value)
  if (Number.isNaN(Date.parse(text))) throw new Unreadable()
  return text
}
