/**
 * Add, multiply, divide, square root and the fused operations, exact, for every format and rounding
 * mode.
 *
 * Models: FPAdd, FPSub, FPMul, FPMulX, FPDiv, FPSqrt, FPMulAdd, FPRecipStepFused and
 * FPRSqrtStepFused of the Arm ARM's shared pseudocode (DDI 0487, J1.3). Values are raw bits; FPCR
 * and FPSR are those of `cpu`. The quick versions for the usual case are in fast-arith.ts and fall
 * back to these.
 */
import {
  DZC,
  FPCR_AHP,
  fpcrOf,
  MINUS_INF,
  packExact,
  packInfinity,
  packZero,
  raise,
  roundingOf,
  signBit,
} from './format'
import { roundPack } from './soft-round'
import {
  FINITE,
  INFINITE,
  invalid,
  processNaN,
  processNaNs,
  QNAN,
  SNAN,
  uClass,
  uExp,
  unpack,
  uSig,
  uSign,
  ZERO,
} from './soft-unpack'
import { divide128, high64, productHigh, productLow, shiftJam128, wideMultiply } from './wide'

/** FPCR as everything but the conversions sees it. */
export function arithmeticControl(cpu: usize): u32 {
  return fpcrOf(cpu) & ~FPCR_AHP
}

/** The zero that an exact cancellation gives. */
function cancelled(cpu: usize, fmt: u32): u64 {
  return packZero(u32(roundingOf(cpu) == MINUS_INF), fmt)
}

/** a + b. */
export function softAdd(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, a, fmt, fpcr)
  const aClass = uClass
  const aSign = uSign
  const aExp = uExp
  const aSig = uSig
  unpack(cpu, b, fmt, fpcr)
  if (aClass >= QNAN || uClass >= QNAN) return processNaNs(cpu, a, aClass, b, uClass, fmt)
  if (aClass == INFINITE) {
    return uClass == INFINITE && aSign != uSign ? invalid(cpu, fmt) : packInfinity(aSign, fmt)
  }
  if (uClass == INFINITE) return packInfinity(uSign, fmt)
  if (aClass == ZERO && uClass == ZERO) {
    return aSign == uSign ? packZero(aSign, fmt) : cancelled(cpu, fmt)
  }
  const mode = roundingOf(cpu)
  if (aClass == ZERO) return roundPack(cpu, uSign, uExp, uSig, fmt, mode, fpcr)
  if (uClass == ZERO) return roundPack(cpu, aSign, aExp, aSig, fmt, mode, fpcr)
  return addFinite(cpu, aSign, aExp, aSig, 0, uSign, uExp, uSig, 0, fmt, 0)
}

/** a - b. */
export function softSub(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, a, fmt, fpcr)
  const aClass = uClass
  unpack(cpu, b, fmt, fpcr)
  // A NaN keeps its sign, so it must not be negated.
  if (aClass >= QNAN || uClass >= QNAN) return processNaNs(cpu, a, aClass, b, uClass, fmt)
  return softAdd(cpu, a, b ^ signBit(fmt), fmt)
}

/**
 * (a + b) * 2^scale of two nonzero finite values with 128-bit significands (bit 127 set), rounded
 * once. Both significands have spare zeros at the low end, so that making room for a carry loses
 * nothing.
 */
function addFinite(
  cpu: usize,
  aSign: u32,
  aExp: i32,
  aHigh: u64,
  aLow: u64,
  bSign: u32,
  bExp: i32,
  bHigh: u64,
  bLow: u64,
  fmt: u32,
  scale: i32,
): u64 {
  if (aExp < bExp || (aExp == bExp && (aHigh < bHigh || (aHigh == bHigh && aLow < bLow)))) {
    return addFinite(cpu, bSign, bExp, bHigh, bLow, aSign, aExp, aHigh, aLow, fmt, scale)
  }
  const distance = (aExp - bExp) as u32
  const xHigh = aHigh >> 1
  const xLow = (aLow >> 1) | (aHigh << 63)
  const yLow = shiftJam128(bHigh, bLow, distance + 1)
  const yHigh = high64
  let low: u64
  let high: u64
  if (aSign == bSign) {
    low = xLow + yLow
    high = xHigh + yHigh + u64(low < xLow)
  } else {
    low = xLow - yLow
    high = xHigh - yHigh - u64(xLow < yLow)
    if ((high | low) == 0) return cancelled(cpu, fmt)
  }
  let exp = aExp + 1 + scale
  if (high == 0) {
    high = low
    low = 0
    exp -= 64
  }
  const shift = clz<u64>(high) as i32
  if (shift > 0) {
    high = (high << shift) | (low >> (64 - shift))
    low <<= shift
    exp -= shift
  }
  const sig = high | u64(low != 0)
  return roundPack(cpu, aSign, exp, sig, fmt, roundingOf(cpu), arithmeticControl(cpu))
}

