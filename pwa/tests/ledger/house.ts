/** A service with a log, written for the tests alone: leaves, a key, checkpoints and proofs as the real one gives them. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { Answer } from '@/api/answer'
import type { Ask } from '@/ledger/follow'

const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
const node = (left: Buffer, right: Buffer): Buffer => sha(Buffer.from([1]), left, right)
const half = (size: number): number => 2 ** Math.floor(Math.log2(size - 1))
const rootOf = (leaves: Buffer[]): Buffer => {
  if (leaves.length < 2) return leaves[0] ?? sha()
  const cut = half(leaves.length)
  return node(rootOf(leaves.slice(0, cut)), rootOf(leaves.slice(cut)))
}
const inclusion = (index: number, leaves: Buffer[]): Buffer[] => {
  if (leaves.length < 2) return []
  const cut = half(leaves.length)
  return index < cut
    ? [...inclusion(index, leaves.slice(0, cut)), rootOf(leaves.slice(cut))]
    : [...inclusion(index - cut, leaves.slice(cut)), rootOf(leaves.slice(0, cut))]
}
const growth = (first: number, leaves: Buffer[], whole = true): Buffer[] => {
  if (first === leaves.length) return whole ? [] : [rootOf(leaves)]
  const cut = half(leaves.length)
  return first <= cut
    ? [...growth(first, leaves.slice(0, cut), whole), rootOf(leaves.slice(cut))]
    : [...growth(first - cut, leaves.slice(cut), false), rootOf(leaves.slice(0, cut))]
}
const hex = (nodes: Buffer[]): string[] => nodes.map((one) => one.toString('hex'))

export const LOG = '360321'
export const OFFLINE: Answer<unknown> = { kind: 'offline' }
export const refused = (status: number): Answer<unknown> => ({
  kind: 'problem',
  status,
  problem: { status, code: 'x', title: '', detail: '', errors: [] },
  retryAfter: null,
})

export class House {
  leaves: Buffer[] = []
  /** How many of them the newest checkpoint covers. */
  size = 0
  asked: string[] = []
  readonly #key: KeyObject
  readonly key: string
  readonly #name = `zhucun.0123456789abcdef/${LOG}`
  readonly #id: Buffer

  constructor() {
    const pair = generateKeyPairSync('ed25519')
    this.#key = pair.privateKey
    const raw = Buffer.concat([Buffer.from([1]), pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)])
    this.#id = sha(Buffer.from(`${this.#name}\n`), raw).subarray(0, 4)
    this.key = `${this.#name}+${this.#id.toString('hex')}+${raw.toString('base64')}`
  }

  /** More leaves, and a checkpoint over all. */
  grow(...words: string[]): this {
    this.leaves.push(...words.map((word) => sha(Buffer.from([0]), Buffer.from(word))))
    this.size = this.leaves.length
    return this
  }

  leaf(seq: number): string {
    return this.leaves[seq]?.toString('hex') ?? ''
  }

  note(): string {
    const root = rootOf(this.leaves.slice(0, this.size)).toString('base64')
    const text = `${this.#name}\n${this.size}\n${root}\nmade 2026-11-22T04:00:00Z\n`
    const signed = Buffer.concat([this.#id, sign(null, Buffer.from(text), this.#key)]).toString('base64')
    return `${text}\n— ${this.#name} ${signed}\n`
  }

  ask: Ask = (url) => {
    this.asked.push(url)
    const { pathname, searchParams } = new URL(url, 'https://x.invalid')
    const number = (name: string): number => Number(searchParams.get(name))
    const covered = this.leaves.slice(0, this.size)
    const ok = (body: unknown): Promise<Answer<unknown>> => Promise.resolve({ kind: 'ok', status: 200, body })
    if (!pathname.includes(`/${LOG}/`)) return Promise.resolve(refused(404))
    if (pathname.endsWith('/checkpoint'))
      return this.size ? ok({ key: this.key, note: this.note() }) : Promise.resolve(refused(409))
    if (pathname.endsWith('/consistency'))
      return ok({ path: hex(growth(number('from'), covered.slice(0, number('to')))) })
    const seq = number('seq')
    return ok({ leaf: this.leaf(seq), path: hex(inclusion(seq, covered)), note: this.note() })
  }
}
