/** Documents in force, and what an administrator decides about them: adopt, amend, end. Pure. */

import type { BodyOf, OkBody } from '@/api/client'
import { typedSetting, type SettingValue } from '@/ui/policy/reading'

export type Adoption = OkBody<'/api/v1/adoptions', 'get'>['items'][number]
export type Pack = OkBody<'/api/v1/packs', 'get'>['items'][number]
export type PackRule = Pack['rules'][number]
export type AdoptionBody = BodyOf<'/api/v1/adoptions/{adoption_id}', 'put'>

export const LEVELS = ['', 'national', 'province', 'city', 'county', 'township'] as const
export type Level = (typeof LEVELS)[number]

/** What is being filled in; every field as it is typed. */
export interface Form {
  pack: string
  version: string
  unit: string
  document: string
  number: string
  issuing_body: string
  issuing_level: Level
  valid_from: string
  valid_until: string
  from: string
  to: string
  /** By name; empty is blank still. A list of villages is typed as codes. */
  parameters: Record<string, string>
  /** By name; only what is answered otherwise than the pack does. */
  settings: Record<string, string>
  advisory: string[]
}

export const packOf = (packs: readonly Pack[], id: string, version: string): Pack | null =>
  packs.find((one) => one.id === id && one.version === version) ?? null

export const blank = (pack: Pack | null, unit: string): Form => ({
  pack: pack?.id ?? '',
  version: pack?.version ?? '',
  unit,
  document: '',
  number: '',
  issuing_body: '',
  issuing_level: '',
  valid_from: '',
  valid_until: '',
  from: '',
  to: '',
  parameters: {},
  settings: {},
  advisory: [],
})

const typed = (value: number | string[] | null): string => (Array.isArray(value) ? value.join('\n') : value === null ? '' : String(value))

/** An adoption anew: all that it says now, so that what is changed stands out. */
export const again = (adoption: Adoption, pack: Pack | null): Form => ({
  pack: adoption.pack,
  version: pack?.version ?? adoption.version,
  unit: adoption.unit,
  // one that was made by a single sentence has no parts
  document: adoption.document || (adoption.number ? '' : adoption.basis.slice(0, 200)),
  number: adoption.number,
  issuing_body: adoption.issuing_body,
  issuing_level: adoption.issuing_level,
  valid_from: adoption.valid_from ?? '',
  valid_until: adoption.valid_until ?? '',
  from: adoption.from ?? '',
  to: adoption.to ?? '',
  parameters: Object.fromEntries(adoption.parameters.filter((one) => !one.blank).map((one) => [one.name, typed(one.value)])),
  settings: Object.fromEntries(adoption.settings.filter((one) => one.set_by === 'adoption').map((one) => [one.name, one.value === null ? '' : String(one.value)])),
  advisory: saidAdvisory(adoption, pack),
})

/** Rules that the adoption, not the pack, took out of assessment. */
const saidAdvisory = (adoption: Adoption, pack: Pack | null): string[] => {
  const bySelf = new Set((pack?.rules ?? []).filter((rule) => rule.advisory || rule.info).map((rule) => rule.id))
  return adoption.rules.filter((rule) => !rule.assessed && !bySelf.has(rule.id)).map((rule) => rule.id)
}

export type Fault = 'pack' | 'unit' | 'basis' | 'dates' | 'validity' | `parameter:${string}` | `setting:${string}`

