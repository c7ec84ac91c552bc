/** What a person's posts let them see in this app. Pure; what the service allows is the service's business. */

/** Posts that go to villages and keep records there. */
const FIELD = new Set(['FS', 'TL', 'TM', 'TR', 'UR', 'HC', 'VC', 'CL', 'AT', 'AG', 'LL', 'CS', 'CH', 'CD'])
/** Posts that read other people's records (app/postings/scope.py, Sight.PEOPLE). */
export const OVERSEES = new Set(['TL', 'VC', 'CL', 'CH', 'CD', 'TA', 'CA', 'RV', 'AU'])
/** Who examines single leaves of the log by their record (app/postings/scope.py, Sight.EXAMINE). */
export const EXAMINES = new Set(['AU', 'CA', 'SA'])
const ADMINISTERS = new Set(['TA', 'CA'])

export interface Post {
  kind: string
  unit: string
  from: string
  to: string | null
}

export interface Roles {
  /** Checks in, writes diaries, has households. */
  field: boolean
  /** Sees the table of a unit's people. */
  oversees: boolean
  administers: boolean
}

/** The posts held on a civil day. */
export const current = <P extends Post>(posts: readonly P[], day: string): P[] =>
  posts.filter((post) => post.from <= day && (post.to === null || day <= post.to))

export const rolesOf = (posts: readonly Post[], day: string): Roles => {
  const kinds = current(posts, day).map((post) => post.kind)
  return {
    field: kinds.some((kind) => FIELD.has(kind)),
    oversees: kinds.some((kind) => OVERSEES.has(kind)),
    administers: kinds.some((kind) => ADMINISTERS.has(kind)),
  }
}
