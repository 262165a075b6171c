/**
 * A PE32+ application for UEFI on AArch64 (Microsoft PE and COFF Specification; UEFI 2.10, section 2.1.1): sections at multiples of
 * 4 KiB, base relocations for addresses in data.
 */

import { Bytes } from './bytes.ts'

/** A part of the image, at a multiple of the page size. */
export interface PeSection {
  /** Up to 8 characters. */
  readonly name: string
  readonly flags: 'r' | 'rw' | 'rx'
  /** Distance from the image's begin. */
  readonly rva: number
  readonly bytes: Uint8Array
  /** Bytes in memory; what the file does not have begins as 0. */
  readonly size: number
}

export interface PeImage {
  /** Distance of the entry from the image's begin. */
  readonly entry: number
  /** Ascending, without overlap. */
  readonly sections: readonly PeSection[]
  /** Distances of 64-bit addresses that move with the image, ascending. */
  readonly relocations: readonly number[]
}

/** Sections lie at multiples of this in memory; the first one behind the headers. */
export const SECTION_ALIGNMENT = 0x1000
const FILE_ALIGNMENT = 0x200
const MACHINE_ARM64 = 0xaa64
const SUBSYSTEM_EFI_APPLICATION = 10
const OPTIONAL_SIZE = 112 + 16 * 8
const RELOCATION_DIRECTORY = 5
const DIR64 = 10
/** Position independent, addresses of 64 bits, data not executable. */
const DLL_CHARACTERISTICS = 0x160
/** Executable, addresses above 2 GiB. */
const CHARACTERISTICS = 0x22

/** IMAGE_SCN_*: contents and access. */
const SECTION_FLAGS = { rx: 0x6000_0020, r: 0x4000_0040, rw: 0xc000_0040 } as const
const DISCARDABLE = 0x0200_0000

const up = (value: number, to: number): number => Math.ceil(value / to) * to

/** Blocks of relocations, one a page; at least one, as some loaders take an image without any for one that cannot move. */
function relocationBlocks(relocations: readonly number[]): Uint8Array {
  const pages = new Map<number, number[]>()
  for (const rva of relocations) {
    const page = rva - (rva % SECTION_ALIGNMENT)
    pages.set(page, [...(pages.get(page) ?? []), rva])
  }
  if (pages.size === 0) pages.set(0, [])
  const bytes = new Bytes()
  for (const [page, places] of pages) {
    const entries = places.map((rva) => (DIR64 << 12) | (rva - page))
    while (entries.length === 0 || entries.length % 2) entries.push(0)
    bytes.put(4, page, 8 + 2 * entries.length).put(2, ...entries)
  }
  return bytes.join()
}

/** The bytes of the file. */
export function writePe({ entry, sections, relocations }: PeImage): Uint8Array {
  const blocks = relocationBlocks(relocations)
  const last = sections.at(-1)!
  const relocationRva = up(last.rva + last.size, SECTION_ALIGNMENT)
  const all = [
    ...sections.map((section) => ({ ...section, extra: 0 })),
    {
      name: '.reloc',
      flags: 'r' as const,
      rva: relocationRva,
      bytes: blocks,
      size: blocks.length,
      extra: DISCARDABLE,
    },
  ]
  const headers = up(64 + 24 + OPTIONAL_SIZE + 40 * all.length, FILE_ALIGNMENT)
  const sizeOf = (flags: string) =>
    all.reduce(
      (sum, one) => sum + (one.flags === flags ? up(one.bytes.length, FILE_ALIGNMENT) : 0),
      0,
    )

  const file = new Bytes().put(2, 0x5a4d).pad(60).put(4, 64)
  file.put(4, 0x4550).put(2, MACHINE_ARM64, all.length).put(4, 0, 0, 0)
  file.put(2, OPTIONAL_SIZE, CHARACTERISTICS)
  file.put(2, 0x20b, 1).put(4, sizeOf('rx'), sizeOf('r') + sizeOf('rw'), 0, entry, all[0]!.rva)
  file.put(8, 0).put(4, SECTION_ALIGNMENT, FILE_ALIGNMENT).put(2, 0, 0, 0, 0, 0, 0).put(4, 0)
  file.put(4, up(relocationRva + blocks.length, SECTION_ALIGNMENT), headers, 0)
  file.put(2, SUBSYSTEM_EFI_APPLICATION, DLL_CHARACTERISTICS).put(8, 0, 0, 0, 0).put(4, 0, 16)
  for (let i = 0; i < 16; i++) {
    if (i === RELOCATION_DIRECTORY) file.put(4, relocationRva, blocks.length)
    else file.put(8, 0)
  }
  let offset = headers
  for (const { name, flags, rva, bytes, size, extra } of all) {
    const raw = up(bytes.length, FILE_ALIGNMENT)
    const start = file.length
    file.append(new TextEncoder().encode(name)).pad(start + 8)
    file.put(4, size, rva, raw, raw === 0 ? 0 : offset, 0, 0).put(2, 0, 0)
    file.put(4, (SECTION_FLAGS[flags] | extra) >>> 0)
    offset += raw
  }
  for (const { bytes } of all) file.align(FILE_ALIGNMENT).append(bytes)
  return file.align(FILE_ALIGNMENT).join()
}
