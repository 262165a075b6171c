/** Where machine code goes: the assembler, with what emission needs to know of the function and the module. */

import type { Assembler } from '../../../jit/isa/assembler.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { type Condition, inverted, type Register, sp, x } from '../../../jit/isa/registers.ts'
import { TRAPS, type Trap } from './traps.ts'

/** The frame of the function that is emitted, offsets from the stack pointer. */
export interface Frame {
  readonly size: number
  /** Where spilled registers begin. */
  readonly slots: number
}

export interface Site {
  readonly address: bigint
  readonly at: number
}

/** Emits one function after the other. */
export class Output {
  frame: Frame = { size: 0, slots: 0 }
  /** Conditional branches may not reach their targets, so they go round an unconditional one. */
  far = false
  /** All of the function is within reach of a test-bit-and-branch. */
  near = true
  /** Machine code to module offsets, by growing addresses. */
  readonly lines: Site[] = []
  #traps: { readonly label: number; readonly trap: Trap; readonly at: number }[] = []
  #at = 0

  constructor(readonly asm: Assembler) {}

  /** What follows comes from this offset of the module. */
  locate(at: number): void {
    if (at === this.#at) return
    this.#at = at
    this.lines.push({ address: this.asm.pc, at })
  }

  emit(...words: number[]): void {
    this.asm.emit(...words)
  }

  /** A label where the trap is raised, out of the way of the code that goes on. */
  trap(trap: Trap): number {
    const label = this.asm.newLabel()
    this.#traps.push({ label, trap, at: this.#at })
    return label
  }

  /** Puts the traps here. */
  flushTraps(): void {
    for (const { label, trap, at } of this.#traps) {
      this.locate(at)
      this.asm.label(label).emit(a64.brk(TRAPS[trap].code))
    }
    this.#traps = []
  }

  /** Branches on a condition. */
  branch(condition: Exclude<Condition, 'al'>, label: number): void {
    if (!this.far) this.asm.bCond(condition, label)
    else this.#round((skip) => this.asm.bCond(inverted(condition), skip), label)
  }

  branchZero(register: Register, zero: boolean, label: number): void {
    const branch = (when: boolean, to: number) =>
      when ? this.asm.cbz(register, to) : this.asm.cbnz(register, to)
    if (!this.far) branch(zero, label)
    else this.#round((skip) => branch(!zero, skip), label)
  }

  /** Branches on one bit; tests it first where a branch of its own might not reach. */
  branchBit(register: Register, bit: number, zero: boolean, label: number): void {
    if (this.near) {
      if (zero) this.asm.tbz(register, bit, label)
      else this.asm.tbnz(register, bit, label)
      return
    }
    this.emit(a64.tst(register, 1n << BigInt(bit)))
    this.branch(zero ? 'eq' : 'ne', label)
  }

  #round(branch: (skip: number) => void, label: number): void {
    const skip = this.asm.newLabel()
    branch(skip)
    this.asm.b(label).label(skip)
  }

  /** Loads or stores at an offset from a register, through a scratch register if it is out of reach. */
  access(
    size: number,
    base: Register,
    offset: number,
    instruction: (address: a64.Address) => number,
    scratch = 16,
  ): void {
    if (a64.offsetFits(offset, size)) {
      this.emit(instruction(a64.at(base, offset)))
      return
    }
    const address = x(scratch)
    this.emit(...a64.loadConstant(address, BigInt(offset)))
    if (base.sp) this.emit(a64.add(address, sp, a64.extended(address, 'uxtx')))
    else this.emit(a64.add(address, base, address))
    this.emit(instruction(a64.at(address)))
  }
}
