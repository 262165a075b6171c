/**
 * Taking a floating-point value apart, and what becomes of NaNs.
 *
 * Models: FPUnpackBase, FPProcessNaN, FPProcessNaNs and FPProcessNaNs3 of the Arm ARM's shared
 * pseudocode (DDI 0487, J1.3). AssemblyScript returns one value, so `unpack` leaves its results in
 * globals, which the caller copies before it unpacks the next operand.
 */
import {
  defaultNaN,
  exponentBias,
  exponentMax,
  FPCR_AHP,
  FPCR_DN,
  FPCR_FZ,
  FPCR_FZ16,
  fpcrOf,
  fractionBits,
  HALF,
  IDC,
  IOC,
  raise,
} from './format'

/** Classes of operands; NaNs are the classes from QNAN up. */
export const ZERO: u32 = 0
export const FINITE: u32 = 1
export const INFINITE: u32 = 2
export const QNAN: u32 = 3
export const SNAN: u32 = 4

/**
 * What the last `unpack` found. A FINITE value is uSig * 2^(uExp - 63), with bit 63 of uSig set.
 */
export let uClass: u32 = 0
export let uSign: u32 = 0
export let uExp: i32 = 0
export let uSig: u64 = 0

/**
 * Takes `x` apart. Denormals that `fpcr` says to flush become zeros; for single and double that
 * raises IDC.
 * @param fpcr with AHP clear unless a half is an operand of a conversion, and FZ16 clear if it is.
 */
export function unpack(cpu: usize, x: u64, fmt: u32, fpcr: u32): void {
  const fb = fractionBits(fmt)
  const max = exponentMax(fmt)
  const e = ((x >> fb) as u32) & max
  const fraction = x & (((1 as u64) << fb) - 1)
  uSign = ((x >> ((8 << fmt) - 1)) as u32) & 1
  if (e == 0) {
    uSig = 0
    uExp = 0
    uClass = ZERO
    if (fraction == 0) return
    if (fmt == HALF) {
      if ((fpcr & FPCR_FZ16) != 0) return
    } else if ((fpcr & FPCR_FZ) != 0) {
      raise(cpu, IDC)
      return
    }
    const shift = clz<u64>(fraction) as i32
    uSig = fraction << shift
    uExp = 64 - exponentBias(fmt) - fb - shift
    uClass = FINITE
    return
  }
  if (e == max && !(fmt == HALF && (fpcr & FPCR_AHP) != 0)) {
    uClass = fraction == 0 ? INFINITE : fraction >> (fb - 1) != 0 ? QNAN : SNAN
    return
  }
  uSig = ((1 as u64) << 63) | (fraction << (63 - fb))
  uExp = (e as i32) - exponentBias(fmt)
  uClass = FINITE
}

/** What an operation makes of NaN operand `x`: quiet, and the default NaN under FPCR.DN. */
export function processNaN(cpu: usize, x: u64, cls: u32, fmt: u32): u64 {
  if (cls == SNAN) raise(cpu, IOC)
  if ((fpcrOf(cpu) & FPCR_DN) != 0) return defaultNaN(fmt)
  return x | ((1 as u64) << (fractionBits(fmt) - 1))
}

/**
 * The result of an operation of which at least one operand is a NaN: signalling ones first, then in
 * order.
 */
export function processNaNs(cpu: usize, a: u64, aClass: u32, b: u64, bClass: u32, fmt: u32): u64 {
  const first = aClass == SNAN || (bClass != SNAN && aClass == QNAN)
  return first ? processNaN(cpu, a, aClass, fmt) : processNaN(cpu, b, bClass, fmt)
}

/** Ends an operation that has no numeric result. */
export function invalid(cpu: usize, fmt: u32): u64 {
  raise(cpu, IOC)
  return defaultNaN(fmt)
}
