/**
 * Advanced SIMD and scalar SIMD "three same", integer (Arm ARM DDI 0487, C4.1).
 *
 * What WebAssembly's vector instructions do in the same way is left to them; the rest goes element
 * by element.
 */
import {
  R_ADD_sisd,
  R_ADD_v,
  R_ADDP_v,
  R_AND_v,
  R_BIC_v,
  R_BIF_v,
  R_BIT_v,
  R_BSL_v,
  R_CMEQ_sisd,
  R_CMEQ_v,
  R_CMGE_sisd,
  R_CMGE_v,
  R_CMGT_sisd,
  R_CMGT_v,
  R_CMHI_sisd,
  R_CMHI_v,
  R_CMHS_sisd,
  R_CMHS_v,
  R_CMTST_sisd,
  R_CMTST_v,
  R_EOR_v,
  R_MLA_v,
  R_MLS_v,
  R_MUL_v,
  R_ORN_v,
  R_ORR_v,
  R_PMUL_v,
  R_SABA_v,
  R_SABD_v,
  R_SHADD_v,
  R_SHSUB_v,
  R_SMAX_v,
  R_SMAXP_v,
  R_SMIN_v,
  R_SMINP_v,
  R_SQADD_sisd,
  R_SQADD_v,
  R_SQDMULH_sisd,
  R_SQDMULH_v,
  R_SQSHL_reg_sisd,
  R_SQSHL_reg_v,
  R_SQSUB_sisd,
  R_SQSUB_v,
  R_SRHADD_v,
  R_SRSHL_sisd,
  R_SRSHL_v,
  R_SSHL_sisd,
  R_SSHL_v,
  R_SUB_sisd,
  R_SUB_v,
  R_UABA_v,
  R_UABD_v,
  R_UHADD_v,
  R_UHSUB_v,
  R_UMAX_v,
  R_UMAXP_v,
  R_UMIN_v,
  R_UMINP_v,
  R_UQADD_sisd,
  R_UQADD_v,
  R_UQSHL_reg_sisd,
  R_UQSHL_reg_v,
  R_UQSUB_sisd,
  R_UQSUB_v,
  R_URHADD_v,
  R_URSHL_sisd,
  R_URSHL_v,
  R_USHL_sisd,
  R_USHL_v,
} from '../generated/decode'
import {
  addSaturating,
  carrylessBytes,
  doublingHigh,
  shiftBy,
  shiftSaturating,
  subSaturating,
} from './int-ops'
import {
  clearOut,
  isFull,
  laneCount,
  laneMax,
  loadLane,
  OUT,
  raiseQC,
  sizeOf,
  storeLane,
  vd,
  vm,
  vn,
  writeOut,
  writeVector,
} from './lanes'
import {
  addLanes,
  differenceLanes,
  equalLanes,
  evenLanes,
  greaterLanes,
  higherLanes,
  maxLanes,
  minLanes,
  mulLanes,
  oddLanes,
  operand,
  shiftRight,
  splat,
  subLanes,
} from './vector'

/** Executes one instruction of the group; false if the row is none of it. */
export function execThreeSame(cpu: usize, row: u32, w: u32): bool {
  if ((w & 0x1000_0000) == 0 && wholeVector(cpu, row, w)) return true
  const size = sizeOf(w)
  const isUnsigned = (w & 0x2000_0000) != 0
  const lanes = laneCount(w, size)
  const n = vn(cpu, w)
  const m = vm(cpu, w)
  const d = vd(cpu, w)
  clearOut()
  for (let i: u32 = 0; i < lanes; i++) {
    const at = i << size
    const a = loadLane(n + at, size, isUnsigned)
    const b = loadLane(m + at, size, isUnsigned)
    const r =
      ((w >> 11) & 31) < 12
        ? saturatingOrShift(cpu, row, a, b, size, isUnsigned)
        : other(cpu, row, a, b, size)
    storeLane(OUT + at, size, r)
  }
  writeOut(d)
  return true
}

