/** Machine functions with allocated registers to machine code: frame, blocks, moves, branches. */

import type { Label } from '../../jit/isa/assembler.ts'
import * as a64 from '../../jit/isa/instructions.ts'
import { d, type FloatRegister, fp, lr, type Register, sp, x } from '../../jit/isa/registers.ts'
import type { Allocation } from './allocate.ts'
import { SAVED } from './arm64/convention.ts'
import type { Output } from './arm64/output.ts'
import { TRAPS } from './arm64/traps.ts'
import { orderBlocks } from './block-order.ts'
import { FIRST_VIRTUAL, type MachineBlock, type MachineFunction, type Reg } from './mir.ts'
import { emitMoves, isNothing, type Location, type Move } from './moves.ts'

/** Bytes that an instruction may take on average, for a guess at how far branches reach; moves are counted one by one. */
const BYTES_PER_INSTRUCTION = 40
const TEST_REACH = 1 << 15
const CONDITION_REACH = 1 << 20

/** Emits a function at a label. */
export function emitFunction(
  out: Output,
  fn: MachineFunction,
  allocation: Allocation,
  label: Label,
): void {
  new Emitter(out, fn, allocation).run(label)
}

class Emitter {
  readonly #saved: (Register | FloatRegister)[]
  readonly #record: number
  readonly #savedAt: number
  readonly #labels = new Map<MachineBlock, number>()

