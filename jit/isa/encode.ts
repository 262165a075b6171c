/** Fields to instruction words. */

import { compileExpression, type Fields } from './expression.ts'
import { type Row, rowById } from './rows.ts'

/** A row with what encoding needs of it at hand. */
interface Encoder {
  readonly row: Row
  readonly base: number
  readonly names: ReadonlySet<string>
  readonly holds: ((fields: Fields) => number) | undefined
}

const encoders = new Map<string, Encoder>()

function encoderOf(id: string): Encoder {
  const known = encoders.get(id)
  if (known) return known
  const row = rowById(id)
  const encoder = {
    row,
    base: (row.value | row.should) >>> 0,
    names: new Set(row.fields.map(({ name }) => name)),
    holds: row.constraint && compileExpression(row.constraint),
  }
  encoders.set(id, encoder)
  return encoder
}

/** True if the row's constraint allows these fields. */
export function allowed(row: Row, values: Fields): boolean {
  const { holds } = encoderOf(row.id)
  return holds === undefined || holds(values) !== 0
}

/**
 * Encodes an instruction.
 *
 * @param id the row's name, such as `ADD_imm`
 * @param values every field of the row; signed fields may be given as negative numbers
 * @returns the word, unsigned
 * @throws Error naming the field that is missing, unknown or out of range, or the constraint that does not hold
 * @example encode('ADD_imm', { sf: 1, sh: 0, imm12: 8, Rn: 1, Rd: 0 }) // 0x91002020
 */
export function encode(id: string, values: Fields): number {
  const { row, base, names, holds } = encoderOf(id)
  for (const name in values) {
    if (!names.has(name)) {
      const known = [...names].join(', ')
      throw new Error(`Cannot encode ${id}: it has no field "${name}", only ${known}`)
    }
  }
  let word = base
  const unsigned: Fields = {}
  for (const { name, shift, width } of row.fields) {
    const value = values[name]
    if (value === undefined) throw new Error(`Cannot encode ${id}: field "${name}" is not given`)
    const limit = 2 ** width
    if (!Number.isInteger(value) || value < -limit / 2 || value >= limit) {
      throw new Error(
        `Cannot encode ${id}: ${name} = ${value} does not fit ${width} bits (0 to ${limit - 1}, or from ${-limit / 2} if signed)`,
      )
    }
    const bits = value < 0 ? value + limit : value
    unsigned[name] = bits
    word |= bits << shift
  }
  if (holds && holds(unsigned) === 0) {
    throw new Error(`Cannot encode ${id}: its fields must satisfy ${row.where}`)
  }
  return word >>> 0
}
