/** Short forms to write the tables of this folder with. */
import type { Value } from './types.ts'

/** Values in x0, x1, ... from pairs of name and text. */
export function values(...pairs: readonly (readonly [string, string])[]): Value[] {
  return pairs.map(([name, text], i) => ({ register: `x${i}`, name, text }))
}

/** The result of a call that only succeeds or fails. */
export const OK = values(['rc', '0'])

/** The four data words of a message, from register `first` on. */
export function data(first: number, text: string): Value[] {
  return [0, 1, 2, 3].map((i) => ({ register: `x${first + i}`, name: `d${i}`, text }))
}
