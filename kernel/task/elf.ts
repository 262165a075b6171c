/** What the loader reads of an ELF64 file (System V gABI, ELF for the Arm 64-bit Architecture): header and program headers. */
import { MAX_ELF_BYTES } from '../abi/generated'

export const HEADER_BYTES: u64 = 64
export const SEGMENT_BYTES: u64 = 56
export const MAX_SEGMENTS: u64 = 32

const MAGIC: u32 = 0x464c457f
/** 64-bit, little-endian, version 1. */
const CLASS: u32 = 0x010102
const EXECUTABLE: u32 = 2
const AARCH64: u32 = 183

export const LOADABLE: u32 = 1
export const INTERPRETER: u32 = 3

/** True for the header of a static AArch64 program whose program headers lie in the file. */
export function isProgram(header: usize, length: u64): bool {
  if (length < HEADER_BYTES || length > (MAX_ELF_BYTES as u64)) return false
  if (load<u32>(header) != MAGIC || (load<u32>(header, 4) & 0xff_ffff) != CLASS) return false
  if (load<u16>(header, 16) != EXECUTABLE || load<u16>(header, 18) != AARCH64) return false
  if (load<u16>(header, 54) != SEGMENT_BYTES) return false
  const count = segmentCount(header)
  const at = segmentsAt(header)
  if (count < 1 || count > MAX_SEGMENTS || at & 7) return false
  return at <= length && count * SEGMENT_BYTES <= length - at
}

export function entryPoint(header: usize): u64 {
  return load<u64>(header, 24)
}

export function segmentsAt(header: usize): u64 {
  return load<u64>(header, 32)
}

export function segmentCount(header: usize): u64 {
  return load<u16>(header, 56)
}

// Fields of a program header.
export const P_TYPE: usize = 0
export const P_FLAGS: usize = 4
export const P_OFFSET: usize = 8
export const P_VADDR: usize = 16
export const P_FILESZ: usize = 32
export const P_MEMSZ: usize = 40
export const PF_X: u32 = 1
export const PF_W: u32 = 2
