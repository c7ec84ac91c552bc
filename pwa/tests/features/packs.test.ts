import { describe, expect, it } from 'vitest'
import { again, blank, bodyOf, effectOf, ended, faultsOf, partsOf, valueOn, type Adoption, type Pack } from '@/features/packs/packs'
import { readingOf, typedSetting } from '@/ui/policy/reading'

const value = (from: string, number: number | null) => ({ from, value: number, of: null, at_most: null, unit: 'days', clause: '二', parameter: null })
const rule = (id: string, over: object = {}) => ({ id, title: `title ${id}`, advisory: false, info: false, values: [value('2018-01-01', 50)], ...over })
const pack = {
  id: 'p2',
  version: '1.0.0',
  title: '计划',
  rules: [rule('R01'), rule('R02'), rule('R09', { info: true })],
  parameters: [
    { name: 'units', says: '单位数', default: null, villages: false },
    { name: 'exits', says: '退出村', default: null, villages: true },
  ],
  settings: [
    { name: 'grace_days', question: 'M14', kind: 'whole', choices: [], value: 0, nullable: false },
    { name: 'roll_due', question: 'M21', kind: 'flag', choices: [], value: true, nullable: false },
  ],
} as unknown as Pack
const adoption = {
  id: 'a',
  unit: '360321',
  unit_name: '莲花县',
  pack: 'p2',
  version: '1.0.0',
  basis: '通知,12号',
  document: '通知',
  number: '12号',
  issuing_body: '',
  issuing_level: 'county',
  valid_from: null,
  valid_until: null,
  from: '2026-01-01',
  to: null,
  adopted_by: '县管理员',
  settings: [
    { name: 'grace_days', value: 2, default: 0, set_by: 'adoption' },
    { name: 'roll_due', value: true, default: true, set_by: 'default' },
  ],
  parameters: [
    { name: 'units', says: '', value: 12, blank: false },
    { name: 'exits', says: '', value: null, blank: true },
  ],
  rules: [
    { id: 'R01', title: 'title R01', per: 'month', assessed: true },
    { id: 'R02', title: 'title R02', per: 'month', assessed: false },
    { id: 'R09', title: 'title R09', per: 'week', assessed: false },
  ],
} as unknown as Adoption

describe('an adoption', () => {
  it('is amended from all that it says, rules that the pack itself only shows left to the pack', () => {
    const form = again(adoption, pack)
    expect(form).toMatchObject({ document: '通知', from: '2026-01-01', parameters: { units: '12' }, settings: { grace_days: '2' }, advisory: ['R02'] })
    expect(faultsOf(form, pack)).toEqual([])
    expect(bodyOf(form, pack)).toMatchObject({ parameters: { units: 12 }, settings: { grace_days: 2 }, advisory: ['R02'], valid_from: null, to: null })
  })
  it('is ended by saying the same again with a last day', () => {
    expect(ended(adoption, pack, '2026-12-31')).toMatchObject({
      version: '1.0.0',
      basis: '通知,12号',
      to: '2026-12-31',
      settings: { grace_days: 2 },
      parameters: { units: 12 },
      advisory: ['R02'],
    })
  })
  it('needs a basis, days in order, and numbers that are numbers', () => {
    const form = { ...blank(pack, '360321'), from: '2026-02-01', to: '2026-01-01', parameters: { units: '0', exits: '3603211012' }, settings: { grace_days: '1.5' } }
    expect(faultsOf(form, pack)).toEqual(['basis', 'dates', 'parameter:units', 'parameter:exits', 'setting:grace_days'])
    expect(faultsOf(blank(null, ''), null)).toEqual(['pack', 'unit', 'basis'])
  })
  it('takes villages by commas and lines', () => {
    const form = { ...blank(pack, '360321'), number: '1', parameters: { exits: '360321101201,360321101202\n360321101203' } }
    expect(bodyOf(form, pack).parameters).toEqual({ exits: ['360321101201', '360321101202', '360321101203'] })
  })
  it('says before it is made what stops and what stays blank', () => {
    const effect = effectOf({ ...again(adoption, pack), advisory: ['R01'] }, pack, adoption)
    expect(effect.assessed.map((one) => one.id)).toEqual(['R02'])
    expect(effect.stops).toEqual(['title R01'])
    expect(effect.blanks).toEqual(['退出村'])
  })
})

it('the threshold is the one of the day, before all of them the first', () => {
  const two = { ...pack.rules[0], values: [value('2018-01-01', 50), value('2020-01-01', 60)] } as Pack['rules'][number]
  expect([valueOn(two, '2017-01-01')?.value, valueOn(two, '2019-12-31')?.value, valueOn(two, '2020-01-01')?.value]).toEqual([50, 50, 60])
})

it('a changelog is told in headings, items and words without marks', () => {
  expect(partsOf('# p0\n\n## 1.1.0\n\n- Kind: **new** rules;\n  R01 unchanged.\n- `R03`\n')).toEqual([
    { is: 'heading', text: '1.1.0' },
    { is: 'item', text: 'Kind: new rules; R01 unchanged.' },
    { is: 'item', text: 'R03' },
  ])
})

it('settings are typed as their kind; a flag has words', () => {
  expect([typedSetting('whole', '3', false), typedSetting('whole', '-1', false), typedSetting('number', '3.5', false)]).toEqual([3, undefined, 3.5])
  expect([typedSetting('flag', 'false', false), typedSetting('whole', '', true), typedSetting('whole', '', false)]).toEqual([false, null, undefined])
  expect(readingOf('roll_due', true).word).toBe('true')
  expect(readingOf('later_setting', 'x')).toMatchObject({ known: null, word: null, value: 'x' })
})