  constructor(
    readonly out: Output,
    readonly fn: MachineFunction,
    readonly allocation: Allocation,
  ) {
    const used = new Set([...allocation.registers.values()].filter((reg) => SAVED.has(reg)))
    this.#saved = [...used].sort((a, b) => a - b).map((reg) => (reg < 32 ? x(reg) : d(reg - 32)))
    this.#record = fn.outgoing
    this.#savedAt = fn.outgoing + (fn.calls ? 16 : 0)
    const slots = Math.ceil((this.#savedAt + this.#saved.length * 8) / 16) * 16
    const size = Math.ceil((slots + allocation.slots) / 16) * 16
    out.frame = { size, slots }
    const estimate = fn.blocks.reduce(
      (sum, { instructions }) =>
        instructions.reduce(
          (bytes, { kind, defs }) =>
            bytes + (kind === 'parallel' ? 8 * defs.length : BYTES_PER_INSTRUCTION),
          sum + 8,
        ),
      0,
    )
    out.near = estimate < TEST_REACH
    out.far = estimate >= CONDITION_REACH
  }

  run(label: Label): void {
    const { out, fn } = this
    const { blocks, targetOf } = orderBlocks(fn, (block) => this.#isEmpty(block))
    for (const block of blocks) this.#labels.set(block, out.asm.newLabel())
    const labelOf = (block: MachineBlock) => this.#labels.get(targetOf(block))!
    out.locate(fn.at)
    out.asm.label(label)
    this.#prologue()
    for (const [i, block] of blocks.entries()) {
      out.asm.label(labelOf(block))
      for (const item of block.instructions) {
        out.locate(item.at)
        if (item.kind === 'parallel') emitMoves(out, this.#moves(item.defs, item.uses))
        else item.emit(out, this.#numbers([...item.defs, ...item.uses]))
      }
      out.locate(block.end.at)
      const next = blocks[i + 1]
      this.#end(block, labelOf, next === undefined ? undefined : labelOf(next))
    }
    out.flushTraps()
  }

  #registerOf(reg: Reg): number {
    const physical = reg < FIRST_VIRTUAL ? reg : this.allocation.registers.get(reg)
    if (physical === undefined) {
      throw new Error(`Register ${reg} of ${this.fn.name} was not allocated`)
    }
    return physical & 31
  }

  #numbers(regs: readonly Reg[]): number[] {
    return regs.map((reg) => this.#registerOf(reg))
  }

  #location(reg: Reg): Location {
    const home = this.allocation.homes.get(reg)
    return home ?? { kind: 'register', number: this.#registerOf(reg) }
  }

  #moves(defs: readonly Reg[], uses: readonly Reg[]): Move[] {
    return defs.map((to, i) => {
      const from = uses[i]!
      const known = to >= FIRST_VIRTUAL ? to : from
      const type = this.fn.types[known - FIRST_VIRTUAL]!
      return { to: this.#location(to), from: this.#location(from), type }
    })
  }

  #isEmpty({ instructions }: MachineBlock): boolean {
    return instructions.every(
      ({ kind, defs, uses }) => kind === 'parallel' && this.#moves(defs, uses).every(isNothing),
    )
  }

  #end(
    block: MachineBlock,
    labelOf: (block: MachineBlock) => number,
    next: number | undefined,
  ): void {
    const { out } = this
    const { end } = block
    const labels = end.targets.map(labelOf)
    switch (end.kind) {
      case 'jump':
        if (labels[0] !== next) out.asm.b(labels[0]!)
        return
      case 'branch': {
        const [yes, no] = labels as [number, number]
        end.emit(out, this.#numbers(end.uses), yes === next ? no : yes, yes === next)
        if (yes !== next && no !== next) out.asm.b(no)
        return
      }
      case 'switch':
        end.emit(out, this.#numbers(end.uses), labels)
        return
      case 'return':
        this.#epilogue()
        return
      case 'trap':
        out.emit(a64.brk(TRAPS.unreachable.code))
    }
  }

  /** Stores or loads the registers to be kept, in pairs where the offset allows. */
  #keep(pair: typeof a64.stp, single: typeof a64.str): void {
    const { out } = this
    for (let i = 0; i < this.#saved.length; i++) {
      const [first, second] = [this.#saved[i]!, this.#saved[i + 1]]
      const at = this.#savedAt + 8 * i
      if (second && 'bits' in first === 'bits' in second && at <= 504) {
        out.emit(pair(first, second, a64.at(sp, at)))
        i++
      } else out.access(8, sp, at, (address) => single(first, address))
    }
  }

  #prologue(): void {
    const { out, fn } = this
    const { size } = out.frame
    if (size === 0) return
    if (fn.calls && this.#record === 0 && size <= 512) {
      out.emit(a64.stp(fp, lr, a64.preIndexed(sp, -size)), a64.mov(fp, sp))
    } else {
      this.#moveStack(a64.sub, size)
      if (fn.calls) {
        if (this.#record <= 504) out.emit(a64.stp(fp, lr, a64.at(sp, this.#record)))
        else {
          out.access(8, sp, this.#record, (address) => a64.str(fp, address))
          out.access(8, sp, this.#record + 8, (address) => a64.str(lr, address))
        }
        if (a64.fitsArithmetic(this.#record)) out.emit(a64.add(fp, sp, this.#record))
        else {
          out.emit(...a64.loadConstant(x(16), BigInt(this.#record)))
          out.emit(a64.add(fp, sp, a64.extended(x(16), 'uxtx')))
        }
      }
    }
    this.#keep(a64.stp, a64.str)
  }

  #epilogue(): void {
    const { out, fn } = this
    const { size } = out.frame
    if (size > 0) {
      this.#keep(a64.ldp, a64.ldr)
      if (fn.calls && this.#record === 0 && size <= 504) {
        out.emit(a64.ldp(fp, lr, a64.postIndexed(sp, size)))
      } else {
        if (fn.calls) {
          out.access(8, sp, this.#record, (address) => a64.ldr(fp, address))
          out.access(8, sp, this.#record + 8, (address) => a64.ldr(lr, address))
        }
        this.#moveStack(a64.add, size)
      }
    }
    out.emit(a64.ret())
  }

  #moveStack(instruction: typeof a64.add, size: number): void {
    const { out } = this
    if (a64.fitsArithmetic(size)) out.emit(instruction(sp, sp, size))
    else {
      out.emit(...a64.loadConstant(x(16), BigInt(size)))
      out.emit(instruction(sp, sp, a64.extended(x(16), 'uxtx')))
    }
  }
}
