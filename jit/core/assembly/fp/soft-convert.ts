/**
 * Conversions between formats, to and from integers and fixed point, and rounding to integral
 * values.
 *
 * Models: FPConvert, FPToFixed, FixedToFP, FPRoundInt, FPRoundIntN and FPToFixedJS of the Arm ARM's
 * shared pseudocode (DDI 0487, J1.3).
 */
import {
  DOUBLE,
  defaultNaN,
  exponentBias,
  FPCR_AHP,
  FPCR_DN,
  FPCR_FZ16,
  fpcrOf,
  fractionBits,
  HALF,
  IOC,
  IXC,
  packInfinity,
  packZero,
  raise,
} from './format'
import { arithmeticControl } from './soft-arith'
import { roundPack, roundsUp } from './soft-round'
import {
  FINITE,
  INFINITE,
  processNaN,
  QNAN,
  SNAN,
  uClass,
  uExp,
  unpack,
  uSig,
  uSign,
  ZERO,
} from './soft-unpack'

/** Converts `x` from one format to another. */
export function softConvert(cpu: usize, x: u64, from: u32, to: u32, mode: u32): u64 {
  const fpcr = fpcrOf(cpu) & ~FPCR_FZ16
  unpack(cpu, x, from, from == HALF ? fpcr : fpcr & ~FPCR_AHP)
  const alternative = to == HALF && (fpcr & FPCR_AHP) != 0
  if (uClass >= QNAN) {
    if (uClass == SNAN || alternative) raise(cpu, IOC)
    if (alternative) return packZero(uSign, to)
    return (fpcr & FPCR_DN) != 0 ? defaultNaN(to) : convertNaN(x, from, to)
  }
  if (uClass == INFINITE) {
    if (!alternative) return packInfinity(uSign, to)
    raise(cpu, IOC)
    return packZero(uSign, to) | 0x7fff
  }
  if (uClass == ZERO) return packZero(uSign, to)
  return roundPack(cpu, uSign, uExp, uSig, to, mode, fpcr)
}

/** Keeps the sign and the upper bits of the payload, quiet. */
function convertNaN(x: u64, from: u32, to: u32): u64 {
  const payload = (x << (64 - fractionBits(from))) >> (64 - fractionBits(to))
  return packZero(uSign, to) | defaultNaN(to) | payload
}

/** Fraction that `integerPart` cut off, as parts of 2^64; what lies below is jammed into bit 0. */
let cutOff: u64 = 0

/**
 * The integer part of the magnitude of the finite value unpacked last, times 2^scale, which is
 * below 2^64.
 */
function integerPart(scale: i32): u64 {
  const e = uExp + scale
  if (e < 0) {
    cutOff = e == -1 ? uSig : 1
    return 0
  }
  cutOff = e == 63 ? 0 : uSig << (e + 1)
  return uSig >> (63 - e)
}

/**
 * Largest and smallest results of a conversion to integer: magnitude that positive or negative
 * values may reach.
 */
function magnitudeLimit(negative: bool, bits: u32, isUnsigned: bool): u64 {
  if (isUnsigned) return negative ? 0 : (-1 as i64 as u64) >> (64 - bits)
  return ((1 as u64) << (bits - 1)) - u64(!negative)
}

/**
 * Converts to an integer of `bits` bits with `fbits` fraction bits, saturating. The result is in
 * the low `bits` bits, the others are zero.
 */
export function softToFixed(
  cpu: usize,
  x: u64,
  fmt: u32,
  bits: u32,
  fbits: u32,
  isUnsigned: bool,
  mode: u32,
): u64 {
  unpack(cpu, x, fmt, arithmeticControl(cpu))
  const mask = (-1 as i64 as u64) >> (64 - bits)
  if (uClass == ZERO) return 0
  if (uClass >= QNAN) {
    raise(cpu, IOC)
    return 0
  }
  const negative = uSign != 0
  const limit = magnitudeLimit(negative, bits, isUnsigned)
  let magnitude: u64 = 0
  let over = uClass == INFINITE || uExp + (fbits as i32) > 63
  if (!over) {
    const truncated = integerPart(fbits as i32)
    magnitude = truncated + roundsUp(mode, uSign, truncated, cutOff)
    over = magnitude > limit || magnitude < truncated
  }
  if (over) {
    raise(cpu, IOC)
    magnitude = limit
  } else if (cutOff != 0) {
    raise(cpu, IXC)
  }
  return (negative ? 0 - magnitude : magnitude) & mask
}

