/** The units that somebody may look into, and the way down from one of them. Codes say what lies in what. Pure. */

import { current, OVERSEES, type Post } from '@/session/roles'

/** Digits of province, city, county, township, village. */
const DIGITS = [2, 4, 6, 9, 12]

export interface OwnUnit {
  code: string
  name: string
}

/** Units over whose people a person stands today, each once, none that lies in another of them. */
export const ownUnits = (posts: readonly (Post & { unit_name: string })[], today: string): OwnUnit[] => {
  const found = new Map(
    current(posts, today)
      .filter((post) => OVERSEES.has(post.kind))
      .map((post) => [post.unit, post.unit_name]),
  )
  return [...found]
    .filter(([code]) => ![...found.keys()].some((other) => other !== code && code.startsWith(other)))
    .map(([code, name]) => ({ code, name }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** Codes from the own unit down to the chosen one; empty where it lies in none of them. */
export const wayDown = (own: readonly OwnUnit[], chosen: string): string[] => {
  const root = own.find((one) => chosen.startsWith(one.code))
  if (!root || !DIGITS.includes(chosen.length)) return []
  return DIGITS.filter((digits) => digits >= root.code.length && digits <= chosen.length).map((digits) =>
    chosen.slice(0, digits),
  )
}

export const hasUnitsBelow = (code: string): boolean => code.length < 12
/** A county or more: its people are too many for one look, its townships come first. */
export const isLarge = (code: string): boolean => code.length <= 6
