/** The vectors that the product and the auditor's program are tried on, too (tests/ledger/vectors.py). */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export interface Inclusion {
  leaf: string
  index: number
  size: number
  path: string[]
  root: string
}
export interface Consistency {
  from: number
  to: number
  path: string[]
  old: string
  new: string
}
interface Tree<T> {
  good: T
  broken: T[]
}
interface Vectors {
  published: {
    leaves: string[]
    heads: string[]
    inclusion: { index: number; size: number; path: string[] }[]
    consistency: { from: number; to: number; path: string[] }[]
  }
  inclusion: Tree<Inclusion>[]
  consistency: Tree<Consistency>[]
  notes: {
    key: string
    other: string
    good: string
    size: number
    root: string
    wrongly_signed: string[]
    no_notes: string[]
  }
}
export const vectors = JSON.parse(readFileSync(resolve('../tests/ledger/vectors.json'), 'utf8')) as Vectors