/** Saturating sums, shifts by register, scalar comparisons: the first rows of the group. */
function saturatingOrShift(cpu: usize, row: u32, a: i64, b: i64, size: u32, isUnsigned: bool): u64 {
  switch (row) {
    case R_SQADD_sisd:
    case R_UQADD_sisd:
      return addSaturating(cpu, a, b, size, isUnsigned)
    case R_SQSUB_sisd:
    case R_UQSUB_sisd:
      return subSaturating(cpu, a, b, size, isUnsigned)
    case R_CMGT_sisd:
      return mask(a > b)
    case R_CMHI_sisd:
      return mask((a as u64) > (b as u64))
    case R_CMGE_sisd:
      return mask(a >= b)
    case R_CMHS_sisd:
      return mask((a as u64) >= (b as u64))
  }
  // The amount is the signed low byte of the element.
  const by = b as i8 as i32
  switch (row) {
    case R_SSHL_v:
    case R_SSHL_sisd:
    case R_USHL_v:
    case R_USHL_sisd:
      return shiftBy(a, by, size, isUnsigned, false)
    case R_SRSHL_v:
    case R_SRSHL_sisd:
    case R_URSHL_v:
    case R_URSHL_sisd:
      return shiftBy(a, by, size, isUnsigned, true)
    case R_SQSHL_reg_v:
    case R_SQSHL_reg_sisd:
    case R_UQSHL_reg_v:
    case R_UQSHL_reg_sisd:
      return shiftSaturating(cpu, a, by, size, isUnsigned, false)
  }
  return shiftSaturating(cpu, a, by, size, isUnsigned, true)
}

function mask(holds: bool): u64 {
  return 0 - u64(holds)
}

/** The other rows of the group. */
function other(cpu: usize, row: u32, a: i64, b: i64, size: u32): u64 {
  switch (row) {
    case R_ADD_sisd:
      return (a + b) as u64
    case R_SUB_sisd:
      return (a - b) as u64
    case R_CMTST_sisd:
      return mask((a & b) != 0)
    case R_CMEQ_sisd:
      return mask(a == b)
    case R_PMUL_v:
      return carrylessBytes(a as u32, b as u32)
    case R_SQDMULH_v:
    case R_SQDMULH_sisd:
      return doublingHigh(cpu, a, b, size, false)
  }
  // SQRDMULH has U set, yet its elements are signed.
  const shift = 64 - (8 << size)
  return doublingHigh(cpu, (a << shift) >> shift, (b << shift) >> shift, size, true)
}

/** Executes what WebAssembly's vector instructions can express; false if they cannot. */
function wholeVector(cpu: usize, row: u32, w: u32): bool {
  const full = isFull(w)
  const a = operand(vn(cpu, w), full)
  const b = operand(vm(cpu, w), full)
  const d = vd(cpu, w)
  const size = sizeOf(w)
  const isUnsigned = (w & 0x2000_0000) != 0
  let r: v128
  switch (row) {
    case R_AND_v:
      r = v128.and(a, b)
      break
    case R_BIC_v:
      r = v128.andnot(a, b)
      break
    case R_ORR_v:
      r = v128.or(a, b)
      break
    case R_ORN_v:
      r = v128.or(a, v128.not(b))
      break
    case R_EOR_v:
      r = v128.xor(a, b)
      break
    case R_BSL_v:
      r = v128.bitselect(a, b, v128.load(d))
      break
    case R_BIT_v:
      r = v128.bitselect(a, v128.load(d), b)
      break
    case R_BIF_v:
      r = v128.bitselect(v128.load(d), a, b)
      break
    case R_ADD_v:
      r = addLanes(a, b, size)
      break
    case R_SUB_v:
      r = subLanes(a, b, size)
      break
    case R_CMEQ_v:
      r = equalLanes(a, b, size)
      break
    case R_CMTST_v:
      r = v128.not(equalLanes(v128.and(a, b), i64x2.splat(0), size))
      break
    case R_CMGT_v:
      r = greaterLanes(a, b, size)
      break
    case R_CMGE_v:
      r = v128.not(greaterLanes(b, a, size))
      break
    case R_CMHI_v:
      r = higherLanes(a, b, size)
      break
    case R_CMHS_v:
      r = v128.not(higherLanes(b, a, size))
      break
    case R_MUL_v:
      r = mulLanes(a, b, size)
      break
    case R_MLA_v:
      r = addLanes(v128.load(d), mulLanes(a, b, size), size)
      break
    case R_MLS_v:
      r = subLanes(v128.load(d), mulLanes(a, b, size), size)
      break
    case R_SMAX_v:
    case R_UMAX_v:
      r = maxLanes(a, b, size, isUnsigned)
      break
    case R_SMIN_v:
    case R_UMIN_v:
      r = minLanes(a, b, size, isUnsigned)
      break
    case R_SABD_v:
    case R_UABD_v:
      r = differenceLanes(a, b, size, isUnsigned)
      break
    case R_SABA_v:
    case R_UABA_v:
      r = addLanes(v128.load(d), differenceLanes(a, b, size, isUnsigned), size)
      break
    // Halves of sums, without the carry that an element has no room for: a + b = 2 (a & b) + (a ^
    // b), and so on.
    case R_SHADD_v:
    case R_UHADD_v:
      r = addLanes(v128.and(a, b), shiftRight(v128.xor(a, b), size, 1, isUnsigned), size)
      break
    case R_SRHADD_v:
    case R_URHADD_v:
      r = subLanes(v128.or(a, b), shiftRight(v128.xor(a, b), size, 1, isUnsigned), size)
      break
    case R_SHSUB_v:
    case R_UHSUB_v:
      r = subLanes(shiftRight(v128.xor(a, b), size, 1, isUnsigned), v128.andnot(b, a), size)
      break
    case R_SQADD_v:
    case R_UQADD_v:
      r = saturatingSum(cpu, a, b, size, isUnsigned)
      break
    case R_SQSUB_v:
    case R_UQSUB_v:
      r = saturatingDifference(cpu, a, b, size, isUnsigned)
      break
    default:
      return pairs(cpu, row, w, a, b)
  }
  writeVector(d, w, r)
  return true
}

