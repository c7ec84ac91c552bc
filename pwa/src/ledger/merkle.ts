/**
 * Proofs over the tree of RFC 6962, checked on the phone: SHA-256 of WebCrypto, hashes in hex. No proof is believed that
 * the service only says is right.
 */

const HASH = /^[0-9a-f]{64}$/

const bytes = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const hexOf = (data: ArrayBuffer): string =>
  Array.from(new Uint8Array(data), (byte) => byte.toString(16).padStart(2, '0')).join('')

const sha256 = async (data: Uint8Array<ArrayBuffer>): Promise<string> => hexOf(await crypto.subtle.digest('SHA-256', data))

/** SHA-256(0x00 ‖ data). */
export const hashLeaf = (hex: string): Promise<string> => sha256(bytes(`00${hex}`))

/** SHA-256(0x01 ‖ left ‖ right). */
export const hashNode = (left: string, right: string): Promise<string> => sha256(bytes(`01${left}${right}`))

const half = (number: number): number => Math.floor(number / 2)
const odd = (number: number): boolean => number % 2 === 1
const whole = (...numbers: number[]): boolean => numbers.every((number) => Number.isSafeInteger(number) && number >= 0)

/** Whether `path` proves `leaf` at `index` in the tree of this size and root (2.1.1). */
export const includes = async (
  leaf: string,
  index: number,
  size: number,
  path: readonly string[],
  root: string,
): Promise<boolean> => {
  if (!whole(index, size) || index >= size || ![leaf, root, ...path].every((node) => HASH.test(node))) return false
  let [node, place, last] = [leaf, index, size - 1]
  for (const sibling of path) {
    if (last === 0) return false
    if (odd(place) || place === last) {
      node = await hashNode(sibling, node)
      while (!odd(place) && place > 0) [place, last] = [half(place), half(last)]
    } else node = await hashNode(node, sibling)
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && node === root
}

/** Whether `path` proves that the tree of `first` leaves is how that of `second` begins (2.1.2). */
export const isConsistent = async (
  first: number,
  second: number,
  path: readonly string[],
  oldRoot: string,
  newRoot: string,
): Promise<boolean> => {
  if (!whole(first, second) || first === 0 || first > second) return false
  if (![oldRoot, newRoot, ...path].every((node) => HASH.test(node))) return false
  if (first === second) return path.length === 0 && oldRoot === newRoot
  let [place, last] = [first - 1, second - 1]
  while (odd(place)) [place, last] = [half(place), half(last)]
  // a tree of 1, 2, 4, 8 … leaves is a subtree of the later one: its root need not be told
  const [seed, ...rest] = place === 0 ? [oldRoot, ...path] : path
  if (seed === undefined) return false
  let [was, is] = [seed, seed]
  for (const node of rest) {
    if (last === 0) return false
    if (odd(place) || place === last) {
      ;[was, is] = [await hashNode(node, was), await hashNode(node, is)]
      while (!odd(place) && place > 0) [place, last] = [half(place), half(last)]
    } else is = await hashNode(is, node)
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && was === oldRoot && is === newRoot
}
