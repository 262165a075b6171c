/**
 * What instruction selection shares: registers of values, constants, and the rule when a value becomes part of the
 * instruction that uses it instead of one of its own.
 *
 * Blocks are selected from the last to the first, each from its end to its start, so that all users of a value were seen
 * before it. A value that every user absorbed is never selected.
 */

import { assemble } from '../../../jit/isa/assemble.ts'
import { encodeBitmask, encodeFloat } from '../../../jit/isa/immediates.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { d, q, type Register, s, w, wzr, x, xzr } from '../../../jit/isa/registers.ts'
import { type Instruction, isFloat, type MachineFunction, newRegister, type Reg } from '../mir.ts'
import { type Block, hasEffect, type Type, type Value } from '../ssa.ts'
import type { Output } from './output.ts'

/** The general register of a number as an integer type's width; 31 is the zero register. */
export function general(type: Type, number: number): Register {
  if (number === 31) return type === 'i64' ? xzr : wzr
  return type === 'i64' ? x(number) : w(number)
}

export function scalar(type: Type, number: number) {
  return type === 'f32' ? s(number) : type === 'f64' ? d(number) : q(number)
}

/** The bits of a constant as a number of its width, or undefined. */
export function constantOf(value: Value): bigint | undefined {
  return value.op === 'const' ? value.imm.bits : undefined
}

export const signedOf = (value: Value): bigint =>
  BigInt.asIntN(value.type === 'i64' ? 64 : 32, value.imm.bits!)

export type Emission = (out: Output, registers: readonly number[]) => void

const MOV_LANE = assemble('mov v0.d[1], x16')

/** How many instructions make a constant. */
function costOf(type: Type, bits: bigint): number {
  if (!isFloat(type)) return a64.loadConstant(general(type, 0), bits).length
  return bits === 0n ? 1 : 3
}

function floatOf(type: Type, bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8))
  if (type === 'f32') {
    view.setUint32(0, Number(bits))
    return view.getFloat32(0)
  }
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

/** Emits a constant into a register. */
export function emitConstant(out: Output, type: Type, bits: bigint, number: number): void {
  if (!isFloat(type)) {
    out.emit(...a64.loadConstant(general(type, number), bits))
    return
  }
  if (type === 'v128') {
    out.emit(...a64.loadConstant(x(16), bits & 0xffff_ffff_ffff_ffffn), a64.fmov(d(number), x(16)))
    const high = bits >> 64n
    if (high !== 0n) out.emit(...a64.loadConstant(x(16), high), MOV_LANE | number)
    return
  }
  const target = scalar(type, number)
  const integer = type === 'f64' ? 'i64' : 'i32'
  const value = floatOf(type, bits)
  if (bits === 0n) out.emit(a64.fmov(target, general(integer, 31)))
  else if (encodeFloat(value) !== undefined) out.emit(a64.fmovImmediate(target, value))
  else {
    const scratch = general(integer, 16)
    out.emit(...a64.loadConstant(scratch, bits), a64.fmov(target, scratch))
  }
}

/** State of the selection of one function. */
export class Selector {
  readonly #registers: (Reg | undefined)[] = []
  readonly #needed = new Set<Value>()
  /** Constants made at the end of a block, by what they are: those of the loops it enters. */
  readonly #hoisted = new Map<Block, Map<string, Instruction>>()
  /** What the value that is being selected becomes. */
  group: Instruction[] = []
  block!: Block
  #at = 0

  constructor(readonly fn: MachineFunction) {}

  /** The register that holds a value. */
  registerOf(value: Value): Reg {
    const known = this.#registers[value.id]
    if (known !== undefined) return known
    const reg = newRegister(this.fn, value.type!)
    this.#registers[value.id] = reg
    return reg
  }

  isNeeded(value: Value): boolean {
    return this.#needed.has(value)
  }

  locate(at: number): void {
    this.#at = at
  }

  /** The register of a value that the current instruction reads. */
  use(value: Value): Reg {
    if (value.op === 'const') return this.#constant(value)
    this.#needed.add(value)
    return this.registerOf(value)
  }

  /** As `use`, for a value that only is moved: constants are made on the spot. */
  useMoved(value: Value): Reg {
    return value.op === 'const' ? this.#local(value) : this.use(value)
  }

  temp(type: Type): Reg {
    return newRegister(this.fn, type)
  }

  /** Appends an instruction to what the current value becomes. */
  put(defs: Reg[], uses: Reg[], emit: Emission, early = false): void {
    this.group.push({ kind: 'plain', defs, uses, early, repeatable: false, emit, at: this.#at })
  }

  /** Appends moves that happen all at once. */
  move(defs: Reg[], uses: Reg[]): void {
    if (defs.length === 0) return
    const emit = () => {}
    this.group.push({
      kind: 'parallel',
      defs,
      uses,
      early: false,
      repeatable: false,
      emit,
      at: this.#at,
    })
  }

  call(defs: Reg[], uses: Reg[], emit: Emission): void {
    this.fn.calls = true
    this.group.push({
      kind: 'call',
      defs,
      uses,
      early: false,
      repeatable: false,
      emit,
      at: this.#at,
    })
  }

  /** True if the current instruction may compute the value itself: nobody else needs it, and no loop separates them. */
  absorbs(value: Value): boolean {
    return (
      value.uses === 1 && value.block === this.block && value.op !== 'const' && !hasEffect(value)
    )
  }

  #constant(value: Value): Reg {
    let loop = this.block.loop
    if (!loop) return this.#local(value)
    while (loop.parent) loop = loop.parent
    const { type, imm } = value
    const key = `${type} ${imm.bits}`
    const here = this.#hoisted.get(loop.preheader) ?? new Map<string, Instruction>()
    this.#hoisted.set(loop.preheader, here)
    const made = here.get(key) ?? this.#make(value)
    here.set(key, made)
    return made.defs[0]!
  }

  #local(value: Value): Reg {
    const made = this.#make(value)
    this.group.push(made)
    return made.defs[0]!
  }

  #make({ type, imm }: Value): Instruction {
    const bits = imm.bits!
    return {
      kind: 'plain',
      defs: [this.temp(type!)],
      uses: [],
      early: false,
      repeatable: costOf(type!, bits) <= 4,
      emit: (out, [target]) => emitConstant(out, type!, bits, target!),
      at: this.#at,
    }
  }

  /** The constants that loops entered from this block need. */
  hoistedTo(block: Block): Instruction[] {
    return [...(this.#hoisted.get(block)?.values() ?? [])]
  }
}

/** True if a logical instruction takes the constant. */
export function fitsLogical(type: Type, bits: bigint): boolean {
  return encodeBitmask(bits, type === 'i64' ? 64 : 32) !== undefined
}
