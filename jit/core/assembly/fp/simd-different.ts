/**
 * Advanced SIMD and scalar SIMD "three different": operands of two widths (Arm ARM DDI 0487, C4.1).
 *
 * Q set means the upper half of the narrow operands, or of the narrow result.
 */
import {
  R_ADDHN_v,
  R_PMULL_1q,
  R_RADDHN_v,
  R_RSUBHN_v,
  R_SABAL_v,
  R_SABDL_v,
  R_SADDL_v,
  R_SADDW_v,
  R_SMLAL_v,
  R_SMLSL_v,
  R_SMULL_v,
  R_SQDMLAL_sisd,
  R_SQDMLAL_v,
  R_SQDMLSL_sisd,
  R_SQDMLSL_v,
  R_SQDMULL_sisd,
  R_SQDMULL_v,
  R_SSUBL_v,
  R_SSUBW_v,
  R_SUBHN_v,
  R_UABAL_v,
  R_UABDL_v,
  R_UADDL_v,
  R_UADDW_v,
  R_UMLAL_v,
  R_UMLSL_v,
  R_UMULL_v,
  R_USUBL_v,
  R_USUBW_v,
} from '../generated/decode'
import { addSaturating, carrylessBytes, doublingLong, subSaturating } from './int-ops'
import { clearOut, isFull, loadS, OUT, sizeOf, storeLane, vd, vm, vn, writeOut } from './lanes'
import { addLanes, differenceLanes, mulLanes, oddLanes, splat, subLanes, widen } from './vector'
import { carrylessMultiply, high64 } from './wide'

/** Executes one instruction of the group; false if the row is none of it. */
export function execThreeDifferent(cpu: usize, row: u32, w: u32): bool {
  switch (row) {
    case R_ADDHN_v:
    case R_RADDHN_v:
    case R_SUBHN_v:
    case R_RSUBHN_v:
      highNarrow(cpu, row, w)
      return true
    case R_PMULL_1q:
      polynomial(cpu, w)
      return true
  }
  if (wholeVector(cpu, row, w)) return true
  // Polynomial products and saturating doubled ones.
  const size = sizeOf(w)
  const scalar = (w & 0x1000_0000) != 0
  const lanes: u32 = scalar ? 1 : 8 >> size
  const upper: usize = !scalar && isFull(w) ? 8 : 0
  const n = vn(cpu, w) + upper
  const m = vm(cpu, w) + upper
  const d = vd(cpu, w)
  clearOut()
  for (let i: u32 = 0; i < lanes; i++) {
    const a = loadS(n + (i << size), size)
    const b = loadS(m + (i << size), size)
    const at = i << (size + 1)
    const c = loadS(d + at, size + 1)
    storeLane(OUT + at, size + 1, long(cpu, row, a, b, c, size))
  }
  writeOut(d)
  return true
}

/** Sums, differences and products that need not saturate; false if the row is none. */
function wholeVector(cpu: usize, row: u32, w: u32): bool {
  const size = sizeOf(w)
  const isUnsigned = (w & 0x2000_0000) != 0
  const upper: usize = isFull(w) ? 8 : 0
  const n = vn(cpu, w)
  const d = vd(cpu, w)
  const a = isWide(row) ? v128.load(n) : widen(n + upper, size, isUnsigned)
  const b = widen(vm(cpu, w) + upper, size, isUnsigned)
  const to = size + 1
  let r: v128
  switch (row) {
    case R_SADDL_v:
    case R_UADDL_v:
    case R_SADDW_v:
    case R_UADDW_v:
      r = addLanes(a, b, to)
      break
    case R_SSUBL_v:
    case R_USUBL_v:
    case R_SSUBW_v:
    case R_USUBW_v:
      r = subLanes(a, b, to)
      break
    case R_SABAL_v:
    case R_UABAL_v:
      r = addLanes(v128.load(d), differenceLanes(a, b, to, false), to)
      break
    case R_SABDL_v:
    case R_UABDL_v:
      r = differenceLanes(a, b, to, false)
      break
    case R_SMLAL_v:
    case R_UMLAL_v:
      r = addLanes(v128.load(d), mulLanes(a, b, to), to)
      break
    case R_SMLSL_v:
    case R_UMLSL_v:
      r = subLanes(v128.load(d), mulLanes(a, b, to), to)
      break
    case R_SMULL_v:
    case R_UMULL_v:
      r = mulLanes(a, b, to)
      break
    default:
      return false
  }
  v128.store(d, r)
  return true
}

/** Whether the first operand has the result's width. */
function isWide(row: u32): bool {
  return row == R_SADDW_v || row == R_UADDW_v || row == R_SSUBW_v || row == R_USUBW_v
}

/** One element of a result twice as wide as `size`; `c` is what the destination held. */
function long(cpu: usize, row: u32, a: i64, b: i64, c: i64, size: u32): u64 {
  switch (row) {
    case R_SQDMULL_v:
    case R_SQDMULL_sisd:
      return doublingLong(cpu, a, b, size) as u64
    case R_SQDMLAL_v:
    case R_SQDMLAL_sisd:
      return addSaturating(cpu, c, doublingLong(cpu, a, b, size), size + 1, false)
    case R_SQDMLSL_v:
    case R_SQDMLSL_sisd:
      return subSaturating(cpu, c, doublingLong(cpu, a, b, size), size + 1, false)
  }
  return carrylessBytes(a as u8, b as u8)
}

/** Upper halves of sums or differences, into the lower or upper half of the destination. */
function highNarrow(cpu: usize, row: u32, w: u32): void {
  const size = sizeOf(w)
  const from = size + 1
  const subtract = row == R_SUBHN_v || row == R_RSUBHN_v
  const a = v128.load(vn(cpu, w))
  const b = v128.load(vm(cpu, w))
  let sum = subtract ? subLanes(a, b, from) : addLanes(a, b, from)
  if ((w & 0x2000_0000) != 0)
    sum = addLanes(sum, splat((1 as u64) << ((8 << size) - 1), from), from)
  const r = oddLanes(sum, sum, size)
  writeNarrow(vd(cpu, w), w, i64x2.extract_lane(r, 0) as u64)
}

/**
 * Writes eight bytes of a narrowing result: the lower half, clearing the upper one, or only the
 * upper half.
 */
export function writeNarrow(d: usize, w: u32, r: u64): void {
  if ((w & 0x4000_0000) != 0) {
    store<u64>(d, r, 8)
  } else {
    store<u64>(d, r)
    store<u64>(d, 0, 8)
  }
}

/** PMULL of doublewords: 64 x 64 bits to 128. */
function polynomial(cpu: usize, w: u32): void {
  const upper: usize = isFull(w) ? 8 : 0
  const d = vd(cpu, w)
  const low = carrylessMultiply(load<u64>(vn(cpu, w) + upper), load<u64>(vm(cpu, w) + upper))
  store<u64>(d, low)
  store<u64>(d, high64, 8)
}
