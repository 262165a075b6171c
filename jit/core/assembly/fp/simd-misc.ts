/**
 * Advanced SIMD and scalar SIMD "two-register miscellaneous", integer, and "across lanes" (Arm ARM
 * DDI 0487, C4.1).
 */
import {
  R_ABS_sisd,
  R_ABS_v,
  R_ADDV_v,
  R_CLS_v,
  R_CLZ_v,
  R_CMEQ_zero_sisd,
  R_CMEQ_zero_v,
  R_CMGE_zero_sisd,
  R_CMGE_zero_v,
  R_CMGT_zero_sisd,
  R_CMGT_zero_v,
  R_CMLE_zero_sisd,
  R_CMLE_zero_v,
  R_CMLT_zero_sisd,
  R_CMLT_zero_v,
  R_CNT_v,
  R_NEG_sisd,
  R_NEG_v,
  R_NOT_v,
  R_RBIT_v,
  R_REV16_v,
  R_REV32_v,
  R_REV64_v,
  R_SADALP_v,
  R_SADDLP_v,
  R_SADDLV_v,
  R_SHLL_v,
  R_SMAXV_v,
  R_SMINV_v,
  R_SQABS_sisd,
  R_SQABS_v,
  R_SQNEG_sisd,
  R_SQNEG_v,
  R_SQXTN_sisd,
  R_SQXTN_v,
  R_SQXTUN_sisd,
  R_SQXTUN_v,
  R_SUQADD_sisd,
  R_SUQADD_v,
  R_UADALP_v,
  R_UADDLP_v,
  R_UADDLV_v,
  R_UMAXV_v,
  R_UMINV_v,
  R_UQXTN_sisd,
  R_UQXTN_v,
  R_URECPE_v,
  R_URSQRTE_v,
  R_USQADD_sisd,
  R_USQADD_v,
  R_XTN_v,
} from '../generated/decode'
import { addSignedToUnsigned, addUnsignedToSigned, subSaturating } from './int-ops'
import {
  clearOut,
  isFull,
  laneCount,
  laneMax,
  loadS,
  loadU,
  OUT,
  saturate,
  saturateU,
  sizeOf,
  storeLane,
  vd,
  vn,
  writeOut,
  writeScalar,
  writeVector,
} from './lanes'
import { writeNarrow } from './simd-different'
import { unsignedRecipEstimate, unsignedRsqrtEstimate } from './soft-estimate'
import {
  addLanes,
  equalLanes,
  evenLanes,
  greaterLanes,
  maxLanes,
  minLanes,
  operand,
  pairSums,
  subLanes,
} from './vector'

/** Executes one instruction of the group; false if the row is none of it. */
export function execTwoMisc(cpu: usize, row: u32, w: u32): bool {
  switch (row) {
    case R_NOT_v:
      writeVector(vd(cpu, w), w, v128.not(v128.load(vn(cpu, w))))
      return true
    case R_CNT_v:
      writeVector(vd(cpu, w), w, i8x16.popcnt(v128.load(vn(cpu, w))))
      return true
    case R_REV64_v:
      reverse(cpu, w, 3)
      return true
    case R_REV32_v:
      reverse(cpu, w, 2)
      return true
    case R_REV16_v:
      reverse(cpu, w, 1)
      return true
    case R_SADDLP_v:
    case R_UADDLP_v:
      pairwiseLong(cpu, w, false)
      return true
    case R_SADALP_v:
    case R_UADALP_v:
      pairwiseLong(cpu, w, true)
      return true
    case R_XTN_v:
      truncate(cpu, w)
      return true
    case R_SQXTUN_v:
    case R_SQXTUN_sisd:
    case R_SQXTN_v:
    case R_SQXTN_sisd:
    case R_UQXTN_v:
    case R_UQXTN_sisd:
      narrow(cpu, row, w)
      return true
    case R_SHLL_v:
      shiftLong(cpu, w)
      return true
  }
  if ((w & 0x1000_0000) == 0 && wholeVector(cpu, row, w)) return true
  // RBIT and the estimates have a size field that means something else.
  let size = sizeOf(w)
  if (row == R_RBIT_v) size = 0
  else if (row == R_URECPE_v || row == R_URSQRTE_v) size = 2
  const n = vn(cpu, w)
  const d = vd(cpu, w)
  const lanes = laneCount(w, size)
  clearOut()
  for (let i: u32 = 0; i < lanes; i++) {
    const at = i << size
    storeLane(OUT + at, size, oneLane(cpu, row, loadS(n + at, size), d + at, size))
  }
  writeOut(d)
  return true
}

