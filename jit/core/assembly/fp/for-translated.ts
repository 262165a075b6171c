/**
 * What translated code asks for where the host's instruction alone does not prove Arm's result and flags: the exact
 * operation on raw bits, which also updates FPSR.
 *
 * A value is passed in the low end of a u64, its format as in format.ts. The caller has checked the FP trap.
 */
import { execFpSimd } from './exec'
import {
  compare32,
  compare64,
  fcvt32to64,
  fcvt64to32,
  scvtf32,
  scvtf64,
  ucvtf32,
  ucvtf64,
} from './fast-convert'
import { DOUBLE, roundingOf, SINGLE } from './format'
import { fpBinary, fpMulAdd, fpRoundInt, fpSqrt, fpToInteger } from './fp-ops'
import { softConvert, softFromFixed } from './soft-convert'

/** One instruction of the groups fp, simd or crypto, on registers in memory. */
export function executeVector(cpu: u32, row: u32, w: u32): void {
  execFpSimd(cpu, row, w)
}

/** a `op` b, by the OP_ numbers of fp-ops.ts. */
export function floatBinary(cpu: u32, op: u32, a: u64, b: u64, fmt: u32): u64 {
  return fpBinary(cpu, op, a, b, fmt)
}

/** c + a * b, rounded once. */
export function floatMulAdd(cpu: u32, c: u64, a: u64, b: u64, fmt: u32): u64 {
  return fpMulAdd(cpu, c, a, b, fmt)
}

export function floatSqrt(cpu: u32, a: u64, fmt: u32): u64 {
  return fpSqrt(cpu, a, fmt)
}

/** FCVT between the formats. */
export function floatConvert(cpu: u32, a: u64, from: u32, to: u32): u64 {
  if (from == SINGLE && to == DOUBLE) return fcvt32to64(cpu, a as u32)
  if (from == DOUBLE && to == SINGLE) return fcvt64to32(cpu, a)
  return softConvert(cpu, a, from, to, roundingOf(cpu))
}

/** FRINT. */
export function floatRound(cpu: u32, a: u64, fmt: u32, mode: u32, exact: u32): u64 {
  return fpRoundInt(cpu, a, fmt, mode, exact != 0)
}

/** To an integer of `bits` bits, saturating; the upper bits of the result are zero. */
export function floatToInteger(
  cpu: u32,
  a: u64,
  fmt: u32,
  bits: u32,
  fbits: u32,
  isUnsigned: u32,
  mode: u32,
): u64 {
  return fpToInteger(cpu, a, fmt, bits, fbits, isUnsigned != 0, mode)
}

/** A 64-bit integer or fixed-point number to floating point. */
export function integerToFloat(cpu: u32, a: u64, fbits: u32, isUnsigned: u32, fmt: u32): u64 {
  if (fbits == 0) {
    if (fmt == DOUBLE) return isUnsigned ? ucvtf64(cpu, a) : scvtf64(cpu, a)
    if (fmt == SINGLE) return isUnsigned ? ucvtf32(cpu, a) : scvtf32(cpu, a)
  }
  return softFromFixed(cpu, a, fbits, isUnsigned != 0, fmt, roundingOf(cpu))
}

/** What a comparison does to FPSR. */
export function floatCompared(cpu: u32, a: u64, b: u64, fmt: u32, signalling: u32): void {
  if (fmt == DOUBLE) compare64(cpu, a, b, signalling != 0)
  else compare32(cpu, a as u32, b as u32, signalling != 0)
}
