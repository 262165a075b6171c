/**
 * Scalar floating-point instructions (Arm ARM DDI 0487, C4.1 "Floating-point data-processing" and
 * conversions).
 *
 * ftype (bits 23:22) gives the format: 0 single, 1 double, 3 half.
 */
import {
  R_FABS_s,
  R_FABS_s_h,
  R_FADD_s,
  R_FADD_s_h,
  R_FCCMP_s,
  R_FCCMP_s_h,
  R_FCCMPE_s,
  R_FCCMPE_s_h,
  R_FCMP_s,
  R_FCMP_s_h,
  R_FCMP_zero_s,
  R_FCMP_zero_s_h,
  R_FCMPE_s,
  R_FCMPE_s_h,
  R_FCMPE_zero_s,
  R_FCMPE_zero_s_h,
  R_FCSEL_s,
  R_FCSEL_s_h,
  R_FCVT_s,
  R_FCVTAS_s,
  R_FCVTAS_s_h,
  R_FCVTAU_s,
  R_FCVTAU_s_h,
  R_FCVTMS_s,
  R_FCVTMS_s_h,
  R_FCVTMU_s,
  R_FCVTMU_s_h,
  R_FCVTNS_s,
  R_FCVTNS_s_h,
  R_FCVTNU_s,
  R_FCVTNU_s_h,
  R_FCVTPS_s,
  R_FCVTPS_s_h,
  R_FCVTPU_s,
  R_FCVTPU_s_h,
  R_FCVTZS_s,
  R_FCVTZS_s_fix,
  R_FCVTZS_s_fix_h,
  R_FCVTZS_s_h,
  R_FCVTZU_s,
  R_FCVTZU_s_fix,
  R_FCVTZU_s_fix_h,
  R_FCVTZU_s_h,
  R_FDIV_s,
  R_FDIV_s_h,
  R_FJCVTZS,
  R_FMAX_s,
  R_FMAX_s_h,
  R_FMAXNM_s,
  R_FMAXNM_s_h,
  R_FMIN_s,
  R_FMIN_s_h,
  R_FMINNM_s,
  R_FMINNM_s_h,
  R_FMOV_from_gp,
  R_FMOV_from_gp_h,
  R_FMOV_from_gp_top,
  R_FMOV_imm_s,
  R_FMOV_imm_s_h,
  R_FMOV_s,
  R_FMOV_s_h,
  R_FMOV_to_gp,
  R_FMOV_to_gp_h,
  R_FMOV_to_gp_top,
  R_FMUL_s,
  R_FMUL_s_h,
  R_FNEG_s,
  R_FNEG_s_h,
  R_FNMUL_s,
  R_FNMUL_s_h,
  R_FRINT32X_s,
  R_FRINT32Z_s,
  R_FRINT64X_s,
  R_FRINT64Z_s,
  R_FRINTA_s,
  R_FRINTA_s_h,
  R_FRINTI_s,
  R_FRINTI_s_h,
  R_FRINTM_s,
  R_FRINTM_s_h,
  R_FRINTN_s,
  R_FRINTN_s_h,
  R_FRINTP_s,
  R_FRINTP_s_h,
  R_FRINTX_s,
  R_FRINTX_s_h,
  R_FRINTZ_s,
  R_FRINTZ_s_h,
  R_FSQRT_s,
  R_FSQRT_s_h,
  R_FSUB_s,
  R_FSUB_s_h,
  R_SCVTF_s,
  R_SCVTF_s_fix,
  R_SCVTF_s_fix_h,
  R_SCVTF_s_h,
  R_UCVTF_s,
  R_UCVTF_s_fix,
  R_UCVTF_s_fix_h,
  R_UCVTF_s_h,
} from '../generated/decode'
import { conditionHolds, setNZCV } from '../state'
import {
  fcmp32,
  fcmp64,
  fcvt32to64,
  fcvt64to32,
  scvtf32,
  scvtf64,
  setFlags,
  ucvtf32,
  ucvtf64,
} from './fast-convert'
import {
  DOUBLE,
  HALF,
  MINUS_INF,
  PLUS_INF,
  roundingOf,
  SINGLE,
  TIES_AWAY,
  TIES_EVEN,
  TO_ZERO,
} from './format'
import {
  fpAbs,
  fpAdd,
  fpBinary,
  fpDiv,
  fpMul,
  fpMulAdd,
  fpNeg,
  fpRoundInt,
  fpSqrt,
  fpSub,
  fpToInteger,
  OP_MAX,
  OP_MAXNM,
  OP_MIN,
  OP_MINNM,
  OP_NMUL,
} from './fp-ops'
import { loadU, readX, vd, vectorAt, vm, vn, writeScalar, writeX } from './lanes'
import { softCompare } from './soft-compare'
import {
  moduloExact,
  softConvert,
  softFromFixed,
  softRoundIntN,
  softToInt32Modulo,
} from './soft-convert'

