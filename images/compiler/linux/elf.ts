/**
 * A static ELF64 executable for AArch64 (System V ABI, gABI chapters 4 and 5): one segment that is executed, one that is
 * written; symbols and line tables for debuggers.
 */

import type { FunctionSymbol } from '../compile.ts'
import { Bytes } from './bytes.ts'
import type { DebugSection } from './dwarf.ts'

export interface Program {
  readonly entry: bigint
  /** Address of the file's first byte; the image begins at `textStart`. */
  readonly base: bigint
  readonly textStart: bigint
  /** Address, a multiple of the page size, from which on the image is written to. */
  readonly dataStart: bigint
  /** Bytes behind the image that begin as 0. */
  readonly bssSize: number
  readonly image: Uint8Array
  readonly symbols: readonly FunctionSymbol[]
  readonly debug: readonly DebugSection[]
}

const EM_AARCH64 = 183
const PT_LOAD = 1
const PT_GNU_STACK = 0x6474e551
const PAGE = 0x10000n
const STT_FUNC = 2

/** Strings with the offsets they are named by. */
class Strings {
  readonly bytes = new Bytes().put(1, 0)

  add(text: string): number {
    const at = this.bytes.length
    this.bytes.string(text)
    return at
  }
}

interface Section {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly address: bigint
  readonly offset: number
  readonly size: number
  readonly link: number
  readonly info: number
  readonly align: number
  readonly entry: number
}

/** The bytes of the executable. */
export function writeElf(program: Program): Uint8Array {
  const { base, textStart, dataStart, image, bssSize, entry } = program
  const end = textStart + BigInt(image.length)
  const textSize = dataStart - base
  const dataSize = end - dataStart
  const file = new Bytes()
  const head = fileHeader(entry)
  file.append(head)
  segment(file, PT_LOAD, 5, 0n, base, textSize, textSize)
  segment(file, PT_LOAD, 6, textSize, dataStart, dataSize, dataSize + BigInt(bssSize))
  segment(file, PT_GNU_STACK, 6, 0n, 0n, 0n, 0n)
  file
    .pad(Number(textStart - base))
    .append(image)
    .align(8)

  const strings = new Strings()
  const symbols = new Bytes().append(new Uint8Array(24))
  for (const { name, address, size } of program.symbols) {
    symbols
      .put(4, strings.add(name))
      .put(1, (1 << 4) | STT_FUNC, 0)
      .put(2, 1)
      .put(8, address, size)
  }
  const symbolsAt = file.length
  file.append(symbols.join())
  const stringsAt = file.length
  file.append(strings.bytes.join())
  const text = Number(textStart - base)
  const none = { flags: 0, address: 0n, link: 0, info: 0, align: 1, entry: 0 }
  const sections: Section[] = [
    {
      ...none,
      name: '.text',
      type: 1,
      flags: 6,
      address: textStart,
      offset: text,
      size: Number(dataStart - textStart),
      align: 16,
    },
    {
      ...none,
      name: '.data',
      type: 1,
      flags: 3,
      address: dataStart,
      offset: Number(textSize),
      size: Number(dataSize),
      align: 16,
    },
    {
      ...none,
      name: '.bss',
      type: 8,
      flags: 3,
      address: end,
      offset: Number(end - base),
      size: bssSize,
      align: 16,
    },
    {
      ...none,
      name: '.symtab',
      type: 2,
      offset: symbolsAt,
      size: symbols.length,
      link: 5,
      info: 1,
      align: 8,
      entry: 24,
    },
    { ...none, name: '.strtab', type: 3, offset: stringsAt, size: strings.bytes.length },
  ]
  for (const { name, bytes } of program.debug) {
    sections.push({ ...none, name, type: 1, offset: file.length, size: bytes.length })
    file.append(bytes)
  }
  const names = new Strings()
  const named = sections.map((section) => ({ section, at: names.add(section.name) }))
  const ownName = names.add('.shstrtab')
  const namesAt = file.length
  const nameBytes = names.bytes.join()
  file.append(nameBytes).align(8)
  const table = file.length
  file.append(new Uint8Array(64))
  for (const { section, at } of named) sectionHeader(file, at, section)
  sectionHeader(file, ownName, {
    ...none,
    name: '.shstrtab',
    type: 3,
    offset: namesAt,
    size: nameBytes.length,
  })
  const bytes = file.join()
  const view = new DataView(bytes.buffer)
  view.setBigUint64(40, BigInt(table), true)
  view.setUint16(60, sections.length + 2, true)
  view.setUint16(62, sections.length + 1, true)
  return bytes
}

/** The file header; what is said of the section table is filled in when it is placed. */
function fileHeader(entry: bigint): Uint8Array {
  return new Bytes()
    .put(1, 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)
    .put(8, 0)
    .put(2, 2, EM_AARCH64)
    .put(4, 1)
    .put(8, entry, 64, 0)
    .put(4, 0)
    .put(2, 64, 56, 3, 64, 0, 0)
    .join()
}

function segment(
  file: Bytes,
  type: number,
  flags: number,
  offset: bigint,
  address: bigint,
  fileSize: bigint,
  memorySize: bigint,
): void {
  file.put(4, type, flags).put(8, offset, address, address, fileSize, memorySize)
  file.put(8, type === PT_LOAD ? PAGE : 16n)
}

function sectionHeader(file: Bytes, name: number, section: Section): void {
  file.put(4, name, section.type).put(8, section.flags, section.address)
  file.put(8, section.offset, section.size).put(4, section.link, section.info)
  file.put(8, section.align, section.entry)
}
