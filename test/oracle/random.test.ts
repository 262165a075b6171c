import { describe, expect, test } from 'bun:test'
import { decode } from '../../jit/isa/decode.ts'
import { need } from '../tools/debian.ts'
import { compare } from './compare.ts'
import { ORACLE_PACKAGES } from './fp/oracle.ts'
import { MODES, SnippetCore } from './machine.ts'
import { BATCH, END, RECORD_BYTES, SLOT_BYTES } from './record.ts'
import { makeBatch, snippet, snippetRows } from './snippets.ts'
import { runUser } from './user.ts'

const SEEDS = [2026, 11, 22]

describe('makeBatch()', () => {
  test('gives the same snippets for the same seed, and others for another', () => {
    const first = makeBatch(20, 7)
    expect(makeBatch(20, 7)).toEqual(first)
    expect(makeBatch(20, 8).code).not.toEqual(first.code)
  })

  test('makes snippets of every row it has, and none whose operands are unpredictable', () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 8; seed++) {
      const batch = makeBatch(BATCH, seed)
      for (let i = 0; i < batch.count; i++) {
        for (const word of snippet(batch, i)) {
          const row = decode(word)
          expect(row?.isUnpredictable(word)).toBe(false)
          seen.add(row!.id)
        }
      }
    }
    expect(snippetRows.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([])
  })

  test('ends every snippet within its place', () => {
    const batch = makeBatch(BATCH, 3)
    for (let i = 0; i < batch.count; i++) {
      expect(snippet(batch, i).at(-1)).toBe(END)
      expect(snippet(batch, i).length * 4).toBeLessThanOrEqual(SLOT_BYTES)
    }
  })

  test('refuses more snippets than there is room for', () => {
    expect(() => makeBatch(BATCH + 1, 1)).toThrow(`a batch has ${BATCH}`)
  })
})

describe.skipIf(!need(...ORACLE_PACKAGES))('differential test', async () => {
  const batches = SEEDS.map((seed) => makeBatch(BATCH, seed))
  const oracle = need(...ORACLE_PACKAGES) ? runUser(batches) : new Uint8Array()
  for (const mode of MODES) {
    const machine = await SnippetCore.load(mode)
    test(`the core in mode ${mode} agrees with QEMU on random snippets of every row`, () => {
      batches.forEach((batch, i) => {
        const expected = oracle.slice(i * BATCH * RECORD_BYTES, (i + 1) * BATCH * RECORD_BYTES)
        const { differences, compared } = compare(machine, batch, expected, SEEDS[i]!)
        expect(differences.map(({ text }) => text)).toEqual([])
        // What is not compared are unaligned accesses where there is no Normal memory.
        expect(compared).toBeGreaterThan(batch.count * 0.7)
      })
    }, 30_000)
  }

  test('the core agrees with QEMU when it is stopped after every instruction, or looks for breakpoints', async () => {
    const expected = oracle.slice(0, BATCH * RECORD_BYTES)
    const machine = await SnippetCore.load('el0')
    machine.slice = 1
    expect(compare(machine, batches[0]!, expected, SEEDS[0]!).differences).toEqual([])
    machine.slice = 1000
    machine.core.setBreakpoints([0n])
    expect(compare(machine, batches[0]!, expected, SEEDS[0]!).differences).toEqual([])
  })

  test('tells the instruction at fault and the state behind it when the two sides differ', () => {
    const wrong = oracle.slice(0, BATCH * RECORD_BYTES)
    // X0 of the first snippet as no machine would have it.
    wrong[0] = wrong[0]! ^ 1
    return SnippetCore.load('el1').then((machine) => {
      const { differences, failed } = compare(machine, batches[0]!, wrong, SEEDS[0]!)
      expect(failed).toBe(1)
      expect(differences[0]!.text).toContain('differs only in its batch')
    })
  })
})
