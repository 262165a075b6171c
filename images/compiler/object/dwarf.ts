/**
 * Line tables for debuggers: DWARF 4, sections `.debug_line`, `.debug_info` and `.debug_abbrev` with one unit. Types and
 * variables are not described.
 */

import type { Site } from '../arm64/output.ts'
import { placeOf, type SourceMap } from '../source-map.ts'
import { Bytes } from './bytes.ts'
import type { Section } from './elf.ts'

/** Opcodes of the line number program (DWARF 4, section 6.2.5). */
const COPY = 1
const ADVANCE_PC = 2
const ADVANCE_LINE = 3
const SET_FILE = 4
const END_SEQUENCE = 1
const SET_ADDRESS = 2

/** Operands of the standard opcodes 1 to 12. */
const OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]

/** A block that begins with its own length. */
function withLength(contents: Bytes): Bytes {
  return new Bytes().put(4, contents.length).append(contents.join())
}

function lineProgram(lines: readonly Site[], end: bigint, map: SourceMap): Bytes {
  const program = new Bytes()
  let [file, line] = [1, 1]
  let address = lines[0]!.address
  program.put(1, 0).unsigned(9n).put(1, SET_ADDRESS).put(8, address)
  for (const site of lines) {
    const place = placeOf(map, site.at)
    if (!place) continue
    if (site.address !== address) program.put(1, ADVANCE_PC).unsigned(site.address - address)
    address = site.address
    if (place.source + 1 !== file) program.put(1, SET_FILE).unsigned(BigInt(place.source + 1))
    if (place.line !== line) program.put(1, ADVANCE_LINE).signed(BigInt(place.line - line))
    file = place.source + 1
    line = place.line
    program.put(1, COPY)
  }
  program.put(1, ADVANCE_PC).unsigned(end - address)
  return program.put(1, 0).unsigned(1n).put(1, END_SEQUENCE)
}

function lineSection(lines: readonly Site[], end: bigint, map: SourceMap): Uint8Array {
  // Instructions counted in bytes, one operation each, statements by default; special opcodes are not used.
  const header = new Bytes().put(1, 1, 1, 1, 0xfb, 14, OPERANDS.length + 1, ...OPERANDS)
  header.put(1, 0)
  for (const source of map.sources) header.string(source).put(1, 0, 0, 0)
  header.put(1, 0)
  const contents = new Bytes().put(2, 4).append(withLength(header).join())
  return withLength(contents.append(lineProgram(lines, end, map).join())).join()
}

/** Attributes of the unit with their forms: name, producer, language, line table, first address, size. */
const ABBREVIATIONS = [1, 0x11, 0, 3, 8, 0x25, 8, 0x13, 5, 0x10, 0x17, 0x11, 1, 0x12, 7, 0, 0, 0]
const DW_LANG_C99 = 0x0c

/**
 * The sections for code from the first of `lines`, which ascend, to `end`.
 *
 * @returns nothing if there are no lines
 */
export function debugSections(
  lines: readonly Site[],
  end: bigint,
  map: SourceMap,
): readonly Section[] {
  const [first] = lines
  if (!first) return []
  const info = new Bytes().put(2, 4).put(4, 0).put(1, 8, 1)
  info
    .string(map.sources[0] ?? 'module')
    .string('kenix')
    .put(2, DW_LANG_C99)
    .put(4, 0)
  info.put(8, first.address, end - first.address)
  return [
    { name: '.debug_line', bytes: lineSection(lines, end, map) },
    { name: '.debug_info', bytes: withLength(info).join() },
    { name: '.debug_abbrev', bytes: new Bytes().put(1, ...ABBREVIATIONS).join() },
  ]
}
