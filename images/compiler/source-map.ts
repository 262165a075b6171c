/**
 * Source maps of WebAssembly modules (Source Map format 3): offsets in the module, written as columns of one line, to places
 * in source files.
 */

export interface Place {
  /** Index in `sources`. */
  readonly source: number
  /** From 1 on. */
  readonly line: number
}

export interface SourceMap {
  readonly sources: readonly string[]
  /** Offsets at which a place begins, ascending, and the places. */
  readonly offsets: readonly number[]
  readonly places: readonly Place[]
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The numbers of one segment: base 64 digits of 5 bits, the lowest first; bit 0 of the whole is the sign. */
function readNumbers(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let scale = 1
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit)
    if (bits < 0) throw new Error(`Cannot read the source map: "${digit}" is no base 64 digit`)
    value += (bits & 31) * scale
    scale *= 32
    if (bits & 32) continue
    numbers.push(value % 2 ? -(value - 1) / 2 : value / 2)
    value = 0
    scale = 1
  }
  return numbers
}

/**
 * Reads a source map.
 *
 * @param text JSON as `asc --sourceMap` writes it
 */
export function readSourceMap(text: string): SourceMap {
  const { version, sources, mappings } = JSON.parse(text) as Record<string, unknown>
  if (version !== 3 || !Array.isArray(sources) || typeof mappings !== 'string') {
    throw new Error('Cannot read the source map: version 3 with sources and mappings is needed')
  }
  const offsets: number[] = []
  const places: Place[] = []
  let [offset, source, line] = [0, 0, 0]
  for (const segment of mappings.split(';')[0]!.split(',')) {
    const [column, file, row] = readNumbers(segment)
    if (column === undefined) continue
    offset += column
    if (file === undefined || row === undefined) continue
    source += file
    line += row
    if (source < 0 || source >= sources.length) {
      throw new Error(`Cannot read the source map: it has no source ${source}`)
    }
    offsets.push(offset)
    places.push({ source, line: line + 1 })
  }
  return { sources: sources.map(String), offsets, places }
}

/** The place of an offset: that of the last mapping at or before it. */
export function placeOf({ offsets, places }: SourceMap, offset: number): Place | undefined {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (offsets[middle]! <= offset) low = middle + 1
    else high = middle
  }
  return places[low - 1]
}
