/** The reading 口径 of the document that a standing used, in words as far as there are any. Pure. */

/** Settings that have words, and those of their values that are words rather than numbers. */
export const SETTINGS = {
  leave: ['recorded', 'deduct_workdays'],
  stay_day: ['one_check_in', 'two_check_ins'],
  stay_day_hours: [],
  max_counted_per_day: [],
  repeat_minutes: [],
  ratio_numerator: ['all_days', 'workdays'],
  late_sync_hours: [],
  grace_days: [],
  first_assessed_period: ['whole', 'prorate'],
  half_period_percent: [],
  at_risk_percent: [],
  at_risk_last_days: [],
  half_day_hours: [],
  whole_day_hours: [],
  households_per: ['visit', 'month'],
  visits_per_date: [],
  visits_in: ['total', 'each_village'],
  hc_visits_per: ['person', 'household'],
  two_months: ['fixed', 'rolling'],
  roll_due: ['true', 'false'],
  deadline: ['inclusive', 'exclusive'],
  first_week: ['first_seven_days', 'until_sunday'],
  tenth_of_month: ['included', 'excluded'],
  after_return: ['first_time', 'new_time'],
  helper_within_days: [],
} as const satisfies Record<string, readonly string[]>

export type SettingName = keyof typeof SETTINGS
export type SettingWord = (typeof SETTINGS)[SettingName][number]
export type SettingValue = string | number | boolean | null

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

/** One setting with its value. */
export const readingOf = (name: string, value: SettingValue): Reading => {
  const known = isKnown(name) ? name : null
  const words: readonly SettingWord[] = known ? SETTINGS[known] : []
  return { name, known, word: words.find((word) => word === String(value)) ?? null, value: value === null ? null : String(value) }
}

/** Settings in the service's order. One that only matters beside another choice is left out. */
export const readings = (settings: Record<string, SettingValue>): Reading[] =>
  Object.entries(settings)
    .filter(([name]) => name !== 'stay_day_hours' || settings['stay_day'] === 'two_check_ins')
    .map(([name, value]) => readingOf(name, value))

/** What somebody typed for a setting of this kind; undefined where it cannot be one. */
export const typedSetting = (kind: string, typed: string, nullable: boolean): SettingValue | undefined => {
  const text = typed.trim()
  if (text === '') return nullable ? null : undefined
  if (kind === 'flag') return text === 'true' ? true : text === 'false' ? false : undefined
  if (kind === 'choice') return text
  const number = Number(text)
  if (!Number.isFinite(number) || number < 0) return undefined
  return kind === 'whole' && !Number.isInteger(number) ? undefined : number
}
