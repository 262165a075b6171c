import { describe, expect, test } from 'bun:test'
import { findDifferences, Pair } from './differential.fixture.ts'
import { simdInteger } from './lower-simd.ts'
import { simdCopy } from './lower-simd-copy.ts'
import { simdShift } from './lower-simd-shift.ts'

describe('translated vector instructions', () => {
  const sets = {
    'integer operations': simdInteger,
    'shifts, narrowing, widening': simdShift,
    'copies and permutations': simdCopy,
  }
  for (const [name, rows] of Object.entries(sets)) {
    test(`give the interpreter's results and FPSR: ${name}`, async () => {
      const pair = await Pair.make(19_930_817)
      expect(findDifferences(pair, Object.keys(rows), 6)).toEqual([])
      expect(pair.translator.stats.translations).toBeGreaterThan(Object.keys(rows).length * 3)
    }, 20_000)
  }
})
