/**
 * The table made ready for use: patterns turned into masks and fields, constraints into functions.
 *
 * Rows are numbered from 1 in the order of the table; 0 means "no row" to the core.
 */

import { compileExpression, type Expression, type Fields, parseExpression } from './expression.ts'
import { specs } from './table/index.ts'
import type { RowSpec } from './table/row.ts'

/** Bits `shift + width - 1` to `shift` of the word. */
export interface Field {
  readonly name: string
  readonly shift: number
  readonly width: number
}

/** One encoding. Masks and values are unsigned 32-bit numbers. */
export interface Row extends RowSpec {
  /** 1-based position in the table. */
  readonly index: number
  /** First word of the assembly template, without its variable parts. */
  readonly mnemonic: string
  /** Bits that must equal `value`. */
  readonly mask: number
  readonly value: number
  /** Bits the architecture wants to be `should`; other values are CONSTRAINED UNPREDICTABLE. */
  readonly shouldMask: number
  readonly should: number
  readonly fields: readonly Field[]
  /** The constraint, or undefined if every value of the fields is allowed. */
  readonly constraint: Expression | undefined
  /** True if the word belongs to this row. */
  readonly matches: (word: number) => boolean
  /** True if the word's operands are CONSTRAINED UNPREDICTABLE. */
  readonly isUnpredictable: (word: number) => boolean
}

interface Pattern {
  mask: number
  value: number
  shouldMask: number
  should: number
  fields: Field[]
}

/** Reads a pattern, see `RowSpec.pattern`. */
export function parsePattern(text: string): Pattern {
  const result: Pattern = { mask: 0, value: 0, shouldMask: 0, should: 0, fields: [] }
  let at = 32
  for (const token of text.trim().split(/\s+/)) {
    const bits = /^(\()?([01]+)\)?$/.exec(token)
    if (bits) {
      const digits = bits[2]!
      at -= digits.length
      const mask = (2 ** digits.length - 1) * 2 ** at
      const value = Number.parseInt(digits, 2) * 2 ** at
      if (bits[1]) {
        result.shouldMask = (result.shouldMask | mask) >>> 0
        result.should = (result.should | value) >>> 0
      } else {
        result.mask = (result.mask | mask) >>> 0
        result.value = (result.value | value) >>> 0
      }
      continue
    }
    const field = /^([A-Za-z]\w*)(?::(\d+))?$/.exec(token)
    if (!field)
      throw new Error(`Cannot parse pattern "${text}": "${token}" is no field and no bits`)
    const width = Number(field[2] ?? 1)
    at -= width
    result.fields.push({ name: field[1]!, shift: at, width })
  }
  if (at !== 0) throw new Error(`Pattern "${text}" has ${32 - at} bits, a word has 32`)
  return result
}

/** The field's value in a word. */
export function extract(field: Field, word: number): number {
  return (word >>> field.shift) & (2 ** field.width - 1)
}

/**
 * The values of all fields of a row.
 *
 * @param row the row the word belongs to
 * @param word an instruction
 */
export function fields(row: Row, word: number): Fields {
  const values: Fields = {}
  for (const field of row.fields) values[field.name] = extract(field, word)
  return values
}

function makeRow(spec: RowSpec, position: number): Row {
  const pattern = parsePattern(spec.pattern)
  const { mask, value, shouldMask, should } = pattern
  const constraint = spec.where ? parseExpression(spec.where) : undefined
  const holds = constraint ? compileExpression(constraint) : undefined
  const clashes = spec.unpredictable
    ? compileExpression(parseExpression(spec.unpredictable))
    : undefined
  const row: Row = {
    ...spec,
    ...pattern,
    index: position + 1,
    mnemonic: /^[a-z0-9]*/.exec(spec.asm)![0],
    constraint,
    matches: (word) =>
      (word & mask) >>> 0 === value && (holds === undefined || holds(fields(row, word)) !== 0),
    isUnpredictable: (word) =>
      (word & shouldMask) >>> 0 !== should ||
      (clashes !== undefined && clashes(fields(row, word)) !== 0),
  }
  return row
}

/** Every row, by position. */
export const rows: readonly Row[] = specs.map(makeRow)

const byId = new Map(rows.map((row) => [row.id, row]))

/**
 * The row of that name.
 *
 * @throws Error if the table has none
 */
export function rowById(id: string): Row {
  const row = byId.get(id)
  if (!row) throw new Error(`The A64 table has no row "${id}"`)
  return row
}
