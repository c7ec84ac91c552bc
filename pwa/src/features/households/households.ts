/** Households as the phone finds and sorts them: by name, by distance, by whose they are. Pure. */

import { distance, type Point } from '@/lib/geofence'
import type { HouseholdRow } from '@/session/households'
import { current, type Post } from '@/session/roles'

export const pointOf = (row: Pick<HouseholdRow, 'position'>): Point | null =>
  row.position.lat === null || row.position.lon === null ? null : { lat: row.position.lat, lon: row.position.lon }

/** Those whose head, number or address has every one of the words; all of them for no words. */
export const found = <R extends Pick<HouseholdRow, 'head' | 'number' | 'address'>>(rows: readonly R[], words: string): R[] => {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const told = `${row.head}\n${row.number}\n${row.address}`.toLowerCase()
    return wanted.every((word) => told.includes(word))
  })
}

/** First come, each once: what the service said just now goes before what was kept. */
export const united = <R extends { id: string }>(...lists: readonly (readonly R[])[]): R[] => [
  ...new Map([...lists].reverse().flatMap((list) => list.map((row) => [row.id, row] as const))).values(),
]

export interface Away<R> {
  row: R
  metres: number
}

/** Within `radius` metres, the nearest first; and how many have no position at all. */
export const around = <R extends Pick<HouseholdRow, 'position'>>(
  rows: readonly R[],
  from: Point,
  radius: number,
): { near: Away<R>[]; unplaced: number } => {
  const near: Away<R>[] = []
  let unplaced = 0
  for (const row of rows) {
    const point = pointOf(row)
    if (!point) unplaced += 1
    else {
      const metres = distance(from, point)
      if (metres <= radius) near.push({ row, metres })
    }
  }
  return { near: near.sort((a, b) => a.metres - b.metres), unplaced }
}

export interface Group<R> {
  /** Null: those paired with me. */
  village: { code: string; name: string } | null
  rows: R[]
}

/** Those paired with me, then the others by village, each in the order of the register. */
export const grouped = <R extends Pick<HouseholdRow, 'village' | 'village_name' | 'helpers'>>(
  rows: readonly R[],
  me: string,
): Group<R>[] => {
  const own: R[] = []
  const villages = new Map<string, Group<R>>()
  for (const row of rows) {
    if (row.helpers.some((helper) => helper.person.id === me)) own.push(row)
    else {
      const group = villages.get(row.village) ?? { village: { code: row.village, name: row.village_name }, rows: [] }
      villages.set(row.village, group)
      group.rows.push(row)
    }
  }
  return [...(own.length ? [{ village: null, rows: own }] : []), ...villages.values()]
}

const NAMES = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const
export type Direction = (typeof NAMES)[number]

/** Which way to walk. */
export const direction = (from: Point, to: Point): Direction => {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const across = radians(to.lon - from.lon)
  const y = Math.sin(across) * Math.cos(radians(to.lat))
  const x =
    Math.cos(radians(from.lat)) * Math.sin(radians(to.lat)) -
    Math.sin(radians(from.lat)) * Math.cos(radians(to.lat)) * Math.cos(across)
  const eighth = Math.round(Math.atan2(y, x) / (Math.PI / 4))
  return NAMES[(eighth + 8) % 8] ?? 'n'
}

/** Posts that keep portraits, positions and plans, and that open numbers (app/postings/scope.py: TEND, UNMASK). */
const TENDS = new Set(['FS', 'TL', 'TM', 'TR', 'UR', 'TA', 'CA'])
const OPENS = new Set(['FS', 'TL', 'VC', 'TA', 'CA'])

/** What to offer; what is allowed is the service's business. A helper may do all of it for their own households. */
export const mayDo = (
  posts: readonly Post[],
  day: string,
  village: string,
  paired: boolean,
): { tend: boolean; unmask: boolean } => {
  const kinds = current(posts, day)
    .filter((post) => village.startsWith(post.unit))
    .map((post) => post.kind)
  return {
    tend: paired || kinds.some((kind) => TENDS.has(kind)),
    unmask: paired || kinds.some((kind) => OPENS.has(kind)),
  }
}
