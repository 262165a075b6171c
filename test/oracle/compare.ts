/**
 * Runs the same snippets on the core and on QEMU, and tells where they differ: the first instruction that makes the
 * difference, and the state behind it on both sides.
 */
import { decode } from '../../jit/isa/decode.ts'
import { disassemble } from '../../jit/isa/disassemble.ts'
import type { SnippetCore } from './machine.ts'
import {
  type Batch,
  CODE,
  FPCR,
  FPSR,
  MEMORY,
  NZCV,
  PC,
  RECORD_BYTES,
  SIGBUS,
  SIGNAL,
  SLOT_BYTES,
  SP,
  V,
  WINDOW,
  WINDOW_BYTES,
  X,
} from './record.ts'
import { shortened, snippet } from './snippets.ts'
import { runUser } from './user.ts'

/** A snippet after which the two sides differ. */
export interface Difference {
  /** The row of the first instruction that makes a difference. */
  readonly row: string
  readonly text: string
}

function differs(core: Uint8Array, oracle: Uint8Array, at: number): boolean {
  for (let i = at; i < at + RECORD_BYTES; i++) if (core[i] !== oracle[i]) return true
  return false
}

/**
 * With the MMU off all memory is Device memory, where what is not aligned faults (Arm ARM, "Device memory"); user mode QEMU knows
 * no such memory and goes on. Those snippets are not compared.
 */
function isExcused(
  machine: SnippetCore,
  core: Uint8Array,
  oracle: Uint8Array,
  at: number,
): boolean {
  if (machine.mode !== 'el1-off') return false
  const signal = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(at + SIGNAL, true)
  const pc = (bytes: Uint8Array) => new DataView(bytes.buffer).getBigUint64(at + PC, true)
  return signal(core) === SIGBUS && (signal(oracle) !== SIGBUS || pc(core) !== pc(oracle))
}

function hex(value: number | bigint, digits = 8): string {
  return value.toString(16).padStart(digits, '0')
}

/** Each field in which two records differ, as core / oracle. */
function fieldsThatDiffer(core: Uint8Array, oracle: Uint8Array): string[] {
  const [a, b] = [new DataView(core.buffer), new DataView(oracle.buffer)]
  const lines: string[] = []
  const note = (name: string, x: number | bigint, y: number | bigint, digits: number) => {
    if (x !== y) lines.push(`  ${name}: core ${hex(x, digits)}, oracle ${hex(y, digits)}`)
  }
  const long = (name: string, at: number) =>
    note(name, a.getBigUint64(at, true), b.getBigUint64(at, true), 16)
  const short = (name: string, at: number) =>
    note(name, a.getUint32(at, true), b.getUint32(at, true), 8)
  short('signal', SIGNAL)
  long('pc', PC)
  for (let i = 0; i < 31; i++) long(`x${i}`, X + 8 * i)
  long('sp', SP)
  short('nzcv', NZCV)
  short('fpcr', FPCR)
  short('fpsr', FPSR)
  for (let i = 0; i < 64; i++) long(`v${i >> 1}.d[${i & 1}]`, V + 8 * i)
  for (let i = 0; i < WINDOW_BYTES; i += 8) long(`memory ${hex(WINDOW + i)}`, MEMORY + i)
  return lines
}

/** Finds the first word of snippet `index` that makes a difference, by ending it earlier and earlier. */
function describe(machine: SnippetCore, batch: Batch, index: number, seed: number): Difference {
  const words = snippet(batch, index)
  const pc = (i: number) => CODE + index * SLOT_BYTES + 4 * i
  const line = (i: number) =>
    `${hex(pc(i))}: ${hex(words[i]!)} ${disassemble(words[i]!, BigInt(pc(i)))}`
  for (let n = 1; n <= words.length; n++) {
    const batchOfOne = shortened(batch, index, n)
    const oracle = runUser([batchOfOne])
    const core = machine.run(batchOfOne)
    if (!differs(core, oracle, 0) || isExcused(machine, core, oracle, 0)) continue
    const word = words[n - 1]!
    const row = decode(word)?.id ?? 'unallocated'
    const before = new DataView(batch.records.buffer, index * RECORD_BYTES)
    const text = [
      `${line(n - 1)} (${row}), snippet ${index} of seed ${seed}, ${machine.mode}`,
      ...words.slice(0, n).map((_, i) => `  ${line(i)}`),
      `  nzcv ${hex(before.getUint32(NZCV, true))} fpcr ${hex(before.getUint32(FPCR, true))} before`,
      ...fieldsThatDiffer(core, oracle),
    ]
    return { row, text: text.join('\n') }
  }
  return { row: 'unknown', text: `snippet ${index} of seed ${seed} differs only in its batch` }
}

/** Runs a batch on both sides. Returns at most `limit` differences, and how many snippets could be compared. */
export function compare(
  machine: SnippetCore,
  batch: Batch,
  oracle: Uint8Array,
  seed: number,
  limit = 3,
): { differences: Difference[]; failed: number; compared: number } {
  const core = machine.run(batch)
  const differences: Difference[] = []
  let failed = 0
  let compared = batch.count
  for (let i = 0; i < batch.count; i++) {
    const at = i * RECORD_BYTES
    if (!differs(core, oracle, at)) continue
    if (isExcused(machine, core, oracle, at)) {
      compared--
      continue
    }
    failed++
    if (differences.length < limit) differences.push(describe(machine, batch, i, seed))
  }
  return { differences, failed, compared }
}