/** Converts the 64-bit integer `x`, which has `fbits` fraction bits. */
export function softFromFixed(
  cpu: usize,
  x: u64,
  fbits: u32,
  isUnsigned: bool,
  fmt: u32,
  mode: u32,
): u64 {
  if (x == 0) return 0
  const negative = !isUnsigned && (x as i64) < 0
  const magnitude = negative ? 0 - x : x
  const shift = clz<u64>(magnitude) as i32
  const exp = 63 - shift - (fbits as i32)
  const fpcr = arithmeticControl(cpu)
  return roundPack(cpu, u32(negative), exp, magnitude << shift, fmt, mode, fpcr)
}

/** Rounds to an integral value of the same format. `exact` raises IXC if that changed the value. */
export function softRoundInt(cpu: usize, x: u64, fmt: u32, mode: u32, exact: bool): u64 {
  unpack(cpu, x, fmt, arithmeticControl(cpu))
  if (uClass >= QNAN) return processNaN(cpu, x, uClass, fmt)
  if (uClass == INFINITE) return x
  if (uClass == ZERO) return packZero(uSign, fmt)
  if (uExp >= (fractionBits(fmt) as i32)) return x
  const truncated = integerPart(0)
  if (cutOff != 0 && exact) raise(cpu, IXC)
  return packIntegral(truncated + roundsUp(mode, uSign, truncated, cutOff), fmt)
}

/**
 * The integer `magnitude`, which the format holds exactly, with the sign of the value unpacked
 * last.
 */
function packIntegral(magnitude: u64, fmt: u32): u64 {
  if (magnitude == 0) return packZero(uSign, fmt)
  const shift = clz<u64>(magnitude) as i32
  const exponent = (63 - shift + exponentBias(fmt) - 1) as u64
  const fb = fractionBits(fmt)
  return packZero(uSign, fmt) | ((exponent << fb) + ((magnitude << shift) >> (63 - fb)))
}

/**
 * FRINT32, FRINT64: rounds to an integral value that fits `bits` bits; others become the most
 * negative one.
 */
export function softRoundIntN(cpu: usize, x: u64, fmt: u32, mode: u32, bits: u32): u64 {
  unpack(cpu, x, fmt, arithmeticControl(cpu))
  if (uClass == ZERO) return packZero(uSign, fmt)
  if (uClass == FINITE && uExp < 64) {
    const truncated = integerPart(0)
    const magnitude = truncated + roundsUp(mode, uSign, truncated, cutOff)
    if (magnitude <= magnitudeLimit(uSign != 0, bits, false) && magnitude >= truncated) {
      if (cutOff != 0) raise(cpu, IXC)
      return packIntegral(magnitude, fmt)
    }
  }
  raise(cpu, IOC)
  const exponent = ((bits as i32) - 1 + exponentBias(fmt)) as u64
  return packZero(1, fmt) | (exponent << fractionBits(fmt))
}

/** Whether the last `softToInt32Modulo` lost nothing: FJCVTZS sets PSTATE.Z to it. */
export let moduloExact: u32 = 0

/** FJCVTZS: JavaScript's conversion of a double to a 32-bit integer, modulo 2^32. */
export function softToInt32Modulo(cpu: usize, x: u64): u32 {
  unpack(cpu, x, DOUBLE, arithmeticControl(cpu))
  moduloExact = 0
  if (uClass == ZERO) {
    moduloExact = u32(uSign == 0)
    return 0
  }
  if (uClass != FINITE) {
    raise(cpu, IOC)
    return 0
  }
  if (uExp > 63) {
    // A double this large is a multiple of 2^11 and more: bits may remain below 2^32 up to 2^84.
    raise(cpu, IOC)
    const low = uExp < 95 ? ((uSig << (uExp - 63)) as u32) : 0
    return uSign != 0 ? 0 - low : low
  }
  const magnitude = integerPart(0)
  const fits = magnitude <= magnitudeLimit(uSign != 0, 32, false)
  if (!fits) raise(cpu, IOC)
  else if (cutOff != 0) raise(cpu, IXC)
  else moduloExact = 1
  return uSign != 0 ? 0 - (magnitude as u32) : (magnitude as u32)
}