/** The format that two bits `ftype` stand for. */
function formatOf(ftype: u32): u32 {
  return ftype == 1 ? DOUBLE : ftype == 3 ? HALF : SINGLE
}

/** Executes one instruction of the group; false if the row is none of it. */
export function execScalar(cpu: usize, row: u32, w: u32): bool {
  if ((w & 0x0100_0000) != 0) {
    multiplyAdd(cpu, w)
    return true
  }
  // Bit 21 clear: fixed point. Bits 11:10 clear: one operand, compare, immediate, or a general
  // register.
  if ((w & 0x0020_0000) == 0) return fixedPoint(cpu, row, w)
  if ((w & 0xc00) == 0) {
    return (w & 0xfc00) == 0 ? general(cpu, row, w) : oneOperand(cpu, row, w)
  }
  return twoOperands(cpu, row, w)
}

/** FMADD, FMSUB, FNMADD, FNMSUB: o1 (bit 21) negates the addend, o1 != o0 (bit 15) the product. */
function multiplyAdd(cpu: usize, w: u32): void {
  const fmt = formatOf((w >> 22) & 3)
  let n = loadU(vn(cpu, w), fmt)
  let a = loadU(vectorAt(cpu, w, 10), fmt)
  const o1 = (w >> 21) & 1
  const o0 = (w >> 15) & 1
  if (o1 != 0) a = fpNeg(a, fmt)
  if (o1 != o0) n = fpNeg(n, fmt)
  writeScalar(vd(cpu, w), fpMulAdd(cpu, a, n, loadU(vm(cpu, w), fmt), fmt))
}

/** Two source operands, conditional compare, conditional select. */
function twoOperands(cpu: usize, row: u32, w: u32): bool {
  const fmt = formatOf((w >> 22) & 3)
  const a = loadU(vn(cpu, w), fmt)
  const b = loadU(vm(cpu, w), fmt)
  let r: u64
  switch (row) {
    case R_FMUL_s:
    case R_FMUL_s_h:
      r = fpMul(cpu, a, b, fmt)
      break
    case R_FDIV_s:
    case R_FDIV_s_h:
      r = fpDiv(cpu, a, b, fmt)
      break
    case R_FADD_s:
    case R_FADD_s_h:
      r = fpAdd(cpu, a, b, fmt)
      break
    case R_FSUB_s:
    case R_FSUB_s_h:
      r = fpSub(cpu, a, b, fmt)
      break
    case R_FMAX_s:
    case R_FMAX_s_h:
      r = fpBinary(cpu, OP_MAX, a, b, fmt)
      break
    case R_FMIN_s:
    case R_FMIN_s_h:
      r = fpBinary(cpu, OP_MIN, a, b, fmt)
      break
    case R_FMAXNM_s:
    case R_FMAXNM_s_h:
      r = fpBinary(cpu, OP_MAXNM, a, b, fmt)
      break
    case R_FMINNM_s:
    case R_FMINNM_s_h:
      r = fpBinary(cpu, OP_MINNM, a, b, fmt)
      break
    case R_FNMUL_s:
    case R_FNMUL_s_h:
      r = fpBinary(cpu, OP_NMUL, a, b, fmt)
      break
    case R_FCSEL_s:
    case R_FCSEL_s_h:
      r = conditionHolds(cpu, (w >> 12) & 15) ? a : b
      break
    case R_FCCMP_s:
    case R_FCCMP_s_h:
    case R_FCCMPE_s:
    case R_FCCMPE_s_h:
      if (conditionHolds(cpu, (w >> 12) & 15)) compare(cpu, a, b, fmt, (w & 16) != 0)
      else setNZCV(cpu, w & 15)
      return true
    default:
      return false
  }
  writeScalar(vd(cpu, w), r)
  return true
}

function compare(cpu: usize, a: u64, b: u64, fmt: u32, signalling: bool): void {
  if (fmt == DOUBLE) fcmp64(cpu, a, b, signalling)
  else if (fmt == SINGLE) fcmp32(cpu, a as u32, b as u32, signalling)
  else setFlags(cpu, softCompare(cpu, a, b, fmt, signalling))
}

