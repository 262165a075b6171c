/** Instruction words as text, in the syntax and with the preferred aliases of GNU objdump. */

import { decode } from './decode.ts'
import { formsOf } from './forms.ts'
import { fields } from './rows.ts'

/**
 * Writes an instruction as assembly language.
 *
 * @param word the instruction
 * @param pc its address, to which branch targets are relative
 * @returns mnemonic, tab, operands; `.inst` with the word for one that is unallocated
 */
export function disassemble(word: number, pc = 0n): string {
  const row = decode(word)
  if (!row) return `.inst\t0x${(word >>> 0).toString(16).padStart(8, '0')}`
  const values = fields(row, word)
  const form = formsOf(row).find((candidate) => candidate.applies(values))!
  return form.template.print(values, pc)
}
