/**
 * Where a fix lies against the fences of a village: the same answers as app/org/geofence.py, whose words hold.
 * tests/lib/geofence.json has the vectors that both are tried with.
 */

/** Slack around every fence in metres. */
export const MARGIN_M = 50
/** Beyond this accuracy in metres the phone shared an approximate position only. */
export const COARSE_M = 1000

const EARTH_M = 6_371_008.8
const E7 = 1e7

export type Place = 'inside' | 'near' | 'outside' | 'unknown'

export interface Point {
  lat: number
  lon: number
}

/** A circle around a centre, or the ring of points where one is given. */
export interface Fence {
  id: string
  centre: Point
  radius_m: number
  ring: Point[] | null
}

export interface Located {
  place: Place
  /** To a circle's centre, or to a polygon's edge (0 inside); null without a fix or a fence. */
  distance_m: number | null
  /** Metres beyond the fence's line, negative inside; what a person is told. */
  beyond_m: number | null
}

const NOWHERE: Located = { place: 'unknown', distance_m: null, beyond_m: null }
const radians = (degrees: number): number => (degrees * Math.PI) / 180
const e7 = (degrees: number): number => Math.round(degrees * E7)

/** Metres between two points along the great circle (haversine). */
export const distance = (a: Point, b: Point): number => {
  const [latA, latB] = [radians(e7(a.lat) / E7), radians(e7(b.lat) / E7)]
  const up = Math.sin((latB - latA) / 2)
  const across = Math.sin(radians((e7(b.lon) - e7(a.lon)) / E7) / 2)
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(up * up + Math.cos(latA) * Math.cos(latB) * across * across)))
}

/** Where `fix` lies; of several fences the most favourable answer holds. `accuracy` in metres. */
export const locate = (fix: Point | null, accuracy: number | null, fences: readonly Fence[]): Located => {
  if (!fix) return NOWHERE
  let best: { beyond: number; fence: Fence } | null = null
  for (const fence of fences) {
    const beyond = beyondOf(fix, fence)
    if (!best || beyond < best.beyond) best = { beyond, fence }
  }
  if (!best) return NOWHERE
  const away = best.fence.ring ? Math.max(0, best.beyond) : best.beyond + best.fence.radius_m
  return { place: placeOf(best.beyond, accuracy), distance_m: Math.round(away), beyond_m: Math.round(best.beyond) }
}

const placeOf = (beyond: number, accuracy: number | null): Place => {
  if (accuracy === null || accuracy > COARSE_M) return 'unknown'
  if (beyond + accuracy <= MARGIN_M) return 'inside'
  return beyond - accuracy > MARGIN_M ? 'outside' : 'near'
}

const beyondOf = (fix: Point, fence: Fence): number => {
  if (!fence.ring) return distance(fix, fence.centre) - fence.radius_m
  const ring = fence.ring.map((point) => onPlane(fix, point))
  let edge = Infinity
  let inside = false
  for (const [index, a] of ring.entries()) {
    const b = ring[(index + 1) % ring.length] ?? a
    edge = Math.min(edge, fromOrigin(a, b))
    if (a.y > 0 !== b.y > 0 && a.x - (a.y * (b.x - a.x)) / (b.y - a.y) > 0) inside = !inside
  }
  return inside ? -edge : edge
}

interface Flat {
  x: number
  y: number
}

/** Metres east and north of `origin`; over a village's few kilometres the earth is flat. */
const onPlane = (origin: Point, point: Point): Flat => ({
  x: EARTH_M * Math.cos(radians(e7(origin.lat) / E7)) * radians((e7(point.lon) - e7(origin.lon)) / E7),
  y: EARTH_M * radians((e7(point.lat) - e7(origin.lat)) / E7),
})

const fromOrigin = (a: Flat, b: Flat): number => {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const square = dx * dx + dy * dy
  const along = square === 0 ? 0 : Math.max(0, Math.min(1, -(a.x * dx + a.y * dy) / square))
  return Math.hypot(a.x + along * dx, a.y + along * dy)
}
