/** The reading 口径 of the document that a standing used, in words as far as there are any. Pure. */

/** Settings that have words, and those of their values that are words rather than numbers. */
export const SETTINGS = {
  leave: ['recorded', 'deduct_workdays'],
  stay_day: ['one_check_in', 'two_check_ins'],
  stay_day_hours: [],
  max_counted_per_day: [],
  repeat_minutes: [],
  late_sync_hours: [],
  grace_days: [],
  first_assessed_period: ['whole', 'prorate'],
  half_period_percent: [],
  at_risk_percent: [],
  at_risk_last_days: [],
} as const satisfies Record<string, readonly string[]>

export type SettingName = keyof typeof SETTINGS
export type SettingWord = (typeof SETTINGS)[SettingName][number]

export interface Reading {
  name: string
  /** Set when there is a word for it; else the name is shown as it came. */
  known: SettingName | null
  /** Set when the value is one of the words. */
  word: SettingWord | null
  /** The value as it came; null is no limit. */
  value: string | null
}

const isKnown = (name: string): name is SettingName => name in SETTINGS

/** Settings in the service's order. One that only matters beside another choice is left out. */
export const readings = (settings: Record<string, string | number | boolean | null>): Reading[] =>
  Object.entries(settings)
    .filter(([name]) => name !== 'stay_day_hours' || settings['stay_day'] === 'two_check_ins')
    .map(([name, value]) => {
      const known = isKnown(name) ? name : null
      const words: readonly SettingWord[] = known ? SETTINGS[known] : []
      return { name, known, word: words.find((word) => word === value) ?? null, value: value === null ? null : String(value) }
    })
