/**
 * Random cases of the floating-point differential test, the same for the same seed.
 */
import type { Row } from '../../../jit/isa/rows.ts'
import { rows } from '../../../jit/isa/rows.ts'
import { random32, randomWord } from '../../../jit/isa/testing.ts'
import {
  FPCR,
  FPSR,
  NZCV,
  RECORD_BYTES,
  REGISTERS,
  restrictRegisters,
  V,
  WORD,
  X,
} from './state.ts'
import { floatBits, fpcr, fpsr, lanes64, neighbour, type Random } from './values.ts'

const GROUPS = new Set(['fp', 'simd', 'crypto'])
/** Features of rows that the core leaves out. */
const MISSING = new Set(['bf16', 'i8mm', 'fhm', 'sha512', 'sha3', 'sm3', 'sm4'])

/** Every row the core's floating-point part must execute. */
export const testedRows: readonly Row[] = rows.filter(
  (row) => GROUPS.has(row.group) && !MISSING.has(row.feature),
)

/** A word of the row whose registers the oracle holds. */
function caseWord(row: Row, random: Random): number {
  for (;;) {
    let word = restrictRegisters(randomWord(row, random), row.fields)
    // The list of a table lookup has up to four registers: from V28 on the oracle holds all of
    // them.
    if (row.id.startsWith('TB')) word |= 28 << 5
    if (row.matches(word)) return word
  }
}

/**
 * The format most operands of the word have: 1 half, 2 single, 3 double; 0 if it takes integers.
 */
function formatOf(row: Row, word: number, random: Random): number {
  if (row.feature === 'fp16') return 1
  if (/^(F|[SU]CVTF)/.test(row.id)) {
    const sz = row.fields.find((field) => field.name === 'sz')
    if (sz) return 2 + ((word >>> sz.shift) & 1)
    return 1 + (random() % 3)
  }
  return random() % 4
}

/** Fills the record at `at` with a case of `row`. */
function fill(record: DataView, at: number, row: Row, random: Random): void {
  const word = caseWord(row, random)
  const format = formatOf(row, word, random)
  record.setUint32(at + WORD, word, true)
  record.setUint32(at + FPCR, fpcr(random), true)
  record.setUint32(at + NZCV, (random() & 0xf000_0000) >>> 0, true)
  record.setUint32(at + FPSR, fpsr(random), true)
  for (let i = 0; i < REGISTERS.length - 1; i++) {
    record.setBigUint64(at + X + 8 * i, lanes64(random, 2 + (random() & 1)), true)
  }
  record.setBigUint64(at + X + 88, 0n, true)
  let last = floatBits(random, 3)
  for (let i = 0; i < 2 * REGISTERS.length; i++) {
    last =
      format > 0 && random() % 4 === 0 ? neighbour(random, last, format) : lanes64(random, format)
    record.setBigUint64(at + V + 8 * i, last, true)
  }
  if (format >= 2 && random() % 4 === 0) makeOrdinary(record, at, format === 2, random)
  if (FUSED.test(row.id) && row.feature !== 'fp16' && random() & 1) cancel(record, at, random)
}

/** Makes every element an ordinary number, so that whole vectors take the quick path. */
function makeOrdinary(record: DataView, at: number, single: boolean, random: Random): void {
  record.setUint32(at + FPCR, random() & 1 ? 0 : fpcr(random), true)
  record.setUint32(at + FPSR, random() % 4 ? 0x10 : 0, true)
  const end = at + V + 16 * REGISTERS.length
  const whole = random() % 4 === 0
  for (let to = at + V; to < end; to += single ? 4 : 8) {
    const value = moderate(random, single)
    const number = whole ? Math.trunc(value) : value
    if (single) record.setFloat32(to, number, true)
    else record.setFloat64(to, number, true)
  }
}

const FUSED = /^(FN?M(ADD|SUB)|FML[AS])_/

/** A number of moderate size with few or many significant bits, exact as a single if `single`. */
function moderate(random: Random, single: boolean): number {
  const value = (random() / 2 ** 32 + 0.5) * 2 ** ((random() % 60) - 30) * (random() & 1 ? 1 : -1)
  const cut = random() % 3 === 0 ? Math.fround(value * 4097) / 4097 : value
  return single ? Math.fround(cut) : cut
}

/**
 * Makes the addend nearly cancel the product in the lanes of a fused operation: where rounding once
 * is hardest.
 */
function cancel(record: DataView, at: number, random: Random): void {
  const word = record.getUint32(at + WORD, true)
  const single = ((word >>> 22) & 1) === 0
  const place = (n: number) => at + V + 16 * REGISTERS.indexOf(n as never)
  const scalar = ((word >>> 24) & 0x5f) === 0x1f
  const [n, m, c] = [word >>> 5, word >>> 16, scalar ? word >>> 10 : word].map((r) => place(r & 31))
  const far = [0, 0, 1, -1, 30, -30, 54, -54, 107][random() % 9]!
  for (let lane = 0; lane < 16; lane += single ? 4 : 8) {
    const a = moderate(random, single)
    const b = moderate(random, single)
    const sum = a * b * (random() & 1 ? 1 : -1) * 2 ** far
    for (const [to, value] of [
      [n!, a],
      [m!, b],
      [c!, sum],
    ] as const) {
      if (single) record.setFloat32(to + lane, value, true)
      else record.setFloat64(to + lane, value, true)
    }
    const low = record.getUint8(c! + lane)
    if (random() & 1) record.setUint8(c! + lane, low ^ (random() & 3))
  }
}

/** `count` cases, going round the rows so that each has its share. */
export function makeCases(
  count: number,
  seed: number,
  only: readonly Row[] = testedRows,
): Uint8Array {
  const random = random32(seed)
  for (let i = 0; i < 16; i++) random()
  const bytes = new Uint8Array(count * RECORD_BYTES)
  const record = new DataView(bytes.buffer)
  for (let i = 0; i < count; i++) fill(record, i * RECORD_BYTES, only[i % only.length]!, random)
  return bytes
}
