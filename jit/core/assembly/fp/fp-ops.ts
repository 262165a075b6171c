/**
 * Floating-point operations on one element of any format, chosen by number: what scalar
 * instructions, vector lanes, pairs and reductions share.
 */
import {
  fadd32,
  fadd64,
  fdiv32,
  fdiv64,
  fmadd32,
  fmadd64,
  fmul32,
  fmul64,
  fsqrt32,
  fsqrt64,
  fsub32,
  fsub64,
} from './fast-arith'
import {
  compare32,
  compare64,
  fminmax32,
  fminmax64,
  frint32,
  frint64,
  ftoi32,
  ftoi64,
} from './fast-convert'
import { DOUBLE, SINGLE, signBit, valueMask } from './format'
import {
  softAdd,
  softDiv,
  softMul,
  softMulAdd,
  softMulX,
  softRecipStep,
  softRsqrtStep,
  softSqrt,
  softSub,
} from './soft-arith'
import { EQUAL, GREATER, LESS, softCompare, softMinMax, softMinMaxNumber } from './soft-compare'
import { softRoundInt, softToFixed } from './soft-convert'

export const OP_ADD: u32 = 0
export const OP_SUB: u32 = 1
export const OP_MUL: u32 = 2
export const OP_DIV: u32 = 3
export const OP_MAX: u32 = 4
export const OP_MIN: u32 = 5
export const OP_MAXNM: u32 = 6
export const OP_MINNM: u32 = 7
export const OP_NMUL: u32 = 8
export const OP_MULX: u32 = 9
export const OP_ABD: u32 = 10
export const OP_RECPS: u32 = 11
export const OP_RSQRTS: u32 = 12
export const OP_CMEQ: u32 = 13
export const OP_CMGE: u32 = 14
export const OP_CMGT: u32 = 15
export const OP_ACGE: u32 = 16
export const OP_ACGT: u32 = 17
export const OP_CMLE: u32 = 18
export const OP_CMLT: u32 = 19

/** a `op` b. Comparisons give all ones or zero. */
export function fpBinary(cpu: usize, op: u32, a: u64, b: u64, fmt: u32): u64 {
  switch (op) {
    case OP_ADD:
      return fpAdd(cpu, a, b, fmt)
    case OP_SUB:
      return fpSub(cpu, a, b, fmt)
    case OP_MUL:
      return fpMul(cpu, a, b, fmt)
    case OP_DIV:
      return fpDiv(cpu, a, b, fmt)
    case OP_MAX:
      return fpMinMax(cpu, a, b, fmt, true, false)
    case OP_MIN:
      return fpMinMax(cpu, a, b, fmt, false, false)
    case OP_MAXNM:
      return fpMinMax(cpu, a, b, fmt, true, true)
    case OP_MINNM:
      return fpMinMax(cpu, a, b, fmt, false, true)
    case OP_NMUL:
      return fpMul(cpu, a, b, fmt) ^ signBit(fmt)
    case OP_MULX:
      return softMulX(cpu, a, b, fmt)
    case OP_ABD:
      return fpSub(cpu, a, b, fmt) & ~signBit(fmt)
    case OP_RECPS:
      return softRecipStep(cpu, a, b, fmt)
    case OP_RSQRTS:
      return softRsqrtStep(cpu, a, b, fmt)
  }
  return fpCompare(cpu, op, a, b, fmt) ? valueMask(fmt) : 0
}