/** a * b; with `extended` (FMULX) infinity times zero is two. */
function multiply(cpu: usize, a: u64, b: u64, fmt: u32, extended: bool): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, a, fmt, fpcr)
  const aClass = uClass
  const aExp = uExp
  const aSig = uSig
  let sign = uSign
  unpack(cpu, b, fmt, fpcr)
  sign ^= uSign
  if (aClass >= QNAN || uClass >= QNAN) return processNaNs(cpu, a, aClass, b, uClass, fmt)
  if (aClass == INFINITE || uClass == INFINITE) {
    if (aClass != ZERO && uClass != ZERO) return packInfinity(sign, fmt)
    return extended ? packExact(sign, 1, 0, fmt) : invalid(cpu, fmt)
  }
  if (aClass == ZERO || uClass == ZERO) return packZero(sign, fmt)
  const exp = multiplyFinite(aExp, aSig, uExp, uSig)
  const sig = productHigh | u64(productLow != 0)
  return roundPack(cpu, sign, exp, sig, fmt, roundingOf(cpu), fpcr)
}

/**
 * Leaves the 128-bit product of two significands, bit 127 set, in productHigh and productLow;
 * returns its exponent.
 */
function multiplyFinite(aExp: i32, aSig: u64, bExp: i32, bSig: u64): i32 {
  return aExp + bExp + wideMultiply(aSig, bSig)
}

/** a * b. */
export function softMul(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  return multiply(cpu, a, b, fmt, false)
}

/** FMULX: a * b, where infinity times zero is two. */
export function softMulX(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  return multiply(cpu, a, b, fmt, true)
}

/** a / b. */
export function softDiv(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, a, fmt, fpcr)
  const aClass = uClass
  const aExp = uExp
  const aSig = uSig
  let sign = uSign
  unpack(cpu, b, fmt, fpcr)
  sign ^= uSign
  if (aClass >= QNAN || uClass >= QNAN) return processNaNs(cpu, a, aClass, b, uClass, fmt)
  if (aClass == INFINITE) return uClass == INFINITE ? invalid(cpu, fmt) : packInfinity(sign, fmt)
  if (uClass == INFINITE) return packZero(sign, fmt)
  if (uClass == ZERO) {
    if (aClass == ZERO) return invalid(cpu, fmt)
    raise(cpu, DZC)
    return packInfinity(sign, fmt)
  }
  if (aClass == ZERO) return packZero(sign, fmt)
  const borrow = u32(aSig < uSig)
  const exp = aExp - uExp - (borrow as i32)
  const sig = borrow != 0 ? divide128(aSig, 0, uSig) : divide128(aSig >> 1, aSig << 63, uSig)
  return roundPack(cpu, sign, exp, sig, fmt, roundingOf(cpu), fpcr)
}

/** The square root of a. */
export function softSqrt(cpu: usize, a: u64, fmt: u32): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, a, fmt, fpcr)
  if (uClass >= QNAN) return processNaN(cpu, a, uClass, fmt)
  if (uClass == ZERO) return packZero(uSign, fmt)
  if (uSign != 0) return invalid(cpu, fmt)
  if (uClass == INFINITE) return packInfinity(0, fmt)
  // The radicand is uSig or uSig / 2, as even exponents ask; two of its bits give one of the root's
  // 56.
  let radicand = uSig >> (1 - (uExp & 1))
  let root: u64 = 0
  let remainder: u64 = 0
  for (let i = 0; i < 56; i++) {
    remainder = (remainder << 2) | (radicand >> 62)
    radicand <<= 2
    const trial = (root << 2) | 1
    root <<= 1
    if (remainder >= trial) {
      remainder -= trial
      root |= 1
    }
  }
  const sig = (root << 8) | u64(remainder != 0)
  return roundPack(cpu, 0, uExp >> 1, sig, fmt, roundingOf(cpu), fpcr)
}

