/**
 * Single- and double-precision conversions, rounding and comparisons by the host's instructions,
 * where that gives Arm's result and flags. See fast-arith.ts for the rule.
 */
import { CPU_CF, CPU_NF, CPU_VF, CPU_ZF } from '../layout'
import { hostRounds, isFinite32, isFinite64, isNumber32, isNumber64, isSafe32 } from './fast-arith'
import {
  DOUBLE,
  FPCR_FZ,
  fpcrOf,
  IXC,
  MINUS_INF,
  PLUS_INF,
  raise,
  roundingOf,
  SINGLE,
  TIES_EVEN,
  TO_ZERO,
} from './format'
import { EQUAL, GREATER, LESS, softCompare, softMinMax, softMinMaxNumber } from './soft-compare'
import { softConvert, softFromFixed, softRoundInt, softToFixed } from './soft-convert'

/** Whether denormal operands count as they are. */
export function keepsDenormals(cpu: usize): bool {
  return (fpcrOf(cpu) & FPCR_FZ) == 0
}

/**
 * Sets NZCV to the outcome of a comparison: 0110, 1000, 0010, 0011 for equal, less, greater,
 * unordered.
 */
export function setFlags(cpu: usize, outcome: u32): void {
  store<u64>(cpu, u64(outcome == LESS) << 63, CPU_NF)
  store<u64>(cpu, u64(outcome != EQUAL), CPU_ZF)
  store<u32>(cpu, u32(outcome != LESS), CPU_CF)
  store<u32>(cpu, u32(outcome > GREATER), CPU_VF)
}

/**
 * Compares doubles: EQUAL, LESS, GREATER or UNORDERED. `signalling`: a quiet NaN raises IOC, too.
 */
export function compare64(cpu: usize, a: u64, b: u64, signalling: bool): u32 {
  if (keepsDenormals(cpu) && isNumber64(a) && isNumber64(b)) {
    const x = reinterpret<f64>(a)
    const y = reinterpret<f64>(b)
    return x < y ? LESS : x > y ? GREATER : EQUAL
  }
  return softCompare(cpu, a, b, DOUBLE, signalling)
}

/** Compares singles. */
export function compare32(cpu: usize, a: u32, b: u32, signalling: bool): u32 {
  if (keepsDenormals(cpu) && isNumber32(a) && isNumber32(b)) {
    const x = reinterpret<f32>(a)
    const y = reinterpret<f32>(b)
    return x < y ? LESS : x > y ? GREATER : EQUAL
  }
  return softCompare(cpu, a, b, SINGLE, signalling)
}

/** FCMP, or FCMPE if `signalling`, of doubles: sets NZCV. */
export function fcmp64(cpu: usize, a: u64, b: u64, signalling: bool): void {
  setFlags(cpu, compare64(cpu, a, b, signalling))
}

/** FCMP, or FCMPE if `signalling`, of singles: sets NZCV. */
export function fcmp32(cpu: usize, a: u32, b: u32, signalling: bool): void {
  setFlags(cpu, compare32(cpu, a, b, signalling))
}

/** FMAX or FMIN of doubles; if `number`, FMAXNM or FMINNM, which only differ for NaNs. */
export function fminmax64(cpu: usize, a: u64, b: u64, isMax: bool, number: bool): u64 {
  if (keepsDenormals(cpu) && isNumber64(a) && isNumber64(b)) {
    const x = reinterpret<f64>(a)
    const y = reinterpret<f64>(b)
    return reinterpret<u64>(isMax ? max<f64>(x, y) : min<f64>(x, y))
  }
  return number ? softMinMaxNumber(cpu, a, b, DOUBLE, isMax) : softMinMax(cpu, a, b, DOUBLE, isMax)
}

/** FMAX or FMIN of singles; if `number`, FMAXNM or FMINNM. */
export function fminmax32(cpu: usize, a: u32, b: u32, isMax: bool, number: bool): u32 {
  if (keepsDenormals(cpu) && isNumber32(a) && isNumber32(b)) {
    const x = reinterpret<f32>(a)
    const y = reinterpret<f32>(b)
    return reinterpret<u32>(isMax ? max<f32>(x, y) : min<f32>(x, y))
  }
  const r = number
    ? softMinMaxNumber(cpu, a, b, SINGLE, isMax)
    : softMinMax(cpu, a, b, SINGLE, isMax)
  return r as u32
}

/** FCVT of a single to a double: exact but for NaNs and flushed denormals. */
export function fcvt32to64(cpu: usize, a: u32): u64 {
  const x = reinterpret<f32>(a)
  if (isNumber32(a) && keepsDenormals(cpu)) return reinterpret<u64>(x as f64)
  return softConvert(cpu, a, SINGLE, DOUBLE, TIES_EVEN)
}

