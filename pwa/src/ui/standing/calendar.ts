/** A month as weeks from Monday to Sunday. Days are civil days, written 2026-11-21; nothing here asks the phone's zone. */

const utc = (day: string): Date => new Date(`${day}T00:00:00Z`)
const iso = (date: Date): string => date.toISOString().slice(0, 10)

/** The months that a period touches, as 2026-11, in order. */
export const monthsOf = (from: string, to: string): string[] => {
  const months: string[] = []
  const date = utc(`${from.slice(0, 7)}-01`)
  while (iso(date).slice(0, 7) <= to.slice(0, 7) && months.length < 24) {
    months.push(iso(date).slice(0, 7))
    date.setUTCMonth(date.getUTCMonth() + 1)
  }
  return months
}

/** The weeks of a month; null where a week reaches into another month. */
export const weeksOf = (month: string): (string | null)[][] => {
  const first = utc(`${month}-01`)
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate()
  const lead = (first.getUTCDay() + 6) % 7
  const weeks: (string | null)[][] = []
  for (let cell = 0; cell < lead + days; cell += 7)
    weeks.push(
      Array.from({ length: 7 }, (_, column) => {
        const day = cell + column - lead + 1
        return day < 1 || day > days ? null : `${month}-${String(day).padStart(2, '0')}`
      }),
    )
  return weeks
}

/** What a day says: how many records counted, how many did not. */
export interface DayMark {
  counted: number
  not_counted: number
  /** On leave, a trip or training with consent. */
  away?: boolean
  /** A make-up was asked for; whether it counts, the service says. */
  made_up?: boolean
}

export interface Absence {
  from: string
  to: string
  /** Back earlier: away until the day before. */
  back_on: string | null
  state: string
}
const next = (day: string): string => {
  const date = utc(day)
  date.setUTCDate(date.getUTCDate() + 1)
  return iso(date)
}
/** Whether somebody was away with consent on a day. */
export const awayOn = (one: Absence, day: string): boolean =>
  one.state === 'approved' && one.from <= day && day <= one.to && (one.back_on === null || day < one.back_on)

/** The same marks with the days away, and those for which a make-up is asked or approved; those outside the period are left out. */
export const withRequests = (
  marks: ReadonlyMap<string, DayMark>,
  { leaves, makeUps, from, to }: { leaves: readonly Absence[]; makeUps: readonly { day: string; state: string }[]; from: string; to: string },
): Map<string, DayMark> => {
  const all = new Map(marks)
  const set = (day: string, more: Partial<DayMark>): void => {
    if (day >= from && day <= to) all.set(day, { counted: 0, not_counted: 0, ...all.get(day), ...more })
  }
  for (const one of leaves) {
    for (let day = one.from < from ? from : one.from; day <= one.to && day <= to; day = next(day)) if (awayOn(one, day)) set(day, { away: true })
  }
  for (const one of makeUps) if (!['refused', 'withdrawn'].includes(one.state)) set(one.day, { made_up: true })
  return all
}

/** Marks by day, from the evidence of a standing; a record without a day (a household) marks none. */
export const marksOf = (
  counted: readonly { day: string; records: readonly string[] }[],
  notCounted: readonly { day: string | null }[],
): Map<string, DayMark> => {
  const marks = new Map<string, DayMark>()
  const at = (day: string): DayMark => {
    const mark = marks.get(day) ?? { counted: 0, not_counted: 0 }
    marks.set(day, mark)
    return mark
  }
  for (const one of counted) at(one.day).counted += one.records.length
  for (const one of notCounted) if (one.day !== null) at(one.day).not_counted += 1
  return marks
}
