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
import {
  clearOut,
  isFull,
  loadLane,
  loadU,
  OUT,
  sizeOf,
  storeLane,
  vd,
  vm,
  vn,
  writeOut,
} from './lanes'
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
  const size = sizeOf(w)
  const isUnsigned = (w & 0x2000_0000) != 0
  const scalar = (w & 0x1000_0000) != 0
  const lanes: u32 = scalar ? 1 : 8 >> size
  const upper: usize = !scalar && isFull(w) ? 8 : 0
  const n = vn(cpu, w)
  const m = vm(cpu, w) + upper
  const d = vd(cpu, w)
  const wide = isWide(row)
  clearOut()
  for (let i: u32 = 0; i < lanes; i++) {
    const a = wide
      ? loadLane(n + (i << (size + 1)), size + 1, isUnsigned)
      : loadLane(n + upper + (i << size), size, isUnsigned)
    const b = loadLane(m + (i << size), size, isUnsigned)
    const at = i << (size + 1)
    const c = loadLane(d + at, size + 1, isUnsigned)
    storeLane(OUT + at, size + 1, long(cpu, row, a, b, c, size))
  }
  writeOut(d)
  return true
}

/** Whether the first operand has the result's width. */
function isWide(row: u32): bool {
  return row == R_SADDW_v || row == R_UADDW_v || row == R_SSUBW_v || row == R_USUBW_v
}

/** One element of a result twice as wide as `size`; `c` is what the destination held. */
function long(cpu: usize, row: u32, a: i64, b: i64, c: i64, size: u32): u64 {
  switch (row) {
    case R_SADDL_v:
    case R_UADDL_v:
    case R_SADDW_v:
    case R_UADDW_v:
      return (a + b) as u64
    case R_SSUBL_v:
    case R_USUBL_v:
    case R_SSUBW_v:
    case R_USUBW_v:
      return (a - b) as u64
    case R_SABAL_v:
    case R_UABAL_v:
      return (c + (a > b ? a - b : b - a)) as u64
    case R_SABDL_v:
    case R_UABDL_v:
      return (a > b ? a - b : b - a) as u64
    case R_SMLAL_v:
    case R_UMLAL_v:
      return (c + a * b) as u64
    case R_SMLSL_v:
    case R_UMLSL_v:
      return (c - a * b) as u64
    case R_SMULL_v:
    case R_UMULL_v:
      return (a * b) as u64
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
  const bits = 8 << size
  const rounding: u64 = (w & 0x2000_0000) != 0 ? (1 as u64) << (bits - 1) : 0
  const subtract = row == R_SUBHN_v || row == R_RSUBHN_v
  const n = vn(cpu, w)
  const m = vm(cpu, w)
  let r: u64 = 0
  const lanes: u32 = 8 >> size
  for (let i: u32 = 0; i < lanes; i++) {
    const at = i << (size + 1)
    const a = loadU(n + at, size + 1)
    const b = loadU(m + at, size + 1)
    const sum = (subtract ? a - b : a + b) + rounding
    r |= ((sum >> bits) & ((-1 as i64 as u64) >> (64 - bits))) << (i << (size + 3))
  }
  writeNarrow(vd(cpu, w), w, r)
}

/** Writes eight bytes of a narrowing result: the lower half, clearing the upper one, or only the upper half. */
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
