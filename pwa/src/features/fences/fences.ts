/** Proposed centres of villages: where they lie, and the fence that would be written to take one over. Pure. */

import type { BodyOf, OkBody } from '@/api/client'
import { distance, type Point } from '@/lib/geofence'

export type Proposal = OkBody<'/api/v1/fence-proposals', 'get'>['items'][number]
export type FenceNow = Proposal['fences'][number]
export type FenceBody = BodyOf<'/api/v1/units/{code}/fences/{fence_id}', 'put'>

/** Why a village is listed; suspended: its check only counts, until the fence is mended or somebody gives it its voice back. */
export const kindOf = (proposal: Pick<Proposal, 'shifted' | 'suspended' | 'fences'>): 'shifted' | 'trusted' | 'still' | 'missing' | 'away' => {
  if (proposal.shifted) return proposal.suspended ? 'shifted' : 'trusted'
  if (proposal.suspended) return 'still'
  return proposal.fences.length ? 'away' : 'missing'
}

/** A fence whose centre is as near as this to the proposed one has taken it over. */
export const TAKEN_M = 20
/** What a new fence begins with; whoever knows the village changes it. */
export const RADIUS_M = 1_500
/** The service's own bounds of a radius (app/org/schemas.py). */
const FARTHEST_M = 50_000

export const DIRECTIONS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const
export type Direction = (typeof DIRECTIONS)[number]

const centreOf = (fence: FenceNow): Point => ({ lat: fence.lat, lon: fence.lon })
const rounded = (degrees: number): number => Math.round(degrees * 1e7) / 1e7

/** Metres east and north of `from`; within a village the ground is flat. */
export const metresFrom = (from: Point, to: Point): { east: number; north: number } => {
  const north = distance(from, { lat: to.lat, lon: from.lon }) * Math.sign(to.lat - from.lat)
  const east = distance({ lat: to.lat, lon: from.lon }, to) * Math.sign(to.lon - from.lon)
  return { east, north }
}

export const directionTo = (from: Point, to: Point): Direction => {
  const { east, north } = metresFrom(from, to)
  const turn = Math.round(((Math.atan2(east, north) * 180) / Math.PI + 360) / 45) % 8
  return DIRECTIONS[turn] ?? 'n'
}

/** The village's fences, the nearest to the proposed centre first: with it the proposal was measured. */
export const nearestFirst = (proposal: Proposal): FenceNow[] =>
  [...proposal.fences].sort((a, b) => distance(centreOf(a), proposal) - distance(centreOf(b), proposal))

/** Whether a fence lies there by now; the service looks at the village again within minutes. */
export const taken = (proposal: Proposal): boolean => proposal.fences.some((fence) => distance(centreOf(fence), proposal) <= TAKEN_M)

export interface Change {
  is: 'circle' | 'polygon' | 'new'
  metres: number
  direction: Direction
  body: FenceBody
}

/** The fence with its centre there: a circle keeps its radius, a polygon its form; name and days stay as they were. */
export const moved = (fence: FenceNow, to: Point): Change => {
  const north = to.lat - fence.lat
  const east = to.lon - fence.lon
  const polygon = fence.polygon?.map(([lat, lon]): [number, number] => [rounded(lat + north), rounded(lon + east)]) ?? null
  return {
    is: polygon ? 'polygon' : 'circle',
    metres: Math.round(distance(centreOf(fence), to)),
    direction: directionTo(centreOf(fence), to),
    body: {
      name: fence.name,
      lat: to.lat,
      lon: to.lon,
      radius_m: fence.radius_m,
      polygon,
      datum: 'wgs84',
      valid_from: fence.valid_from,
      valid_to: fence.valid_to,
    },
  }
}

/** A fence where there is none. */
export const fresh = (to: Point, radius: number): Change => ({
  is: 'new',
  metres: 0,
  direction: 'n',
  body: { name: '', lat: to.lat, lon: to.lon, radius_m: radius, polygon: null, datum: 'wgs84', valid_from: null, valid_to: null },
})

/** The radius as typed; null where it is no whole number that a fence may have. */
export const radiusOf = (typed: string): number | null => {
  const metres = /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : 0
  return metres >= 1 && metres <= FARTHEST_M ? metres : null
}

export interface Drawn {
  /** Half the width of the picture, in metres. */
  half: number
  fences: { id: string; x: number; y: number; r: number; ring: string | null }[]
}

/** Fences about the proposed centre, which is the middle of the picture: metres, x to the east, y to the south. */
export const drawn = (proposal: Proposal): Drawn => {
  const at = (lat: number, lon: number): { x: number; y: number } => {
    const { east, north } = metresFrom(proposal, { lat, lon })
    return { x: Math.round(east), y: Math.round(-north) }
  }
  const fences = proposal.fences.map((fence) => {
    const corners = fence.polygon?.map(([lat, lon]) => at(lat, lon)) ?? null
    return {
      id: fence.id,
      ...at(fence.lat, fence.lon),
      r: fence.radius_m,
      ring: corners && corners.map(({ x, y }) => `${x},${y}`).join(' '),
      far: Math.max(...(corners?.map(({ x, y }) => Math.hypot(x, y)) ?? [Math.hypot(at(fence.lat, fence.lon).x, at(fence.lat, fence.lon).y) + fence.radius_m])),
    }
  })
  const half = Math.round(Math.max(200, ...fences.map(({ far }) => far)) * 1.1)
  return { half, fences: fences.map(({ far: _, ...fence }) => fence) }
}