const codes = (text: string): string[] => text.split(/[\s,,、;;]+/).filter(Boolean)
const parameter = (told: string, villages: boolean): number | string[] | null | undefined => {
  const text = told.trim()
  if (!text) return null
  if (villages) return codes(text).every((code) => /^\d{12}$/.test(code)) ? codes(text) : undefined
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

/** What has to be mended before it can be put into force. */
export const faultsOf = (form: Form, pack: Pack | null): Fault[] => {
  const found: Fault[] = []
  if (!pack) found.push('pack')
  if (!form.unit) found.push('unit')
  if (!form.document.trim() && !form.number.trim()) found.push('basis')
  if (form.from && form.to && form.to < form.from) found.push('dates')
  if (form.valid_from && form.valid_until && form.valid_until < form.valid_from) found.push('validity')
  for (const { name, villages } of pack?.parameters ?? [])
    if (parameter(form.parameters[name] ?? '', villages) === undefined) found.push(`parameter:${name}`)
  for (const { name, kind, nullable } of pack?.settings ?? [])
    if (name in form.settings && typedSetting(kind, form.settings[name] ?? '', nullable) === undefined) found.push(`setting:${name}`)
  return found
}

/** The body of `PUT /adoptions/{id}`; only for a form without faults. */
export const bodyOf = (form: Form, pack: Pack): AdoptionBody => ({
  pack: pack.id,
  version: pack.version,
  unit: form.unit,
  basis: '',
  document: form.document.trim(),
  number: form.number.trim(),
  issuing_body: form.issuing_body.trim(),
  issuing_level: form.issuing_level,
  valid_from: form.valid_from || null,
  valid_until: form.valid_until || null,
  from: form.from || null,
  to: form.to || null,
  settings: settingsOf(form, pack),
  parameters: Object.fromEntries(
    pack.parameters.flatMap(({ name, villages }) => {
      const value = parameter(form.parameters[name] ?? '', villages)
      return value === null || value === undefined ? [] : [[name, value]]
    }),
  ),
  advisory: [...form.advisory].sort(),
})
const settingsOf = (form: Form, pack: Pack): Record<string, SettingValue> =>
  Object.fromEntries(
    pack.settings.flatMap(({ name, kind, nullable }) => {
      if (!(name in form.settings)) return []
      const value = typedSetting(kind, form.settings[name] ?? '', nullable)
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** The same adoption with its last day: nothing else may differ, or the service refuses. */
export const ended = (adoption: Adoption, pack: Pack | null, to: string): AdoptionBody => ({
  pack: adoption.pack,
  version: adoption.version,
  unit: adoption.unit,
  basis: adoption.basis,
  document: adoption.document,
  number: adoption.number,
  issuing_body: adoption.issuing_body,
  issuing_level: adoption.issuing_level,
  valid_from: adoption.valid_from,
  valid_until: adoption.valid_until,
  from: adoption.from,
  to,
  settings: Object.fromEntries(adoption.settings.filter((one) => one.set_by === 'adoption').map((one) => [one.name, one.value])),
  parameters: Object.fromEntries(adoption.parameters.filter((one) => !one.blank && one.value !== null).map((one) => [one.name, one.value])),
  advisory: saidAdvisory(adoption, pack).sort(),
})

/** Rules that would begin, or stop, to be assessed when the form takes the place of what is in force. */
export const effectOf = (form: Form, pack: Pack, before: Adoption | null): { assessed: PackRule[]; advisory: PackRule[]; stops: string[]; blanks: string[] } => {
  const shownOnly = (rule: PackRule): boolean => rule.advisory || rule.info || form.advisory.includes(rule.id)
  const assessed = pack.rules.filter((rule) => !shownOnly(rule))
  const now = new Set(assessed.map((rule) => rule.id))
  return {
    assessed,
    advisory: pack.rules.filter(shownOnly),
    stops: (before?.rules ?? []).filter((rule) => rule.assessed && !now.has(rule.id)).map((rule) => rule.title),
    blanks: pack.parameters.filter(({ name, villages }) => parameter(form.parameters[name] ?? '', villages) === null).map((one) => one.says),
  }
}

/** The threshold that holds on a day; before all of them the first, as the service takes it. */
export const valueOn = (rule: PackRule, day: string): PackRule['values'][number] | null =>
  [...rule.values].reverse().find((value) => value.from <= day) ?? rule.values[0] ?? null

export interface Part {
  is: 'heading' | 'item' | 'words'
  text: string
}
/** A changelog's headings, items and lines; its marks of emphasis go. */
export const partsOf = (markdown: string): Part[] => {
  const parts: Part[] = []
  for (const line of markdown.split('\n')) {
    const text = line.replace(/^(#+|[-*])\s+/, '').replace(/\*\*|`/g, '').trim()
    if (!text) continue
    const last = parts.at(-1)
    if (line.startsWith('# ')) continue
    if (line.startsWith('#')) parts.push({ is: 'heading', text })
    else if (/^[-*]\s/.test(line)) parts.push({ is: 'item', text })
    else if (last && last.is !== 'heading') last.text += ` ${text}`
    else parts.push({ is: 'words', text })
  }
  return parts
}
