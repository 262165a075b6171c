/**
 * ELF files that run on bare metal: what to load where, and where to start.
 *
 * Source: the System V ABI, chapters 4 and 5, and IHI 0056 (AArch64). Every offset comes from a file that may be
 * hostile. Refused: other machines, big-endian, programs that need a dynamic linker, relocatable objects.
 */
import { BootError } from './error.ts'

const HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56
const CLASS_64 = 2
const LITTLE_ENDIAN = 1
const ET_EXEC = 2
const ET_DYN = 3
const EM_AARCH64 = 183
const PT_LOAD = 1
const PT_INTERP = 3
const MAX_SEGMENTS = 256

/** Bytes for memory; what lies between `data.length` and `bytes` is zero. */
export interface Segment {
  readonly pa: number
  readonly data: Uint8Array
  readonly bytes: number
}

export interface ElfProgram {
  readonly entry: number
  readonly segments: readonly Segment[]
}

/** Whether a file is an ELF file of any kind. */
export function isElf(file: Uint8Array): boolean {
  return file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46
}

/**
 * Reads an ELF file.
 * @param name of the file, for messages.
 * @throws BootError saying what is wrong.
 */
export function readElf(file: Uint8Array, name: string): ElfProgram {
  const fail = (problem: string): never => {
    throw new BootError(`Cannot boot the ELF file "${name}": ${problem}`)
  }
  if (file.length < HEADER_BYTES) fail(`it is truncated after ${file.length} bytes`)
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const u64 = (at: number): number => Number(view.getBigUint64(at, true))
  if (file[4] !== CLASS_64) fail('it is not a 64-bit file')
  if (file[5] !== LITTLE_ENDIAN) fail('it is big-endian, the machine is little-endian')
  const machine = view.getUint16(18, true)
  if (machine !== EM_AARCH64) fail(`it is for machine ${machine}, not for AArch64 (183)`)
  const type = view.getUint16(16, true)
  if (type !== ET_EXEC && type !== ET_DYN)
    fail(`its type is ${type}, neither executable nor shared`)
  const entry = u64(24)
  const tableAt = u64(32)
  const entryBytes = view.getUint16(54, true)
  const count = view.getUint16(56, true)
  if (count === 0) fail('it has no program headers')
  if (count > MAX_SEGMENTS) fail(`it has ${count} program headers, more than ${MAX_SEGMENTS}`)
  if (entryBytes !== PROGRAM_HEADER_BYTES) fail(`its program headers have ${entryBytes} bytes`)
  if (tableAt + count * entryBytes > file.length) fail('its program headers are truncated')
  const segments: Segment[] = []
  let start = entry
  for (let n = 0; n < count; n++) {
    const at = tableAt + n * entryBytes
    const kind = view.getUint32(at, true)
    if (kind === PT_INTERP) fail('it needs a dynamic linker, so it is a program for an OS')
    if (kind !== PT_LOAD) continue
    const offset = u64(at + 8)
    const va = u64(at + 16)
    const pa = u64(at + 24)
    const fileBytes = u64(at + 32)
    const bytes = u64(at + 40)
    if (bytes === 0) continue
    if (fileBytes > bytes) fail(`segment ${n} has more bytes in the file than in memory`)
    if (offset + fileBytes > file.length) fail(`segment ${n} is truncated`)
    // The entry point is a virtual address; the machine starts with the MMU off.
    if (entry >= va && entry < va + bytes) start = entry - va + pa
    segments.push({ pa, data: file.subarray(offset, offset + fileBytes), bytes })
  }
  if (segments.length === 0) fail('it has nothing to load')
  return { entry: start, segments }
}
