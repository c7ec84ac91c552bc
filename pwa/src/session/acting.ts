/** For which villages, units and organisations somebody acts, and what their posts let them decide. Pure. */

import { current, type Post } from './roles'

/** A post in the very unit speaks for it (app/postings/scope.py, ACTS_FOR); by the digits of the unit's code. */
const ACTS_FOR: Readonly<Record<number, readonly string[]>> = {
  12: ['VC', 'FS', 'TL'],
  9: ['TA'],
  6: ['CA'],
  4: ['CA'],
  2: ['CA'],
}

export interface Place {
  code: string
  name: string
}
type Held = Post & { unit_name: string }

const places = (posts: readonly Held[]): Place[] =>
  [...new Map(posts.map((post) => [post.unit, post.unit_name]))].map(([code, name]) => ({ code, name })).sort((a, b) => (a.code < b.code ? -1 : 1))

/** Units in which a post of one of these kinds is held on a day. */
export const unitsOf = (posts: readonly Held[], day: string, kinds: readonly string[]): Place[] =>
  places(current(posts, day).filter((post) => kinds.includes(post.kind)))

/** Somebody who owes duties and is spoken for: a unit by its code, an organisation by its id. */
export interface Acted {
  /** `unit:360321101201` or `organisation:…`. */
  key: string
  is: 'unit' | 'organisation'
  id: string
  name: string
}

/** The key of whom a paper or a figure is for; a person's is `person:…`. */
export const subjectKey = (of: { unit: string | null; organisation: string | null; person: string | null }): string => {
  if (of.unit) return `unit:${of.unit}`
  return of.organisation ? `organisation:${of.organisation}` : `person:${of.person ?? ''}`
}

export const actsFor = (
  me: { postings: readonly Held[]; organisations?: readonly { id: string; name: string }[] } | null,
  day: string,
): Acted[] => {
  if (!me) return []
  const units = places(current(me.postings, day).filter((post) => ACTS_FOR[post.unit.length]?.includes(post.kind)))
  return [
    ...units.map(({ code, name }) => ({ key: `unit:${code}`, is: 'unit' as const, id: code, name })),
    // an answer kept by an earlier version has none
    ...(me.organisations ?? []).map(({ id, name }) => ({ key: `organisation:${id}`, is: 'organisation' as const, id, name })),
  ]
}

/** Puts packs into force (县管理员), closes periods, enters local days off, enters the national calendar. */
export const ADOPTS = ['CA'] as const
export const CLOSES = ['TA', 'CA'] as const
export const ENTERS_REST_DAYS = ['CA'] as const
export const ENTERS_YEARS = ['SA'] as const
