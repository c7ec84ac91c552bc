/**
 * Words beside the pages that say them: `text.zh-CN.json` and `text.en.json` in the page's folder. The Chinese file is
 * the measure: a key that it lacks does not compile, and tests/i18n.test.ts fails on what the other lacks or nobody uses.
 */

import { computed, type ComputedRef } from 'vue'
import { preferences, type Locale } from '@/lib/preferences'
import type { ApiProblem } from '@/lib/problem'

export type Values = Record<string, string | number>
export type Translate<K extends string> = (key: K, values?: Values) => string

/** The chosen language; use it for dates, too. */
export const locale: ComputedRef<Locale> = computed(() => preferences.locale)

/** `{name}` in a sentence takes `values.name`. */
export const filled = (sentence: string, values: Values = {}): string =>
  sentence.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole))

/** The words of a page: `const t = texts(zh, en)`, then `t('button')` in script and template. */
export const texts =
  <Z extends Record<string, string>>(zh: Z, en: Record<keyof Z & string, string>): Translate<keyof Z & string> =>
  (key, values) =>
    filled((preferences.locale === 'en' ? en : zh)[key], values)

/** What a refusal says to its reader: the service writes the way to mend it in Chinese, and a title in English. */
export const problemText = (problem: ApiProblem): string => {
  const says = preferences.locale === 'en' ? problem.title : problem.detail
  const why = problem.errors.map((error) => `${error.where}: ${error.why}`).join('; ')
  return why && preferences.locale === 'en' ? `${says} (${why})` : says
}
