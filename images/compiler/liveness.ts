/** Which virtual registers are live where blocks begin and end; physical ones live within blocks only. */

import { FIRST_VIRTUAL, type MachineBlock, type MachineFunction, type Reg } from './mir.ts'

export interface Liveness {
  readonly liveOut: ReadonlyMap<MachineBlock, ReadonlySet<Reg>>
}

/** @param ignored registers that live in memory */
export function liveness(fn: MachineFunction, ignored: ReadonlyMap<Reg, unknown>): Liveness {
  const liveIn = new Map<MachineBlock, Set<Reg>>()
  const liveOut = new Map<MachineBlock, Set<Reg>>()
  const defined = new Map<MachineBlock, Set<Reg>>()
  const pending: [MachineBlock, Reg][] = []
  for (const block of fn.blocks) {
    const exposed = new Set<Reg>()
    const defs = new Set<Reg>()
    const use = (reg: Reg) => {
      if (reg >= FIRST_VIRTUAL && !defs.has(reg) && !ignored.has(reg)) exposed.add(reg)
    }
    for (const { uses, defs: written } of block.instructions) {
      uses.forEach(use)
      for (const reg of written) defs.add(reg)
    }
    block.end.uses.forEach(use)
    liveIn.set(block, exposed)
    liveOut.set(block, new Set())
    defined.set(block, defs)
    for (const reg of exposed) pending.push([block, reg])
  }
  while (pending.length > 0) {
    const [block, reg] = pending.pop()!
    for (const before of block.predecessors) {
      const out = liveOut.get(before)!
      if (out.has(reg)) continue
      out.add(reg)
      const into = liveIn.get(before)!
      if (defined.get(before)!.has(reg) || into.has(reg)) continue
      into.add(reg)
      pending.push([before, reg])
    }
  }
  return { liveOut }
}
