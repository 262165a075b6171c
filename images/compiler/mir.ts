/**
 * Machine code before register allocation: instructions of AArch64 on virtual registers.
 *
 * Registers 0 to 31 are X0 to X30 (31 is never named), 32 to 63 are V0 to V31, from 64 on they are virtual. Physical ones
 * live within a block only: between a parallel move and a call or return.
 */

import type { Output } from './arm64/output.ts'
import type { Type } from './ssa.ts'

export type Reg = number

export const FIRST_VIRTUAL = 64

export interface Instruction {
  /**
   * `parallel` moves every use to the definition of the same place, all at once. `call` destroys what the callee need not
   * save. Any other is `plain`.
   */
  readonly kind: 'plain' | 'parallel' | 'call'
  defs: Reg[]
  uses: Reg[]
  /** Definitions are written before all uses were read, so they may share no register with them. */
  readonly early: boolean
  /** It may be repeated at each use of its one definition instead of keeping that in memory. */
  readonly repeatable: boolean
  /** Emits it; registers are numbers from 0 to 31, those defined first. */
  readonly emit: (out: Output, registers: readonly number[]) => void
  /** Where it comes from, an offset in the module. */
  readonly at: number
}

/** How a block ends. */
export type End = { uses: Reg[]; readonly at: number; targets: MachineBlock[] } & (
  | { readonly kind: 'jump' }
  /** Goes to targets[0] if its condition holds, else to targets[1]; `inverted` asks for a branch if it does not hold. */
  | {
      readonly kind: 'branch'
      readonly emit: (
        out: Output,
        registers: readonly number[],
        label: number,
        inverted: boolean,
      ) => void
    }
  | {
      readonly kind: 'switch'
      readonly emit: (out: Output, registers: readonly number[], labels: readonly number[]) => void
    }
  | { readonly kind: 'return' }
  | { readonly kind: 'trap' }
)

export interface MachineBlock {
  readonly id: number
  readonly depth: number
  instructions: Instruction[]
  end: End
  predecessors: MachineBlock[]
  /** The loop it is the header of, as the set of its blocks. */
  loop: Set<MachineBlock> | undefined
}

export interface MachineFunction {
  readonly name: string
  readonly at: number
  blocks: MachineBlock[]
  /** Types of virtual registers, from FIRST_VIRTUAL on. */
  readonly types: Type[]
  /** Bytes at the bottom of the frame for arguments and results of calls that do not fit registers. */
  outgoing: number
  /** It calls, so the link register must be saved. */
  calls: boolean
}

export function isFloat(type: Type): boolean {
  return type[0] !== 'i'
}

/** The bank of a register: 0 general, 1 SIMD&FP. */
export function bankOf(fn: MachineFunction, reg: Reg): 0 | 1 {
  if (reg < FIRST_VIRTUAL) return reg < 32 ? 0 : 1
  return isFloat(fn.types[reg - FIRST_VIRTUAL]!) ? 1 : 0
}

export function newRegister(fn: MachineFunction, type: Type): Reg {
  fn.types.push(type)
  return FIRST_VIRTUAL + fn.types.length - 1
}
