/** What a cadre's quota pages draw from the service's standings. No total is made here: only the service counts. Pure. */

import type { OkBody } from '@/api/client'
import { civilDay } from '@/lib/dates'
import type { Outgoing, RecordKind } from '@/offline/db'

export type Standing = OkBody<'/api/v1/people/{person_id}/quotas', 'get'>['items'][number]
export type NotCounted = Standing['not_counted'][number]

/** One rule of one pack, owed for one village where it is owed for each. */
export const sameRule = (a: RuleOf, b: RuleOf): boolean =>
  a.rule === b.rule && a.pack === b.pack && (a.village ?? null) === (b.village ?? null)
type RuleOf = Pick<Standing, 'rule' | 'pack' | 'village'>

/** The address of a rule's page; two packs may have a rule of the same number. */
export const pageOf = (standing: RuleOf): { path: string; query: Record<string, string> } => ({
  path: `/quotas/${encodeURIComponent(standing.rule)}`,
  query: { pack: standing.pack, ...(standing.village ? { village: standing.village } : {}) },
})

/** The standing that an address means; without a pack the first of that number. */
export const found = (items: readonly Standing[], rule: string, pack: string, village: string): Standing | null =>
  items.find((one) => one.rule === rule && (!pack || one.pack === pack) && (!village || one.village === village)) ?? null

/** How the evidence of a rule is drawn: by days, by homes, or as a list of papers and meetings. */
export type Evidence = 'days' | 'homes' | 'list'
const BY_DAY = new Set(['days', 'workdays', 'times', 'visits', 'diaries'])
export const evidenceOf = (unit: string): Evidence => (unit === 'households' ? 'homes' : BY_DAY.has(unit) ? 'days' : 'list')

/** Rules that days in the village bring nearer: only of these one asks what if. */
export const growsByDays = (standing: Pick<Standing, 'unit'>): boolean => ['days', 'workdays', 'times'].includes(standing.unit)

const PAGES: Readonly<Record<string, string>> = { submissions: '/submissions', activities: '/activities', diaries: '/diary' }
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Where a record can be read, if it has a page. */
export const recordPage = (unit: string, record: string): string | null => {
  const page = PAGES[unit]
  return page && ID.test(record) ? `${page}/${record}` : null
}

/** Which records may be about a rule, by what the rule counts in; of an unknown unit none is claimed. */
const ABOUT: Record<string, readonly RecordKind[]> = {
  days: ['check_in', 'withdrawal'],
  workdays: ['check_in', 'withdrawal'],
  times: ['check_in', 'withdrawal'],
  visits: ['check_in', 'withdrawal', 'activity'],
  submissions: ['submission'],
  activities: ['activity'],
  diaries: ['diary'],
  households: ['plan_item', 'household_portrait', 'household_position'],
}

/** The civil day that a record on this phone is about. */
const dayOf = (record: Pick<Outgoing, 'kind' | 'body' | 'made_at'>): string => {
  const { captured_at: captured, work_date: work, held_at: held } = record.body
  if (record.kind === 'activity' && typeof held === 'string') return civilDay(new Date(held))
  if (record.kind === 'diary' && typeof work === 'string') return work
  return civilDay(new Date(record.kind === 'check_in' && typeof captured === 'string' ? captured : record.made_at))
}

/** Records on this phone that may bear on this standing when they arrive; those that need somebody apart. */
export const waitingFor = (
  standing: Pick<Standing, 'unit' | 'period'>,
  outbox: readonly Pick<Outgoing, 'kind' | 'body' | 'made_at' | 'state'>[],
): { count: number; parked: number } => {
  const kinds = ABOUT[standing.unit] ?? []
  const about = outbox.filter((record) => {
    if (!kinds.includes(record.kind)) return false
    // what a household has or lacks belongs to no day
    if (standing.unit === 'households') return true
    // a paper is about the period that it names, whenever it was written
    if (record.kind === 'submission') return record.body['for_period'] === standing.period.key
    const day = dayOf(record)
    return day >= standing.period.from && day <= standing.period.to
  })
  return { count: about.length, parked: about.filter((record) => record.state === 'parked').length }
}

/** Those without a day first, then the newest; within a day as the service told them. */
export const newestFirst = (records: readonly NotCounted[]): NotCounted[] =>
  [...records].sort((a, b) => (b.day ?? '9999').localeCompare(a.day ?? '9999'))

export interface Home {
  id: string
  /** Of its head; null when the household is not on this phone. */
  name: string | null
  /** The day since which it is done. */
  since: string | null
  why: string | null
}

/** The homes of a rule about homes: what is lacking first. */
export const homesOf = (standing: Pick<Standing, 'counted' | 'not_counted'>, known: readonly { id: string; head: string }[]): Home[] => {
  const names = new Map(known.map((home) => [home.id, home.head]))
  return [
    ...standing.not_counted.map(({ record, why }) => ({ id: record, name: names.get(record) ?? null, since: null, why })),
    ...standing.counted.flatMap(({ day, records }) =>
      records.map((id) => ({ id, name: names.get(id) ?? null, since: day, why: null })),
    ),
  ]
}
