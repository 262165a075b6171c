/**
 * Advanced SIMD and scalar SIMD "three same", floating point, all precisions, and the complex ones
 * of "three same extra" (Arm ARM DDI 0487, C4.1).
 */
import {
  R_FABD_sisd,
  R_FABD_sisd_h,
  R_FABD_v,
  R_FABD_v_h,
  R_FACGE_sisd,
  R_FACGE_sisd_h,
  R_FACGE_v,
  R_FACGE_v_h,
  R_FACGT_sisd,
  R_FACGT_sisd_h,
  R_FACGT_v,
  R_FACGT_v_h,
  R_FADD_v,
  R_FADD_v_h,
  R_FADDP_v,
  R_FADDP_v_h,
  R_FCMEQ_sisd,
  R_FCMEQ_sisd_h,
  R_FCMEQ_v,
  R_FCMEQ_v_h,
  R_FCMGE_sisd,
  R_FCMGE_sisd_h,
  R_FCMGE_v,
  R_FCMGE_v_h,
  R_FCMGT_sisd,
  R_FCMGT_sisd_h,
  R_FCMGT_v,
  R_FCMGT_v_h,
  R_FDIV_v,
  R_FDIV_v_h,
  R_FMAX_v,
  R_FMAX_v_h,
  R_FMAXNM_v,
  R_FMAXNM_v_h,
  R_FMAXNMP_v,
  R_FMAXNMP_v_h,
  R_FMAXP_v,
  R_FMAXP_v_h,
  R_FMIN_v,
  R_FMIN_v_h,
  R_FMINNM_v,
  R_FMINNM_v_h,
  R_FMINNMP_v,
  R_FMINNMP_v_h,
  R_FMINP_v,
  R_FMINP_v_h,
  R_FMLA_v,
  R_FMLA_v_h,
  R_FMLS_v,
  R_FMLS_v_h,
  R_FMUL_v,
  R_FMUL_v_h,
  R_FMULX_sisd,
  R_FMULX_sisd_h,
  R_FMULX_v,
  R_FMULX_v_h,
  R_FRECPS_sisd,
  R_FRECPS_sisd_h,
  R_FRECPS_v,
  R_FRECPS_v_h,
  R_FRSQRTS_sisd,
  R_FRSQRTS_sisd_h,
  R_FRSQRTS_v,
  R_FRSQRTS_v_h,
  R_FSUB_v,
  R_FSUB_v_h,
} from '../generated/decode'
import { hostBinary, hostMulAdd } from './fast-vector'
import { DOUBLE, HALF, SINGLE } from './format'
import {
  fpAdd,
  fpBinary,
  fpMulAdd,
  fpNeg,
  OP_ABD,
  OP_ACGE,
  OP_ACGT,
  OP_ADD,
  OP_CMEQ,
  OP_CMGE,
  OP_CMGT,
  OP_DIV,
  OP_MAX,
  OP_MAXNM,
  OP_MIN,
  OP_MINNM,
  OP_MUL,
  OP_MULX,
  OP_RECPS,
  OP_RSQRTS,
  OP_SUB,
} from './fp-ops'
import {
  clearOut,
  isFull,
  laneCount,
  loadU,
  OUT,
  sizeOf,
  storeLane,
  vd,
  vm,
  vn,
  writeOut,
} from './lanes'
import { operand } from './vector'

const NONE: u32 = 0xff

