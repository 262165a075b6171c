/**
 * Reciprocal and reciprocal square root estimates.
 *
 * Models: FPRecipEstimate, FPRSqrtEstimate, FPRecpX, UnsignedRecipEstimate and
 * UnsignedRSqrtEstimate of the Arm ARM's shared pseudocode (DDI 0487, J1.3). The estimates are
 * exact integer algorithms with 8-bit results.
 */
import {
  DZC,
  exponentBias,
  exponentMax,
  FPCR_FZ,
  FPCR_FZ16,
  fractionBits,
  HALF,
  packInfinity,
  packZero,
  raise,
  roundingOf,
  UFC,
} from './format'
import { arithmeticControl } from './soft-arith'
import { overflowed } from './soft-round'
import {
  INFINITE,
  invalid,
  processNaN,
  QNAN,
  uClass,
  uExp,
  unpack,
  uSig,
  uSign,
  ZERO,
} from './soft-unpack'

/** 1 / a as 256..511, for a in 256..511 standing for 0.5 up to 1. */
function recipEstimate(a: u32): u32 {
  const b = (1 << 19) / (a * 2 + 1)
  return (b + 1) >> 1
}

/** 1 / sqrt(a) as 256..511, for a in 128..511 standing for 0.25 up to 1. */
function rsqrtEstimate(a: u32): u32 {
  const odd = a < 256 ? a * 2 + 1 : ((a >> 1) * 2 + 1) * 2
  let b: u32 = 512
  while (odd * (b + 1) * (b + 1) < 1 << 28) b++
  return (b + 1) >> 1
}

/** FRECPE. */
export function softRecipEstimate(cpu: usize, x: u64, fmt: u32): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, x, fmt, fpcr)
  if (uClass >= QNAN) return processNaN(cpu, x, uClass, fmt)
  if (uClass == INFINITE) return packZero(uSign, fmt)
  if (uClass == ZERO) {
    raise(cpu, DZC)
    return packInfinity(uSign, fmt)
  }
  const bias = exponentBias(fmt)
  if (uExp < -bias - 1) return overflowed(cpu, uSign, fmt, roundingOf(cpu))
  const flushes = (fpcr & (fmt == HALF ? FPCR_FZ16 : FPCR_FZ)) != 0
  if (flushes && uExp >= bias - 1) {
    raise(cpu, UFC)
    return packZero(uSign, fmt)
  }
  const estimate = recipEstimate((uSig >> 55) as u32)
  const fb = fractionBits(fmt)
  const exponent = bias - 1 - uExp
  const sign = packZero(uSign, fmt)
  // Results below the normal range keep their leading one in the fraction.
  if (exponent <= 0) return sign | ((estimate as u64) << (fb - 9 + exponent))
  return sign | ((exponent as u64) << fb) | (((estimate & 0xff) as u64) << (fb - 8))
}

/** FRSQRTE. */
export function softRsqrtEstimate(cpu: usize, x: u64, fmt: u32): u64 {
  unpack(cpu, x, fmt, arithmeticControl(cpu))
  if (uClass >= QNAN) return processNaN(cpu, x, uClass, fmt)
  if (uClass == ZERO) {
    raise(cpu, DZC)
    return packInfinity(uSign, fmt)
  }
  if (uSign != 0) return invalid(cpu, fmt)
  if (uClass == INFINITE) return 0
  // Taken as 0.25 up to 1 times an even power of two, which the root halves.
  const estimate = rsqrtEstimate((uSig >> (56 - (uExp & 1))) as u32)
  const fb = fractionBits(fmt)
  const exponent = (2 * exponentBias(fmt) - 1 - uExp) >> 1
  return ((exponent as u64) << fb) | (((estimate & 0xff) as u64) << (fb - 8))
}

/** FRECPX: the exponent, negated. */
export function softRecipExponent(cpu: usize, x: u64, fmt: u32): u64 {
  unpack(cpu, x, fmt, arithmeticControl(cpu))
  if (uClass >= QNAN) return processNaN(cpu, x, uClass, fmt)
  const fb = fractionBits(fmt)
  const max = exponentMax(fmt)
  const e = ((x >> fb) as u32) & max
  return packZero(uSign, fmt) | (((e == 0 ? max - 1 : ~e & max) as u64) << fb)
}

/** URECPE of one 32-bit element. */
export function unsignedRecipEstimate(x: u32): u32 {
  return (x as i32) >= 0 ? 0xffffffff : recipEstimate(x >> 23) << 23
}

/** URSQRTE of one 32-bit element. */
export function unsignedRsqrtEstimate(x: u32): u32 {
  return x >> 30 == 0 ? 0xffffffff : rsqrtEstimate(x >> 23) << 23
}
