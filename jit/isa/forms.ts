/**
 * The ways to write each row: its aliases, then its own template, then synonyms that are only read.
 *
 * Shared by the disassembler, which takes the first that applies, and the assembler, which tries those whose mnemonic
 * fits.
 */

import { compileExpression, type Expression, type Fields, parseExpression } from './expression.ts'
import { moveWidePreferred } from './immediates.ts'
import { type Row, rows } from './rows.ts'
import { OPERATION_MNEMONICS, operationEncoding, systemOperation } from './system-operations.ts'
import { compileTemplate, type Template } from './template.ts'

/** One way to write a row. */
export interface Form {
  readonly row: Row
  readonly template: Template
  readonly condition: Expression
  readonly applies: (fields: Fields) => boolean
  /** Read but not printed. */
  readonly synonym: boolean
}

const FUNCTIONS = {
  movewide: (sf: number, N: number, immr: number, imms: number) =>
    Number(moveWidePreferred(sf, N, immr, imms)),
  /** Whether SYS is the named operation of the n-th mnemonic; without an operand, Rt must be 31. */
  operation: (n: number, op1: number, CRn: number, CRm: number, op2: number, Rt: number) => {
    const known = systemOperation(operationEncoding(op1, CRn, CRm, op2))
    if (!known || known.name.split(' ')[0] !== OPERATION_MNEMONICS[n]) return 0
    return Number(known.operand || Rt === 31)
  },
}

function makeForms(row: Row): Form[] {
  const make = (when: string, asm: string, synonym = false): Form => {
    const condition = parseExpression(when)
    const holds = compileExpression(condition, FUNCTIONS)
    return {
      row,
      template: compileTemplate(asm),
      condition,
      applies: (fields) => holds(fields) !== 0,
      synonym,
    }
  }
  return [
    ...(row.aliases ?? []).map(({ when, asm }) => make(when, asm)),
    make('', row.asm),
    ...(row.synonyms ?? []).map(({ when, asm }) => make(when, asm, true)),
  ]
}

const byRow = new Map<Row, readonly Form[]>()

/** The forms of a row, preferred ones first. */
export function formsOf(row: Row): readonly Form[] {
  let forms = byRow.get(row)
  if (!forms) {
    forms = makeForms(row)
    byRow.set(row, forms)
  }
  return forms
}

let byPrefix: Map<string, Form[]> | undefined

/** The forms whose mnemonic may be this one, in the order of the table. */
export function formsFor(mnemonic: string): Form[] {
  if (!byPrefix) {
    byPrefix = new Map()
    for (const form of rows.flatMap(formsOf)) {
      const { prefix } = form.template
      const list = byPrefix.get(prefix)
      if (list) list.push(form)
      else byPrefix.set(prefix, [form])
    }
  }
  const found: Form[] = []
  for (let length = mnemonic.length; length > 0; length--) {
    found.push(...(byPrefix.get(mnemonic.slice(0, length)) ?? []))
  }
  return found
}