function operation(row: u32): u32 {
  switch (row) {
    case R_FADD_v:
    case R_FADD_v_h:
      return OP_ADD
    case R_FADDP_v:
    case R_FADDP_v_h:
      return OP_ADD
    case R_FSUB_v:
    case R_FSUB_v_h:
      return OP_SUB
    case R_FMUL_v:
    case R_FMUL_v_h:
      return OP_MUL
    case R_FDIV_v:
    case R_FDIV_v_h:
      return OP_DIV
    case R_FMAX_v:
    case R_FMAX_v_h:
      return OP_MAX
    case R_FMAXP_v:
    case R_FMAXP_v_h:
      return OP_MAX
    case R_FMIN_v:
    case R_FMIN_v_h:
      return OP_MIN
    case R_FMINP_v:
    case R_FMINP_v_h:
      return OP_MIN
    case R_FMAXNM_v:
    case R_FMAXNM_v_h:
      return OP_MAXNM
    case R_FMAXNMP_v:
    case R_FMAXNMP_v_h:
      return OP_MAXNM
    case R_FMINNM_v:
    case R_FMINNM_v_h:
      return OP_MINNM
    case R_FMINNMP_v:
    case R_FMINNMP_v_h:
      return OP_MINNM
    case R_FMULX_v:
    case R_FMULX_v_h:
    case R_FMULX_sisd:
    case R_FMULX_sisd_h:
      return OP_MULX
    case R_FABD_v:
    case R_FABD_v_h:
    case R_FABD_sisd:
    case R_FABD_sisd_h:
      return OP_ABD
    case R_FRECPS_v:
    case R_FRECPS_v_h:
    case R_FRECPS_sisd:
    case R_FRECPS_sisd_h:
      return OP_RECPS
    case R_FRSQRTS_v:
    case R_FRSQRTS_v_h:
    case R_FRSQRTS_sisd:
    case R_FRSQRTS_sisd_h:
      return OP_RSQRTS
    case R_FCMEQ_v:
    case R_FCMEQ_v_h:
    case R_FCMEQ_sisd:
    case R_FCMEQ_sisd_h:
      return OP_CMEQ
    case R_FCMGE_v:
    case R_FCMGE_v_h:
    case R_FCMGE_sisd:
    case R_FCMGE_sisd_h:
      return OP_CMGE
    case R_FCMGT_v:
    case R_FCMGT_v_h:
    case R_FCMGT_sisd:
    case R_FCMGT_sisd_h:
      return OP_CMGT
    case R_FACGE_v:
    case R_FACGE_v_h:
    case R_FACGE_sisd:
    case R_FACGE_sisd_h:
      return OP_ACGE
    case R_FACGT_v:
    case R_FACGT_v_h:
    case R_FACGT_sisd:
    case R_FACGT_sisd_h:
      return OP_ACGT
  }
  return NONE
}

/**
 * Executes one instruction of the group; false if the row is none of it. Bit 21 clear: half
 * precision.
 */
export function execThreeSameFp(cpu: usize, row: u32, w: u32): bool {
  const fmt = (w & 0x0020_0000) == 0 ? HALF : (w & 0x0040_0000) != 0 ? DOUBLE : SINGLE
  switch (row) {
    case R_FMLA_v:
    case R_FMLA_v_h:
      multiplyAdd(cpu, w, fmt, false)
      return true
    case R_FMLS_v:
    case R_FMLS_v_h:
      multiplyAdd(cpu, w, fmt, true)
      return true
    case R_FADDP_v:
    case R_FADDP_v_h:
    case R_FMAXP_v:
    case R_FMAXP_v_h:
    case R_FMINP_v:
    case R_FMINP_v_h:
    case R_FMAXNMP_v:
    case R_FMAXNMP_v_h:
    case R_FMINNMP_v:
    case R_FMINNMP_v_h:
      pairs(cpu, w, operation(row), fmt)
      return true
  }
  const op = operation(row)
  if (op == NONE) return false
  if (fmt != HALF && (w & 0x1000_0000) == 0) {
    const a = operand(vn(cpu, w), isFull(w))
    const b = operand(vm(cpu, w), isFull(w))
    if (hostBinary(cpu, w, op, fmt, a, b)) return true
  }
  const n = vn(cpu, w)
  const m = vm(cpu, w)
  const end = laneCount(w, fmt) << fmt
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << fmt) {
    storeLane(OUT + at, fmt, fpBinary(cpu, op, loadU(n + at, fmt), loadU(m + at, fmt), fmt))
  }
  writeOut(vd(cpu, w))
  return true
}

