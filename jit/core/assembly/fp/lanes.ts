/**
 * Vector registers as lanes: addresses, loads and stores of elements, saturation, and fields of the
 * instruction word that most SIMD groups share.
 *
 * An element size is the log2 of its bytes (the encoding's `size`). Results are collected in OUT,
 * which starts as zeros, and go to the destination at the end: so sources may overlap it, and what
 * is not written becomes zero.
 */
import { CPU_FPSR, CPU_V, CPU_X, SLOT_SINK, SLOT_ZERO } from '../layout'
import { QC } from './format'

/** The 16 bytes of the result under construction. */
export const OUT: usize = memory.data(16, 16)

/** Address of the V register whose number is in `w` at bit `at`. */
export function vectorAt(cpu: usize, w: u32, at: u32): usize {
  return cpu + CPU_V + (((w >> at) & 31) << 4)
}

/** Vd. */
export function vd(cpu: usize, w: u32): usize {
  return cpu + CPU_V + ((w & 31) << 4)
}

/** Vn. */
export function vn(cpu: usize, w: u32): usize {
  return cpu + CPU_V + ((w >> 1) & 0x1f0)
}

/** Vm. */
export function vm(cpu: usize, w: u32): usize {
  return cpu + CPU_V + ((w >> 12) & 0x1f0)
}

/** Xn, with 31 being zero. */
export function readX(cpu: usize, n: u32): u64 {
  return load<u64>(cpu + CPU_X + ((n == 31 ? SLOT_ZERO : n) << 3))
}

/** Writes Xd; 31 goes nowhere. */
export function writeX(cpu: usize, d: u32, value: u64): void {
  store<u64>(cpu + CPU_X + ((d == 31 ? SLOT_SINK : d) << 3), value)
}

/** Bit 30: whether the vector is 128 bits wide, or the upper half of a narrow operand is meant. */
export function isFull(w: u32): bool {
  return (w & 0x4000_0000) != 0
}

/** Bits 23:22. */
export function sizeOf(w: u32): u32 {
  return (w >> 22) & 3
}

/**
 * Elements of `size` that the instruction works on: one if it is a scalar SIMD instruction (bit
 * 28).
 */
export function laneCount(w: u32, size: u32): u32 {
  if ((w & 0x1000_0000) != 0) return 1
  return ((w & 0x4000_0000) != 0 ? 16 : 8) >> size
}

/** Element at address `p`, zero-extended. */
export function loadU(p: usize, size: u32): u64 {
  switch (size) {
    case 0:
      return load<u8>(p)
    case 1:
      return load<u16>(p)
    case 2:
      return load<u32>(p)
  }
  return load<u64>(p)
}

/** Element at address `p`, sign-extended. */
export function loadS(p: usize, size: u32): i64 {
  switch (size) {
    case 0:
      return load<i8>(p)
    case 1:
      return load<i16>(p)
    case 2:
      return load<i32>(p)
  }
  return load<i64>(p)
}

/** Element at address `p`, extended as an unsigned or signed one. */
export function loadLane(p: usize, size: u32, isUnsigned: bool): i64 {
  return isUnsigned ? (loadU(p, size) as i64) : loadS(p, size)
}

/** Stores the low bits of `value` as an element at address `p`. */
export function storeLane(p: usize, size: u32, value: u64): void {
  switch (size) {
    case 0:
      store<u8>(p, value as u8)
      return
    case 1:
      store<u16>(p, value as u16)
      return
    case 2:
      store<u32>(p, value as u32)
      return
  }
  store<u64>(p, value)
}

/** Starts a result of zeros. */
export function clearOut(): void {
  store<u64>(OUT, 0)
  store<u64>(OUT, 0, 8)
}

/** Writes the result to register address `d`. */
export function writeOut(d: usize): void {
  store<u64>(d, load<u64>(OUT))
  store<u64>(d, load<u64>(OUT, 8), 8)
}

/** Writes a scalar result: the rest of the register becomes zero. */
export function writeScalar(d: usize, value: u64): void {
  store<u64>(d, value)
  store<u64>(d, 0, 8)
}

/** Writes a vector result; its upper half becomes zero if the instruction is a 64-bit one. */
export function writeVector(d: usize, w: u32, value: v128): void {
  v128.store(d, value)
  if ((w & 0x4000_0000) == 0) store<u64>(d, 0, 8)
}

/** Sets FPSR.QC. */
export function raiseQC(cpu: usize): void {
  store<u32>(cpu, load<u32>(cpu, CPU_FPSR) | QC, CPU_FPSR)
}

/** Largest value of an element; the smallest signed one is its complement. */
export function laneMax(size: u32, isUnsigned: bool): u64 {
  return (-1 as i64 as u64) >> (64 - (8 << size) + u32(!isUnsigned))
}

/** Saturates an integer that fits an i64 to an element. */
export function saturate(cpu: usize, value: i64, size: u32, isUnsigned: bool): u64 {
  if (isUnsigned) {
    if (value < 0) {
      raiseQC(cpu)
      return 0
    }
    return saturateU(cpu, value as u64, size)
  }
  const max = laneMax(size, false) as i64
  if (value > max) {
    raiseQC(cpu)
    return max as u64
  }
  if (value < ~max) {
    raiseQC(cpu)
    return ~max as u64
  }
  return value as u64
}

/** Saturates an unsigned integer to an unsigned element. */
export function saturateU(cpu: usize, value: u64, size: u32): u64 {
  const max = laneMax(size, true)
  if (value <= max) return value
  raiseQC(cpu)
  return max
}
