/**
 * Advanced SIMD and scalar SIMD "vector x indexed element" and the integer part of "three same
 * extra", whose operations it shares (Arm ARM DDI 0487, C4.1).
 */
import {
  R_FCADD_v,
  R_FCMLA_elem,
  R_FCMLA_v,
  R_FMLA_elem,
  R_FMLA_elem_h,
  R_FMLA_sisd_elem,
  R_FMLA_sisd_elem_h,
  R_FMLS_elem,
  R_FMLS_elem_h,
  R_FMLS_sisd_elem,
  R_FMLS_sisd_elem_h,
  R_FMUL_elem,
  R_FMUL_elem_h,
  R_FMUL_sisd_elem,
  R_FMUL_sisd_elem_h,
  R_FMULX_elem,
  R_FMULX_elem_h,
  R_FMULX_sisd_elem,
  R_FMULX_sisd_elem_h,
  R_MLA_elem,
  R_MLS_elem,
  R_MUL_elem,
  R_SDOT_elem,
  R_SDOT_v,
  R_SMLAL_elem,
  R_SMLSL_elem,
  R_SMULL_elem,
  R_SQDMLAL_elem,
  R_SQDMLAL_sisd_elem,
  R_SQDMLSL_elem,
  R_SQDMLSL_sisd_elem,
  R_SQDMULH_elem,
  R_SQDMULH_sisd_elem,
  R_SQDMULL_elem,
  R_SQDMULL_sisd_elem,
  R_SQRDMLAH_elem,
  R_SQRDMLAH_sisd,
  R_SQRDMLAH_sisd_elem,
  R_SQRDMLAH_v,
  R_SQRDMLSH_elem,
  R_SQRDMLSH_sisd,
  R_SQRDMLSH_sisd_elem,
  R_SQRDMLSH_v,
  R_SQRDMULH_elem,
  R_SQRDMULH_sisd_elem,
  R_UDOT_elem,
  R_UDOT_v,
  R_UMLAL_elem,
  R_UMLSL_elem,
  R_UMULL_elem,
} from '../generated/decode'
import { hostBinary, hostMulAdd } from './fast-vector'
import { DOUBLE, HALF, SINGLE } from './format'
import { fpMul, fpMulAdd, fpNeg, OP_MUL } from './fp-ops'
import {
  addSaturating,
  doublingHigh,
  doublingHighAdd,
  doublingLong,
  subSaturating,
} from './int-ops'
import {
  clearOut,
  isFull,
  laneCount,
  loadLane,
  loadS,
  loadU,
  OUT,
  sizeOf,
  storeLane,
  vd,
  vm,
  vn,
  writeOut,
} from './lanes'
import { complexAdd, complexMultiplyAdd } from './simd-same-fp'
import { softMulX } from './soft-arith'
import { operand, splat } from './vector'

/**
 * The index of an element of `size` in Vm: H (bit 11), L (bit 21), M (bit 20), as many as the size
 * needs.
 */
function indexOf(w: u32, size: u32): u32 {
  const h = (w >> 11) & 1
  const l = (w >> 21) & 1
  const m = (w >> 20) & 1
  return size == 3 ? h : size == 2 ? (h << 1) | l : (h << 2) | (l << 1) | m
}

/**
 * Address of the indexed element. Where M belongs to the index, the register is one of the first
 * sixteen.
 */
function elementAt(cpu: usize, w: u32, size: u32): usize {
  const m = size == 1 ? vm(cpu, w & ~0x10_0000) : vm(cpu, w)
  return m + (indexOf(w, size) << size)
}

