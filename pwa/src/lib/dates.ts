/** Civil days and times of the field: always Asia/Shanghai, whatever the phone is set to. */

const ZONE = 'Asia/Shanghai'
const DAY = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' })

/** The civil day of a moment, as 2026-11-21. */
export const civilDay = (at: Date): string => DAY.format(at)

/** A moment as RFC 3339 with the offset of the field (China has had one zone and no summer time since 1991). */
export const localStamp = (at: Date): string => {
  const shifted = new Date(at.getTime() + 8 * 3_600_000)
  return `${shifted.toISOString().slice(0, 19)}+08:00`
}

/** 09:12 */
export const clockTime = (iso: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { timeZone: ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    new Date(iso),
  )

/** 11月21日 周六 / Sat, 21 Nov; `day` is a civil day. */
export const dayName = (day: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { timeZone: ZONE, month: 'short', day: 'numeric', weekday: 'short' }).format(
    new Date(`${day}T12:00:00+08:00`),
  )

/** 11月21日 09:12 */
export const stamp = (iso: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, {
    timeZone: ZONE,
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(iso))
