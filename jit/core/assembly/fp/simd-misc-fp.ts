/**
 * Advanced SIMD and scalar SIMD "two-register miscellaneous", floating point, all precisions (Arm
 * ARM DDI 0487, C4.1).
 */
import {
  R_BFCVTN_v,
  R_FABS_v,
  R_FABS_v_h,
  R_FCMEQ_zero_sisd,
  R_FCMEQ_zero_sisd_h,
  R_FCMEQ_zero_v,
  R_FCMEQ_zero_v_h,
  R_FCMGE_zero_sisd,
  R_FCMGE_zero_sisd_h,
  R_FCMGE_zero_v,
  R_FCMGE_zero_v_h,
  R_FCMGT_zero_sisd,
  R_FCMGT_zero_sisd_h,
  R_FCMGT_zero_v,
  R_FCMGT_zero_v_h,
  R_FCMLE_zero_sisd,
  R_FCMLE_zero_sisd_h,
  R_FCMLE_zero_v,
  R_FCMLE_zero_v_h,
  R_FCMLT_zero_sisd,
  R_FCMLT_zero_sisd_h,
  R_FCMLT_zero_v,
  R_FCMLT_zero_v_h,
  R_FCVTAS_sisd,
  R_FCVTAS_sisd_h,
  R_FCVTAS_v,
  R_FCVTAS_v_h,
  R_FCVTAU_sisd,
  R_FCVTAU_sisd_h,
  R_FCVTAU_v,
  R_FCVTAU_v_h,
  R_FCVTL_v,
  R_FCVTMS_sisd,
  R_FCVTMS_sisd_h,
  R_FCVTMS_v,
  R_FCVTMS_v_h,
  R_FCVTMU_sisd,
  R_FCVTMU_sisd_h,
  R_FCVTMU_v,
  R_FCVTMU_v_h,
  R_FCVTN_v,
  R_FCVTNS_sisd,
  R_FCVTNS_sisd_h,
  R_FCVTNS_v,
  R_FCVTNS_v_h,
  R_FCVTNU_sisd,
  R_FCVTNU_sisd_h,
  R_FCVTNU_v,
  R_FCVTNU_v_h,
  R_FCVTPS_sisd,
  R_FCVTPS_sisd_h,
  R_FCVTPS_v,
  R_FCVTPS_v_h,
  R_FCVTPU_sisd,
  R_FCVTPU_sisd_h,
  R_FCVTPU_v,
  R_FCVTPU_v_h,
  R_FCVTXN_sisd,
  R_FCVTXN_v,
  R_FCVTZS_sisd,
  R_FCVTZS_sisd_h,
  R_FCVTZS_v,
  R_FCVTZS_v_h,
  R_FCVTZU_sisd,
  R_FCVTZU_sisd_h,
  R_FCVTZU_v,
  R_FCVTZU_v_h,
  R_FNEG_v,
  R_FNEG_v_h,
  R_FRECPE_sisd,
  R_FRECPE_sisd_h,
  R_FRECPE_v,
  R_FRECPE_v_h,
  R_FRECPX_sisd,
  R_FRECPX_sisd_h,
  R_FRINT32X_v,
  R_FRINT32Z_v,
  R_FRINT64X_v,
  R_FRINT64Z_v,
  R_FRINTA_v,
  R_FRINTA_v_h,
  R_FRINTI_v,
  R_FRINTI_v_h,
  R_FRINTM_v,
  R_FRINTM_v_h,
  R_FRINTN_v,
  R_FRINTN_v_h,
  R_FRINTP_v,
  R_FRINTP_v_h,
  R_FRINTX_v,
  R_FRINTX_v_h,
  R_FRINTZ_v,
  R_FRINTZ_v_h,
  R_FRSQRTE_sisd,
  R_FRSQRTE_sisd_h,
  R_FRSQRTE_v,
  R_FRSQRTE_v_h,
  R_SCVTF_sisd,
  R_SCVTF_sisd_h,
  R_SCVTF_v,
  R_SCVTF_v_h,
  R_UCVTF_sisd,
  R_UCVTF_sisd_h,
  R_UCVTF_v,
  R_UCVTF_v_h,
} from '../generated/decode'
import { fcvt32to64, fcvt64to32 } from './fast-convert'
import { hostFromInteger, hostToInteger } from './fast-vector'
import {
  DOUBLE,
  HALF,
  MINUS_INF,
  PLUS_INF,
  roundingOf,
  SINGLE,
  TIES_AWAY,
  TIES_EVEN,
  TO_ODD,
  TO_ZERO,
} from './format'
import {
  fpBinary,
  fpRoundInt,
  fpSqrt,
  fpToInteger,
  OP_CMEQ,
  OP_CMGE,
  OP_CMGT,
  OP_CMLE,
  OP_CMLT,
} from './fp-ops'
import {
  clearOut,
  isFull,
  laneCount,
  loadLane,
  loadU,
  OUT,
  storeLane,
  vd,
  vn,
  writeOut,
  writeScalar,
  writeVector,
} from './lanes'
import { writeNarrow } from './simd-different'
import { softConvert, softFromFixed, softRoundIntN } from './soft-convert'
import { softRecipEstimate, softRecipExponent, softRsqrtEstimate } from './soft-estimate'