/** c + a * b, rounded once. The priority of NaNs is c, a, b. */
export function softMulAdd(cpu: usize, c: u64, a: u64, b: u64, fmt: u32): u64 {
  const fpcr = arithmeticControl(cpu)
  unpack(cpu, c, fmt, fpcr)
  const cClass = uClass
  const cSign = uSign
  const cExp = uExp
  const cSig = uSig
  unpack(cpu, a, fmt, fpcr)
  const aClass = uClass
  const aExp = uExp
  const aSig = uSig
  let sign = uSign
  unpack(cpu, b, fmt, fpcr)
  const bClass = uClass
  sign ^= uSign
  const undefinedProduct =
    (aClass == INFINITE && bClass == ZERO) || (aClass == ZERO && bClass == INFINITE)
  if (cClass >= QNAN || aClass >= QNAN || bClass >= QNAN) {
    if (cClass == QNAN && undefinedProduct) return invalid(cpu, fmt)
    if (cClass == SNAN) return processNaN(cpu, c, cClass, fmt)
    if (aClass == SNAN) return processNaN(cpu, a, aClass, fmt)
    if (bClass == SNAN) return processNaN(cpu, b, bClass, fmt)
    if (cClass == QNAN) return processNaN(cpu, c, cClass, fmt)
    return processNaNs(cpu, a, aClass, b, bClass, fmt)
  }
  const infinite = aClass == INFINITE || bClass == INFINITE
  if (undefinedProduct || (cClass == INFINITE && infinite && cSign != sign)) {
    return invalid(cpu, fmt)
  }
  if (cClass == INFINITE) return packInfinity(cSign, fmt)
  if (infinite) return packInfinity(sign, fmt)
  if (aClass == ZERO || bClass == ZERO) {
    if (cClass != ZERO) return roundPack(cpu, cSign, cExp, cSig, fmt, roundingOf(cpu), fpcr)
    return cSign == sign ? packZero(cSign, fmt) : cancelled(cpu, fmt)
  }
  return addProduct(cpu, cClass, cSign, cExp, cSig, sign, aExp, aSig, uExp, uSig, fmt, 0)
}

/** (c + a * b) * 2^scale with finite nonzero a and b, of which `sign` is the product's sign. */
function addProduct(
  cpu: usize,
  cClass: u32,
  cSign: u32,
  cExp: i32,
  cSig: u64,
  sign: u32,
  aExp: i32,
  aSig: u64,
  bExp: i32,
  bSig: u64,
  fmt: u32,
  scale: i32,
): u64 {
  const exp = multiplyFinite(aExp, aSig, bExp, bSig)
  if (cClass == FINITE) {
    return addFinite(cpu, cSign, cExp, cSig, 0, sign, exp, productHigh, productLow, fmt, scale)
  }
  const sig = productHigh | u64(productLow != 0)
  return roundPack(cpu, sign, exp + scale, sig, fmt, roundingOf(cpu), arithmeticControl(cpu))
}

/** FRECPS: 2 - a * b, rounded once. */
export function softRecipStep(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  return step(cpu, a, b, fmt, (1 as u64) << 63, 0)
}

/** FRSQRTS: (3 - a * b) / 2, rounded once. */
export function softRsqrtStep(cpu: usize, a: u64, b: u64, fmt: u32): u64 {
  return step(cpu, a, b, fmt, (3 as u64) << 62, -1)
}

/** (c - a * b) * 2^scale, where c is `sig` as a significand times two. */
function step(cpu: usize, a: u64, b: u64, fmt: u32, sig: u64, scale: i32): u64 {
  const fpcr = arithmeticControl(cpu)
  const negated = a ^ signBit(fmt)
  unpack(cpu, negated, fmt, fpcr)
  const aClass = uClass
  const aExp = uExp
  const aSig = uSig
  let sign = uSign
  unpack(cpu, b, fmt, fpcr)
  sign ^= uSign
  if (aClass >= QNAN || uClass >= QNAN) return processNaNs(cpu, negated, aClass, b, uClass, fmt)
  const constant = packExact(0, 1 + scale, sig << 1, fmt)
  if (aClass == INFINITE || uClass == INFINITE) {
    return aClass == ZERO || uClass == ZERO ? constant : packInfinity(sign, fmt)
  }
  if (aClass == ZERO || uClass == ZERO) return constant
  return addProduct(cpu, FINITE, 0, 1, sig, sign, aExp, aSig, uExp, uSig, fmt, scale)
}
