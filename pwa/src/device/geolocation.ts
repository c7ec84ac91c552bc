/** Where the phone is: a closed union, so that no page can mistake "not yet" for a place. */

export interface Fixed {
  state: 'fixed'
  lat: number
  lon: number
  accuracy_m: number
  altitude_m: number | null
  speed_mps: number | null
  /** When the phone says it was there. */
  at: string
}
export type Fix = { state: 'waiting' } | Fixed | { state: 'denied' } | { state: 'unavailable' } | { state: 'timed-out' }

/** How long a phone in a valley may search before we say so; it goes on searching all the same. */
const PATIENCE_MS = 15_000
/** A better fix is not thrown away for a worse one that comes within this time. */
const HOLD_MS = 30_000

/** Which of two fixes to show: the newer, unless the older is recent and was much better. Pure. */
export const better = (before: Fix, now: Fixed): Fixed => {
  if (before.state !== 'fixed') return now
  const age = Date.parse(now.at) - Date.parse(before.at)
  return age < HOLD_MS && before.accuracy_m * 2 < now.accuracy_m ? before : now
}

/** Follow the position until the returned function is called. */
export const watchFix = (tell: (fix: Fix) => void): (() => void) => {
  let shown: Fix = { state: 'waiting' }
  const show = (fix: Fix): void => {
    shown = fix
    tell(fix)
  }
  show(shown)
  if (!('geolocation' in navigator) || !window.isSecureContext) {
    show({ state: 'unavailable' })
    return () => undefined
  }
  const late = setTimeout(() => {
    if (shown.state === 'waiting') show({ state: 'timed-out' })
  }, PATIENCE_MS)
  const watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      show(
        better(shown, {
          state: 'fixed',
          lat: coords.latitude,
          lon: coords.longitude,
          accuracy_m: coords.accuracy,
          altitude_m: coords.altitude,
          speed_mps: coords.speed !== null && coords.speed >= 0 ? coords.speed : null,
          at: new Date(timestamp).toISOString(),
        }),
      )
    },
    (error) => {
      // once fixed, a lost satellite does not unsay where we were
      if (error.code === error.PERMISSION_DENIED) show({ state: 'denied' })
      else if (shown.state !== 'fixed') show({ state: error.code === error.TIMEOUT ? 'timed-out' : 'unavailable' })
    },
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: 60_000 },
  )
  return () => {
    clearTimeout(late)
    navigator.geolocation.clearWatch(watch)
  }
}