/**
 * Executes one instruction of the group; false if the row is none of it. Bit 20 set: half
 * precision.
 */
export function execTwoMiscFp(cpu: usize, row: u32, w: u32): bool {
  switch (row) {
    case R_FCVTN_v:
      convertNarrow(cpu, w, (w & 0x0040_0000) != 0 ? DOUBLE : SINGLE, roundingOf(cpu))
      return true
    case R_FCVTXN_v:
      convertNarrow(cpu, w, DOUBLE, TO_ODD)
      return true
    case R_FCVTXN_sisd:
      writeScalar(vd(cpu, w), softConvert(cpu, load<u64>(vn(cpu, w)), DOUBLE, SINGLE, TO_ODD))
      return true
    case R_FCVTL_v:
      convertLong(cpu, w)
      return true
    case R_BFCVTN_v:
      return false
  }
  if ((w & 0x1000_0000) == 0 && wholeVector(cpu, row, w)) return true
  const fmt = (w & 0x0010_0000) != 0 ? HALF : (w & 0x0040_0000) != 0 ? DOUBLE : SINGLE
  const isUnsigned = (w & 0x2000_0000) != 0
  const n = vn(cpu, w)
  const end = laneCount(w, fmt) << fmt
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << fmt) {
    const r = isConversion(row)
      ? convertLane(cpu, row, n + at, fmt, isUnsigned)
      : oneLane(cpu, row, loadU(n + at, fmt), fmt)
    storeLane(OUT + at, fmt, r)
  }
  writeOut(vd(cpu, w))
  return true
}

/** Executes what needs no look at the elements, or what the host can do; false if neither. */
function wholeVector(cpu: usize, row: u32, w: u32): bool {
  const isUnsigned = (w & 0x2000_0000) != 0
  const double = (w & 0x0040_0000) != 0
  let sign: v128
  switch (row) {
    case R_SCVTF_v:
    case R_UCVTF_v:
      return !double && hostFromInteger(cpu, w, isUnsigned)
    case R_FCVTZS_v:
    case R_FCVTZU_v:
      return !double && hostToInteger(cpu, w, isUnsigned)
    case R_FABS_v:
    case R_FNEG_v:
      sign = double ? i64x2.splat(i64.MIN_VALUE) : i32x4.splat(i32.MIN_VALUE)
      break
    case R_FABS_v_h:
    case R_FNEG_v_h:
      sign = i16x8.splat(i16.MIN_VALUE)
      break
    default:
      return false
  }
  const a = v128.load(vn(cpu, w))
  const negate = row == R_FNEG_v || row == R_FNEG_v_h
  writeVector(vd(cpu, w), w, negate ? v128.xor(a, sign) : v128.andnot(a, sign))
  return true
}

