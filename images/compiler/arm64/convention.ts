/**
 * Which register is what.
 *
 * As in AAPCS64, arguments and results are in X0 to X7 and V0 to V7, X19 to X28 and the low halves of V8 to V15 survive
 * calls. Different from it: several results are possible, what does not fit registers takes 16 bytes of stack each, and
 * two registers are kept throughout: X28 holds the address of linear memory, X27 that of the context. X16 to X18, V30
 * and V31 are for moves and the inside of sequences.
 */

import type { Reg } from '../mir.ts'
import { isFloat } from '../mir.ts'
import type { Type } from '../ssa.ts'

export const CONTEXT = 27
export const MEMORY = 28

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Registers that the allocator hands out, in order of preference, by bank. */
export const ALLOCATABLE: readonly [readonly Reg[], readonly Reg[]] = [
  [...range(8, 15), ...range(0, 7).reverse(), ...range(19, 26)],
  [...range(48, 61), ...range(32, 39).reverse(), ...range(40, 47)],
]

/** Those a function must leave as it found them. */
export const SAVED: ReadonlySet<Reg> = new Set([...range(19, 26), ...range(40, 47)])

/** Those a call may destroy. */
export const CLOBBERED: readonly Reg[] = [...range(0, 15), ...range(32, 39), ...range(48, 61)]

/** Where a value is handed over: a register, or a place in the stack area of 16-byte cells. */
export type Place = { readonly register: Reg } | { readonly cell: number }

/** Places of arguments or results of these types. */
export function placesOf(types: readonly Type[]): Place[] {
  let general = 0
  let float = 0
  let cell = 0
  return types.map((type) => {
    if (isFloat(type)) return float < 8 ? { register: 32 + float++ } : { cell: cell++ }
    return general < 8 ? { register: general++ } : { cell: cell++ }
  })
}

/** Bytes of the stack area. */
export function areaOf(places: readonly Place[]): number {
  return places.filter((place) => 'cell' in place).length * 16
}
