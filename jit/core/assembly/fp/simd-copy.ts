/**
 * Advanced SIMD "copy", "extract", "table lookup", "permute" and "modified immediate" (Arm ARM DDI
 * 0487, C4.1).
 */
import {
  R_BIC_16,
  R_BIC_32,
  R_DUP_elem_sisd,
  R_DUP_elem_v,
  R_DUP_gen,
  R_EXT_v,
  R_FMOV_imm_v,
  R_FMOV_imm_v_d,
  R_FMOV_imm_v_h,
  R_INS_elem,
  R_INS_gen,
  R_MOVI_8,
  R_MOVI_16,
  R_MOVI_32,
  R_MOVI_64,
  R_MOVI_msl,
  R_MVNI_16,
  R_MVNI_32,
  R_MVNI_msl,
  R_ORR_16,
  R_ORR_32,
  R_SMOV,
  R_TBL_v,
  R_TBX_v,
  R_TRN1_v,
  R_TRN2_v,
  R_UMOV,
  R_UZP1_v,
  R_UZP2_v,
  R_ZIP1_v,
  R_ZIP2_v,
} from '../generated/decode'
import { CPU_V } from '../layout'
import {
  clearOut,
  isFull,
  loadS,
  loadU,
  OUT,
  readX,
  sizeOf,
  storeLane,
  vd,
  vm,
  vn,
  writeOut,
  writeScalar,
  writeVector,
  writeX,
} from './lanes'
import { expandImmediate } from './scalar'
import { evenLanes, oddLanes, operand, splat, zipHigh, zipLow } from './vector'

/**
 * Executes one instruction of "copy"; false if the row is none of it. The lowest set bit of imm5 is
 * the size.
 */
export function execCopy(cpu: usize, row: u32, w: u32): bool {
  const imm5 = (w >> 16) & 31
  const size = ctz<u32>(imm5)
  const index = imm5 >> (size + 1)
  const element = vn(cpu, w) + (index << size)
  const d = vd(cpu, w)
  switch (row) {
    case R_DUP_elem_v:
      writeVector(d, w, splat(loadU(element, size), size))
      return true
    case R_DUP_elem_sisd:
      writeScalar(d, loadU(element, size))
      return true
    case R_DUP_gen:
      writeVector(d, w, splat(readX(cpu, (w >> 5) & 31), size))
      return true
    case R_SMOV: {
      const value = loadS(element, size) as u64
      writeX(cpu, w & 31, isFull(w) ? value : (value as u32 as u64))
      return true
    }
    case R_UMOV:
      writeX(cpu, w & 31, loadU(element, size))
      return true
    case R_INS_gen:
      storeLane(d + (index << size), size, readX(cpu, (w >> 5) & 31))
      return true
    case R_INS_elem: {
      const from = ((w >> 11) & 15) >> size
      storeLane(d + (index << size), size, loadU(vn(cpu, w) + (from << size), size))
      return true
    }
  }
  return false
}

/** Executes EXT, TBL, TBX and the permutes; false if the row is none of them. */
export function execPermute(cpu: usize, row: u32, w: u32): bool {
  switch (row) {
    case R_EXT_v:
      extract(cpu, w)
      return true
    case R_TBL_v:
      lookUp(cpu, w, false)
      return true
    case R_TBX_v:
      lookUp(cpu, w, true)
      return true
  }
  const size = sizeOf(w)
  const full = isFull(w)
  const a = operand(vn(cpu, w), full)
  const b = operand(vm(cpu, w), full)
  // 64-bit operands side by side: Vn below, Vm above.
  const both = i64x2.shuffle(a, b, 0, 2)
  let r: v128
  switch (row) {
    case R_ZIP1_v:
      r = zipLow(a, b, size)
      break
    case R_ZIP2_v:
      // The upper half of 64 bits is what zipping them puts above.
      r = full ? zipHigh(a, b, size) : i64x2.shuffle(zipLow(a, b, size), a, 1, 1)
      break
    case R_UZP1_v:
      r = full ? evenLanes(a, b, size) : evenLanes(both, both, size)
      break
    case R_UZP2_v:
      r = full ? oddLanes(a, b, size) : oddLanes(both, both, size)
      break
    case R_TRN1_v:
      r = zipLow(evenLanes(a, a, size), evenLanes(b, b, size), size)
      break
    case R_TRN2_v:
      r = zipLow(oddLanes(a, a, size), oddLanes(b, b, size), size)
      break
    default:
      return false
  }
  writeVector(vd(cpu, w), w, r)
  return true
}

