/**
 * Runs the same cases on the core and on the oracle, and tells where they differ.
 */
import { rows } from '../../../jit/isa/rows.ts'
import type { FpCore } from './core.ts'
import { deviations } from './deviations.ts'
import { runOracle } from './oracle.ts'
import { FPCR, FPSR, NZCV, RECORD_BYTES, REGISTERS, V, WORD, X } from './state.ts'

/** A case in which the two sides differ. */
export interface Difference {
  readonly row: string
  readonly word: number
  readonly text: string
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(16, '0')
}

function vector(view: DataView, at: number): string {
  return `${hex64(view.getBigUint64(at + 8, true))}_${hex64(view.getBigUint64(at, true))}`
}

/**
 * What a person needs to see what went wrong: inputs, then each field that differs, as core /
 * oracle.
 */
function describe(before: DataView, core: DataView, oracle: DataView, at: number): string {
  const word = before.getUint32(at + WORD, true)
  const lines = [
    `word ${hex(word)} fpcr ${hex(before.getUint32(at + FPCR, true))} fpsr ${hex(before.getUint32(at + FPSR, true))}`,
  ]
  for (const [name, shift] of [
    ['d', 0],
    ['n', 5],
    ['m', 16],
    ['a', 10],
  ] as const) {
    const n = (word >>> shift) & 31
    const i = REGISTERS.indexOf(n as never)
    if (i >= 0) {
      lines.push(
        `  ${name} v${n} ${vector(before, at + V + 16 * i)} x ${hex64(before.getBigUint64(at + X + 8 * i, true))}`,
      )
    }
  }
  const field = (name: string, a: string, b: string) => {
    if (a !== b) lines.push(`  ${name}: core ${a}, oracle ${b}`)
  }
  for (const [name, offset] of [
    ['undefined', WORD],
    ['fpsr', FPSR],
    ['nzcv', NZCV],
  ] as const) {
    field(name, hex(core.getUint32(at + offset, true)), hex(oracle.getUint32(at + offset, true)))
  }
  REGISTERS.forEach((n, i) => {
    field(`v${n}`, vector(core, at + V + 16 * i), vector(oracle, at + V + 16 * i))
    const x = at + X + 8 * i
    field(`x${n}`, hex64(core.getBigUint64(x, true)), hex64(oracle.getBigUint64(x, true)))
  })
  return lines.join('\n')
}

/** Makes the oracle's result what the manual says. */
function correct(oracle: DataView, at: number, row: string, word: number): void {
  const deviation = deviations.find((candidate) => candidate.row === row)
  if (!deviation) return
  const d = at + V + 16 * REGISTERS.indexOf((word & 31) as never)
  const low = BigInt.asUintN(deviation.resultBits, oracle.getBigUint64(d, true))
  oracle.setBigUint64(d, low, true)
  oracle.setBigUint64(d + 8, 0n, true)
}

/** Runs `cases` on both sides. Returns at most `limit` differences a row. */
export function compare(core: FpCore, cases: Uint8Array, limit = 2): Difference[] {
  const oracle = new DataView(runOracle(cases).buffer)
  const before = new DataView(cases.buffer)
  const bytes = cases.slice()
  const after = new DataView(bytes.buffer)
  const counts = new Map<string, number>()
  const differences: Difference[] = []
  const isSame = (at: number) => {
    for (let i = 0; i < RECORD_BYTES; i += 4) {
      if (after.getUint32(at + i, true) === oracle.getUint32(at + i, true)) continue
      if (i !== FPCR) return false
    }
    return true
  }
  for (let at = 0; at < cases.length; at += RECORD_BYTES) {
    core.run(after, at)
    if (isSame(at)) continue
    const word = before.getUint32(at + WORD, true)
    const row = rows[core.decode(word) - 1]?.id ?? 'unallocated'
    correct(oracle, at, row, word)
    if (isSame(at)) continue
    const count = (counts.get(row) ?? 0) + 1
    counts.set(row, count)
    if (count <= limit) {
      differences.push({ row, word, text: describe(before, after, oracle, at) })
    }
  }
  return differences
}
