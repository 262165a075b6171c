/**
 * Addresses of random loads and stores: which address an instruction forms from its registers, and instructions that
 * put such values into them that it falls into the window of record.ts.
 */
import { extract, type Row } from '../../jit/isa/rows.ts'
import { alignedOnly } from './deviations.ts'
import { WINDOW, WINDOW_BYTES } from './record.ts'
import type { Random } from './values.ts'

/** The most bytes one instruction transfers, with room for its misalignment. */
const REACH = 80
const SP = 31

/** The field's value, or undefined if the row has no such field. */
export function field(row: Row, word: number, name: string): number | undefined {
  const found = row.fields.find((candidate) => candidate.name === name)
  return found && extract(found, word)
}

/** The word with another value in a field. */
export function withField(row: Row, word: number, name: string, value: number): number {
  const { shift, width } = row.fields.find((candidate) => candidate.name === name)!
  const mask = 2 ** width - 1
  return ((word & ~(mask << shift)) | ((value & mask) << shift)) >>> 0
}

function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}

/** log2 of the unit in which an immediate offset counts. */
function scale(row: Row, word: number): number {
  if (row.group === 'fpldst') {
    const opc = field(row, word, 'opc')
    if (opc !== undefined) return 2 + opc
    return (word >>> 30) | ((word >>> 21) & 4)
  }
  if (row.fields.some(({ name }) => name === 'imm7'))
    return row.id.startsWith('LDPSW') ? 2 : 2 + (word >>> 31)
  return word >>> 30
}

/** What is added to the base register, for all forms but those with a register offset. */
function immediateOffset(row: Row, word: number): number {
  if (row.id.endsWith('_post')) return 0
  const imm12 = field(row, word, 'imm12')
  if (imm12 !== undefined) return imm12 * 2 ** scale(row, word)
  const imm9 = field(row, word, 'imm9')
  if (imm9 !== undefined) return signed(imm9, 9)
  const imm7 = field(row, word, 'imm7')
  return imm7 === undefined ? 0 : signed(imm7, 7) * 2 ** scale(row, word)
}

/** Instructions that make Xd = value, any integer of at most 48 bits with sign. */
export function moveTo(d: number, value: number): number[] {
  const not = value < 0
  const first = not ? 0x9280_0000 : 0xd280_0000
  const pieces = [0, 1, 2].map(
    (i) => Math.floor((not ? -1 - value : value) / 2 ** (16 * i)) % 65536,
  )
  const words = [(first | (pieces[0]! << 5) | d) >>> 0]
  for (let i = 1; i < 3; i++) {
    if (!pieces[i]) continue
    const piece = not ? 0xffff - pieces[i]! : pieces[i]!
    words.push((0xf280_0000 | (i << 21) | (piece << 5) | d) >>> 0)
  }
  return words
}

/** Instructions that make the base register n (31 is the stack pointer) = value. */
function moveToBase(n: number, value: number, random: Random): number[] {
  if (n !== SP) return moveTo(n, value)
  const via = random() % 31
  return [...moveTo(via, value), (0x9100_001f | (via << 5)) >>> 0]
}

/** Exclusives, ordered accesses and atomics, which must be aligned. */
export function mustAlign(row: Row): boolean {
  return (
    row.feature === 'lse' ||
    row.feature.startsWith('lrcpc') ||
    /^(ST|LD)(A|L|LX|AX|X|LL|LA)[RP]/.test(row.id)
  )
}

/** An address in the window: often near the border of its two pages, mostly aligned. */
function target(row: Row, random: Random): number {
  let at = WINDOW + 16 + (random() % (WINDOW_BYTES - REACH - 16))
  if (random() % 4 === 0) at = WINDOW + WINDOW_BYTES / 2 - 64 + (random() % 72)
  const isAligned =
    alignedOnly.some(({ rows }) => rows.test(row.id)) || (mustAlign(row) && random() % 16 !== 0)
  const alignment = isAligned ? 4 : random() % 5
  return at - (at % 2 ** alignment)
}

/** What register m must hold to add `offset`, as near as can be, and what it then adds. */
function indexFor(row: Row, word: number, random: Random): { value: number; offset: number } {
  const option = field(row, word, 'option')!
  const shift = field(row, word, 'S') ? scale(row, word) : 0
  const isWord = (option & 1) === 0
  const small = (random() % 4096) - (option === 2 ? 0 : 2048)
  // What stands above the low word must not matter.
  const value = isWord
    ? (small < 0 ? small + 2 ** 32 : small) + (random() % 65536) * 2 ** 32
    : small
  return { value, offset: small * 2 ** shift }
}

/**
 * The instructions of one access: preparation, then the access itself.
 *
 * @param at where to access; chosen here if left out
 */
export function access(row: Row, word: number, random: Random, at = target(row, random)): number[] {
  const n = (word >>> 5) & 31
  let offset = immediateOffset(row, word)
  let index: number[] = []
  const m = field(row, word, 'option') === undefined ? undefined : (word >>> 16) & 31
  if (m !== undefined && m !== 31) {
    const wanted = indexFor(row, word, random)
    offset = wanted.offset
    index = moveTo(m, wanted.value)
  }
  const base = n === SP ? Math.floor((at - offset) / 16) * 16 : at - offset
  // The offset's register comes last: preparing the stack pointer takes a register, too.
  return [...moveToBase(n, base, random), ...index, word]
}