/** Executes what WebAssembly's vector instructions can express; false if they cannot. */
function wholeVector(cpu: usize, row: u32, w: u32): bool {
  const a = v128.load(vn(cpu, w))
  const zero = i64x2.splat(0)
  const size = sizeOf(w)
  let r: v128
  switch (row) {
    case R_CMGT_zero_v:
      r = greaterLanes(a, zero, size)
      break
    case R_CMGE_zero_v:
      r = v128.not(greaterLanes(zero, a, size))
      break
    case R_CMEQ_zero_v:
      r = equalLanes(a, zero, size)
      break
    case R_CMLE_zero_v:
      r = v128.not(greaterLanes(a, zero, size))
      break
    case R_CMLT_zero_v:
      r = greaterLanes(zero, a, size)
      break
    case R_ABS_v:
      r = maxLanes(subLanes(zero, a, size), a, size, false)
      break
    case R_NEG_v:
      r = subLanes(zero, a, size)
      break
    default:
      return false
  }
  writeVector(vd(cpu, w), w, r)
  return true
}

function mask(holds: bool): u64 {
  return 0 - u64(holds)
}

/** One element `a`, sign-extended; `d` is the address of the destination's element. */
function oneLane(cpu: usize, row: u32, a: i64, d: usize, size: u32): u64 {
  const bits = 8 << size
  switch (row) {
    case R_SUQADD_v:
    case R_SUQADD_sisd: {
      const addend = (a as u64) & laneMax(size, true)
      return addUnsignedToSigned(cpu, loadS(d, size), addend as i64, size)
    }
    case R_USQADD_v:
    case R_USQADD_sisd:
      return addSignedToUnsigned(cpu, loadU(d, size) as i64, a, size)
    case R_CLS_v:
      return clz<u64>((a ^ (a >> 63)) as u64) - (64 - bits) - 1
    case R_CLZ_v: {
      const value = (a as u64) & laneMax(size, true)
      return clz<u64>(value) - (64 - bits)
    }
    case R_RBIT_v:
      return reverseByte(a as u8)
    case R_SQABS_v:
    case R_SQABS_sisd:
      return a >= 0 ? (a as u64) : subSaturating(cpu, 0, a, size, false)
    case R_SQNEG_v:
    case R_SQNEG_sisd:
      return subSaturating(cpu, 0, a, size, false)
    case R_CMGT_zero_sisd:
      return mask(a > 0)
    case R_CMGE_zero_sisd:
      return mask(a >= 0)
    case R_CMEQ_zero_sisd:
      return mask(a == 0)
    case R_CMLE_zero_sisd:
      return mask(a <= 0)
    case R_CMLT_zero_sisd:
      return mask(a < 0)
    case R_ABS_sisd:
      return (a < 0 ? 0 - a : a) as u64
    case R_NEG_sisd:
      return (0 - a) as u64
    case R_URECPE_v:
      return unsignedRecipEstimate(a as u32)
  }
  return unsignedRsqrtEstimate(a as u32)
}

function reverseByte(a: u32): u32 {
  a = ((a & 0x55) << 1) | ((a >> 1) & 0x55)
  a = ((a & 0x33) << 2) | ((a >> 2) & 0x33)
  return ((a & 0x0f) << 4) | (a >> 4)
}

/** Reverses the elements within containers of 2^`container` bytes. */
function reverse(cpu: usize, w: u32, container: u32): void {
  const size = sizeOf(w)
  let a = v128.load(vn(cpu, w))
  // Halves of the container change places, then their halves, down to the element.
  if (container == 3) a = i32x4.shuffle(a, a, 1, 0, 3, 2)
  if (container >= 2 && size < 2) a = i16x8.shuffle(a, a, 1, 0, 3, 2, 5, 4, 7, 6)
  if (size < 1) a = v128.or(i16x8.shl(a, 8), i16x8.shr_u(a, 8))
  writeVector(vd(cpu, w), w, a)
}