/** The pair Vm:Vn of EXT. */
const PAIR: usize = memory.data(32, 16)

/** Bytes from the pair Vm:Vn, beginning at imm4. */
function extract(cpu: usize, w: u32): void {
  v128.store(PAIR, v128.load(vn(cpu, w)))
  v128.store(PAIR + (isFull(w) ? 16 : 8), v128.load(vm(cpu, w)))
  writeVector(vd(cpu, w), w, v128.load(PAIR + ((w >> 11) & 15)))
}

/**
 * Table of one to four registers from Vn, wrapping after V31. What is out of range is zero, or with
 * TBX left.
 */
function lookUp(cpu: usize, w: u32, keep: bool): void {
  const first = (w >> 5) & 31
  const size = (((w >> 13) & 3) + 1) << 4
  const bytes: u32 = isFull(w) ? 16 : 8
  const m = vm(cpu, w)
  const d = vd(cpu, w)
  if (size == 16 && !keep) {
    writeVector(d, w, v128.swizzle(v128.load(vn(cpu, w)), v128.load(m)))
    return
  }
  clearOut()
  for (let i: u32 = 0; i < bytes; i++) {
    const index: u32 = load<u8>(m + i)
    let value: u32 = keep ? load<u8>(d + i) : 0
    if (index < size) {
      value = load<u8>(cpu + CPU_V + (((first + (index >> 4)) & 31) << 4) + (index & 15))
    }
    store<u8>(OUT + i, value)
  }
  writeOut(d)
}

/** Executes one instruction of "modified immediate"; false if the row is none of it. */
export function execModifiedImmediate(cpu: usize, row: u32, w: u32): bool {
  const imm8 = ((w >> 11) & 0xe0) | ((w >> 5) & 31)
  const d = vd(cpu, w)
  let r: v128
  switch (row) {
    case R_MOVI_8:
      r = i8x16.splat(imm8 as i8)
      break
    case R_MOVI_16:
      r = i16x8.splat(half(imm8, w) as i16)
      break
    case R_MOVI_32:
      r = i32x4.splat(word(imm8, w))
      break
    case R_MOVI_msl:
      r = i32x4.splat(ones(imm8, w))
      break
    case R_MOVI_64:
      r = i64x2.splat(spread(imm8) as i64)
      break
    case R_MVNI_16:
      r = i16x8.splat(~half(imm8, w) as i16)
      break
    case R_MVNI_32:
      r = i32x4.splat(~word(imm8, w))
      break
    case R_MVNI_msl:
      r = i32x4.splat(~ones(imm8, w))
      break
    case R_ORR_16:
      r = v128.or(v128.load(d), i16x8.splat(half(imm8, w) as i16))
      break
    case R_ORR_32:
      r = v128.or(v128.load(d), i32x4.splat(word(imm8, w)))
      break
    case R_BIC_16:
      r = v128.andnot(v128.load(d), i16x8.splat(half(imm8, w) as i16))
      break
    case R_BIC_32:
      r = v128.andnot(v128.load(d), i32x4.splat(word(imm8, w)))
      break
    case R_FMOV_imm_v:
      r = i32x4.splat(expandImmediate(imm8, 2) as i32)
      break
    case R_FMOV_imm_v_h:
      r = i16x8.splat(expandImmediate(imm8, 1) as i16)
      break
    case R_FMOV_imm_v_d:
      r = i64x2.splat(expandImmediate(imm8, 3) as i64)
      break
    default:
      return false
  }
  writeVector(d, w, r)
  return true
}

/** imm8 shifted by bytes, as bit 13 says. */
function half(imm8: u32, w: u32): u32 {
  return imm8 << ((w >> 10) & 8)
}

/** imm8 shifted by bytes, as bits 14:13 say. */
function word(imm8: u32, w: u32): u32 {
  return imm8 << ((w >> 10) & 24)
}

/** imm8 shifted by one or two bytes, as bit 12 says, with ones below it. */
function ones(imm8: u32, w: u32): u32 {
  return (w & 0x1000) != 0 ? (imm8 << 16) | 0xffff : (imm8 << 8) | 0xff
}

/** Every bit of imm8 eight times. */
function spread(imm8: u32): u64 {
  let r: u64 = 0
  for (let i = 0; i < 8; i++) {
    if (((imm8 >> i) & 1) != 0) r |= (0xff as u64) << (i << 3)
  }
  return r
}