/** Whether the row converts from or to integers. */
function isConversion(row: u32): bool {
  switch (row) {
    case R_FCVTNS_v:
    case R_FCVTNS_v_h:
    case R_FCVTNS_sisd:
    case R_FCVTNS_sisd_h:
    case R_FCVTNU_v:
    case R_FCVTNU_v_h:
    case R_FCVTNU_sisd:
    case R_FCVTNU_sisd_h:
    case R_FCVTPS_v:
    case R_FCVTPS_v_h:
    case R_FCVTPS_sisd:
    case R_FCVTPS_sisd_h:
    case R_FCVTPU_v:
    case R_FCVTPU_v_h:
    case R_FCVTPU_sisd:
    case R_FCVTPU_sisd_h:
    case R_FCVTMS_v:
    case R_FCVTMS_v_h:
    case R_FCVTMS_sisd:
    case R_FCVTMS_sisd_h:
    case R_FCVTMU_v:
    case R_FCVTMU_v_h:
    case R_FCVTMU_sisd:
    case R_FCVTMU_sisd_h:
    case R_FCVTZS_v:
    case R_FCVTZS_v_h:
    case R_FCVTZS_sisd:
    case R_FCVTZS_sisd_h:
    case R_FCVTZU_v:
    case R_FCVTZU_v_h:
    case R_FCVTZU_sisd:
    case R_FCVTZU_sisd_h:
    case R_FCVTAS_v:
    case R_FCVTAS_v_h:
    case R_FCVTAS_sisd:
    case R_FCVTAS_sisd_h:
    case R_FCVTAU_v:
    case R_FCVTAU_v_h:
    case R_FCVTAU_sisd:
    case R_FCVTAU_sisd_h:
    case R_SCVTF_v:
    case R_SCVTF_v_h:
    case R_SCVTF_sisd:
    case R_SCVTF_sisd_h:
    case R_UCVTF_v:
    case R_UCVTF_v_h:
    case R_UCVTF_sisd:
    case R_UCVTF_sisd_h:
      return true
  }
  return false
}

/** One element from or to an integer of the same width. */
function convertLane(cpu: usize, row: u32, p: usize, fmt: u32, isUnsigned: bool): u64 {
  const a = loadU(p, fmt)
  switch (row) {
    case R_FCVTNS_v:
    case R_FCVTNS_v_h:
    case R_FCVTNS_sisd:
    case R_FCVTNS_sisd_h:
    case R_FCVTNU_v:
    case R_FCVTNU_v_h:
    case R_FCVTNU_sisd:
    case R_FCVTNU_sisd_h:
      return fpToInteger(cpu, a, fmt, 8 << fmt, 0, isUnsigned, TIES_EVEN)
    case R_FCVTPS_v:
    case R_FCVTPS_v_h:
    case R_FCVTPS_sisd:
    case R_FCVTPS_sisd_h:
    case R_FCVTPU_v:
    case R_FCVTPU_v_h:
    case R_FCVTPU_sisd:
    case R_FCVTPU_sisd_h:
      return fpToInteger(cpu, a, fmt, 8 << fmt, 0, isUnsigned, PLUS_INF)
    case R_FCVTMS_v:
    case R_FCVTMS_v_h:
    case R_FCVTMS_sisd:
    case R_FCVTMS_sisd_h:
    case R_FCVTMU_v:
    case R_FCVTMU_v_h:
    case R_FCVTMU_sisd:
    case R_FCVTMU_sisd_h:
      return fpToInteger(cpu, a, fmt, 8 << fmt, 0, isUnsigned, MINUS_INF)
    case R_FCVTZS_v:
    case R_FCVTZS_v_h:
    case R_FCVTZS_sisd:
    case R_FCVTZS_sisd_h:
    case R_FCVTZU_v:
    case R_FCVTZU_v_h:
    case R_FCVTZU_sisd:
    case R_FCVTZU_sisd_h:
      return fpToInteger(cpu, a, fmt, 8 << fmt, 0, isUnsigned, TO_ZERO)
    case R_FCVTAS_v:
    case R_FCVTAS_v_h:
    case R_FCVTAS_sisd:
    case R_FCVTAS_sisd_h:
    case R_FCVTAU_v:
    case R_FCVTAU_v_h:
    case R_FCVTAU_sisd:
    case R_FCVTAU_sisd_h:
      return fpToInteger(cpu, a, fmt, 8 << fmt, 0, isUnsigned, TIES_AWAY)
  }
  const integer = loadLane(p, fmt, isUnsigned) as u64
  return softFromFixed(cpu, integer, 0, isUnsigned, fmt, roundingOf(cpu))
}