/** Sums of adjacent elements, twice as wide; added to the destination if `accumulate`. */
function pairwiseLong(cpu: usize, w: u32, accumulate: bool): void {
  const size = sizeOf(w)
  const d = vd(cpu, w)
  let r = pairSums(v128.load(vn(cpu, w)), size, (w & 0x2000_0000) != 0)
  if (accumulate) r = addLanes(r, v128.load(d), size + 1)
  writeVector(d, w, r)
}

/** XTN: the lower halves of the elements. */
function truncate(cpu: usize, w: u32): void {
  const a = v128.load(vn(cpu, w))
  const r = evenLanes(a, a, sizeOf(w))
  writeNarrow(vd(cpu, w), w, i64x2.extract_lane(r, 0) as u64)
}

/** SQXTN, SQXTUN, UQXTN: elements half as wide, saturated. */
function narrow(cpu: usize, row: u32, w: u32): void {
  const size = sizeOf(w)
  const n = vn(cpu, w)
  const scalar = (w & 0x1000_0000) != 0
  const lanes: u32 = scalar ? 1 : 8 >> size
  let r: u64 = 0
  for (let i: u32 = 0; i < lanes; i++) {
    const p = n + (i << (size + 1))
    let value: u64
    switch (row) {
      case R_UQXTN_v:
      case R_UQXTN_sisd:
        value = saturateU(cpu, loadU(p, size + 1), size)
        break
      default:
        value = saturate(cpu, loadS(p, size + 1), size, row == R_SQXTUN_v || row == R_SQXTUN_sisd)
    }
    r |= (value & laneMax(size, true)) << (i << (size + 3))
  }
  if (scalar) writeScalar(vd(cpu, w), r)
  else writeNarrow(vd(cpu, w), w, r)
}

/** SHLL: widens and shifts left by the element's width. */
function shiftLong(cpu: usize, w: u32): void {
  const size = sizeOf(w)
  const n = vn(cpu, w) + (isFull(w) ? 8 : 0)
  const lanes: u32 = 8 >> size
  for (let i: u32 = 0; i < lanes; i++) {
    storeLane(OUT + (i << (size + 1)), size + 1, loadU(n + (i << size), size) << (8 << size))
  }
  writeOut(vd(cpu, w))
}

/** Executes one instruction of "across lanes", integer; false if the row is none of it. */
export function execAcross(cpu: usize, row: u32, w: u32): bool {
  const isUnsigned = (w & 0x2000_0000) != 0
  const full = isFull(w)
  let size = sizeOf(w)
  // 64 bits repeated do not change an extreme, but a sum.
  let a = operand(vn(cpu, w), full)
  switch (row) {
    case R_SMAXV_v:
    case R_UMAXV_v:
    case R_SMINV_v:
    case R_UMINV_v:
      break
    case R_SADDLV_v:
    case R_UADDLV_v:
      a = pairSums(full ? a : v128.load64_zero(vn(cpu, w)), size, isUnsigned)
      size++
      break
    case R_ADDV_v:
      if (!full) a = v128.load64_zero(vn(cpu, w))
      break
    default:
      return false
  }
  a = fold(row, a, i64x2.shuffle(a, a, 1, 0), size, isUnsigned)
  if (size < 3) a = fold(row, a, i32x4.shuffle(a, a, 1, 0, 3, 2), size, isUnsigned)
  if (size < 2) a = fold(row, a, i16x8.shuffle(a, a, 1, 0, 3, 2, 5, 4, 7, 6), size, isUnsigned)
  if (size < 1) a = fold(row, a, i16x8.shr_u(a, 8), 0, isUnsigned)
  writeScalar(vd(cpu, w), (i64x2.extract_lane(a, 0) as u64) & laneMax(size, true))
  return true
}

/** One step of a reduction. */
function fold(row: u32, a: v128, b: v128, size: u32, isUnsigned: bool): v128 {
  switch (row) {
    case R_SMAXV_v:
    case R_UMAXV_v:
      return maxLanes(a, b, size, isUnsigned)
    case R_SMINV_v:
    case R_UMINV_v:
      return minLanes(a, b, size, isUnsigned)
  }
  return addLanes(a, b, size)
}