/** The comparisons among the OP_ numbers. Only equality lets quiet NaNs pass silently. */
function fpCompare(cpu: usize, op: u32, a: u64, b: u64, fmt: u32): bool {
  if (op == OP_ACGE || op == OP_ACGT) {
    a = fpAbs(a, fmt)
    b = fpAbs(b, fmt)
  }
  const signalling = op != OP_CMEQ
  let outcome: u32
  if (fmt == DOUBLE) outcome = compare64(cpu, a, b, signalling)
  else if (fmt == SINGLE) outcome = compare32(cpu, a as u32, b as u32, signalling)
  else outcome = softCompare(cpu, a, b, fmt, signalling)
  switch (op) {
    case OP_CMEQ:
      return outcome == EQUAL
    case OP_CMGT:
    case OP_ACGT:
      return outcome == GREATER
    case OP_CMLT:
      return outcome == LESS
    case OP_CMLE:
      return outcome == LESS || outcome == EQUAL
  }
  return outcome == GREATER || outcome == EQUAL
}

function fpMinMax(cpu: usize, a: u64, b: u64, fmt: u32, max: bool, number: bool): u64 {
  if (fmt == DOUBLE) return fminmax64(cpu, a, b, max, number)
  if (fmt == SINGLE) return fminmax32(cpu, a as u32, b as u32, max, number)
  return number ? softMinMaxNumber(cpu, a, b, fmt, max) : softMinMax(cpu, a, b, fmt, max)
}

/** FABS: clears the sign, of NaNs too. */
export function fpAbs(a: u64, fmt: u32): u64 {
  return a & ~signBit(fmt)
}

/** FNEG: changes the sign, of NaNs too. */
export function fpNeg(a: u64, fmt: u32): u64 {
  return a ^ signBit(fmt)
}

export function fpAdd(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  if (fmt == DOUBLE) return fadd64(cpu, a, b)
  if (fmt == SINGLE) return fadd32(cpu, a as u32, b as u32)
  return softAdd(cpu, a, b, fmt)
}

export function fpSub(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  if (fmt == DOUBLE) return fsub64(cpu, a, b)
  if (fmt == SINGLE) return fsub32(cpu, a as u32, b as u32)
  return softSub(cpu, a, b, fmt)
}

export function fpMul(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  if (fmt == DOUBLE) return fmul64(cpu, a, b)
  if (fmt == SINGLE) return fmul32(cpu, a as u32, b as u32)
  return softMul(cpu, a, b, fmt)
}

export function fpDiv(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  if (fmt == DOUBLE) return fdiv64(cpu, a, b)
  if (fmt == SINGLE) return fdiv32(cpu, a as u32, b as u32)
  return softDiv(cpu, a, b, fmt)
}

export function fpSqrt(cpu: usize, a: u64, fmt: u32): u64 {
  if (fmt == DOUBLE) return fsqrt64(cpu, a)
  if (fmt == SINGLE) return fsqrt32(cpu, a as u32)
  return softSqrt(cpu, a, fmt)
}

/** c + a * b, rounded once. */
export function fpMulAdd(cpu: usize, c: u64, a: u64, b: u64, fmt: u32): u64 {
  if (fmt == DOUBLE) return fmadd64(cpu, c, a, b)
  if (fmt == SINGLE) return fmadd32(cpu, c as u32, a as u32, b as u32)
  return softMulAdd(cpu, c, a, b, fmt)
}

/** FRINT. */
export function fpRoundInt(cpu: usize, a: u64, fmt: u32, mode: u32, exact: bool): u64 {
  if (fmt == DOUBLE) return frint64(cpu, a, mode, exact)
  if (fmt == SINGLE) return frint32(cpu, a as u32, mode, exact)
  return softRoundInt(cpu, a, fmt, mode, exact)
}

/** To an integer of `bits` bits, saturating; the upper bits of the result are zero. */
export function fpToInteger(
  cpu: usize,
  a: u64,
  fmt: u32,
  bits: u32,
  fbits: u32,
  isUnsigned: bool,
  mode: u32,
): u64 {
  if (fbits == 0 && bits >= 32) {
    if (fmt == DOUBLE) return ftoi64(cpu, a, bits, isUnsigned, mode)
    if (fmt == SINGLE) return ftoi32(cpu, a as u32, bits, isUnsigned, mode)
  }
  return softToFixed(cpu, a, fmt, bits, fbits, isUnsigned, mode)
}
