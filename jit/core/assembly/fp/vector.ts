/**
 * Whole vectors by element size: what WebAssembly has as one instruction a size, as one function.
 *
 * Where WebAssembly lacks a size (products of bytes, extremes of doublewords, pairwise sums of
 * words) it is composed.
 */

/** A vector operand. A 64-bit one is repeated, so that its lanes above behave like those below. */
export function operand(p: usize, full: bool): v128 {
  return full ? v128.load(p) : v128.load64_splat(p)
}

export function addLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.add(a, b)
    case 1:
      return i16x8.add(a, b)
    case 2:
      return i32x4.add(a, b)
  }
  return i64x2.add(a, b)
}

export function subLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.sub(a, b)
    case 1:
      return i16x8.sub(a, b)
    case 2:
      return i32x4.sub(a, b)
  }
  return i64x2.sub(a, b)
}

export function mulLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0: {
      const low = i16x8.extmul_low_i8x16_u(a, b)
      const high = i16x8.extmul_high_i8x16_u(a, b)
      return evenLanes(low, high, 0)
    }
    case 1:
      return i16x8.mul(a, b)
    case 2:
      return i32x4.mul(a, b)
  }
  return i64x2.mul(a, b)
}

export function equalLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.eq(a, b)
    case 1:
      return i16x8.eq(a, b)
    case 2:
      return i32x4.eq(a, b)
  }
  return i64x2.eq(a, b)
}

/** Signed a > b. */
export function greaterLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.gt_s(a, b)
    case 1:
      return i16x8.gt_s(a, b)
    case 2:
      return i32x4.gt_s(a, b)
  }
  return i64x2.gt_s(a, b)
}

/** Unsigned a > b: for doublewords a signed comparison with both signs turned over. */
export function higherLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.gt_u(a, b)
    case 1:
      return i16x8.gt_u(a, b)
    case 2:
      return i32x4.gt_u(a, b)
  }
  const sign = i64x2.splat(i64.MIN_VALUE)
  return i64x2.gt_s(v128.xor(a, sign), v128.xor(b, sign))
}

export function maxLanes(a: v128, b: v128, size: u32, isUnsigned: bool): v128 {
  const first = isUnsigned ? higherLanes(a, b, size) : greaterLanes(a, b, size)
  return v128.bitselect(a, b, first)
}

export function minLanes(a: v128, b: v128, size: u32, isUnsigned: bool): v128 {
  const first = isUnsigned ? higherLanes(b, a, size) : greaterLanes(b, a, size)
  return v128.bitselect(a, b, first)
}

/** |a - b|. */
export function differenceLanes(a: v128, b: v128, size: u32, isUnsigned: bool): v128 {
  return subLanes(maxLanes(a, b, size, isUnsigned), minLanes(a, b, size, isUnsigned), size)
}

export function shiftLeft(a: v128, size: u32, by: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.shl(a, by)
    case 1:
      return i16x8.shl(a, by)
    case 2:
      return i32x4.shl(a, by)
  }
  return i64x2.shl(a, by)
}

/** A shift by the element's width, which WebAssembly would take for zero, gives the sign. */
export function shiftRightSigned(a: v128, size: u32, by: u32): v128 {
  if (by == 8 << size) by--
  switch (size) {
    case 0:
      return i8x16.shr_s(a, by)
    case 1:
      return i16x8.shr_s(a, by)
    case 2:
      return i32x4.shr_s(a, by)
  }
  return i64x2.shr_s(a, by)
}

export function shiftRightUnsigned(a: v128, size: u32, by: u32): v128 {
  if (by == 8 << size) return i64x2.splat(0)
  switch (size) {
    case 0:
      return i8x16.shr_u(a, by)
    case 1:
      return i16x8.shr_u(a, by)
    case 2:
      return i32x4.shr_u(a, by)
  }
  return i64x2.shr_u(a, by)
}

export function shiftRight(a: v128, size: u32, by: u32, isUnsigned: bool): v128 {
  return isUnsigned ? shiftRightUnsigned(a, size, by) : shiftRightSigned(a, size, by)
}

/** Elements 0, 2, 4 ... of the pair b:a. */
export function evenLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
    case 1:
      return i16x8.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
    case 2:
      return i32x4.shuffle(a, b, 0, 2, 4, 6)
  }
  return i64x2.shuffle(a, b, 0, 2)
}

/** Elements 1, 3, 5 ... of the pair b:a. */
export function oddLanes(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
    case 1:
      return i16x8.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
    case 2:
      return i32x4.shuffle(a, b, 1, 3, 5, 7)
  }
  return i64x2.shuffle(a, b, 1, 3)
}

/** The lower halves of a and b, interleaved. */
export function zipLow(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    case 1:
      return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
    case 2:
      return i32x4.shuffle(a, b, 0, 4, 1, 5)
  }
  return i64x2.shuffle(a, b, 0, 2)
}

/** The upper halves of a and b, interleaved. */
export function zipHigh(a: v128, b: v128, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
    case 1:
      return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
    case 2:
      return i32x4.shuffle(a, b, 2, 6, 3, 7)
  }
  return i64x2.shuffle(a, b, 1, 3)
}

/** The eight bytes at `p`, their elements made twice as wide. */
export function widen(p: usize, size: u32, isUnsigned: bool): v128 {
  switch (size) {
    case 0:
      return isUnsigned ? v128.load8x8_u(p) : v128.load8x8_s(p)
    case 1:
      return isUnsigned ? v128.load16x4_u(p) : v128.load16x4_s(p)
  }
  return isUnsigned ? v128.load32x2_u(p) : v128.load32x2_s(p)
}

/** Sums of adjacent elements of `size`, twice as wide. */
export function pairSums(a: v128, size: u32, isUnsigned: bool): v128 {
  switch (size) {
    case 0:
      return isUnsigned ? i16x8.extadd_pairwise_i8x16_u(a) : i16x8.extadd_pairwise_i8x16_s(a)
    case 1:
      return isUnsigned ? i32x4.extadd_pairwise_i16x8_u(a) : i32x4.extadd_pairwise_i16x8_s(a)
  }
  return isUnsigned
    ? i64x2.add(i64x2.shr_u(a, 32), i64x2.shr_u(i64x2.shl(a, 32), 32))
    : i64x2.add(i64x2.shr_s(a, 32), i64x2.shr_s(i64x2.shl(a, 32), 32))
}

/** The low bits of `value` in every element. */
export function splat(value: u64, size: u32): v128 {
  switch (size) {
    case 0:
      return i8x16.splat(value as i8)
    case 1:
      return i16x8.splat(value as i16)
    case 2:
      return i32x4.splat(value as i32)
  }
  return i64x2.splat(value as i64)
}
