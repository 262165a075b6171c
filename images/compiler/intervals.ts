/**
 * Where registers are live, as ranges of positions.
 *
 * Instruction i reads at position 2i and writes at 2i + 1, so that a result may take the register of an operand. A range is
 * half open: [start, end).
 */

import type { Liveness } from './liveness.ts'
import { FIRST_VIRTUAL, type MachineFunction, type Reg } from './mir.ts'

export interface Interval {
  /** Starts and ends in turn, ascending. */
  ranges: number[]
  /** Registers that share it. */
  members: Reg[]
  /** Reads and writes, each weighed by the depth of its loop. */
  cost: number
}

export interface Intervals {
  readonly virtual: Map<Reg, Interval>
  readonly physical: Map<Reg, Interval>
  /** Positions at which calls destroy registers, ascending. */
  readonly calls: readonly number[]
  /** One more than the last position. */
  readonly end: number
}

/** Each level of loops counts as ten times the one around it, up to a limit. */
export function frequency(depth: number): number {
  return 10 ** Math.min(depth, 8)
}

/** Numbers instructions in the order of blocks and finds the ranges of all registers but those that live in memory. */
export function intervals(
  fn: MachineFunction,
  { liveOut }: Liveness,
  ignored: ReadonlyMap<Reg, unknown>,
): Intervals {
  const virtual = new Map<Reg, Interval>()
  const physical = new Map<Reg, Interval>()
  const calls: number[] = []
  const of = (reg: Reg): Interval => {
    const map = reg < FIRST_VIRTUAL ? physical : virtual
    const known = map.get(reg)
    if (known) return known
    const made = { ranges: [], members: [reg], cost: 0 }
    map.set(reg, made)
    return made
  }
  // Ranges are found from the last to the first and turned round afterwards.
  const add = (reg: Reg, start: number, end: number) => {
    const { ranges } = of(reg)
    if (ranges.length > 0 && ranges.at(-1) === end) ranges[ranges.length - 1] = start
    else ranges.push(end, start)
  }
  const total = fn.blocks.reduce((sum, { instructions }) => sum + instructions.length + 1, 0)
  let index = total
  for (const block of [...fn.blocks].reverse()) {
    const weight = frequency(block.depth)
    const live = new Map<Reg, number>()
    for (const reg of liveOut.get(block)!) live.set(reg, 2 * index)
    const use = (reg: Reg, at: number) => {
      if (ignored.has(reg)) return
      of(reg).cost += weight
      if (!live.has(reg)) live.set(reg, 2 * at + 1)
    }
    index--
    for (const reg of block.end.uses) use(reg, index)
    for (const { kind, defs, uses, early } of [...block.instructions].reverse()) {
      index--
      if (kind === 'call') calls.push(2 * index + 1)
      for (const reg of defs) {
        if (ignored.has(reg)) continue
        of(reg).cost += weight
        add(reg, 2 * index + (early ? 0 : 1), live.get(reg) ?? 2 * index + 2)
        live.delete(reg)
      }
      for (const reg of uses) use(reg, index)
    }
    for (const [reg, end] of live) add(reg, 2 * index, end)
  }
  for (const map of [virtual, physical]) for (const { ranges } of map.values()) ranges.reverse()
  return { virtual, physical, calls: calls.reverse(), end: 2 * total + 2 }
}

/** True if two lists of ranges have a position in common. */
export function intersects(a: readonly number[], b: readonly number[]): boolean {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    if (a[i + 1]! <= b[j]!) i += 2
    else if (b[j + 1]! <= a[i]!) j += 2
    else return true
  }
  return false
}

/** Both lists, which do not intersect, as one. */
export function joined(a: readonly number[], b: readonly number[]): number[] {
  const result: number[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const first = j >= b.length || (i < a.length && a[i]! < b[j]!)
    const start = first ? a[i]! : b[j]!
    const end = first ? a[i + 1]! : b[j + 1]!
    if (first) i += 2
    else j += 2
    if (result.at(-1) === start) result[result.length - 1] = end
    else result.push(start, end)
  }
  return result
}

/** True if one of the ascending positions lies within a range. */
export function crosses(ranges: readonly number[], positions: readonly number[]): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    let low = 0
    let high = positions.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (positions[middle]! < ranges[i]!) low = middle + 1
      else high = middle
    }
    if (low < positions.length && positions[low]! < ranges[i + 1]!) return true
  }
  return false
}
