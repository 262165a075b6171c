/**
 * Fused multiply-add of doubles without such an instruction: by error-free transformations, which are right wherever nothing
 * overflows, underflows or is too close to call (Dekker 1971; Boldo and Melquiond 2008).
 *
 * x * y = p + q exactly (Dekker), s = p + z with its error e (Dekker), and the result is s + (e + q). Rounding e + q first does
 * harm only if that gave a point halfway between two doubles near s: then e is not zero, so |p| is at most about 2 |s|, and such a
 * point lies at most six quarters of a unit in the last place from s. So unless the sum of the errors has three significant bits
 * or fewer, and is not zero, the result is the rounded one.
 */
import type { Code } from './code.ts'
import type { Frame } from './frame.ts'
import { SIMD } from './simd-opcodes.ts'
import { F64, V128 } from './wasm.ts'

/** 2^27 + 1: splits a significand in two (Veltkamp). */
const SPLITTER = 0x41a0_0000_0200_0000n
/** Upper half of the bits, shifted left once, of the least product whose error cannot underflow: 2^-960. */
export const LEAST_PRODUCT = (1023 - 960) << 21
/** Fraction bits of the sum of errors of which one must be set. */
export const ERROR_BITS = 0x0003_ffff_ffff_ffffn

/** Locals of a fused multiply-add: scalar, or of two lanes. */
export interface Fused {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly product: number
  /** The sum of the errors, rounded. */
  readonly error: number
}

type Arithmetic = 'add' | 'sub' | 'mul'

/** The locals; x, y and z are to be set before `fused`. */
export function fusedLocals(frame: Frame, vector: boolean): Fused {
  const local = (name: string) =>
    frame.named(`fused${vector ? 'V' : 'D'}${name}`, vector ? V128 : F64)
  return {
    x: local('X'),
    y: local('Y'),
    z: local('Z'),
    product: local('P'),
    error: local('E'),
  }
}

/** Pushes x * y + z, rounded once if `error` and `product` say that it is. */
export function fused(code: Code, frame: Frame, vector: boolean, locals: Fused): void {
  const { x, y, z, product: p, error } = locals
  const local = (name: string) =>
    frame.named(`fused${vector ? 'V' : 'D'}${name}`, vector ? V128 : F64)
  const op = (name: Arithmetic) => {
    if (vector) code.simd(SIMD[`f64x2_${name}`])
    else code.op(`f64_${name}`)
  }
  const [xh, xl, yh, yl] = [local('Xh'), local('Xl'), local('Yh'), local('Yl')]
  const split = (value: number, high: number, low: number) => {
    code.get(value).i64(SPLITTER).op('f64_reinterpret_i64')
    if (vector) code.simd(SIMD.f64x2_splat)
    op('mul')
    code.tee(low).get(low).get(value)
    op('sub')
    op('sub')
    code.set(high).get(value).get(high)
    op('sub')
    code.set(low)
  }
  split(x, xh, xl)
  split(y, yh, yl)
  code.get(x).get(y)
  op('mul')
  code.set(p)
  // q = xl * yl - (((p - xh * yh) - xl * yh) - xh * yl)
  const q = local('Q')
  code.get(xl).get(yl)
  op('mul')
  code.get(p)
  for (const [a, b] of [
    [xh, yh],
    [xl, yh],
    [xh, yl],
  ] as const) {
    code.get(a).get(b)
    op('mul')
    op('sub')
  }
  op('sub')
  code.set(q)
  // s = p + z; its error by whichever is larger. Both are made: the choice is predicted, or masked, off the critical path.
  const s = local('S')
  code.get(p).get(z)
  op('add')
  code.set(s)
  for (const [larger, smaller] of [
    [p, z],
    [z, p],
  ] as const) {
    code.get(smaller).get(s).get(larger)
    op('sub')
    op('sub')
  }
  for (const value of [p, z]) {
    code.get(value)
    if (vector) code.simd(SIMD.f64x2_abs)
    else code.op('f64_abs')
  }
  if (vector) code.simd(SIMD.f64x2_ge).simd(SIMD.v128_bitselect)
  else code.op('f64_ge', 'select')
  code.get(q)
  op('add')
  code.tee(error).get(s)
  op('add')
}
