import { describe, expect, it } from 'vitest'
import { amountOf, blank, entriesOf, faultsOf, figureBody, formOf, type Figure } from '@/features/figures/figures'
import type { Arrived, Draft, Outgoing } from '@/offline/db'

const form = { ...blank('2026-11-22'), name: 'persons_trained', name_shown: '培训人次', subject: 'person:p1', subject_name: '王', amount: '1,２00' }

describe('a figure being written', () => {
  it('reads numbers as people type them, and nothing else', () => {
    expect(['40', ' 1,200 ', '４０', '0'].map(amountOf)).toEqual([40, 1200, 40, 0])
    expect(['', '-1', '3.5', 'forty', '99999999999'].map(amountOf)).toEqual([null, null, null, null, null])
  })
  it('says what has to be mended', () => {
    expect(faultsOf(blank('2026-11-22'), '2026-11-22')).toEqual(['name', 'subject', 'amount'])
    expect(faultsOf({ ...form, on: '2026-11-23' }, '2026-11-22')).toEqual(['on'])
    expect(faultsOf(form, '2026-11-22')).toEqual([])
  })
  it('becomes the body that the service takes', () => {
    expect(figureBody(form, ['a', 'a'])).toEqual({ name: 'persons_trained', person: 'p1', on: '2026-11-22', amount: 1200, note: '', files: ['a'] })
  })
  it('is taken up again only if it is one of ours', () => {
    expect(formOf(JSON.parse(JSON.stringify(form)))).toEqual(form)
    expect(formOf({ kind: 'month_report' })).toBeNull()
  })
})

describe('the list', () => {
  const listed = { id: 'b', name_zh: '培训人次', subject_name: '王', on: '2026-11-01', amount: 40, measure: '人次', note: '', author: { id: 'me' }, withdrawn: null } as unknown as Figure
  const waiting = { id: 'c', kind: 'figure', label: '培训人次', body: { on: '2026-11-20', amount: 7 }, state: 'queued', problem: null } as unknown as Outgoing
  const told = { listed: [listed], outbox: [waiting], arrived: [] as Arrived[], drafts: [{ key: 'figure:d', value: form, at: '' }] as Draft[], sending: false, me: 'me' }
  it('shows what stands, what waits and what is being written, the latest day first', () => {
    expect(entriesOf(told).map(({ id, state, amount }) => [id, state, amount])).toEqual([
      ['d', 'unfinished', '1,２00'],
      ['c', 'not_sent', '7'],
      ['b', 'recorded', '40 人次'],
    ])
  })
  it('shows one that was taken back with its reason', () => {
    expect(entriesOf({ ...told, outbox: [], drafts: [], listed: [{ ...listed, withdrawn: '报错' }] })[0]).toMatchObject({ state: 'withdrawn', withdrawn: '报错' })
  })
})
