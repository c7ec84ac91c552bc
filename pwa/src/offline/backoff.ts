/** How long to wait before the next pass, in milliseconds. Pure. */

const FIRST_MS = 5_000
export const LONGEST_MS = 3_600_000

/** After the nth failure in a row; a service that names its own time is heard, up to an hour. `dice` in [0, 1). */
export const pause = (failures: number, after: number | null, dice: number): number => {
  const own = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(Math.max(0, failures - 1), 20))
  const named = after === null ? 0 : Math.min(after * 1000, LONGEST_MS)
  // phones that lost the network together must not all come back in the same second
  return Math.min(LONGEST_MS, Math.max(named, own * (0.75 + dice / 2)))
}