/** FMOV (scalar, immediate): imm8 is sign, three bits of exponent, four of fraction. */
export function expandImmediate(imm8: u32, fmt: u32): u64 {
  const sign = imm8 >> 7
  const fraction = (imm8 & 15) as u64
  const low = (imm8 >> 4) & 3
  // The exponent is bit 6 inverted, bit 6 repeated, bits 5:4.
  if (fmt == HALF) {
    const exponent = (imm8 & 64) != 0 ? 0xc | low : 0x10 | low
    return (((sign << 15) | (exponent << 10)) as u64) | (fraction << 6)
  }
  if (fmt == SINGLE) {
    const exponent = (imm8 & 64) != 0 ? 0x7c | low : 0x80 | low
    return (((sign << 31) | (exponent << 23)) as u64) | (fraction << 19)
  }
  const exponent = (imm8 & 64) != 0 ? 0x3fc | low : 0x400 | low
  return ((sign as u64) << 63) | ((exponent as u64) << 52) | (fraction << 48)
}

/** One source operand, compare, move of an immediate. */
function oneOperand(cpu: usize, row: u32, w: u32): bool {
  const fmt = formatOf((w >> 22) & 3)
  const a = loadU(vn(cpu, w), fmt)
  let r: u64
  switch (row) {
    case R_FCMP_s:
    case R_FCMP_s_h:
    case R_FCMPE_s:
    case R_FCMPE_s_h:
      compare(cpu, a, loadU(vm(cpu, w), fmt), fmt, (w & 16) != 0)
      return true
    case R_FCMP_zero_s:
    case R_FCMP_zero_s_h:
    case R_FCMPE_zero_s:
    case R_FCMPE_zero_s_h:
      compare(cpu, a, 0, fmt, (w & 16) != 0)
      return true
    case R_FMOV_imm_s:
    case R_FMOV_imm_s_h:
      r = expandImmediate((w >> 13) & 0xff, fmt)
      break
    case R_FMOV_s:
    case R_FMOV_s_h:
      r = a
      break
    case R_FABS_s:
    case R_FABS_s_h:
      r = fpAbs(a, fmt)
      break
    case R_FNEG_s:
    case R_FNEG_s_h:
      r = fpNeg(a, fmt)
      break
    case R_FSQRT_s:
    case R_FSQRT_s_h:
      r = fpSqrt(cpu, a, fmt)
      break
    case R_FCVT_s:
      r = convert(cpu, a, fmt, formatOf((w >> 15) & 3))
      break
    case R_FRINTN_s:
    case R_FRINTN_s_h:
      r = fpRoundInt(cpu, a, fmt, TIES_EVEN, false)
      break
    case R_FRINTP_s:
    case R_FRINTP_s_h:
      r = fpRoundInt(cpu, a, fmt, PLUS_INF, false)
      break
    case R_FRINTM_s:
    case R_FRINTM_s_h:
      r = fpRoundInt(cpu, a, fmt, MINUS_INF, false)
      break
    case R_FRINTZ_s:
    case R_FRINTZ_s_h:
      r = fpRoundInt(cpu, a, fmt, TO_ZERO, false)
      break
    case R_FRINTA_s:
    case R_FRINTA_s_h:
      r = fpRoundInt(cpu, a, fmt, TIES_AWAY, false)
      break
    case R_FRINTX_s:
    case R_FRINTX_s_h:
      r = fpRoundInt(cpu, a, fmt, roundingOf(cpu), true)
      break
    case R_FRINTI_s:
    case R_FRINTI_s_h:
      r = fpRoundInt(cpu, a, fmt, roundingOf(cpu), false)
      break
    case R_FRINT32Z_s:
      r = softRoundIntN(cpu, a, fmt, TO_ZERO, 32)
      break
    case R_FRINT32X_s:
      r = softRoundIntN(cpu, a, fmt, roundingOf(cpu), 32)
      break
    case R_FRINT64Z_s:
      r = softRoundIntN(cpu, a, fmt, TO_ZERO, 64)
      break
    case R_FRINT64X_s:
      r = softRoundIntN(cpu, a, fmt, roundingOf(cpu), 64)
      break
    default:
      return false
  }
  writeScalar(vd(cpu, w), r)
  return true
}

function convert(cpu: usize, a: u64, from: u32, to: u32): u64 {
  if (from == SINGLE && to == DOUBLE) return fcvt32to64(cpu, a as u32)
  if (from == DOUBLE && to == SINGLE) return fcvt64to32(cpu, a)
  return softConvert(cpu, a, from, to, roundingOf(cpu))
}

