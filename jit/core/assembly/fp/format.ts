/**
 * The three floating-point formats and the FPCR and FPSR bits, as the soft-float files use them.
 *
 * Models: Arm ARM (DDI 0487) A1.4 "Supported data types", and the FPCR and FPSR registers. A format
 * is named by the log2 of its size in bytes, which is also how vector element sizes are counted. A
 * value is its raw bits, in the low end of a u64. Trapped exceptions are not implemented: the
 * enable bits of FPCR are RAZ, as on every Cortex-A.
 */
import { CPU_FPCR, CPU_FPSR } from '../layout'

/** Half, single and double precision. */
export const HALF: u32 = 1
export const SINGLE: u32 = 2
export const DOUBLE: u32 = 3

/** FPSR cumulative flags. */
export const IOC: u32 = 1
export const DZC: u32 = 2
export const OFC: u32 = 4
export const UFC: u32 = 8
export const IXC: u32 = 16
export const IDC: u32 = 128
export const QC: u32 = 1 << 27

/** FPCR controls. */
export const FPCR_FZ16: u32 = 1 << 19
const FPCR_RMODE_SHIFT: u32 = 22
const FPCR_RMODE: u32 = 3 << 22
export const FPCR_FZ: u32 = 1 << 24
export const FPCR_DN: u32 = 1 << 25
export const FPCR_AHP: u32 = 1 << 26
/**
 * Controls that keep host arithmetic from giving single and double results (DN matters for NaNs
 * only).
 */
export const FPCR_NOT_HOST: u32 = FPCR_RMODE | FPCR_FZ

/** Rounding: FPCR.RMode's four, and the two that only instructions ask for. */
export const TIES_EVEN: u32 = 0
export const PLUS_INF: u32 = 1
export const MINUS_INF: u32 = 2
export const TO_ZERO: u32 = 3
export const TIES_AWAY: u32 = 4
export const TO_ODD: u32 = 5

export function fpcrOf(cpu: usize): u32 {
  return load<u32>(cpu, CPU_FPCR)
}

/** FPCR.RMode as a rounding mode. */
export function roundingOf(cpu: usize): u32 {
  return (load<u32>(cpu, CPU_FPCR) >> FPCR_RMODE_SHIFT) & 3
}

/** ORs cumulative flags into FPSR. */
export function raise(cpu: usize, flags: u32): void {
  store<u32>(cpu, load<u32>(cpu, CPU_FPSR) | flags, CPU_FPSR)
}

/** Bits of the stored fraction. */
export function fractionBits(fmt: u32): u32 {
  return fmt == DOUBLE ? 52 : fmt == SINGLE ? 23 : 10
}

/** The exponent field of infinities and NaNs. */
export function exponentMax(fmt: u32): u32 {
  return fmt == DOUBLE ? 0x7ff : fmt == SINGLE ? 0xff : 0x1f
}

export function exponentBias(fmt: u32): i32 {
  return fmt == DOUBLE ? 1023 : fmt == SINGLE ? 127 : 15
}

/** The sign bit. */
export function signBit(fmt: u32): u64 {
  return (1 as u64) << ((8 << fmt) - 1)
}

/** All bits of a value. */
export function valueMask(fmt: u32): u64 {
  return (-1 as i64 as u64) >> (64 - (8 << fmt))
}

export function packZero(sign: u32, fmt: u32): u64 {
  return (sign as u64) << ((8 << fmt) - 1)
}

export function packInfinity(sign: u32, fmt: u32): u64 {
  return packZero(sign, fmt) | ((exponentMax(fmt) as u64) << fractionBits(fmt))
}

/** The positive quiet NaN with an otherwise empty fraction. */
export function defaultNaN(fmt: u32): u64 {
  return packInfinity(0, fmt) | ((1 as u64) << (fractionBits(fmt) - 1))
}

/**
 * A small positive integer or fraction: significand `sig` of the form 1.f as f << 63, times 2^exp.
 */
export function packExact(sign: u32, exp: i32, fraction: u64, fmt: u32): u64 {
  const fb = fractionBits(fmt)
  return packZero(sign, fmt) | (((exp + exponentBias(fmt)) as u64) << fb) | (fraction >> (64 - fb))
}
