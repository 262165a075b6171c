/**
 * What one row of the A64 table is, and how a table file states it.
 *
 * Models: one encoding of the Arm Architecture Reference Manual (DDI 0487), section C4.1 "A64 instruction set
 * encoding" and the instruction pages of C6 and C7. It does not say what an instruction does.
 */

/** The part of the machine that executes a row. `fpldst`, `fp`, `simd` and `crypto` rows are subject to the FP trap. */
export type Group = 'int' | 'branch' | 'system' | 'ldst' | 'fpldst' | 'fp' | 'simd' | 'crypto'

/** Another, preferred way to write a row's instruction when `when` holds (an expression, see `expression.ts`). */
export interface Alias {
  readonly when: string
  readonly asm: string
}

/** One row as a table file writes it; columns left out are empty. */
export interface RowSpec {
  /** Unique name, see `table/index.ts` for the rules. */
  readonly id: string
  /** 32 bits from bit 31 down: `0`/`1` runs are fixed, `name` or `name:width` is a field, `(1)` runs should be so. */
  readonly pattern: string
  /** Assembly template: mnemonic, then operands in angle brackets as named in `operands.ts`. */
  readonly asm: string
  /** Expression over fields that must hold; where it does not, the word belongs to another row or is unallocated. */
  readonly where?: string
  /** Expression over fields under which the architecture calls the operands CONSTRAINED UNPREDICTABLE. */
  readonly unpredictable?: string
  /** Preferred disassemblies, first match wins. */
  readonly aliases?: readonly Alias[]
  /** Accepted by the assembler as well, never printed. */
  readonly synonyms?: readonly Alias[]
  readonly group: Group
  /** FEAT name in lower case, or `base`, `fp`, `simd`. */
  readonly feature: string
}

/** A row before its family's group and feature are filled in. */
export type RowBody = Omit<RowSpec, 'group' | 'feature'> & {
  readonly group?: Group
  readonly feature?: string
}

/** Gives every row of a family its group and feature, unless the row states its own. */
export function family(group: Group, feature: string, bodies: readonly RowBody[]): RowSpec[] {
  return bodies.map((body) => ({ group, feature, ...body }))
}

/** Shorthand for an alias. */
export function alias(when: string, asm: string): Alias {
  return { when, asm }
}
