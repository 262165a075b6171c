import { describe, expect, test } from 'bun:test'
import { symbolTable } from './symbols.ts'

const BASE = 0xffff_8000_0000_0000n
const functions = [
  { name: 'first', address: BASE + 64n, size: 32 },
  { name: 'second', address: BASE + 96n, size: 8 },
]
const map = {
  sources: ['a.ts', 'b.ts'],
  offsets: [10, 20, 30],
  places: [
    { source: 0, line: 1 },
    { source: 1, line: 7 },
    { source: 1, line: 2_000_000 },
  ],
}
const lines = [
  { address: BASE + 64n, at: 10 },
  { address: BASE + 68n, at: 11 },
  { address: BASE + 72n, at: 25 },
  { address: BASE + 96n, at: 30 },
]

/** Reads a table as the kernel does. */
function read(table: Uint8Array) {
  const view = new DataView(table.buffer, table.byteOffset)
  const word = (at: number) => view.getUint32(at, true)
  const [functionCount, siteCount] = [word(4), word(8)]
  const [functionsAt, sitesAt, filesAt, stringsAt] = [word(24), word(28), word(32), word(36)]
  const text = (offset: number) => {
    const end = table.indexOf(0, stringsAt + offset)
    return new TextDecoder().decode(table.subarray(stringsAt + offset, end))
  }
  return {
    magic: new TextDecoder().decode(table.subarray(0, 4)),
    base: view.getBigUint64(16, true),
    functions: Array.from({ length: functionCount }, (_, i) => {
      const at = functionsAt + 12 * i
      return [word(at), word(at + 4), text(word(at + 8))]
    }),
    sites: Array.from({ length: siteCount }, (_, i) => {
      const [start, place] = [word(sitesAt + 8 * i), word(sitesAt + 8 * i + 4)]
      return [start, text(word(filesAt + 4 * (place >>> 20))), place & 0xf_ffff]
    }),
  }
}

describe('symbolTable()', () => {
  test('lists functions and the places where lines begin', () => {
    expect(read(symbolTable(BASE, functions, lines, map))).toEqual({
      magic: 'KSYM',
      base: BASE,
      functions: [
        [64, 32, 'first'],
        [96, 8, 'second'],
      ],
      sites: [
        [64, 'a.ts', 1],
        [72, 'b.ts', 7],
        // Lines beyond 20 bits are cut off there.
        [96, 'b.ts', 0xf_ffff],
      ],
    })
  })

  test('has functions only where nothing is known of the source', () => {
    const { functions: known, sites } = read(symbolTable(BASE, functions, lines, undefined))
    expect(known).toHaveLength(2)
    expect(sites).toEqual([])
  })

  test('may be empty', () => {
    expect(read(symbolTable(0n, [], [], undefined))).toMatchObject({ functions: [], sites: [] })
  })
})
