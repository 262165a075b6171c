/** Fields to instruction words. */

import { compileExpression, type Fields } from './expression.ts'
import { type Row, rowById } from './rows.ts'

const constraints = new Map<Row, (fields: Fields) => number>()

/** True if the row's constraint allows these fields. */
export function allowed(row: Row, values: Fields): boolean {
  if (!row.constraint) return true
  let holds = constraints.get(row)
  if (!holds) {
    holds = compileExpression(row.constraint)
    constraints.set(row, holds)
  }
  return holds(values) !== 0
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
  const row = rowById(id)
  const names = row.fields.map(({ name }) => name)
  for (const name of Object.keys(values)) {
    if (!names.includes(name)) {
      throw new Error(`Cannot encode ${id}: it has no field "${name}", only ${names.join(', ')}`)
    }
  }
  let word = (row.value | row.should) >>> 0
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
    unsigned[name] = value < 0 ? value + limit : value
    word = (word | (unsigned[name] << shift)) >>> 0
  }
  if (!allowed(row, unsigned)) {
    throw new Error(`Cannot encode ${id}: its fields must satisfy ${row.where}`)
  }
  return word
}
