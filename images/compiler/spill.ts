/** Code for registers that live in memory: loads before uses, stores after definitions, constants made again. */

import * as a64 from '../../jit/isa/instructions.ts'
import { sp } from '../../jit/isa/registers.ts'
import { register } from './arm64/select-memory.ts'
import {
  type End,
  FIRST_VIRTUAL,
  type Instruction,
  type MachineFunction,
  newRegister,
  type Reg,
} from './mir.ts'
import type { Type } from './ssa.ts'

/** Where a register that has none lives: in the frame, at an offset from its slots, or in the instruction that makes it. */
export type Home =
  | { readonly kind: 'slot'; readonly offset: number }
  | { readonly kind: 'repeat'; readonly maker: Instruction }

/** Registers are kept whole: the upper halves of words matter to what is known of them. */
export function widened(type: Type): Type {
  return type === 'i32' ? 'i64' : type === 'f32' ? 'f64' : type
}

const BYTES = { i32: 8, i64: 8, f32: 8, f64: 8, v128: 16 } as const

function load(type: Type, target: Reg, home: Home, at: number): Instruction {
  if (home.kind === 'repeat') return { ...home.maker, defs: [target] }
  return {
    kind: 'plain',
    defs: [target],
    uses: [],
    early: false,
    repeatable: false,
    at,
    emit: (out, [t]) =>
      out.access(BYTES[type], sp, out.frame.slots + home.offset, (address) =>
        a64.ldr(register(widened(type), t!), address),
      ),
  }
}

function store(type: Type, source: Reg, offset: number, at: number): Instruction {
  return {
    kind: 'plain',
    defs: [],
    uses: [source],
    early: false,
    repeatable: false,
    at,
    emit: (out, [n]) =>
      out.access(BYTES[type], sp, out.frame.slots + offset, (address) =>
        a64.str(register(widened(type), n!), address),
      ),
  }
}

/**
 * Replaces registers that live in memory by ones that live for a moment, which are added to `temporary`. Parallel moves
 * keep them.
 */
export function rewrite(
  fn: MachineFunction,
  homes: ReadonlyMap<Reg, Home>,
  temporary: Set<Reg>,
): void {
  const typeOf = (reg: Reg): Type => fn.types[reg - FIRST_VIRTUAL]!
  const stand = (reg: Reg): Reg => {
    const temp = newRegister(fn, typeOf(reg))
    temporary.add(temp)
    return temp
  }
  for (const block of fn.blocks) {
    const result: Instruction[] = []
    const loaded = (item: Instruction | End): Reg[] => {
      const stands = new Map<Reg, Reg>()
      return item.uses.map((reg) => {
        const home = homes.get(reg)
        if (!home) return reg
        const known = stands.get(reg)
        if (known !== undefined) return known
        const temp = stand(reg)
        stands.set(reg, temp)
        result.push(load(typeOf(reg), temp, home, item.at))
        return temp
      })
    }
    for (const item of block.instructions) {
      if (item.kind === 'parallel') {
        result.push(item)
        continue
      }
      if (item.repeatable && homes.get(item.defs[0]!)?.kind === 'repeat') continue
      item.uses = loaded(item)
      result.push(item)
      item.defs = item.defs.map((reg) => {
        const home = homes.get(reg)
        if (home?.kind !== 'slot') return reg
        const temp = stand(reg)
        result.push(store(typeOf(reg), temp, home.offset, item.at))
        return temp
      })
    }
    block.end.uses = loaded(block.end)
    block.instructions = result
  }
}
