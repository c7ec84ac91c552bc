/** Whose page was opened last from the table: coming back, the eye and the keyboard find the same line again. */
export const opened = { person: '' }

/** What the table tells a person's page beside the id: kept by the browser with the entry of its history. */
export interface Told {
  name: string
  unit: string
  unit_name: string
  kind: string
}

export const toldBy = (state: unknown): Partial<Told> => {
  const given = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>
  const told: Partial<Told> = {}
  for (const key of ['name', 'unit', 'unit_name', 'kind'] as const) {
    const value = given[key]
    if (typeof value === 'string') told[key] = value
  }
  return told
}
