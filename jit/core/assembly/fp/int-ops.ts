/**
 * Integer operations on one element that several SIMD groups share: shifts by a signed amount,
 * saturating sums, doubling products.
 *
 * Models: the element operations of the Arm ARM's pages for SQSHL, SRSHL, SQADD, SUQADD, SQDMULH,
 * SQRDMLAH and their kin (DDI 0487, C7.2). An element is given extended to 64 bits as its
 * signedness asks.
 */
import { laneMax, raiseQC, saturate, saturateU } from './lanes'

/**
 * Shifts left by `by`, right if negative.
 * @param rounding adds half of the last place before a right shift
 */
export function shiftBy(a: i64, by: i32, size: u32, isUnsigned: bool, rounding: bool): u64 {
  const bits = 8 << size
  if (by >= 0) return by >= bits ? 0 : ((a << by) as u64)
  const right = -by
  if (right > bits) return rounding || isUnsigned ? 0 : ((a >> 63) as u64)
  // The bit that rounding adds is the last one shifted out.
  const carry = rounding ? (((a >> (right - 1)) & 1) as u64) : 0
  if (right == bits) {
    if (isUnsigned) return carry
    return rounding ? ((a >> 63) as u64) + carry : ((a >> 63) as u64)
  }
  return (isUnsigned ? (a as u64) >> right : ((a >> right) as u64)) + carry
}

/** The same, but a left shift that loses bits saturates. */
export function shiftSaturating(
  cpu: usize,
  a: i64,
  by: i32,
  size: u32,
  isUnsigned: bool,
  rounding: bool,
): u64 {
  if (by <= 0) return shiftBy(a, by, size, isUnsigned, rounding)
  if (a == 0) return 0
  const bits = 8 << size
  if (isUnsigned) {
    if (by < bits && ((a as u64) << by) >> by == (a as u64)) {
      return saturateU(cpu, (a as u64) << by, size)
    }
    raiseQC(cpu)
    return laneMax(size, true)
  }
  if (by < bits && (a << by) >> by == a) return saturate(cpu, a << by, size, false)
  raiseQC(cpu)
  const max = laneMax(size, false)
  return a < 0 ? ~max : max
}

/** SQSHLU: a signed element shifted left, saturated to an unsigned one. */
export function shiftSaturatingUnsigned(cpu: usize, a: i64, by: i32, size: u32): u64 {
  if (a >= 0) return shiftSaturating(cpu, a, by, size, true, false)
  raiseQC(cpu)
  return 0
}

/** a + b, both of the same signedness, saturated. */
export function addSaturating(cpu: usize, a: i64, b: i64, size: u32, isUnsigned: bool): u64 {
  const sum = a + b
  if (size < 3) return saturate(cpu, sum, size, isUnsigned)
  if (isUnsigned) {
    if ((sum as u64) >= (a as u64)) return sum as u64
    raiseQC(cpu)
    return laneMax(3, true)
  }
  if (((a ^ sum) & (b ^ sum)) >= 0) return sum as u64
  raiseQC(cpu)
  return laneMax(3, false) ^ ((a >> 63) as u64)
}

/** a - b, both of the same signedness, saturated. */
export function subSaturating(cpu: usize, a: i64, b: i64, size: u32, isUnsigned: bool): u64 {
  const difference = a - b
  if (size < 3) return saturate(cpu, difference, size, isUnsigned)
  if (isUnsigned) {
    if ((a as u64) >= (b as u64)) return difference as u64
    raiseQC(cpu)
    return 0
  }
  if (((a ^ b) & (a ^ difference)) >= 0) return difference as u64
  raiseQC(cpu)
  return laneMax(3, false) ^ ((a >> 63) as u64)
}

/** SUQADD: signed a + unsigned b, saturated to a signed element. */
export function addUnsignedToSigned(cpu: usize, a: i64, b: i64, size: u32): u64 {
  if (size < 3) return saturate(cpu, a + b, size, false)
  const max = laneMax(3, false)
  // How far a is from the largest value: at most 2^64 - 1.
  if ((b as u64) <= max - (a as u64)) return (a + b) as u64
  raiseQC(cpu)
  return max
}

/** USQADD: unsigned a + signed b, saturated to an unsigned element. */
export function addSignedToUnsigned(cpu: usize, a: i64, b: i64, size: u32): u64 {
  if (size < 3) return saturate(cpu, a + b, size, true)
  if (b >= 0) return addSaturating(cpu, a, b, 3, true)
  return subSaturating(cpu, a, 0 - b, 3, true)
}

/** SQDMULH and, rounding, SQRDMULH: the upper half of 2 * a * b. */
export function doublingHigh(cpu: usize, a: i64, b: i64, size: u32, rounding: bool): u64 {
  const bits = 8 << size
  const half: i64 = rounding ? (1 as i64) << (bits - 2) : 0
  return saturate(cpu, (a * b + half) >> (bits - 1), size, false)
}

/**
 * SQRDMLAH, SQRDMLSH: the accumulator and the rounded upper half of 2 * a * b, saturated once. No
 * sum overflows.
 */
export function doublingHighAdd(
  cpu: usize,
  accumulator: i64,
  a: i64,
  b: i64,
  size: u32,
  subtract: bool,
): u64 {
  const bits = 8 << size
  const product = subtract ? 0 - a * b : a * b
  const sum = (accumulator << (bits - 1)) + product + ((1 as i64) << (bits - 2))
  return saturate(cpu, sum >> (bits - 1), size, false)
}

/** SQDMULL: 2 * a * b, twice as wide; only the product of the two smallest values saturates. */
export function doublingLong(cpu: usize, a: i64, b: i64, size: u32): i64 {
  const product = a * b
  if (size == 2 && product == (1 as i64) << 62) {
    raiseQC(cpu)
    return laneMax(3, false) as i64
  }
  return saturate(cpu, product << 1, size + 1, false) as i64
}

/** The polynomial product over GF(2) of two bytes. */
export function carrylessBytes(a: u32, b: u32): u32 {
  let r: u32 = 0
  for (let i = 0; i < 8; i++) r ^= (0 - ((b >> i) & 1)) & (a << i)
  return r
}
