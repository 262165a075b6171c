/**
 * Comparisons, minima and maxima.
 *
 * Models: FPCompare, FPCompareEQ/GE/GT, FPMax, FPMin, FPMaxNum and FPMinNum of the Arm ARM's shared
 * pseudocode (DDI 0487, J1.3).
 */
import { fractionBits, IOC, packInfinity, raise, signBit } from './format'
import { arithmeticControl } from './soft-arith'
import { processNaNs, QNAN, SNAN, uClass, unpack, ZERO } from './soft-unpack'

/** Outcome of `compare`. */
export const EQUAL: u32 = 0
export const LESS: u32 = 1
export const GREATER: u32 = 2
export const UNORDERED: u32 = 3

/** Maps numbers to integers of the same order; both zeros to 0. */
function ordinal(x: u64, fmt: u32): i64 {
  const sign = signBit(fmt)
  const magnitude = (x & (sign - 1)) as i64
  return (x & sign) != 0 ? -magnitude : magnitude
}

/**
 * Compares two values.
 * @param signalling whether a quiet NaN raises IOC, too
 */
export function softCompare(cpu: usize, a: u64, b: u64, fmt: u32, signalling: bool): u32 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, a, fmt, fpcr)
  const aClass = uClass
  unpack(cpu, b, fmt, fpcr)
  if (aClass >= QNAN || uClass >= QNAN) {
    if (signalling || aClass == SNAN || uClass == SNAN) raise(cpu, IOC)
    return UNORDERED
  }
  const x = aClass == ZERO ? 0 : ordinal(a, fmt)
  const y = uClass == ZERO ? 0 : ordinal(b, fmt)
  return x < y ? LESS : x > y ? GREATER : EQUAL
}

/** FPMax or FPMin: any NaN wins, and zeros are ordered by their sign. */
export function softMinMax(cpu: usize, a: u64, b: u64, fmt: u32, max: bool): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, a, fmt, fpcr)
  const aClass = uClass
  unpack(cpu, b, fmt, fpcr)
  if (aClass >= QNAN || uClass >= QNAN) return processNaNs(cpu, a, aClass, b, uClass, fmt)
  // A flushed denormal counts as the zero of its sign.
  if (aClass == ZERO) a &= signBit(fmt)
  if (uClass == ZERO) b &= signBit(fmt)
  const x = ordinal(a, fmt)
  const y = ordinal(b, fmt)
  if (x == 0 && y == 0) return max ? a & b : a | b
  return x > y == max ? a : b
}

function isQuietNaN(x: u64, fmt: u32): bool {
  return (
    (x & (signBit(fmt) - 1)) >> (fractionBits(fmt) - 1) ==
    (packInfinity(0, fmt) >> (fractionBits(fmt) - 1)) + 1
  )
}

/** FPMaxNum or FPMinNum: a number wins over a quiet NaN. */
export function softMinMaxNumber(cpu: usize, a: u64, b: u64, fmt: u32, max: bool): u64 {
  const aQuiet = isQuietNaN(a, fmt)
  const bQuiet = isQuietNaN(b, fmt)
  if (aQuiet && !bQuiet) a = packInfinity(u32(max), fmt)
  else if (bQuiet && !aQuiet) b = packInfinity(u32(max), fmt)
  return softMinMax(cpu, a, b, fmt, max)
}