/** One element of the other rows. */
function oneLane(cpu: usize, row: u32, a: u64, fmt: u32): u64 {
  switch (row) {
    case R_FRINTN_v:
    case R_FRINTN_v_h:
      return fpRoundInt(cpu, a, fmt, TIES_EVEN, false)
    case R_FRINTP_v:
    case R_FRINTP_v_h:
      return fpRoundInt(cpu, a, fmt, PLUS_INF, false)
    case R_FRINTM_v:
    case R_FRINTM_v_h:
      return fpRoundInt(cpu, a, fmt, MINUS_INF, false)
    case R_FRINTZ_v:
    case R_FRINTZ_v_h:
      return fpRoundInt(cpu, a, fmt, TO_ZERO, false)
    case R_FRINTA_v:
    case R_FRINTA_v_h:
      return fpRoundInt(cpu, a, fmt, TIES_AWAY, false)
    case R_FRINTX_v:
    case R_FRINTX_v_h:
      return fpRoundInt(cpu, a, fmt, roundingOf(cpu), true)
    case R_FRINTI_v:
    case R_FRINTI_v_h:
      return fpRoundInt(cpu, a, fmt, roundingOf(cpu), false)
    case R_FRINT32Z_v:
      return softRoundIntN(cpu, a, fmt, TO_ZERO, 32)
    case R_FRINT32X_v:
      return softRoundIntN(cpu, a, fmt, roundingOf(cpu), 32)
    case R_FRINT64Z_v:
      return softRoundIntN(cpu, a, fmt, TO_ZERO, 64)
    case R_FRINT64X_v:
      return softRoundIntN(cpu, a, fmt, roundingOf(cpu), 64)
    case R_FRECPE_v:
    case R_FRECPE_v_h:
    case R_FRECPE_sisd:
    case R_FRECPE_sisd_h:
      return softRecipEstimate(cpu, a, fmt)
    case R_FRSQRTE_v:
    case R_FRSQRTE_v_h:
    case R_FRSQRTE_sisd:
    case R_FRSQRTE_sisd_h:
      return softRsqrtEstimate(cpu, a, fmt)
    case R_FRECPX_sisd:
    case R_FRECPX_sisd_h:
      return softRecipExponent(cpu, a, fmt)
    case R_FCMGT_zero_v:
    case R_FCMGT_zero_v_h:
    case R_FCMGT_zero_sisd:
    case R_FCMGT_zero_sisd_h:
      return fpBinary(cpu, OP_CMGT, a, 0, fmt)
    case R_FCMGE_zero_v:
    case R_FCMGE_zero_v_h:
    case R_FCMGE_zero_sisd:
    case R_FCMGE_zero_sisd_h:
      return fpBinary(cpu, OP_CMGE, a, 0, fmt)
    case R_FCMEQ_zero_v:
    case R_FCMEQ_zero_v_h:
    case R_FCMEQ_zero_sisd:
    case R_FCMEQ_zero_sisd_h:
      return fpBinary(cpu, OP_CMEQ, a, 0, fmt)
    case R_FCMLE_zero_v:
    case R_FCMLE_zero_v_h:
    case R_FCMLE_zero_sisd:
    case R_FCMLE_zero_sisd_h:
      return fpBinary(cpu, OP_CMLE, a, 0, fmt)
    case R_FCMLT_zero_v:
    case R_FCMLT_zero_v_h:
    case R_FCMLT_zero_sisd:
    case R_FCMLT_zero_sisd_h:
      return fpBinary(cpu, OP_CMLT, a, 0, fmt)
  }
  return fpSqrt(cpu, a, fmt)
}

/** FCVTN, FCVTXN: to elements half as wide. */
function convertNarrow(cpu: usize, w: u32, from: u32, mode: u32): void {
  const n = vn(cpu, w)
  const to = from - 1
  const lanes: u32 = 16 >> from
  let r: u64 = 0
  for (let i: u32 = 0; i < lanes; i++) {
    const a = loadU(n + (i << from), from)
    const narrow =
      from == DOUBLE && mode != TO_ODD
        ? (fcvt64to32(cpu, a) as u64)
        : softConvert(cpu, a, from, to, mode)
    r |= narrow << (i << (to + 3))
  }
  writeNarrow(vd(cpu, w), w, r)
}

/** FCVTL: to elements twice as wide. */
function convertLong(cpu: usize, w: u32): void {
  const from = (w & 0x0040_0000) != 0 ? SINGLE : HALF
  const to = from + 1
  const n = vn(cpu, w) + (isFull(w) ? 8 : 0)
  const lanes: u32 = 8 >> from
  for (let i: u32 = 0; i < lanes; i++) {
    const a = loadU(n + (i << from), from)
    const r = from == SINGLE ? fcvt32to64(cpu, a as u32) : softConvert(cpu, a, from, to, TIES_EVEN)
    storeLane(OUT + (i << to), to, r)
  }
  writeOut(vd(cpu, w))
}
