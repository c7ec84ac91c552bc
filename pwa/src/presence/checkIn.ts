/** A check-in as it is sent, and what the phone can say of where it is. Pure. */

import type { Fix } from '@/device/geolocation'
import type { Clock } from '@/device/clock'
import { localStamp } from '@/lib/dates'
import { COARSE_M, locate, type Fence, type Located, type Place } from '@/lib/geofence'

export type CheckInKind = 'presence' | 'household' | 'departure'

/** A village as `/me` gives it. */
export interface VillageFences {
  code: string
  name: string
  fences: readonly {
    id: string
    lat: number
    lon: number
    radius_m: number
    polygon: readonly (readonly [number, number] | readonly number[])[] | null
  }[]
}

/** The shapes that the phone's fence takes. */
export const fencesOf = (village: VillageFences): Fence[] =>
  village.fences.map((fence) => ({
    id: fence.id,
    centre: { lat: fence.lat, lon: fence.lon },
    radius_m: fence.radius_m,
    ring: fence.polygon?.map(([lat = NaN, lon = NaN]) => ({ lat, lon })) ?? null,
  }))

/** What the page says of the place, and why nothing can be said. */
export type Seen =
  | { place: Exclude<Place, 'unknown'>; beyond_m: number; accuracy_m: number }
  | { place: 'unknown'; why: 'waiting' | 'denied' | 'unavailable' | 'timed-out' | 'coarse' | 'no-fence' }

export const seenFrom = (fix: Fix, village: VillageFences | null): Seen => {
  if (fix.state !== 'fixed') return { place: 'unknown', why: fix.state }
  if (!village?.fences.length) return { place: 'unknown', why: 'no-fence' }
  const { place, beyond_m } = at(fix, village)
  if (place === 'unknown' || beyond_m === null)
    return { place: 'unknown', why: fix.accuracy_m > COARSE_M ? 'coarse' : 'no-fence' }
  return { place, beyond_m, accuracy_m: fix.accuracy_m }
}

const at = (fix: Extract<Fix, { state: 'fixed' }>, village: VillageFences): Located =>
  locate({ lat: fix.lat, lon: fix.lon }, fix.accuracy_m, fencesOf(village))

/**
 * The village to propose: where the phone is; else the last one chosen; else the first of the person's posts. The
 * person can always choose another.
 */
export const proposed = <V extends VillageFences>(
  villages: readonly V[],
  fix: Fix,
  last: string | null,
  posted: readonly string[],
): V | null => {
  if (fix.state === 'fixed') {
    const here = villages
      .map((village) => ({ village, located: at(fix, village) }))
      .filter(({ located }) => located.place === 'inside' || located.place === 'near')
      .sort((a, b) => (a.located.beyond_m ?? Infinity) - (b.located.beyond_m ?? Infinity))[0]
    if (here) return here.village
  }
  return (
    villages.find((village) => village.code === last) ??
    villages.find((village) => posted.some((unit) => village.code.startsWith(unit))) ??
    villages[0] ??
    null
  )
}

export interface Told {
  kind: CheckInKind
  village: string
  household: string | null
  at: Date
  fix: Fix
  clock: Clock
  photos: string[]
  note: string
}

/** The body of `PUT /check-ins/{id}`. Without a fix it says why there is none: it is saved all the same. */
export const checkInBody = (told: Told): Record<string, unknown> => {
  const { fix } = told
  return {
    kind: told.kind,
    village: told.village,
    household: told.household,
    captured_at: localStamp(told.at),
    fix:
      fix.state === 'fixed'
        ? {
            lat: fix.lat,
            lon: fix.lon,
            accuracy_m: fix.accuracy_m,
            datum: 'wgs84',
            fixed_at: localStamp(new Date(fix.at)),
            altitude_m: fix.altitude_m,
            speed_mps: fix.speed_mps,
          }
        : null,
    no_fix_reason: fix.state === 'fixed' ? null : reason(fix.state),
    clock: told.clock,
    photos: told.photos,
    note: told.note.trim(),
  }
}

const reason = (state: Exclude<Fix['state'], 'fixed'>): 'denied' | 'timeout' | 'unavailable' => {
  switch (state) {
    case 'denied':
      return 'denied'
    case 'unavailable':
      return 'unavailable'
    // saved by somebody who would not wait longer
    case 'waiting':
    case 'timed-out':
      return 'timeout'
  }
}

/** 80 米 → m, 1.2 公里 → km: rounded as honestly as a phone's fix allows. */
export const roundedDistance = (metres: number): { unit: 'm' | 'km'; value: number } =>
  metres < 1000
    ? { unit: 'm', value: Math.max(10, Math.round(metres / 10) * 10) }
    : { unit: 'km', value: Math.round(metres / 100) / 10 }