/** FCVT of a double to a single. */
export function fcvt64to32(cpu: usize, a: u64): u32 {
  if (hostRounds(cpu)) {
    const x = reinterpret<f64>(a)
    const r = x as f32
    if (isSafe32(r)) {
      if ((r as f64) != x) raise(cpu, IXC)
      return reinterpret<u32>(r)
    }
    if (x == 0) return reinterpret<u32>(r)
  }
  return softConvert(cpu, a, DOUBLE, SINGLE, roundingOf(cpu)) as u32
}

/** SCVTF of a 64-bit integer to a double. */
export function scvtf64(cpu: usize, a: u64): u64 {
  const x = a as i64
  // Up to 53 bits the host's conversion is exact in every rounding mode.
  if (((x + (1 << 53)) as u64) <= 1 << 54) return reinterpret<u64>(x as f64)
  return softFromFixed(cpu, a, 0, false, DOUBLE, roundingOf(cpu))
}

/** UCVTF of a 64-bit integer to a double. */
export function ucvtf64(cpu: usize, a: u64): u64 {
  if (a >> 53 == 0) return reinterpret<u64>(a as f64)
  return softFromFixed(cpu, a, 0, true, DOUBLE, roundingOf(cpu))
}

/** SCVTF of a 64-bit integer to a single. */
export function scvtf32(cpu: usize, a: u64): u32 {
  const x = a as i64
  if (((x + (1 << 24)) as u64) <= 1 << 25) return reinterpret<u32>(x as f32)
  return softFromFixed(cpu, a, 0, false, SINGLE, roundingOf(cpu)) as u32
}

/** UCVTF of a 64-bit integer to a single. */
export function ucvtf32(cpu: usize, a: u64): u32 {
  if (a >> 24 == 0) return reinterpret<u32>(a as f32)
  return softFromFixed(cpu, a, 0, true, SINGLE, roundingOf(cpu)) as u32
}

/** Rounds a finite number to an integral one by a mode the host has. */
function round64(x: f64, mode: u32): f64 {
  if (mode == TO_ZERO) return trunc<f64>(x)
  if (mode == MINUS_INF) return floor<f64>(x)
  if (mode == PLUS_INF) return ceil<f64>(x)
  return nearest<f64>(x)
}

/**
 * FCVT<mode>S or FCVT<mode>U of a double to `bits` (32 or 64) bits; the upper bits of the result
 * are zero.
 */
export function ftoi64(cpu: usize, a: u64, bits: u32, isUnsigned: bool, mode: u32): u64 {
  const x = reinterpret<f64>(a)
  const limit: f64 = bits == 32 ? 2147483648 : 2147483648.0 * 4294967296.0
  if (mode <= TO_ZERO && keepsDenormals(cpu) && abs<f64>(x) < limit) {
    const r = round64(x, mode)
    if (r < limit && !(isUnsigned && r < 0)) {
      if (r != x) raise(cpu, IXC)
      const i = r as i64
      return bits == 32 ? (i as u32 as u64) : (i as u64)
    }
  }
  return softToFixed(cpu, a, DOUBLE, bits, 0, isUnsigned, mode)
}

/** FCVT<mode>S or FCVT<mode>U of a single to `bits` (32 or 64) bits. */
export function ftoi32(cpu: usize, a: u32, bits: u32, isUnsigned: bool, mode: u32): u64 {
  const x = reinterpret<f32>(a)
  if (isNumber32(a) && keepsDenormals(cpu)) {
    return ftoi64(cpu, reinterpret<u64>(x as f64), bits, isUnsigned, mode)
  }
  return softToFixed(cpu, a, SINGLE, bits, 0, isUnsigned, mode)
}

/** FRINT<mode> of a double; `exact` (FRINTX) raises IXC. */
export function frint64(cpu: usize, a: u64, mode: u32, exact: bool): u64 {
  const x = reinterpret<f64>(a)
  if (mode <= TO_ZERO && isFinite64(x) && keepsDenormals(cpu)) {
    const r = round64(x, mode)
    if (exact && r != x) raise(cpu, IXC)
    return reinterpret<u64>(r)
  }
  return softRoundInt(cpu, a, DOUBLE, mode, exact)
}

/** FRINT<mode> of a single; `exact` (FRINTX) raises IXC. */
export function frint32(cpu: usize, a: u32, mode: u32, exact: bool): u32 {
  const x = reinterpret<f32>(a)
  if (mode <= TO_ZERO && isFinite32(x) && keepsDenormals(cpu)) {
    const r = round64(x as f64, mode)
    if (exact && r != (x as f64)) raise(cpu, IXC)
    return reinterpret<u32>(r as f32)
  }
  return softRoundInt(cpu, a, SINGLE, mode, exact) as u32
}
