/**
 * A static ELF64 executable for AArch64 (System V ABI, gABI chapters 4 and 5): segments with their contents, each a section,
 * too; symbols, and sections that are not loaded.
 */

import type { FunctionSymbol } from '../compile.ts'
import { Bytes } from './bytes.ts'

/** A part of memory. */
export interface Segment {
  /** Of its section, `.text` in style. */
  readonly name: string
  readonly flags: Flags
  readonly address: bigint
  /** Where it is loaded, if that differs. */
  readonly physical?: bigint
  readonly bytes: Uint8Array
  /** Bytes in memory; what the file does not have begins as 0. */
  readonly size: bigint
}

/** A section that informs only. */
export interface Section {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Executable {
  readonly entry: bigint
  /** Segments in the order of the file. */
  readonly segments: readonly Segment[]
  /** Bytes of stack asked for, 0 for the system's default. */
  readonly stack: bigint
  /** Segments begin in the file at the same offset within a page as in memory. */
  readonly pageSize: bigint
  readonly symbols: readonly FunctionSymbol[]
  readonly sections: readonly Section[]
}

/** Access to a segment: p_flags. */
export type Flags = 'r' | 'rw' | 'rx'

const P_FLAGS: Record<Flags, number> = { r: 4, rw: 6, rx: 5 }
const SHF_FLAGS: Record<Flags, number> = { r: 2, rw: 3, rx: 6 }

const EM_AARCH64 = 183
const PT_LOAD = 1
const PT_GNU_STACK = 0x6474e551
const STT_FUNC = 2
const [SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS] = [1, 2, 3, 8]
const HEADER = 64
const PROGRAM_HEADER = 56

/** Strings with the offsets they are named by. */
class Strings {
  readonly bytes = new Bytes().put(1, 0)

  add(text: string): number {
    const at = this.bytes.length
    this.bytes.string(text)
    return at
  }
}

interface Header {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly address: bigint
  readonly offset: number
  readonly size: bigint
  readonly link: number
  readonly info: number
  readonly align: number
  readonly entry: number
}

const NONE = { flags: 0, address: 0n, link: 0, info: 0, align: 1, entry: 0 }

/** Places the contents of segments; their offsets. */
function place({ segments, pageSize }: Executable): number[] {
  let at = BigInt(HEADER + PROGRAM_HEADER * (segments.length + 1))
  return segments.map(({ address, bytes }) => {
    at += (((address - at) % pageSize) + pageSize) % pageSize
    const offset = Number(at)
    at += BigInt(bytes.length)
    return offset
  })
}

/** Headers of a segment's section, and of one for what begins as 0. */
function headersOf({ name, flags, address, bytes, size }: Segment, offset: number): Header[] {
  const length = BigInt(bytes.length)
  const common = { ...NONE, flags: SHF_FLAGS[flags], align: 16 }
  const headers: Header[] = []
  if (length > 0n) {
    headers.push({ ...common, name, type: SHT_PROGBITS, address, offset, size: length })
  }
  if (size > length) {
    const rest = { address: address + length, offset: offset + bytes.length, size: size - length }
    headers.push({ ...common, ...rest, name: length > 0n ? '.bss' : name, type: SHT_NOBITS })
  }
  return headers
}

/** The bytes of the executable. */
export function writeElf(program: Executable): Uint8Array {
  const { entry, segments, stack, pageSize, sections } = program
  const file = new Bytes().append(fileHeader(entry, segments.length + 1))
  const offsets = place(program)
  for (const [i, segment] of segments.entries()) {
    const { address, physical = address, bytes, size, flags } = segment
    file.put(4, PT_LOAD, P_FLAGS[flags]).put(8, offsets[i]!, address, physical)
    file.put(8, bytes.length, size, pageSize)
  }
  file.put(4, PT_GNU_STACK, P_FLAGS.rw).put(8, 0, 0, 0, 0, stack, 16)
  for (const [i, { bytes }] of segments.entries()) file.pad(offsets[i]!).append(bytes)
  file.align(8)

  const headers = segments.flatMap((segment, i) => headersOf(segment, offsets[i]!))
  const strings = new Strings()
  const symbols = new Bytes().append(new Uint8Array(24))
  for (const { name, address, size } of program.symbols) {
    const home = headers.findIndex(
      (header) => address >= header.address && address < header.address + header.size,
    )
    symbols.put(4, strings.add(name)).put(1, (1 << 4) | STT_FUNC, 0)
    symbols.put(2, home + 1).put(8, address, size)
  }
  headers.push({
    ...NONE,
    name: '.symtab',
    type: SHT_SYMTAB,
    offset: file.length,
    size: BigInt(symbols.length),
    link: headers.length + 2,
    info: 1,
    align: 8,
    entry: 24,
  })
  file.append(symbols.join())
  const add = (name: string, type: number, bytes: Uint8Array) => {
    headers.push({ ...NONE, name, type, offset: file.length, size: BigInt(bytes.length) })
    file.append(bytes)
  }
  add('.strtab', SHT_STRTAB, strings.bytes.join())
  for (const { name, bytes } of sections) add(name, SHT_PROGBITS, bytes)
  const names = new Strings()
  const places = [...headers.map(({ name }) => names.add(name)), names.add('.shstrtab')]
  add('.shstrtab', SHT_STRTAB, names.bytes.join())
  file.align(8)
  const table = file.length
  file.append(new Uint8Array(64))
  for (const [i, header] of headers.entries()) sectionHeader(file, places[i]!, header)
  const bytes = file.join()
  const view = new DataView(bytes.buffer)
  view.setBigUint64(40, BigInt(table), true)
  view.setUint16(60, headers.length + 1, true)
  view.setUint16(62, headers.length, true)
  return bytes
}

/**
 * An executable of `writeElf` without what is not loaded: sections, symbols, lines.
 *
 * @returns the file up to the end of its last segment
 */
export function stripElf(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const count = view.getUint16(56, true)
  let end = HEADER + PROGRAM_HEADER * count
  for (let i = 0; i < count; i++) {
    const at = HEADER + PROGRAM_HEADER * i
    const [offset, size] = [view.getBigUint64(at + 8, true), view.getBigUint64(at + 32, true)]
    end = Math.max(end, Number(offset + size))
  }
  const stripped = file.slice(0, end)
  const header = new DataView(stripped.buffer)
  header.setBigUint64(40, 0n, true)
  header.setUint16(60, 0, true)
  header.setUint16(62, 0, true)
  return stripped
}

/** The file header; what is said of the section table is filled in when it is placed. */
function fileHeader(entry: bigint, segments: number): Uint8Array {
  return new Bytes()
    .put(1, 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)
    .put(8, 0)
    .put(2, 2, EM_AARCH64)
    .put(4, 1)
    .put(8, entry, HEADER, 0)
    .put(4, 0)
    .put(2, HEADER, PROGRAM_HEADER, segments, 64, 0, 0)
    .join()
}

function sectionHeader(file: Bytes, name: number, section: Header): void {
  file.put(4, name, section.type).put(8, section.flags, section.address)
  file.put(8, section.offset, section.size).put(4, section.link, section.info)
  file.put(8, section.align, section.entry)
}
