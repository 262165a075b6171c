import { describe, expect, test } from 'bun:test'
import { findDifferences, Pair } from './differential.fixture.ts'
import { byCoreRows } from './lower-by-core.ts'
import { crypto } from './lower-crypto.ts'
import { simdInteger } from './lower-simd.ts'
import { simdCopy } from './lower-simd-copy.ts'
import { simdFp } from './lower-simd-fp.ts'
import { simdShift } from './lower-simd-shift.ts'
import { loweringOf } from './rows.ts'

const remaining = Object.fromEntries(
  Object.entries(byCoreRows).filter(([id, lowering]) => loweringOf(id) === lowering),
)

describe('translated vector instructions', () => {
  const sets = {
    'integer operations': simdInteger,
    'shifts, narrowing, widening': simdShift,
    'copies and permutations': simdCopy,
    'floating point': simdFp,
    AES: crypto,
    'what the core executes': remaining,
  }
  for (const [name, rows] of Object.entries(sets)) {
    test(`give the interpreter's results and FPSR: ${name}`, async () => {
      const pair = await Pair.make(19_930_817)
      const cases = rows === remaining ? 2 : 6
      expect(findDifferences(pair, Object.keys(rows), cases)).toEqual([])
      expect(pair.translator.stats.translations).toBeGreaterThan(Object.keys(rows).length)
    }, 20_000)
  }
})
