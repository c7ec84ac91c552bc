/** Two bodies under one id, field by field: what stands, and what was kept beside it. Pure. */

export type Kind = 'check_in' | 'diary' | 'household_portrait' | 'household_position' | 'activity' | 'submission'

/** How a value is read and said. */
type As = 'kind' | 'village' | 'household' | 'households' | 'time' | 'day' | 'fix' | 'reason' | 'text' | 'photos' | 'count' | 'how'

const FIELDS = {
  check_in: {
    kind: 'kind',
    village: 'village',
    household: 'household',
    captured_at: 'time',
    fix: 'fix',
    no_fix_reason: 'reason',
    note: 'text',
    photos: 'photos',
  },
  diary: {
    work_date: 'day',
    text: 'text',
    households: 'households',
    check_ins: 'count',
    photos: 'photos',
    written_at: 'time',
  },
  household_portrait: {
    household: 'household',
    photos: 'photos',
    consent_by: 'text',
    consent_on: 'day',
    consent_how: 'how',
    taken_at: 'time',
  },
  household_position: { household: 'household', fix: 'fix', set_at: 'time' },
  activity: {
    held_at: 'time',
    village: 'village',
    place_text: 'text',
    attendees: 'count',
    guests: 'text',
    minutes: 'text',
    organisations: 'count',
    photos: 'photos',
    written_at: 'time',
  },
  submission: { title: 'text', for_period: 'text', text: 'text', files: 'count', written_at: 'time' },
} as const satisfies Record<Kind, Record<string, As>>

export type Field = { [K in Kind]: keyof (typeof FIELDS)[K] }[Kind]

/** A body by its fields; one that is not there is not known (which is not the same as empty). */
export type Told = Partial<Record<Field, unknown>>

export interface Row {
  field: Field
  as: As
  stands: unknown
  kept: unknown
  /** `unknown`: what stands does not show it. */
  fate: 'same' | 'differs' | 'unknown'
}

export const isKind = (kind: string): kind is Kind => kind in FIELDS

/** Every field of the kind, those that differ first. */
export const compare = (kind: Kind, stands: Told, kept: Told): Row[] => {
  const rows = (Object.entries(FIELDS[kind]) as [Field, As][]).map(([field, as]): Row => {
    const known = field in stands
    const same = known && sameValue(as, stands[field], kept[field])
    return { field, as, stands: stands[field], kept: kept[field], fate: !known ? 'unknown' : same ? 'same' : 'differs' }
  })
  const order = { differs: 0, unknown: 1, same: 2 }
  return rows.sort((a, b) => order[a.fate] - order[b.fate])
}

const empty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

const sameValue = (as: As, a: unknown, b: unknown): boolean => {
  if (empty(a) || empty(b)) return empty(a) && empty(b)
  if (as === 'time') return Date.parse(String(a)) === Date.parse(String(b))
  if (as === 'fix') return sameFix(a as Partial<Fix>, b as Partial<Fix>)
  if (Array.isArray(a) && Array.isArray(b)) return [...(a as string[])].sort().join() === [...(b as string[])].sort().join()
  return a === b
}

/** What is said of a position; the service shows no coordinates of a check-in. */
export interface Fix {
  lat: number
  lon: number
  accuracy_m: number | null
}

const sameFix = (a: Partial<Fix>, b: Partial<Fix>): boolean => {
  const accuracy = (fix: Partial<Fix>): number | null => (typeof fix.accuracy_m === 'number' ? Math.round(fix.accuracy_m * 1000) : null)
  const e7 = (degrees: number): number => Math.round(degrees * 1e7)
  if (accuracy(a) !== accuracy(b)) return false
  if (a.lat === undefined || a.lon === undefined || b.lat === undefined || b.lon === undefined) return true
  return e7(a.lat) === e7(b.lat) && e7(a.lon) === e7(b.lon)
}

type Body = Record<string, unknown>
const object = (value: unknown): Body => (typeof value === 'object' && value !== null ? (value as Body) : {})

/** A body as a phone sent it. */
export const fromBody = (kind: Kind, body: Body): Told => {
  if (kind === 'activity') {
    const place = object(body['place'])
    return { ...body, village: place['village'], place_text: place['text'], guests: typeof body['guests'] === 'number' ? `${body['guests']}` : '' }
  }
  if (kind !== 'household_portrait') return body
  const consent = object(body['consent'])
  return {
    household: body['household'],
    photos: [body['photo']],
    consent_by: consent['by'],
    consent_on: consent['on'],
    consent_how: consent['how'],
    taken_at: body['taken_at'],
  }
}

/** A record as the service shows it. */
export const fromService = (kind: Kind, shown: object): Told => {
  const { accuracy_m, ...rest } = shown as Body
  if (kind === 'activity') {
    const ids = (of: unknown): unknown[] => (Array.isArray(of) ? of.map((one) => object(one)['id']) : [])
    return fromBody(kind, { ...rest, attendees: ids(rest['attendees']), organisations: ids(rest['organisations']) })
  }
  if (kind !== 'check_in') return fromBody(kind, shown as Body)
  return { ...rest, fix: accuracy_m === null || accuracy_m === undefined ? null : { accuracy_m } }
}

/** What the phone sent fills in what the service does not show: under one id both say the same. */
export const together = (service: Told | null, phone: Told | null): Told | null => {
  if (!service || !phone) return service ?? phone
  return { ...phone, ...service, ...('fix' in phone ? { fix: phone.fix } : {}) }
}

/** Two texts with what they share at both ends set apart, so that the difference can be marked. */
export const apart = (a: string, b: string): { before: string; a: string; b: string; after: string } => {
  // by whole characters: half of a rare one is none
  const [left, right] = [Array.from(a), Array.from(b)]
  const most = Math.min(left.length, right.length)
  let start = 0
  while (start < most && left[start] === right[start]) start++
  let end = 0
  while (end < most - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end++
  return {
    before: left.slice(0, start).join(''),
    a: left.slice(start, left.length - end).join(''),
    b: right.slice(start, right.length - end).join(''),
    after: left.slice(left.length - end).join(''),
  }
}
