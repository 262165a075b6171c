/**
 * A table of functions and lines that a running kernel can read, for crash dumps: sorted, fixed-size records, no decoding.
 *
 * Little-endian: magic "KSYM", numbers of functions, sites and files (4 bytes each), address the records count from (8), offsets
 * from the table's begin to functions, sites, files and strings (4 each), 8 bytes of 0. A function is start, size and name (4 bytes
 * each), a site is start and file << 20 | line (4 bytes each; 0 if unknown), a file is its name. Names are offsets to strings that
 * end with a zero. Starts count from the address and ascend; a site holds until the next one.
 */

import type { Site } from '../arm64/output.ts'
import type { FunctionSymbol } from '../compile.ts'
import { placeOf, type SourceMap } from '../source-map.ts'
import { Bytes } from './bytes.ts'

const MAGIC = 0x4d59534b
const HEADER = 48
const LINE_BITS = 20
const MAX_LINE = (1 << LINE_BITS) - 1

/**
 * The bytes of the table.
 *
 * @param base address of the code
 * @param functions by ascending addresses
 * @param lines by ascending addresses
 */
export function symbolTable(
  base: bigint,
  functions: readonly FunctionSymbol[],
  lines: readonly Site[],
  map: SourceMap | undefined,
): Uint8Array {
  const strings = new Bytes().put(1, 0)
  const text = (value: string): number => {
    const at = strings.length
    strings.string(value)
    return at
  }
  const functionRecords = new Bytes()
  for (const { name, address, size } of functions) {
    functionRecords.put(4, address - base, size, text(name))
  }
  const siteRecords = new Bytes()
  let sites = 0
  let last = 0
  for (const { address, at } of map ? lines : []) {
    const place = placeOf(map!, at)
    const packed = place ? (place.source + 1) * (MAX_LINE + 1) + Math.min(place.line, MAX_LINE) : 0
    if (packed === last) continue
    last = packed
    sites++
    siteRecords.put(4, address - base, packed)
  }
  const files = map?.sources ?? []
  const fileRecords = new Bytes().put(4, text('?'))
  for (const file of files) fileRecords.put(4, text(file))
  const header = new Bytes().put(4, MAGIC, functions.length, sites, files.length + 1).put(8, base)
  let at = HEADER
  for (const part of [functionRecords, siteRecords, fileRecords, strings]) {
    header.put(4, at)
    at += part.length
  }
  header.pad(HEADER)
  for (const part of [functionRecords, siteRecords, fileRecords, strings])
    header.append(part.join())
  return header.align(8).join()
}
