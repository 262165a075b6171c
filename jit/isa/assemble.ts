/** Assembly language to instruction words, one instruction at a time. */

import { allowed, encode } from './encode.ts'
import type { Expression, Fields } from './expression.ts'
import { type Form, formsFor } from './forms.ts'
import { type Assignment, normalise } from './operand.ts'

/** What an instruction's text may refer to. */
export interface Surroundings {
  /** Address of the instruction; 0 by default. */
  readonly pc?: bigint
  /** Address of a label, or undefined if it is unknown. Names are given in lower case. */
  readonly symbol?: (name: string) => bigint | undefined
}

class Gathered implements Assignment {
  readonly values = new Map<string, number>()
  readonly pc: bigint
  readonly symbol: (name: string) => bigint | undefined

  constructor({ pc = 0n, symbol = () => undefined }: Surroundings) {
    this.pc = pc
    this.symbol = symbol
  }

  get(name: string): number | undefined {
    return this.values.get(name)
  }

  put(name: string, value: number): boolean {
    const known = this.values.get(name)
    if (known !== undefined) return known === value
    this.values.set(name, value)
    return true
  }
}

/** The equalities an expression demands on its top level: field and number, or field and field. */
function equalities(expression: Expression | undefined): [string, string | number][] {
  if (expression?.kind !== 'binary') return []
  const { op, left, right } = expression
  if (op === '&&') return [...equalities(left), ...equalities(right)]
  if (op !== '==' || left.kind !== 'field') return []
  if (right.kind === 'number') return [[left.name, right.value]]
  return right.kind === 'field' ? [[left.name, right.name]] : []
}

/** Fills in fields that a form's condition or the row's constraint fix; false on conflict. */
function solve(form: Form, to: Gathered): boolean {
  for (const [name, wanted] of [
    ...equalities(form.condition),
    ...equalities(form.row.constraint),
  ]) {
    if (typeof wanted === 'number') {
      if (!to.put(name, wanted)) return false
      continue
    }
    const left = to.get(name)
    const right = to.get(wanted)
    if (left !== undefined && !to.put(wanted, left)) return false
    if (right !== undefined && !to.put(name, right)) return false
  }
  return true
}

/** The word of one form, or undefined if the text is not that form's. */
function tryForm(form: Form, text: string, surroundings: Surroundings): number | undefined {
  const to = new Gathered(surroundings)
  if (!form.template.parse(text, to) || !solve(form, to)) return undefined
  const values: Fields = {}
  for (const { name, width } of form.row.fields) {
    const value = to.get(name)
    if (value === undefined || value < 0 || value >= 2 ** width) return undefined
    values[name] = value
  }
  if (!allowed(form.row, values) || !form.applies(values)) return undefined
  return encode(form.row.id, values)
}

/**
 * Assembles one instruction.
 *
 * @param text in GNU syntax, such as `ldr x0, [x1, #8]`; aliases and `//` comments are understood
 * @param surroundings address and labels, for branches and address generation
 * @returns the word, unsigned
 * @throws Error with the text, and the ways to write its mnemonic if there is one
 */
export function assemble(text: string, surroundings: Surroundings = {}): number {
  const line = normalise(text)
  const forms = formsFor(line.split(' ')[0]!)
  for (const form of forms) {
    const word = tryForm(form, line, surroundings)
    if (word !== undefined) return word
  }
  const inst = /^\.inst (0x[0-9a-f]{1,8})$/.exec(line)
  if (inst) return Number(inst[1])
  const mnemonic = line.split(' ')[0]
  const known = [...new Set(forms.map((form) => form.row.id))].slice(0, 8).join(', ')
  throw new Error(
    known
      ? `Cannot assemble "${text}": operands, their ranges or a label fit none of ${known}`
      : `Cannot assemble "${text}": there is no instruction "${mnemonic}"`,
  )
}
