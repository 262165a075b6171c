/**
 * 128-bit integers for the soft-float files and for polynomial multiplication: product, quotient,
 * shift.
 *
 * AssemblyScript has neither 128-bit integers nor multiple results: the high half of a result is
 * left in a global.
 */

/** High half of the result of `shiftJam128` and `carrylessMultiply`. */
export let high64: u64 = 0
/** Result of `wideMultiply`. */
export let productHigh: u64 = 0
export let productLow: u64 = 0

/**
 * Multiplies two significands with bit 63 set and normalises the product, so that its bit 127 is
 * set.
 * @returns what to add to the sum of the exponents: 1 if the product was at least two, else 0
 */
export function wideMultiply(a: u64, b: u64): i32 {
  const a0 = a & 0xffffffff
  const a1 = a >> 32
  const b0 = b & 0xffffffff
  const b1 = b >> 32
  const low = a0 * b0
  const mid = a1 * b0 + (low >> 32)
  const mid2 = a0 * b1 + (mid & 0xffffffff)
  productHigh = a1 * b1 + (mid >> 32) + (mid2 >> 32)
  productLow = (mid2 << 32) | (low & 0xffffffff)
  if ((productHigh as i64) < 0) return 1
  productHigh = (productHigh << 1) | (productLow >> 63)
  productLow <<= 1
  return 0
}

/**
 * Shifts high:low right; ones that fall out stay visible in bit 0. Returns the low half, the high
 * one in high64.
 */
export function shiftJam128(high: u64, low: u64, by: u32): u64 {
  if (by == 0) {
    high64 = high
    return low
  }
  if (by < 64) {
    high64 = high >> by
    return (low >> by) | (high << (64 - by)) | u64(low << (64 - by) != 0)
  }
  high64 = 0
  if (by == 64) return high | u64(low != 0)
  if (by < 128) return (high >> (by - 64)) | u64(((high << (128 - by)) | low) != 0)
  return u64((high | low) != 0)
}

/**
 * Divides high:low by d, which has bit 63 set and is greater than `high`. A remainder is jammed
 * into bit 0. Schoolbook division with 32-bit digits (Knuth, TAOCP 2, 4.3.1, algorithm D).
 */
export function divide128(high: u64, low: u64, d: u64): u64 {
  const first = divideDigit(high, low >> 32, d)
  const rest = ((high << 32) | (low >> 32)) - first * d
  const second = divideDigit(rest, low & 0xffffffff, d)
  const remainder = ((rest << 32) | (low & 0xffffffff)) - second * d
  return (first << 32) | second | u64(remainder != 0)
}

/** One 32-bit digit of the quotient of the 96-bit high:digit by d; high < d. */
function divideDigit(high: u64, digit: u64, d: u64): u64 {
  const dHigh = d >> 32
  const dLow = d & 0xffffffff
  let q = high / dHigh
  let r = high - q * dHigh
  while (q > 0xffffffff || q * dLow > ((r << 32) | digit)) {
    q--
    r += dHigh
    if (r > 0xffffffff) break
  }
  return q
}

/**
 * The polynomial product over GF(2) of two 64-bit values. Returns the low half, the high one in
 * high64.
 */
export function carrylessMultiply(a: u64, b: u64): u64 {
  // Mirrored operands give the mirrored product, whose low half is the high one here.
  high64 = reverseBits(carrylessLow(reverseBits(a), reverseBits(b))) >> 1
  return carrylessLow(a, b)
}

/**
 * The low half of a polynomial product, by integer products of every fourth bit: at most 16 ones
 * meet at a place, so the carries stay in the three places between, or leave at the top.
 */
function carrylessLow(a: u64, b: u64): u64 {
  const mask = u64.MAX_VALUE / 15
  const a0 = a & mask
  const a1 = a & (mask << 1)
  const a2 = a & (mask << 2)
  const a3 = a & (mask << 3)
  const b0 = b & mask
  const b1 = b & (mask << 1)
  const b2 = b & (mask << 2)
  const b3 = b & (mask << 3)
  const r0 = (a0 * b0) ^ (a1 * b3) ^ (a2 * b2) ^ (a3 * b1)
  const r1 = (a0 * b1) ^ (a1 * b0) ^ (a2 * b3) ^ (a3 * b2)
  const r2 = (a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ (a3 * b3)
  const r3 = (a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0)
  return (r0 & mask) | (r1 & (mask << 1)) | (r2 & (mask << 2)) | (r3 & (mask << 3))
}

function reverseBits(x: u64): u64 {
  const ones = u64.MAX_VALUE / 3
  const pairs = u64.MAX_VALUE / 5
  const nibbles = u64.MAX_VALUE / 17
  x = ((x & ones) << 1) | ((x >> 1) & ones)
  x = ((x & pairs) << 2) | ((x >> 2) & pairs)
  x = ((x & nibbles) << 4) | ((x >> 4) & nibbles)
  return bswap<u64>(x)
}