/** Executes one instruction of the group; false if the row is none of it. */
export function execElement(cpu: usize, row: u32, w: u32): bool {
  const size = sizeOf(w)
  switch (row) {
    case R_FMLA_elem:
    case R_FMLA_elem_h:
    case R_FMLA_sisd_elem:
    case R_FMLA_sisd_elem_h:
    case R_FMLS_elem:
    case R_FMLS_elem_h:
    case R_FMLS_sisd_elem:
    case R_FMLS_sisd_elem_h:
    case R_FMUL_elem:
    case R_FMUL_elem_h:
    case R_FMUL_sisd_elem:
    case R_FMUL_sisd_elem_h:
    case R_FMULX_elem:
    case R_FMULX_elem_h:
    case R_FMULX_sisd_elem:
    case R_FMULX_sisd_elem_h:
      floating(cpu, row, w, size == 0 ? HALF : size == 2 ? SINGLE : DOUBLE)
      return true
    case R_SDOT_elem:
    case R_UDOT_elem:
      dotProduct(cpu, w, elementAt(cpu, w, 2), 0)
      return true
    case R_FCMLA_elem: {
      const index = size == 1 ? indexOf(w, 2) : indexOf(w, 3)
      const pair = vm(cpu, w) + (index << (size + 1))
      complexMultiplyAdd(cpu, w, size, (w >> 13) & 3, pair, 0)
      return true
    }
  }
  const b = loadS(elementAt(cpu, w, size), size)
  if (isLong(row)) return long(cpu, row, w, size, b)
  const n = vn(cpu, w)
  const d = vd(cpu, w)
  const end = laneCount(w, size) << size
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << size) {
    const a = loadS(n + at, size)
    let r: u64
    switch (row) {
      case R_MLA_elem:
        r = (loadS(d + at, size) + a * b) as u64
        break
      case R_MLS_elem:
        r = (loadS(d + at, size) - a * b) as u64
        break
      case R_MUL_elem:
        r = (a * b) as u64
        break
      case R_SQDMULH_elem:
      case R_SQDMULH_sisd_elem:
        r = doublingHigh(cpu, a, b, size, false)
        break
      case R_SQRDMULH_elem:
      case R_SQRDMULH_sisd_elem:
        r = doublingHigh(cpu, a, b, size, true)
        break
      case R_SQRDMLAH_elem:
      case R_SQRDMLAH_sisd_elem:
        r = doublingHighAdd(cpu, loadS(d + at, size), a, b, size, false)
        break
      case R_SQRDMLSH_elem:
      case R_SQRDMLSH_sisd_elem:
        r = doublingHighAdd(cpu, loadS(d + at, size), a, b, size, true)
        break
      default:
        return false
    }
    storeLane(OUT + at, size, r)
  }
  writeOut(d)
  return true
}

function isLong(row: u32): bool {
  switch (row) {
    case R_SMLAL_elem:
    case R_UMLAL_elem:
    case R_SMLSL_elem:
    case R_UMLSL_elem:
    case R_SMULL_elem:
    case R_UMULL_elem:
    case R_SQDMLAL_elem:
    case R_SQDMLAL_sisd_elem:
    case R_SQDMLSL_elem:
    case R_SQDMLSL_sisd_elem:
    case R_SQDMULL_elem:
    case R_SQDMULL_sisd_elem:
      return true
  }
  return false
}

/** Rows whose result is twice as wide; `b` is the indexed element, sign-extended. */
function long(cpu: usize, row: u32, w: u32, size: u32, b: i64): bool {
  const scalar = (w & 0x1000_0000) != 0
  const isUnsigned = (w & 0x2000_0000) != 0
  const lanes: u32 = scalar ? 1 : 8 >> size
  const n = vn(cpu, w) + (!scalar && isFull(w) ? 8 : 0)
  const d = vd(cpu, w)
  if (isUnsigned) b &= size == 1 ? 0xffff : 0xffff_ffff
  clearOut()
  for (let i: u32 = 0; i < lanes; i++) {
    const a = loadLane(n + (i << size), size, isUnsigned)
    const at = i << (size + 1)
    const accumulator = loadS(d + at, size + 1)
    let r: u64
    switch (row) {
      case R_SMLAL_elem:
      case R_UMLAL_elem:
        r = (accumulator + a * b) as u64
        break
      case R_SMLSL_elem:
      case R_UMLSL_elem:
        r = (accumulator - a * b) as u64
        break
      case R_SMULL_elem:
      case R_UMULL_elem:
        r = (a * b) as u64
        break
      case R_SQDMULL_elem:
      case R_SQDMULL_sisd_elem:
        r = doublingLong(cpu, a, b, size) as u64
        break
      case R_SQDMLAL_elem:
      case R_SQDMLAL_sisd_elem:
        r = addSaturating(cpu, accumulator, doublingLong(cpu, a, b, size), size + 1, false)
        break
      default:
        r = subSaturating(cpu, accumulator, doublingLong(cpu, a, b, size), size + 1, false)
    }
    storeLane(OUT + at, size + 1, r)
  }
  writeOut(d)
  return true
}

