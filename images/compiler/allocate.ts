/**
 * Register allocation: registers joined by moves share an interval where they can; then intervals take registers in the
 * order of their weight, and what finds none lives in memory.
 *
 * What lives in memory is loaded before and stored after each instruction that names it, which needs registers for a
 * moment; so it is repeated until all have one. Moves work on memory directly. Constants are made again instead.
 */

import { ALLOCATABLE, CLOBBERED } from './arm64/convention.ts'
import {
  crosses,
  type Interval,
  type Intervals,
  intersects,
  intervals,
  joined,
} from './intervals.ts'
import { liveness } from './liveness.ts'
import { bankOf, FIRST_VIRTUAL, type Instruction, type MachineFunction, type Reg } from './mir.ts'
import { type Home, rewrite } from './spill.ts'

/** Where each virtual register is: a physical one, or a home in memory. */
export interface Allocation {
  readonly registers: ReadonlyMap<Reg, Reg>
  readonly homes: ReadonlyMap<Reg, Home>
  /** Bytes of the frame for homes. */
  readonly slots: number
}

/** A set of positions, as bits. */
class Positions {
  readonly #words: Uint32Array

  constructor(end: number) {
    this.#words = new Uint32Array((end >> 5) + 1)
  }

  add(ranges: readonly number[]): void {
    this.#each(ranges, (word, mask) => {
      this.#words[word]! |= mask
      return false
    })
  }

  meets(ranges: readonly number[]): boolean {
    return this.#each(ranges, (word, mask) => (this.#words[word]! & mask) !== 0)
  }

  #each(ranges: readonly number[], visit: (word: number, mask: number) => boolean): boolean {
    for (let i = 0; i < ranges.length; i += 2) {
      const [start, last] = [ranges[i]!, ranges[i + 1]! - 1]
      for (let word = start >> 5; word <= last >> 5; word++) {
        const from = word === start >> 5 ? start & 31 : 0
        const to = word === last >> 5 ? last & 31 : 31
        if (visit(word, (-1 << from) & (-1 >>> (31 - to)))) return true
      }
    }
    return false
  }
}

/** Allocates registers; changes the function's instructions where something lives in memory. */
export function allocate(fn: MachineFunction): Allocation {
  const homes = new Map<Reg, Home>()
  const temporary = new Set<Reg>()
  let slots = 0
  for (;;) {
    const found = intervals(fn, liveness(fn, homes), homes)
    const { classes, hints } = coalesce(fn, found, temporary)
    const { registers, spilled } = assign(fn, found, classes, hints, temporary)
    if (spilled.length === 0) return { registers, homes, slots }
    const makers = repeatableMakers(fn)
    for (const { members } of spilled) {
      const maker = members.length === 1 ? makers.get(members[0]!) : undefined
      if (maker) {
        homes.set(members[0]!, { kind: 'repeat', maker })
        continue
      }
      const size = fn.types[members[0]! - FIRST_VIRTUAL] === 'v128' ? 16 : 8
      slots = Math.ceil(slots / size) * size
      for (const reg of members) homes.set(reg, { kind: 'slot', offset: slots })
      slots += size
    }
    rewrite(fn, homes, temporary)
  }
}

/** Registers with one definition, which may be repeated. */
function repeatableMakers(fn: MachineFunction): Map<Reg, Instruction> {
  const makers = new Map<Reg, Instruction>()
  for (const { instructions } of fn.blocks) {
    for (const item of instructions) if (item.repeatable) makers.set(item.defs[0]!, item)
  }
  return makers
}

interface Coalesced {
  readonly classes: Set<Interval>
  /** Physical registers an interval is moved to or from. */
  readonly hints: Map<Interval, Reg[]>
}

/** Joins intervals that moves connect and that never live at once; those of inner loops first. */
function coalesce(
  fn: MachineFunction,
  { virtual, physical }: Intervals,
  temporary: ReadonlySet<Reg>,
): Coalesced {
  const hints = new Map<Interval, Reg[]>()
  const moves = fn.blocks.flatMap(({ depth, instructions }) =>
    instructions.filter(({ kind }) => kind === 'parallel').map((item) => ({ depth, item })),
  )
  moves.sort((a, b) => b.depth - a.depth)
  const hint = (interval: Interval, reg: Reg) => {
    const list = hints.get(interval) ?? []
    list.push(reg)
    hints.set(interval, list)
  }
  for (const { item } of moves) {
    for (const [i, to] of item.defs.entries()) {
      const from = item.uses[i]!
      const [a, b] = [virtual.get(to), virtual.get(from)]
      if (a && b) {
        if (a === b || temporary.has(to) || temporary.has(from)) continue
        if (intersects(a.ranges, b.ranges)) continue
        const [kept, gone] = a.members.length >= b.members.length ? [a, b] : [b, a]
        kept.ranges = joined(a.ranges, b.ranges)
        kept.cost += gone.cost
        kept.members.push(...gone.members)
        for (const reg of gone.members) virtual.set(reg, kept)
        for (const reg of hints.get(gone) ?? []) hint(kept, reg)
      } else if (a && physical.has(from)) hint(a, from)
      else if (b && physical.has(to)) hint(b, to)
    }
  }
  return { classes: new Set(virtual.values()), hints }
}

function lengthOf({ ranges }: Interval): number {
  let length = 0
  for (let i = 0; i < ranges.length; i += 2) length += ranges[i + 1]! - ranges[i]!
  return length
}

function assign(
  fn: MachineFunction,
  { physical, calls, end }: Intervals,
  classes: ReadonlySet<Interval>,
  hints: ReadonlyMap<Interval, readonly Reg[]>,
  temporary: ReadonlySet<Reg>,
): { registers: Map<Reg, Reg>; spilled: Interval[] } {
  const occupied = new Map<Reg, Positions>()
  for (const reg of ALLOCATABLE.flat()) occupied.set(reg, new Positions(end))
  for (const [reg, { ranges }] of physical) occupied.get(reg)!.add(ranges)
  const clobbered = new Set(CLOBBERED)
  const weighted = [...classes].map((interval) => {
    const momentary = temporary.has(interval.members[0]!)
    const weight = momentary ? Number.POSITIVE_INFINITY : interval.cost / (lengthOf(interval) + 4)
    return { interval, weight }
  })
  weighted.sort((a, b) => (a.weight === b.weight ? 0 : b.weight - a.weight))
  const registers = new Map<Reg, Reg>()
  const spilled: Interval[] = []
  for (const { interval, weight } of weighted) {
    const { ranges, members } = interval
    const bank = bankOf(fn, members[0]!)
    const across = crosses(ranges, calls)
    const whole = fn.types[members[0]! - FIRST_VIRTUAL] === 'v128'
    const fits = (reg: Reg) =>
      !(across && (whole || clobbered.has(reg))) && !occupied.get(reg)!.meets(ranges)
    const wanted = hints.get(interval)?.find(fits) ?? ALLOCATABLE[bank].find(fits)
    if (wanted === undefined) {
      if (weight === Number.POSITIVE_INFINITY) {
        throw new Error(`Cannot allocate registers in ${fn.name}: an instruction needs too many`)
      }
      spilled.push(interval)
      continue
    }
    occupied.get(wanted)!.add(ranges)
    for (const reg of members) registers.set(reg, wanted)
  }
  return { registers, spilled }
}
