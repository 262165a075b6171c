/**
 * From an exact value to the nearest one a format has.
 *
 * Models: FPRoundBase of the Arm ARM's shared pseudocode (DDI 0487, J1.3): tininess is detected
 * before rounding, a flushed result raises UFC only, the alternative half-precision format
 * saturates.
 */
import {
  exponentBias,
  exponentMax,
  FPCR_AHP,
  FPCR_FZ,
  FPCR_FZ16,
  fractionBits,
  HALF,
  IOC,
  IXC,
  MINUS_INF,
  OFC,
  PLUS_INF,
  packInfinity,
  packZero,
  raise,
  TIES_AWAY,
  TIES_EVEN,
  TO_ODD,
  UFC,
} from './format'

/** Shifts right; ones that fall out stay visible in bit 0. */
function shiftRightJam(x: u64, by: u32): u64 {
  if (by == 0) return x
  if (by > 63) return u64(x != 0)
  return (x >> by) | u64(x << (64 - by) != 0)
}

/**
 * Whether rounding adds one to the magnitude.
 * @param odd bit 0 of what is kept
 * @param rest what is dropped, as a fraction of 2^64; inexact parts below must have been jammed
 *   into its bit 0
 */
export function roundsUp(mode: u32, sign: u32, odd: u64, rest: u64): u64 {
  const half = (1 as u64) << 63
  if (mode == TIES_EVEN) return u64(rest > half || (rest == half && (odd & 1) != 0))
  if (mode == TIES_AWAY) return u64(rest >= half)
  if (mode == PLUS_INF) return u64(rest != 0 && sign == 0)
  if (mode == MINUS_INF) return u64(rest != 0 && sign != 0)
  return 0
}

/**
 * The result of an overflow: infinity, or the largest number if the mode rounds towards zero there.
 */
export function overflowed(cpu: usize, sign: u32, fmt: u32, mode: u32): u64 {
  raise(cpu, OFC | IXC)
  const toInfinity =
    mode == TIES_EVEN ||
    mode == TIES_AWAY ||
    (mode == PLUS_INF && sign == 0) ||
    (mode == MINUS_INF && sign != 0)
  return packInfinity(sign, fmt) - u64(!toInfinity)
}

/**
 * Rounds and packs sig * 2^(exp - 63).
 * @param sig bit 63 is set; bit 0 may stand for anything lost below it
 * @param fpcr for FZ, FZ16 and AHP only: AHP clear unless this is a conversion, FZ16 clear if it is
 */
export function roundPack(
  cpu: usize,
  sign: u32,
  exp: i32,
  sig: u64,
  fmt: u32,
  mode: u32,
  fpcr: u32,
): u64 {
  const fb = fractionBits(fmt)
  const drop = 63 - fb
  const alternative = fmt == HALF && (fpcr & FPCR_AHP) != 0
  const limit = exponentMax(fmt) + u32(alternative)
  let e = exp + exponentBias(fmt)
  const tiny = e < 1
  if (tiny) {
    if ((fpcr & (fmt == HALF ? FPCR_FZ16 : FPCR_FZ)) != 0) {
      raise(cpu, UFC)
      return packZero(sign, fmt)
    }
    sig = shiftRightJam(sig, (1 - e) as u32)
    e = 1
  }
  const rest = sig << (64 - drop)
  let kept = sig >> drop
  if (mode == TO_ODD) kept |= u64(rest != 0)
  else kept += roundsUp(mode, sign, kept, rest)
  // The leading one of `kept`, if any, adds one to the exponent field; so does a carry out of the
  // fraction.
  const over = (e as u32) >= limit || ((((e - 1) as u64) << fb) + kept) >> fb >= (limit as u64)
  if (over) {
    if (!alternative) return overflowed(cpu, sign, fmt, mode)
    raise(cpu, IOC)
    return packZero(sign, fmt) | 0x7fff
  }
  if (rest != 0) raise(cpu, tiny ? IXC | UFC : IXC)
  return packZero(sign, fmt) | ((((e - 1) as u64) << fb) + kept)
}
