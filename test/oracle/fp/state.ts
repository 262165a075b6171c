/**
 * One case of the floating-point differential test: an instruction with the registers it may use,
 * in the layout that `oracle.c` reads and writes.
 */

/** Registers an instruction may name, general and vector; general register 31 is zero. */
export const REGISTERS = [0, 1, 2, 3, 16, 17, 18, 19, 28, 29, 30, 31] as const

export const RECORD_BYTES = 304
export const WORD = 0
export const FPCR = 4
export const NZCV = 8
export const FPSR = 12
export const X = 16
export const V = 112

/** Fields whose value is a register number of five bits. */
const REGISTER_FIELDS = new Set(['Rd', 'Rn', 'Rm', 'Ra'])

interface FieldLike {
  readonly name: string
  readonly shift: number
  readonly width: number
}

/**
 * Changes the register fields of `word` so that only REGISTERS are named. Bit 4 stays, for M:Rm is
 * one in some rows.
 */
export function restrictRegisters(word: number, fields: readonly FieldLike[]): number {
  let result = word
  for (const { name, shift, width } of fields) {
    if (!REGISTER_FIELDS.has(name)) continue
    if (width === 4) {
      result &= ~(0b1100 << shift)
      continue
    }
    const n = (result >>> shift) & 31
    const allowed = n & 16 ? ((n & 12) === 12 ? n : n & 0b10011) : n & 3
    result = (result & ~(31 << shift)) | (allowed << shift)
  }
  return result >>> 0
}
