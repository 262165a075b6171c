/**
 * Advanced SIMD "across lanes", floating point, and "scalar pairwise" (Arm ARM DDI 0487, C4.1).
 */
import {
  R_ADDP_sisd,
  R_FADDP_sisd,
  R_FADDP_sisd_h,
  R_FMAXNMP_sisd,
  R_FMAXNMP_sisd_h,
  R_FMAXNMV_v,
  R_FMAXNMV_v_h,
  R_FMAXP_sisd,
  R_FMAXP_sisd_h,
  R_FMAXV_v,
  R_FMAXV_v_h,
  R_FMINNMP_sisd,
  R_FMINNMP_sisd_h,
  R_FMINNMV_v,
  R_FMINNMV_v_h,
  R_FMINP_sisd,
  R_FMINP_sisd_h,
  R_FMINV_v,
  R_FMINV_v_h,
} from '../generated/decode'
import { DOUBLE, HALF, SINGLE } from './format'
import { fpBinary, OP_ADD, OP_MAX, OP_MAXNM, OP_MIN, OP_MINNM } from './fp-ops'
import { laneCount, loadU, OUT, storeLane, vd, vn, writeScalar } from './lanes'

/**
 * Executes reductions of a vector to a scalar; false if the row is none. U clear: half precision.
 */
export function execReduceFp(cpu: usize, row: u32, w: u32): bool {
  let op: u32
  switch (row) {
    case R_FMAXNMV_v:
    case R_FMAXNMV_v_h:
      op = OP_MAXNM
      break
    case R_FMAXNMP_sisd:
    case R_FMAXNMP_sisd_h:
      op = OP_MAXNM
      break
    case R_FMINNMV_v:
    case R_FMINNMV_v_h:
      op = OP_MINNM
      break
    case R_FMINNMP_sisd:
    case R_FMINNMP_sisd_h:
      op = OP_MINNM
      break
    case R_FMAXV_v:
    case R_FMAXV_v_h:
      op = OP_MAX
      break
    case R_FMAXP_sisd:
    case R_FMAXP_sisd_h:
      op = OP_MAX
      break
    case R_FMINV_v:
    case R_FMINV_v_h:
      op = OP_MIN
      break
    case R_FMINP_sisd:
    case R_FMINP_sisd_h:
      op = OP_MIN
      break
    case R_FADDP_sisd:
    case R_FADDP_sisd_h:
      op = OP_ADD
      break
    case R_ADDP_sisd: {
      const n = vn(cpu, w)
      writeScalar(vd(cpu, w), load<u64>(n) + load<u64>(n, 8))
      return true
    }
    default:
      return false
  }
  const n = vn(cpu, w)
  const scalar = (w & 0x1000_0000) != 0
  const double = scalar && (w & 0x0040_0000) != 0
  const fmt = (w & 0x2000_0000) == 0 ? HALF : double ? DOUBLE : SINGLE
  // Neighbours first, then neighbouring results: the order in which NaNs win.
  let lanes: u32 = scalar ? 2 : laneCount(w, fmt)
  store<u64>(OUT, load<u64>(n))
  store<u64>(OUT, load<u64>(n, 8), 8)
  while (lanes > 1) {
    lanes >>= 1
    for (let i: u32 = 0; i < lanes; i++) {
      const p = OUT + (i << (fmt + 1))
      const r = fpBinary(cpu, op, loadU(p, fmt), loadU(p + (1 << fmt), fmt), fmt)
      storeLane(OUT + (i << fmt), fmt, r)
    }
  }
  writeScalar(vd(cpu, w), loadU(OUT, fmt))
  return true
}