/**
 * a + b saturated: a sum of equal signs that has the other one overflowed, so did an unsigned one
 * that is too small.
 */
function saturatingSum(cpu: usize, a: v128, b: v128, size: u32, isUnsigned: bool): v128 {
  const sum = addLanes(a, b, size)
  const over = isUnsigned
    ? higherLanes(a, sum, size)
    : signs(v128.and(v128.xor(a, sum), v128.xor(b, sum)), size)
  if (!v128.any_true(over)) return sum
  raiseQC(cpu)
  return isUnsigned ? v128.or(sum, over) : v128.bitselect(limits(a, size), sum, over)
}

/** a - b saturated. */
function saturatingDifference(cpu: usize, a: v128, b: v128, size: u32, isUnsigned: bool): v128 {
  const difference = subLanes(a, b, size)
  const over = isUnsigned
    ? higherLanes(b, a, size)
    : signs(v128.and(v128.xor(a, b), v128.xor(a, difference)), size)
  if (!v128.any_true(over)) return difference
  raiseQC(cpu)
  return isUnsigned
    ? v128.andnot(difference, over)
    : v128.bitselect(limits(a, size), difference, over)
}

/** All ones where an element is negative. */
function signs(a: v128, size: u32): v128 {
  return shiftRight(a, size, (8 << size) - 1, false)
}

/** The largest or smallest signed element, by the sign of `a`. */
function limits(a: v128, size: u32): v128 {
  return v128.xor(signs(a, size), splat(laneMax(size, false), size))
}

/** Operations on adjacent elements of Vn, then of Vm; false if the row is none. */
function pairs(cpu: usize, row: u32, w: u32, a: v128, b: v128): bool {
  const size = sizeOf(w)
  const isUnsigned = (w & 0x2000_0000) != 0
  if (!isFull(w)) {
    // Both operands in one vector: Vn below, Vm above.
    a = i64x2.shuffle(a, b, 0, 2)
    b = a
  }
  const even = evenLanes(a, b, size)
  const odd = oddLanes(a, b, size)
  let r: v128
  switch (row) {
    case R_SMAXP_v:
    case R_UMAXP_v:
      r = maxLanes(even, odd, size, isUnsigned)
      break
    case R_SMINP_v:
    case R_UMINP_v:
      r = minLanes(even, odd, size, isUnsigned)
      break
    case R_ADDP_v:
      r = addLanes(even, odd, size)
      break
    default:
      return false
  }
  writeVector(vd(cpu, w), w, r)
  return true
}
