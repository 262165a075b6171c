/** The last operand of integer instructions: a register, shifted or extended, or an immediate (DDI 0487 C3.4, C3.5). */

import * as a64 from '../../../jit/isa/instructions.ts'
import type { Register } from '../../../jit/isa/registers.ts'
import type { Reg } from '../mir.ts'
import type { Type, Value } from '../ssa.ts'
import { constantOf, fitsLogical, general, type Selector, signedOf } from './selector.ts'

type Shape = Register | a64.Shifted | a64.Extended

export interface Operand<T> {
  readonly uses: Reg[]
  /** What the instruction function takes, given the registers. */
  readonly make: (registers: readonly number[]) => T
}

const SHIFT: Record<string, a64.Shifted['shift']> = { shl: 'lsl', shr_u: 'lsr', shr_s: 'asr' }

/** Shifts left by up to this cost nothing as part of an addition. */
const FREE_SHIFT = 4n

/**
 * True if a shift may be part of the instruction that is selected: nobody else needs its result; or it is so small that all who do
 * may repeat it, and nobody keeps its result in a register yet.
 */
function absorbsShift(selector: Selector, value: Value): boolean {
  if (selector.absorbs(value)) return true
  if (!value.op.endsWith('.shl') || selector.isNeeded(value)) return false
  const amount = constantOf(value.args[1]!)
  return amount !== undefined && amount <= FREE_SHIFT
}

/** A register, shifted if the value is a shift by a constant that nobody else needs. */
export function shiftedOperand(
  selector: Selector,
  value: Value,
  rotates: boolean,
): Operand<Register | a64.Shifted> {
  const type = value.type!
  const name = value.op.slice(4)
  const shift = SHIFT[name] ?? (rotates && name === 'rotr' ? 'ror' : undefined)
  const by = shift && absorbsShift(selector, value) ? constantOf(value.args[1]!) : undefined
  if (shift && by !== undefined) {
    const amount = Number(by % (type === 'i64' ? 64n : 32n))
    const uses = [selector.use(value.args[0]!)]
    return { uses, make: ([n]) => a64.shifted(general(type, n!), shift, amount) }
  }
  return { uses: [selector.use(value)], make: ([n]) => general(type, n!) }
}

/** True if `shiftedOperand` or `extendedOperand` would absorb the value, so that it is better placed last. */
export function isShiftable(selector: Selector, value: Value): boolean {
  if (/^i64\.extend_i32_/.test(value.op)) return selector.absorbs(value)
  if (!/\.(shl|shr_u|shr_s)$/.test(value.op) || constantOf(value.args[1]!) === undefined)
    return false
  return absorbsShift(selector, value)
}

/** An extension of a word, perhaps shifted left by up to 4. */
function extendedOperand(selector: Selector, value: Value): Operand<Shape> | undefined {
  if (value.type !== 'i64' || !selector.absorbs(value)) return undefined
  let inner = value
  let amount = 0n
  if (value.op === 'i64.shl') {
    amount = constantOf(value.args[1]!) ?? 64n
    inner = value.args[0]!
    if (amount > 4n || !selector.absorbs(inner)) return undefined
  }
  const match = /^i64\.extend_i32_([su])$/.exec(inner.op)
  if (!match) return undefined
  const extend = match[1] === 's' ? 'sxtw' : 'uxtw'
  const uses = [selector.use(inner.args[0]!)]
  return { uses, make: ([n]) => a64.extended(general('i32', n!), extend, Number(amount)) }
}

/** Operand of add, sub and comparisons; `negated` if the constant is encoded with the opposite sign. */
export function arithmeticOperand(
  selector: Selector,
  value: Value,
): Operand<Shape | number> & { readonly negated: boolean } {
  if (value.op === 'const') {
    const number = signedOf(value)
    const size = Number(number < 0n ? -number : number)
    if (a64.fitsArithmetic(size)) return { uses: [], make: () => size, negated: number < 0n }
  }
  const operand = extendedOperand(selector, value) ?? shiftedOperand(selector, value, false)
  return { ...operand, negated: false }
}

/** Operand of and, or, xor. */
export function logicalOperand(
  selector: Selector,
  value: Value,
): Operand<Register | a64.Shifted | bigint> {
  const bits = constantOf(value)
  if (bits !== undefined && fitsLogical(value.type!, bits)) return { uses: [], make: () => bits }
  return shiftedOperand(selector, value, true)
}

/** The width in bits of an integer type. */
export const widthOf = (type: Type): 32 | 64 => (type === 'i64' ? 64 : 32)