function floating(cpu: usize, row: u32, w: u32, fmt: u32): void {
  const b = loadU(elementAt(cpu, w, fmt), fmt)
  const n = vn(cpu, w)
  if ((w & 0x1000_0000) == 0 && fmt != HALF && wholeVector(cpu, row, w, fmt, b)) return
  const d = vd(cpu, w)
  const end = laneCount(w, fmt) << fmt
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << fmt) {
    const a = loadU(n + at, fmt)
    let r: u64
    switch (row) {
      case R_FMLA_elem:
      case R_FMLA_elem_h:
      case R_FMLA_sisd_elem:
      case R_FMLA_sisd_elem_h:
        r = fpMulAdd(cpu, loadU(d + at, fmt), a, b, fmt)
        break
      case R_FMLS_elem:
      case R_FMLS_elem_h:
      case R_FMLS_sisd_elem:
      case R_FMLS_sisd_elem_h:
        r = fpMulAdd(cpu, loadU(d + at, fmt), fpNeg(a, fmt), b, fmt)
        break
      case R_FMUL_elem:
      case R_FMUL_elem_h:
      case R_FMUL_sisd_elem:
      case R_FMUL_sisd_elem_h:
        r = fpMul(cpu, a, b, fmt)
        break
      default:
        r = softMulX(cpu, a, b, fmt)
    }
    storeLane(OUT + at, fmt, r)
  }
  writeOut(d)
}

/** Executes what the host's vectors can do; false, and nothing changed, if they cannot. */
function wholeVector(cpu: usize, row: u32, w: u32, fmt: u32, element: u64): bool {
  const a = operand(vn(cpu, w), isFull(w))
  const b = splat(element, fmt)
  switch (row) {
    case R_FMUL_elem:
      return hostBinary(cpu, w, OP_MUL, fmt, a, b)
    case R_FMLA_elem:
      return fmt == SINGLE && hostMulAdd(cpu, w, a, b, false)
    case R_FMLS_elem:
      return fmt == SINGLE && hostMulAdd(cpu, w, a, b, true)
  }
  return false
}

/** SDOT, UDOT: adds the products of four bytes to each word; `m` advances by `stride` a word. */
function dotProduct(cpu: usize, w: u32, m: usize, stride: u32): void {
  const isUnsigned = (w & 0x2000_0000) != 0
  const n = vn(cpu, w)
  const d = vd(cpu, w)
  const end: u32 = isFull(w) ? 16 : 8
  clearOut()
  for (let at: u32 = 0; at < end; at += 4) {
    let sum = load<u32>(d + at) as i64
    for (let i: usize = 0; i < 4; i++) {
      sum += loadLane(n + at + i, 0, isUnsigned) * loadLane(m + i, 0, isUnsigned)
    }
    store<u32>(OUT + at, sum as u32)
    m += stride
  }
  writeOut(d)
}

/**
 * Executes one instruction of "three same extra"; false if the row is none of it that is
 * implemented.
 */
export function execExtra(cpu: usize, row: u32, w: u32): bool {
  const size = sizeOf(w)
  switch (row) {
    case R_SDOT_v:
    case R_UDOT_v:
      dotProduct(cpu, w, vm(cpu, w), 4)
      return true
    case R_FCADD_v:
      complexAdd(cpu, w)
      return true
    case R_FCMLA_v:
      complexMultiplyAdd(cpu, w, size, (w >> 11) & 3, vm(cpu, w), 2 << size)
      return true
    case R_SQRDMLAH_v:
    case R_SQRDMLAH_sisd:
      accumulateHigh(cpu, w, size, false)
      return true
    case R_SQRDMLSH_v:
    case R_SQRDMLSH_sisd:
      accumulateHigh(cpu, w, size, true)
      return true
  }
  return false
}

/** SQRDMLAH, SQRDMLSH of vectors. */
function accumulateHigh(cpu: usize, w: u32, size: u32, subtract: bool): void {
  const n = vn(cpu, w)
  const m = vm(cpu, w)
  const d = vd(cpu, w)
  const end = laneCount(w, size) << size
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << size) {
    const a = loadS(n + at, size)
    const b = loadS(m + at, size)
    const r = doublingHighAdd(cpu, loadS(d + at, size), a, b, size, subtract)
    storeLane(OUT + at, size, r)
  }
  writeOut(d)
}
