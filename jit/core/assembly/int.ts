/**
 * Integer instructions without an operation of their own in the interpreter, from row and word. None can fault.
 */
import * as R from './generated/decode'
import { CPU_CF, CPU_NF, CPU_VF, CPU_ZF, CRC_TABLE } from './layout'
import { conditionHolds, getNZCV, getX, getXSP, setNZCV, setX, setXSP } from './state'

/** Fills CRC_TABLE. Polynomials in reversed bit order: Arm ARM, CRC32 and CRC32C. */
export function initCrc(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let plain = i
    let castagnoli = i
    for (let bit = 0; bit < 8; bit++) {
      plain = (plain >> 1) ^ (plain & 1 ? 0xedb8_8320 : 0)
      castagnoli = (castagnoli >> 1) ^ (castagnoli & 1 ? 0x82f6_3b78 : 0)
    }
    store<u32>(CRC_TABLE + (i << 2), plain)
    store<u32>(CRC_TABLE + 1024 + (i << 2), castagnoli)
  }
}

/** Executes an instruction of group `int` or `branch` that the interpreter has no operation for. */
export function execInt(cpu: usize, row: u32, w: u32): void {
  const d = w & 31
  const n = (w >> 5) & 31
  const m = (w >> 16) & 31
  const wide = w >> 31 != 0
  switch (row) {
    case R.R_ADD_shift:
    case R.R_SUB_shift:
      return put(cpu, d, wide, sum(getX(cpu, n), shiftedRegister(cpu, w), row == R.R_SUB_shift))
    case R.R_ADDS_shift:
      return put(cpu, d, wide, addFlags(cpu, getX(cpu, n), shiftedRegister(cpu, w), 0, wide))
    case R.R_SUBS_shift:
      return put(cpu, d, wide, addFlags(cpu, getX(cpu, n), ~shiftedRegister(cpu, w), 1, wide))
    case R.R_ADD_ext:
    case R.R_SUB_ext: {
      const y = sum(getXSP(cpu, n), extendedRegister(cpu, w), row == R.R_SUB_ext)
      return setXSP(cpu, d, wide ? y : y & 0xffff_ffff)
    }
    case R.R_ADDS_ext:
      return put(cpu, d, wide, addFlags(cpu, getXSP(cpu, n), extendedRegister(cpu, w), 0, wide))
    case R.R_SUBS_ext:
      return put(cpu, d, wide, addFlags(cpu, getXSP(cpu, n), ~extendedRegister(cpu, w), 1, wide))
    case R.R_AND_shift:
      return put(cpu, d, wide, getX(cpu, n) & shiftedRegister(cpu, w))
    case R.R_BIC_shift:
      return put(cpu, d, wide, getX(cpu, n) & ~shiftedRegister(cpu, w))
    case R.R_ORR_shift:
      return put(cpu, d, wide, getX(cpu, n) | shiftedRegister(cpu, w))
    case R.R_ORN_shift:
      return put(cpu, d, wide, getX(cpu, n) | ~shiftedRegister(cpu, w))
    case R.R_EOR_shift:
      return put(cpu, d, wide, getX(cpu, n) ^ shiftedRegister(cpu, w))
    case R.R_EON_shift:
      return put(cpu, d, wide, getX(cpu, n) ^ ~shiftedRegister(cpu, w))
    case R.R_ANDS_shift:
      return put(cpu, d, wide, logicFlags(cpu, getX(cpu, n) & shiftedRegister(cpu, w), wide))
    case R.R_BICS_shift:
      return put(cpu, d, wide, logicFlags(cpu, getX(cpu, n) & ~shiftedRegister(cpu, w), wide))
    case R.R_ADCS:
      return put(
        cpu,
        d,
        wide,
        addFlags(cpu, getX(cpu, n), getX(cpu, m), load<u32>(cpu + CPU_CF), wide),
      )
    case R.R_SBCS:
      return put(
        cpu,
        d,
        wide,
        addFlags(cpu, getX(cpu, n), ~getX(cpu, m), load<u32>(cpu + CPU_CF), wide),
      )
    case R.R_CCMN_reg:
      return compareNegative(cpu, w, getX(cpu, m))
    case R.R_CCMN_imm:
      return compareNegative(cpu, w, m)
    case R.R_RBIT:
      return put(cpu, d, wide, wide ? reverseBits(getX(cpu, n)) : reverseBits(getX(cpu, n)) >> 32)
    case R.R_REV16: {
      const a = getX(cpu, n)
      return put(
        cpu,
        d,
        wide,
        ((a & 0x00ff_00ff_00ff_00ff) << 8) | ((a >> 8) & 0x00ff_00ff_00ff_00ff),
      )
    }
    case R.R_REV32:
      return setX(cpu, d, rotr<u64>(bswap<u64>(getX(cpu, n)), 32))
    case R.R_CLS:
      return put(cpu, d, wide, leadingSigns(getX(cpu, n), wide))
    case R.R_SMULH:
      return setX(cpu, d, signedHigh(<i64>getX(cpu, n), <i64>getX(cpu, m)))
    case R.R_SMSUBL:
      return setX(
        cpu,
        d,
        getX(cpu, (w >> 10) & 31) - <u64>(<i64>(<i32>getX(cpu, n)) * <i64>(<i32>getX(cpu, m))),
      )
    case R.R_UMSUBL:
      return setX(
        cpu,
        d,
        getX(cpu, (w >> 10) & 31) - <u64>(<u32>getX(cpu, n)) * <u64>(<u32>getX(cpu, m)),
      )
    case R.R_CRC32:
      return setX(cpu, d, crc(CRC_TABLE, <u32>getX(cpu, n), getX(cpu, m), (w >> 10) & 3))
    case R.R_CRC32C:
      return setX(cpu, d, crc(CRC_TABLE + 1024, <u32>getX(cpu, n), getX(cpu, m), (w >> 10) & 3))
    case R.R_RMIF: {
      const mask = w & 15
      const value = <u32>rotr<u64>(getX(cpu, n), (w >> 15) & 63)
      return setNZCV(cpu, (getNZCV(cpu) & ~mask) | (value & mask))
    }
    case R.R_SETF8:
      return setFlagsFrom(cpu, <u32>getX(cpu, n), 8)
    case R.R_SETF16:
      return setFlagsFrom(cpu, <u32>getX(cpu, n), 16)
    default:
      // The predecoder sends no other row here.
      unreachable()
  }
}

