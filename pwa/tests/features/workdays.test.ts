import { expect, it } from 'vitest'
import { asTyped, byMonth, typedDays, type Day } from '@/features/workdays/workdays'

const day = (date: string, name = '元旦', off = true) => ({ date, name, off }) as Day

it('a notice is typed by days and runs of days, and reads back as it was typed', () => {
  const text = '2027-01-01..2027-01-03 元旦 休\n2027-02-20 春节调休 班'
  const told = typedDays(`${text}\n\n`, 2027)
  expect(told.faults).toEqual([])
  expect(told.days.map((one) => [one.date, one.off])).toEqual([
    ['2027-01-01', true],
    ['2027-01-02', true],
    ['2027-01-03', true],
    ['2027-02-20', false],
  ])
  expect(asTyped(told.days)).toBe(text)
})
it('names the line of every mistake', () => {
  const wrong = ['2027-13-01 元旦 休', '2027-02-30 春节 休', '2026-12-31 元旦 休', '2027-01-03..2027-01-01 元旦 休', '2027-01-04 元旦 班', '2027-05-01 劳动节 休', '2027-05-01 劳动节 休', '春节']
  expect(typedDays(wrong.join('\n'), 2027).faults).toEqual([
    { line: 1, why: 'form' },
    { line: 2, why: 'form' },
    { line: 3, why: 'year' },
    { line: 4, why: 'order' },
    { line: 5, why: 'workday' },
    { line: 7, why: 'twice' },
    { line: 8, why: 'form' },
  ])
})
it('days stand by month, in order', () => {
  expect(byMonth([day('2027-10-01'), day('2027-01-02'), day('2027-01-01')]).map((one) => [one.month, one.days.length])).toEqual([
    ['2027-01', 2],
    ['2027-10', 1],
  ])
})
