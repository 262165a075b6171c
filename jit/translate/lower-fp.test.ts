import { describe, expect, test } from 'bun:test'
import { findDifferences, Pair } from './differential.fixture.ts'
import { fp } from './lower-fp.ts'
import { fpConvert } from './lower-fp-convert.ts'
import { fpMemory } from './lower-fp-memory.ts'

describe('translated floating point', () => {
  const sets = { arithmetic: fp, conversions: fpConvert, 'loads and stores': fpMemory }
  for (const [name, rows] of Object.entries(sets)) {
    test(`gives the interpreter's results, flags and FPSR: ${name}`, async () => {
      const pair = await Pair.make(20_261_122)
      expect(findDifferences(pair, Object.keys(rows), 8)).toEqual([])
      expect(pair.translator.stats.translations).toBeGreaterThan(Object.keys(rows).length * 4)
    }, 20_000)
  }

  test('leaves other roundings and flushing to the interpreter', async () => {
    const pair = await Pair.make(1)
    // fadd d0, d1, d2; fmul d3, d0, d4
    const words = [0x1e62_2820, 0x1e64_0803]
    for (const fpcr of [1 << 22, 2 << 22, 3 << 22, 1 << 24, 1 << 25]) {
      for (let i = 0; i < 20; i++) {
        expect(pair.run({ words, fpsr: i & 1 ? 16 : 0, fpcr })).toBeUndefined()
      }
    }
  })
})