function put(cpu: usize, d: u32, wide: bool, value: u64): void {
  setX(cpu, d, wide ? value : value & 0xffff_ffff)
}

function sum(a: u64, b: u64, subtract: bool): u64 {
  return subtract ? a - b : a + b
}

function shiftedRegister(cpu: usize, w: u32): u64 {
  const value = getX(cpu, (w >> 16) & 31)
  const amount = (w >> 10) & 63
  const wide = w >> 31 != 0
  switch ((w >> 22) & 3) {
    case 0:
      return value << amount
    case 1:
      return (wide ? value : value & 0xffff_ffff) >> amount
    case 2:
      return wide ? <u64>(<i64>value >> amount) : <u64>(<i64>(<i32>value) >> amount)
    default:
      return wide ? rotr<u64>(value, amount) : <u64>rotr<u32>(<u32>value, amount)
  }
}

/** ExtendReg of the Arm ARM: extract, extend, then shift left by up to 4. */
function extendedRegister(cpu: usize, w: u32): u64 {
  const value = getX(cpu, (w >> 16) & 31)
  return extend(value, (w >> 13) & 7) << ((w >> 10) & 7)
}

/** UXTB, UXTH, UXTW, UXTX, SXTB, SXTH, SXTW, SXTX by `option`. */
export function extend(value: u64, option: u32): u64 {
  switch (option) {
    case 0:
      return value & 0xff
    case 1:
      return value & 0xffff
    case 2:
      return value & 0xffff_ffff
    case 4:
      return <u64>(<i64>(<i8>value))
    case 5:
      return <u64>(<i64>(<i16>value))
    case 6:
      return <u64>(<i64>(<i32>value))
    default:
      return value
  }
}

