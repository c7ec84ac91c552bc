/** Flags as pages need them: whose turn it is, how long, what belongs on which list. Pure. */

import type { OkBody } from '@/api/client'
import type { Tone } from '@/ui/states'

export type Flag = OkBody<'/api/v1/flags/{flag_id}', 'get'>
export type FlagState = Flag['state']
export type Decision = Flag['decisions'][number]['decision']

export const FLAG_TONES = {
  open: 'info',
  second_needed: 'warn',
  kept: 'good',
  kept_with_note: 'good',
  not_counted: 'bad',
  appealed: 'info',
  upheld: 'bad',
  silent: 'quiet',
} as const satisfies Record<FlagState, Tone>

const DAY_MS = 86_400_000
/** Whole days until then, never below nothing: on the last day one is left. */
export const daysUntil = (then: string, now: Date): number => Math.max(0, Math.ceil((Date.parse(then) - now.getTime()) / DAY_MS))

/** What the author can do now: say something, object, or wait; null when all is said. */
export type Turn = { do: 'answer' | 'appeal' | 'wait'; days: number } | null
export const turnOf = (flag: Flag, now: Date): Turn => {
  // nobody need speak of what was taken back
  if (flag.withdrawn) return null
  // a low one alone asks nobody; who wants to can say something all the same
  if (flag.weight === 'low' && flag.state === 'open') return null
  if (flag.may.appeal && flag.appeal_until) return { do: 'appeal', days: daysUntil(flag.appeal_until, now) }
  if (flag.may.answer && !flag.answers.length) return { do: 'answer', days: daysUntil(flag.answer_until, now) }
  return flag.state === 'open' || flag.state === 'second_needed' || flag.state === 'appealed' ? { do: 'wait', days: 0 } : null
}
const ORDER = { appeal: 0, answer: 1, wait: 2 }
/** What needs the author's words first, the nearest end before the others; then what is awaited; then what is over, the newest first. */
export const byTurn = (flags: readonly Flag[], now: Date): Flag[] => {
  const place = (flag: Flag): [number, number, string] => {
    const turn = turnOf(flag, now)
    return [turn ? ORDER[turn.do] : 3, turn?.days ?? 0, flag.raised_at]
  }
  return [...flags].sort((a, b) => {
    const [x, y] = [place(a), place(b)]
    return x[0] - y[0] || x[1] - y[1] || (x[2] < y[2] ? 1 : -1)
  })
}

/** The lists of the queue: the first word, the second one against somebody, and objections. */
export const QUEUES = { first: 'open', second: 'second_needed', appeals: 'appealed' } as const satisfies Record<string, FlagState>
export type Queue = keyof typeof QUEUES
export const queueIn = (value: unknown): Queue => (Object.keys(QUEUES) as Queue[]).find((one) => one === value) ?? 'first'

/** Where the keyboard leads: the neighbour's id, staying at the ends. */
export const neighbour = (ids: readonly string[], now: string | null, by: 1 | -1): string | null => {
  if (!ids.length) return null
  const at = now === null ? -1 : ids.indexOf(now)
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))] ?? null
}
/** After one is done, the next to look at: what follows it, else what came before. */
export const afterDone = (ids: readonly string[], done: string): string | null => {
  const at = ids.indexOf(done)
  return ids[at + 1] ?? ids[at - 1] ?? null
}

const KEYS: Readonly<Record<string, 'next' | 'previous' | Decision>> = {
  j: 'next',
  k: 'previous',
  '1': 'counts',
  '2': 'counts_with_note',
  '3': 'does_not_count',
}
/** What a key means while no field is being written in. */
export const keyMeans = (event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>, writing: boolean): 'next' | 'previous' | Decision | null =>
  writing || event.ctrlKey || event.metaKey || event.altKey ? null : (KEYS[event.key] ?? null)

export interface Words {
  text: string
  photos: string[]
}
/** A kept draft of an answer or an objection. */
export const wordsOf = (value: unknown): { id: string; text: string } | null => {
  const { id, text } = (value ?? {}) as { id?: unknown; text?: unknown }
  return typeof id === 'string' && typeof text === 'string' ? { id, text } : null
}

/** What was said and decided, in a word that changes with it. */
export const toldOf = (flag: Pick<Flag, 'id' | 'state' | 'answers' | 'decisions' | 'appeal'>): string =>
  [flag.id, flag.state, flag.answers.length, flag.decisions.length, flag.appeal?.at ?? ''].join(' ')

/** What can be laid beside the flagged record. */
const SHOWN = ['check_in', 'diary']
/** The records that the evidence names beside its own; of its own kind unless it says which. */
export const othersIn = (flag: Pick<Flag, 'evidence' | 'record'>): { id: string; kind: string }[] => {
  const { other, other_kind: said } = flag.evidence
  const found = Object.values(flag.evidence).flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
  const ids = found.filter((value): value is string => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value))
  return [...new Set(ids)]
    .filter((id) => id !== flag.record.id)
    .map((id) => ({ id, kind: id === other && typeof said === 'string' ? said : flag.record.kind }))
    .filter((one) => SHOWN.includes(one.kind))
}

/** How far outside of the fence a fix lies, on one line: the fence's edge, the slack, the fix with its error; in percent of it. */
export interface Line {
  slack: number
  from: number
  at: number
  to: number
  metres: number
}
const whole = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
/** Null where the evidence is of something else. The coordinates are not needed, and not told. */
export const lineOf = (evidence: Flag['evidence']): Line | null => {
  const [distance, accuracy, beyond] = [whole(evidence['distance_m']), whole(evidence['accuracy_m']), whole(evidence['beyond_m'])]
  if (distance === null || accuracy === null || beyond === null) return null
  const metres = (distance + accuracy) * 1.05
  const percent = (value: number): number => Math.round((Math.max(0, value) / metres) * 1000) / 10
  return { slack: percent(distance - accuracy - beyond), from: percent(distance - accuracy), at: percent(distance), to: percent(distance + accuracy), metres }
}

export type Check = OkBody<'/api/v1/checks', 'get'>[number]
/** Posts that may silence a check. */
export const SILENCES = ['CA', 'SA'] as const
