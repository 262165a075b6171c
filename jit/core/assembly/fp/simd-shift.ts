/**
 * Advanced SIMD and scalar SIMD "shift by immediate", with conversions from and to fixed point (Arm
 * ARM DDI 0487, C4.1).
 *
 * The highest set bit of immh (bits 22:19) is the element size; immh:immb is twice the element's
 * bits minus a right shift, or the element's bits plus a left shift.
 */
import {
  R_FCVTZS_sisd_fix,
  R_FCVTZS_sisd_fix_h,
  R_FCVTZS_v_fix,
  R_FCVTZS_v_fix_h,
  R_FCVTZU_sisd_fix,
  R_FCVTZU_sisd_fix_h,
  R_FCVTZU_v_fix,
  R_FCVTZU_v_fix_h,
  R_RSHRN_v,
  R_SCVTF_sisd_fix,
  R_SCVTF_sisd_fix_h,
  R_SCVTF_v_fix,
  R_SCVTF_v_fix_h,
  R_SHL_sisd,
  R_SHL_v,
  R_SHRN_v,
  R_SLI_sisd,
  R_SLI_v,
  R_SQRSHRN_sisd,
  R_SQRSHRN_v,
  R_SQRSHRUN_sisd,
  R_SQRSHRUN_v,
  R_SQSHL_imm_sisd,
  R_SQSHL_imm_v,
  R_SQSHRN_sisd,
  R_SQSHRN_v,
  R_SQSHRUN_sisd,
  R_SQSHRUN_v,
  R_SRI_sisd,
  R_SRI_v,
  R_SRSHR_sisd,
  R_SRSHR_v,
  R_SRSRA_sisd,
  R_SRSRA_v,
  R_SSHLL_v,
  R_SSHR_sisd,
  R_SSHR_v,
  R_SSRA_sisd,
  R_SSRA_v,
  R_UCVTF_sisd_fix,
  R_UCVTF_sisd_fix_h,
  R_UCVTF_v_fix,
  R_UCVTF_v_fix_h,
  R_UQRSHRN_sisd,
  R_UQRSHRN_v,
  R_UQSHL_imm_sisd,
  R_UQSHL_imm_v,
  R_UQSHRN_sisd,
  R_UQSHRN_v,
  R_URSHR_sisd,
  R_URSHR_v,
  R_URSRA_sisd,
  R_URSRA_v,
  R_USHLL_v,
  R_USHR_sisd,
  R_USHR_v,
  R_USRA_sisd,
  R_USRA_v,
} from '../generated/decode'
import { roundingOf, TO_ZERO } from './format'
import { shiftBy, shiftSaturating, shiftSaturatingUnsigned } from './int-ops'
import {
  clearOut,
  isFull,
  laneCount,
  laneMax,
  loadLane,
  loadU,
  OUT,
  saturate,
  saturateU,
  storeLane,
  vd,
  vn,
  writeOut,
  writeScalar,
  writeVector,
} from './lanes'
import { writeNarrow } from './simd-different'
import { softFromFixed, softToFixed } from './soft-convert'
import {
  addLanes,
  evenLanes,
  shiftLeft,
  shiftRightSigned,
  shiftRightUnsigned,
  splat,
  widen,
} from './vector'

