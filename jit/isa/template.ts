/**
 * An assembly template: the text of an instruction with its operands in angle brackets, printable and readable.
 *
 * The first space of a template becomes a tab when printed, as GNU objdump prints.
 */

import type { Fields } from './expression.ts'
import { type Assignment, normalise, type Operand } from './operand.ts'
import { immediateOperand } from './operands-immediates.ts'
import { memoryOperand } from './operands-memory.ts'
import { nameOperand } from './operands-names.ts'
import { registerOperand } from './operands-registers.ts'

/** A compiled template. */
export interface Template {
  /** What the mnemonic begins with, up to its first variable part. */
  readonly prefix: string
  readonly print: (fields: Fields, pc: bigint) => string
  /** Reads normalised text into `to`; false if it is not this template's. */
  readonly parse: (text: string, to: Assignment) => boolean
}

const operands = new Map<string, Operand>()

function operand(token: string): Operand {
  const known = operands.get(token)
  if (known) return known
  const [, name, arg = ''] = /^([^:]+)(?::(.*))?$/.exec(token)!
  const made =
    registerOperand(name!, arg) ??
    immediateOperand(name!, arg) ??
    memoryOperand(name!, arg) ??
    nameOperand(name!, arg)
  if (!made) throw new Error(`An assembly template names "<${token}>", which is no operand`)
  operands.set(token, made)
  return made
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Normalises a template's literals as the text to read is, leaving operands alone. */
function normaliseLiterals(text: string): string {
  const names: string[] = []
  const marked = text.replaceAll(/<([^>]+)>/g, (_, name: string) => {
    names.push(name)
    return `\u0001`
  })
  return normalise(marked).replaceAll('\u0001', () => `<${names.shift()}>`)
}

/**
 * Compiles a template.
 *
 * @throws Error if it names an operand that does not exist
 */
export function compileTemplate(text: string): Template {
  const parts = text.replace(' ', '\t').split(/<([^>]+)>/)
  const printers = parts.map((part, i) => {
    if (i % 2 === 0) return () => part
    return operand(part).print
  })
  const readers: Operand[] = []
  let source = '^'
  normaliseLiterals(text)
    .split(/<([^>]+)>/)
    .forEach((part, i) => {
      if (i % 2 === 0) {
        source += escapeRegex(part)
      } else {
        readers.push(operand(part))
        source += `(${readers.at(-1)!.regex})`
      }
    })
  let pattern: RegExp | undefined
  return {
    prefix: /^[a-z0-9]*/.exec(text)![0],
    print: (fields, pc) => printers.map((print) => print(fields, pc)).join(''),
    parse: (line, to) => {
      pattern ??= new RegExp(`${source}$`)
      const match = pattern.exec(line)
      if (!match) return false
      for (const late of [false, true]) {
        for (const [i, reader] of readers.entries()) {
          if (Boolean(reader.late) !== late) continue
          if (!reader.parse(match[i + 1] ?? '', to)) return false
        }
      }
      return true
    },
  }
}