/** Integer `value` to floating point. */
function fromInteger(cpu: usize, value: u64, fmt: u32, isUnsigned: bool): u64 {
  if (fmt == DOUBLE) return isUnsigned ? ucvtf64(cpu, value) : scvtf64(cpu, value)
  if (fmt == SINGLE) return isUnsigned ? ucvtf32(cpu, value) : scvtf32(cpu, value)
  return softFromFixed(cpu, value, 0, isUnsigned, fmt, roundingOf(cpu))
}

/** Rn as a 64-bit integer, by sf (bit 31) and signedness. */
function generalSource(cpu: usize, w: u32, isUnsigned: bool): u64 {
  const value = readX(cpu, (w >> 5) & 31)
  if ((w as i32) < 0) return value
  return isUnsigned ? (value as u32 as u64) : (value as i32 as i64 as u64)
}

/** Conversions to and from integers in general registers, and moves. */
function general(cpu: usize, row: u32, w: u32): bool {
  const fmt = formatOf((w >> 22) & 3)
  const isUnsigned = (w & 0x1_0000) != 0
  const n = vn(cpu, w)
  const d = w & 31
  switch (row) {
    case R_FCVTNS_s:
    case R_FCVTNS_s_h:
    case R_FCVTNU_s:
    case R_FCVTNU_s_h:
    case R_FCVTPS_s:
    case R_FCVTPS_s_h:
    case R_FCVTPU_s:
    case R_FCVTPU_s_h:
    case R_FCVTMS_s:
    case R_FCVTMS_s_h:
    case R_FCVTMU_s:
    case R_FCVTMU_s_h:
    case R_FCVTZS_s:
    case R_FCVTZS_s_h:
    case R_FCVTZU_s:
    case R_FCVTZU_s_h:
      // rmode (bits 20:19) counts like FPCR.RMode.
      toGeneral(cpu, w, fmt, 0, isUnsigned, (w >> 19) & 3)
      return true
    case R_FCVTAS_s:
    case R_FCVTAS_s_h:
    case R_FCVTAU_s:
    case R_FCVTAU_s_h:
      toGeneral(cpu, w, fmt, 0, isUnsigned, TIES_AWAY)
      return true
    case R_SCVTF_s:
    case R_SCVTF_s_h:
    case R_UCVTF_s:
    case R_UCVTF_s_h: {
      const value = generalSource(cpu, w, isUnsigned)
      writeScalar(vd(cpu, w), fromInteger(cpu, value, fmt, isUnsigned))
      return true
    }
    case R_FMOV_to_gp:
    case R_FMOV_to_gp_h:
      writeX(cpu, d, loadU(n, fmt))
      return true
    case R_FMOV_from_gp:
    case R_FMOV_from_gp_h: {
      const value = readX(cpu, (w >> 5) & 31)
      writeScalar(vd(cpu, w), value & ((-1 as i64 as u64) >> (64 - (8 << fmt))))
      return true
    }
    case R_FMOV_to_gp_top:
      writeX(cpu, d, load<u64>(n, 8))
      return true
    case R_FMOV_from_gp_top:
      store<u64>(vd(cpu, w), readX(cpu, (w >> 5) & 31), 8)
      return true
    case R_FJCVTZS: {
      const value = softToInt32Modulo(cpu, load<u64>(n))
      setNZCV(cpu, moduloExact << 2)
      writeX(cpu, d, value)
      return true
    }
  }
  return false
}

function toGeneral(cpu: usize, w: u32, fmt: u32, fbits: u32, isUnsigned: bool, mode: u32): void {
  const bits: u32 = (w as i32) < 0 ? 64 : 32
  const a = loadU(vn(cpu, w), fmt)
  writeX(cpu, w & 31, fpToInteger(cpu, a, fmt, bits, fbits, isUnsigned, mode))
}

/** Conversions to and from fixed point in general registers. */
function fixedPoint(cpu: usize, row: u32, w: u32): bool {
  const fmt = formatOf((w >> 22) & 3)
  const isUnsigned = (w & 0x1_0000) != 0
  const fbits = 64 - ((w >> 10) & 63)
  switch (row) {
    case R_SCVTF_s_fix:
    case R_SCVTF_s_fix_h:
    case R_UCVTF_s_fix:
    case R_UCVTF_s_fix_h: {
      const value = generalSource(cpu, w, isUnsigned)
      const mode = roundingOf(cpu)
      writeScalar(vd(cpu, w), softFromFixed(cpu, value, fbits, isUnsigned, fmt, mode))
      return true
    }
    case R_FCVTZS_s_fix:
    case R_FCVTZS_s_fix_h:
    case R_FCVTZU_s_fix:
    case R_FCVTZU_s_fix_h:
      toGeneral(cpu, w, fmt, fbits, isUnsigned, TO_ZERO)
      return true
  }
  return false
}