/** AddWithCarry, setting NZCV. A 32-bit result is in the low half. */
function addFlags(cpu: usize, a: u64, b: u64, carry: u32, wide: bool): u64 {
  if (!wide) {
    const al = <u32>a
    const bl = <u32>b
    const total = <u64>al + <u64>bl + <u64>carry
    const y = <u32>total
    storeFlags(cpu, <u64>(<i64>(<i32>y)), <u32>(total >> 32), ((al ^ y) & (bl ^ y)) >> 31)
    return y
  }
  const y = a + b + carry
  storeFlags(cpu, y, <u32>(((a & b) | ((a | b) & ~y)) >> 63), <u32>(((a ^ y) & (b ^ y)) >> 63))
  return y
}

function logicFlags(cpu: usize, y: u64, wide: bool): u64 {
  storeFlags(cpu, wide ? y : <u64>(<i64>(<i32>y)), 0, 0)
  return y
}

function storeFlags(cpu: usize, result: u64, carry: u32, overflow: u32): void {
  store<u64>(cpu + CPU_NF, result)
  store<u64>(cpu + CPU_ZF, result)
  store<u32>(cpu + CPU_CF, carry)
  store<u32>(cpu + CPU_VF, overflow)
}

function compareNegative(cpu: usize, w: u32, b: u64): void {
  if (conditionHolds(cpu, (w >> 12) & 15))
    addFlags(cpu, getX(cpu, (w >> 5) & 31), b, 0, w >> 31 != 0)
  else setNZCV(cpu, w & 15)
}

function reverseBits(value: u64): u64 {
  let v = bswap<u64>(value)
  v = ((v >> 4) & 0x0f0f_0f0f_0f0f_0f0f) | ((v & 0x0f0f_0f0f_0f0f_0f0f) << 4)
  v = ((v >> 2) & 0x3333_3333_3333_3333) | ((v & 0x3333_3333_3333_3333) << 2)
  return ((v >> 1) & 0x5555_5555_5555_5555) | ((v & 0x5555_5555_5555_5555) << 1)
}

function leadingSigns(value: u64, wide: bool): u64 {
  if (wide) return clz<u64>(value ^ <u64>(<i64>value >> 63)) - 1
  const v = <u32>value
  return clz<u32>(v ^ <u32>(<i32>v >> 31)) - 1
}

/** High half of the unsigned product. */
function unsignedHigh(a: u64, b: u64): u64 {
  const al = a & 0xffff_ffff
  const ah = a >> 32
  const bl = b & 0xffff_ffff
  const bh = b >> 32
  const t = ah * bl + ((al * bl) >> 32)
  const u = al * bh + (t & 0xffff_ffff)
  return ah * bh + (t >> 32) + (u >> 32)
}

function signedHigh(a: i64, b: i64): u64 {
  return unsignedHigh(a, b) - (a < 0 ? <u64>b : 0) - (b < 0 ? <u64>a : 0)
}

function crc(table: usize, start: u32, value: u64, log2: u32): u64 {
  let state = start
  const bytes: u32 = 1 << log2
  for (let i: u32 = 0; i < bytes; i++) {
    state = (state >> 8) ^ load<u32>(table + (((state ^ <u32>(value >> (i << 3))) & 0xff) << 2))
  }
  return state
}

/** SETF8 and SETF16: N, Z and V from a narrow value; C stays. */
function setFlagsFrom(cpu: usize, value: u32, bits: u32): void {
  const narrow = <i32>(value << (32 - bits))
  store<i64>(cpu + CPU_NF, narrow)
  store<i64>(cpu + CPU_ZF, narrow)
  store<u32>(cpu + CPU_VF, ((value >> bits) ^ (value >> (bits - 1))) & 1)
}