/** Executes one instruction of the group; false if the row is none of it. */
export function execShift(cpu: usize, row: u32, w: u32): bool {
  const code = (w >> 16) & 0x7f
  const size = 28 - clz<u32>(code)
  const left = code - (8 << size)
  const right = (16 << size) - code
  switch (row) {
    case R_SHRN_v:
      narrowWhole(cpu, w, size, right, 0)
      return true
    case R_RSHRN_v:
      narrowWhole(cpu, w, size, right, (1 as u64) << (right - 1))
      return true
    case R_SQSHRUN_v:
    case R_SQSHRUN_sisd:
    case R_SQRSHRUN_v:
    case R_SQRSHRUN_sisd:
    case R_SQSHRN_v:
    case R_SQSHRN_sisd:
    case R_UQSHRN_v:
    case R_UQSHRN_sisd:
    case R_SQRSHRN_v:
    case R_SQRSHRN_sisd:
    case R_UQRSHRN_v:
    case R_UQRSHRN_sisd:
      narrow(cpu, row, w, size, right)
      return true
    case R_SSHLL_v:
    case R_USHLL_v:
      long(cpu, w, size, left)
      return true
    case R_SCVTF_v_fix:
    case R_SCVTF_v_fix_h:
    case R_SCVTF_sisd_fix:
    case R_SCVTF_sisd_fix_h:
    case R_UCVTF_v_fix:
    case R_UCVTF_v_fix_h:
    case R_UCVTF_sisd_fix:
    case R_UCVTF_sisd_fix_h:
    case R_FCVTZS_v_fix:
    case R_FCVTZS_v_fix_h:
    case R_FCVTZS_sisd_fix:
    case R_FCVTZS_sisd_fix_h:
    case R_FCVTZU_v_fix:
    case R_FCVTZU_v_fix_h:
    case R_FCVTZU_sisd_fix:
    case R_FCVTZU_sisd_fix_h:
      fixedPoint(cpu, w, size, right)
      return true
  }
  if ((w & 0x1000_0000) == 0 && wholeVector(cpu, row, w, size, left, right)) return true
  const isUnsigned = (w & 0x2000_0000) != 0
  const n = vn(cpu, w)
  const d = vd(cpu, w)
  const end = laneCount(w, size) << size
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << size) {
    const a = loadLane(n + at, size, isUnsigned)
    storeLane(OUT + at, size, oneLane(cpu, row, a, d + at, size, isUnsigned, left, right))
  }
  writeOut(d)
  return true
}

/** One element `a`; `d` is the address of the destination's element. */
function oneLane(
  cpu: usize,
  row: u32,
  a: i64,
  d: usize,
  size: u32,
  isUnsigned: bool,
  left: i32,
  right: i32,
): u64 {
  switch (row) {
    case R_SSHR_v:
    case R_SSHR_sisd:
    case R_USHR_v:
    case R_USHR_sisd:
      return shiftBy(a, -right, size, isUnsigned, false)
    case R_SSRA_v:
    case R_SSRA_sisd:
    case R_USRA_v:
    case R_USRA_sisd:
      return loadU(d, size) + shiftBy(a, -right, size, isUnsigned, false)
    case R_SRSHR_v:
    case R_SRSHR_sisd:
    case R_URSHR_v:
    case R_URSHR_sisd:
      return shiftBy(a, -right, size, isUnsigned, true)
    case R_SRSRA_v:
    case R_SRSRA_sisd:
    case R_URSRA_v:
    case R_URSRA_sisd:
      return loadU(d, size) + shiftBy(a, -right, size, isUnsigned, true)
    case R_SRI_v:
    case R_SRI_sisd:
      return insert(loadU(d, size), shiftBy(a, -right, size, true, false), laneMask(size, right))
    case R_SHL_v:
    case R_SHL_sisd:
      return (a as u64) << left
    case R_SLI_v:
    case R_SLI_sisd:
      return insert(loadU(d, size), (a as u64) << left, ~(((1 as u64) << left) - 1))
    case R_SQSHL_imm_v:
    case R_SQSHL_imm_sisd:
    case R_UQSHL_imm_v:
    case R_UQSHL_imm_sisd:
      return shiftSaturating(cpu, a, left, size, isUnsigned, false)
  }
  // SQSHLU has U set, yet its operand is signed.
  const unused = 64 - (8 << size)
  return shiftSaturatingUnsigned(cpu, (a << unused) >> unused, left, size)
}

/** The bits of an element that a right shift fills. */
function laneMask(size: u32, right: u32): u64 {
  return right == 64 ? 0 : laneMax(size, true) >> right
}

function insert(into: u64, bits: u64, mask: u64): u64 {
  return (into & ~mask) | (bits & mask)
}