/** FMLA, FMLS. */
function multiplyAdd(cpu: usize, w: u32, fmt: u32, subtract: bool): void {
  const n = vn(cpu, w)
  const m = vm(cpu, w)
  const full = isFull(w)
  if (fmt == SINGLE && hostMulAdd(cpu, w, operand(n, full), operand(m, full), subtract)) return
  const d = vd(cpu, w)
  const end = laneCount(w, fmt) << fmt
  clearOut()
  for (let at: u32 = 0; at < end; at += 1 << fmt) {
    let a = loadU(n + at, fmt)
    if (subtract) a = fpNeg(a, fmt)
    storeLane(OUT + at, fmt, fpMulAdd(cpu, loadU(d + at, fmt), a, loadU(m + at, fmt), fmt))
  }
  writeOut(d)
}

/** Adjacent elements of Vn, then of Vm. */
function pairs(cpu: usize, w: u32, op: u32, fmt: u32): void {
  const lanes = laneCount(w, fmt)
  const half = lanes >> 1
  clearOut()
  for (let i: u32 = 0; i < lanes; i++) {
    const p = i < half ? vn(cpu, w) + (i << (fmt + 1)) : vm(cpu, w) + ((i - half) << (fmt + 1))
    const r = fpBinary(cpu, op, loadU(p, fmt), loadU(p + (1 << fmt), fmt), fmt)
    storeLane(OUT + (i << fmt), fmt, r)
  }
  writeOut(vd(cpu, w))
}

/** FCADD: adds complex numbers, the second turned by 90 or 270 degrees. */
export function complexAdd(cpu: usize, w: u32): void {
  const fmt = sizeOf(w)
  const step: usize = 1 << fmt
  const quarter = (w & 0x1000) == 0
  const n = vn(cpu, w)
  const m = vm(cpu, w)
  const end = laneCount(w, fmt) << fmt
  clearOut()
  for (let at: usize = 0; at < end; at += step << 1) {
    let imaginary = loadU(m + at + step, fmt)
    let real = loadU(m + at, fmt)
    if (quarter) imaginary = fpNeg(imaginary, fmt)
    else real = fpNeg(real, fmt)
    storeLane(OUT + at, fmt, fpAdd(cpu, loadU(n + at, fmt), imaginary, fmt))
    storeLane(OUT + at + step, fmt, fpAdd(cpu, loadU(n + at + step, fmt), real, fmt))
  }
  writeOut(vd(cpu, w))
}

/**
 * FCMLA: multiplies parts of complex numbers and adds them, for a rotation of 0, 90, 180 or 270
 * degrees.
 * @param m address of the second operand's pair; `stride` is the distance to the next, zero for an
 *   indexed one
 */
export function complexMultiplyAdd(
  cpu: usize,
  w: u32,
  fmt: u32,
  rotation: u32,
  m: usize,
  stride: usize,
): void {
  const step: usize = 1 << fmt
  const n = vn(cpu, w)
  const d = vd(cpu, w)
  const end = laneCount(w, fmt) << fmt
  const swapped: usize = (rotation & 1) != 0 ? step : 0
  clearOut()
  for (let at: usize = 0; at < end; at += step << 1) {
    const factor = loadU(n + at + swapped, fmt)
    let x = loadU(m + swapped, fmt)
    let y = loadU(m + (swapped ^ step), fmt)
    if (rotation == 1 || rotation == 2) x = fpNeg(x, fmt)
    if (rotation >= 2) y = fpNeg(y, fmt)
    storeLane(OUT + at, fmt, fpMulAdd(cpu, loadU(d + at, fmt), factor, x, fmt))
    storeLane(OUT + at + step, fmt, fpMulAdd(cpu, loadU(d + at + step, fmt), factor, y, fmt))
    m += stride
  }
  writeOut(d)
}
