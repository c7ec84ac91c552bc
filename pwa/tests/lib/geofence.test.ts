import { describe, expect, it } from 'vitest'
import { locate, type Place } from '@/lib/geofence'
import vectors from './geofence.json'

interface Vector {
  fix: number[] | null
  accuracy_m: number | null
  fences: { id: string; lat: number; lon: number; radius_m: number; ring: number[][] | null }[]
  place: Place
  distance_m: number | null
}
const point = ([lat = NaN, lon = NaN]: number[]): { lat: number; lon: number } => ({ lat, lon })

describe('the fence of a village, as the service judges it (tests/org/test_geofence_vectors.py)', () => {
  it.each((vectors as Vector[]).map((vector, index) => [index, vector] as const))('vector %i', (_index, vector) => {
    const fences = vector.fences.map((fence) => ({
      id: fence.id,
      centre: { lat: fence.lat, lon: fence.lon },
      radius_m: fence.radius_m,
      ring: fence.ring?.map(point) ?? null,
    }))
    const located = locate(vector.fix && point(vector.fix), vector.accuracy_m, fences)
    expect([located.place, located.distance_m]).toEqual([vector.place, vector.distance_m])
  })
})