/** Executes what WebAssembly has an instruction for; false if it has none. */
function wholeVector(cpu: usize, row: u32, w: u32, size: u32, left: u32, right: u32): bool {
  const a = v128.load(vn(cpu, w))
  const d = vd(cpu, w)
  let r: v128
  switch (row) {
    case R_SHL_v:
      r = shiftLeft(a, size, left)
      break
    case R_SSHR_v:
      r = shiftRightSigned(a, size, right)
      break
    case R_USHR_v:
      r = shiftRightUnsigned(a, size, right)
      break
    case R_SSRA_v:
      r = addLanes(v128.load(d), shiftRightSigned(a, size, right), size)
      break
    case R_USRA_v:
      r = addLanes(v128.load(d), shiftRightUnsigned(a, size, right), size)
      break
    default:
      return false
  }
  writeVector(d, w, r)
  return true
}

/** Right shifts of elements twice as wide as `size`, narrowed and saturated. */
function narrow(cpu: usize, row: u32, w: u32, size: u32, right: i32): void {
  const n = vn(cpu, w)
  const scalar = (w & 0x1000_0000) != 0
  // Bit 11 of the encoding says that it rounds.
  const rounding = (w & 0x800) != 0
  const lanes: u32 = scalar ? 1 : 8 >> size
  let r: u64 = 0
  for (let i: u32 = 0; i < lanes; i++) {
    const p = n + (i << (size + 1))
    const value = narrowLane(cpu, row, p, size, right, rounding)
    r |= (value & laneMax(size, true)) << (i << (size + 3))
  }
  if (scalar) writeScalar(vd(cpu, w), r)
  else writeNarrow(vd(cpu, w), w, r)
}

function narrowLane(cpu: usize, row: u32, p: usize, size: u32, right: i32, rounding: bool): u64 {
  switch (row) {
    case R_UQSHRN_v:
    case R_UQSHRN_sisd:
    case R_UQRSHRN_v:
    case R_UQRSHRN_sisd:
      return saturateU(
        cpu,
        shiftBy(loadLane(p, size + 1, true), -right, size + 1, true, rounding),
        size,
      )
  }
  const shifted = shiftBy(loadLane(p, size + 1, false), -right, size + 1, false, rounding) as i64
  const toUnsigned =
    row == R_SQSHRUN_v || row == R_SQSHRUN_sisd || row == R_SQRSHRUN_v || row == R_SQRSHRUN_sisd
  return saturate(cpu, shifted, size, toUnsigned)
}

/** SHRN and, with half of the last place to add, RSHRN: what overflows is not kept. */
function narrowWhole(cpu: usize, w: u32, size: u32, right: u32, half: u64): void {
  const a = addLanes(v128.load(vn(cpu, w)), splat(half, size + 1), size + 1)
  const shifted = shiftRightUnsigned(a, size + 1, right)
  const r = evenLanes(shifted, shifted, size)
  writeNarrow(vd(cpu, w), w, i64x2.extract_lane(r, 0) as u64)
}

/** SSHLL, USHLL: widens, then shifts left. */
function long(cpu: usize, w: u32, size: u32, left: u32): void {
  const isUnsigned = (w & 0x2000_0000) != 0
  const a = widen(vn(cpu, w) + (isFull(w) ? 8 : 0), size, isUnsigned)
  v128.store(vd(cpu, w), left == 0 ? a : shiftLeft(a, size + 1, left))
}

/** SCVTF, UCVTF (opcode 11100), FCVTZS, FCVTZU (opcode 11111) with `fbits` fraction bits. */
function fixedPoint(cpu: usize, w: u32, fmt: u32, fbits: u32): void {
  const isUnsigned = (w & 0x2000_0000) != 0
  const toInteger = (w & 0x1000) != 0
  const n = vn(cpu, w)
  const end = laneCount(w, fmt) << fmt
  const mode = roundingOf(cpu)
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << fmt) {
    const r = toInteger
      ? softToFixed(cpu, loadU(n + at, fmt), fmt, 8 << fmt, fbits, isUnsigned, TO_ZERO)
      : softFromFixed(cpu, loadLane(n + at, fmt, isUnsigned) as u64, fbits, isUnsigned, fmt, mode)
    storeLane(OUT + at, fmt, r)
  }
  writeOut(vd(cpu, w))
}
