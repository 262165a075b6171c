/**
 * Which guest registers are in locals where: what must be loaded when a region is entered or a call returns, and what
 * stored where it is left. Sets are bit masks.
 */

import type { Registers } from './lowering.ts'
import type { Block } from './region.ts'

/** What a block does to registers. */
export interface Effects {
  /** Read before written. */
  needed: Registers
  written: Registers
  /** After the block all registers are in memory and none in locals: it ends in a call. */
  synced: boolean
}

export interface Liveness {
  /** Loaded on the way in from memory: on entry, and where a call returned to this block. */
  loads: Registers
  /** Written in locals and not yet in memory, when the block begins. */
  dirty: Registers
  /** In locals, when the block begins. */
  valid: Registers
}

const NONE: Registers = { x: 0, v: 0 }
const ALL: Registers = { x: -1, v: -1 }

export const union = (a: Registers, b: Registers): Registers => ({ x: a.x | b.x, v: a.v | b.v })
const intersection = (a: Registers, b: Registers): Registers => ({ x: a.x & b.x, v: a.v & b.v })
export const difference = (a: Registers, b: Registers): Registers => ({
  x: a.x & ~b.x,
  v: a.v & ~b.v,
})
const same = (a: Registers, b: Registers) => a.x === b.x && a.v === b.v
export const isSubset = (a: Registers, b: Registers) => (a.x & ~b.x) === 0 && (a.v & ~b.v) === 0

/** Solves for all blocks, in the order of `blocks` (reverse postorder, the entry first). */
export function analyse(blocks: readonly Block[], effects: readonly Effects[]): Liveness[] {
  const needed = neededOnEntry(blocks, effects)
  // Registers that are dirty where paths meet but unknown on another path are loaded everywhere.
  let forced = NONE
  while (true) {
    const result = forward(blocks, effects, needed, forced)
    let missing = NONE
    for (const { dirty, valid } of result) missing = union(missing, difference(dirty, valid))
    if (same(missing, NONE)) return result
    forced = union(forced, missing)
  }
}

function neededOnEntry(blocks: readonly Block[], effects: readonly Effects[]): Registers[] {
  const needed = effects.map((e) => e.needed)
  for (let changed = true; changed; ) {
    changed = false
    for (let i = blocks.length - 1; i >= 0; i--) {
      const effect = effects[i]!
      if (effect.synced) continue
      let out = NONE
      for (const successor of blocks[i]!.successors) {
        if (successor) out = union(out, needed[successor.order]!)
      }
      const next = union(effect.needed, difference(out, effect.written))
      if (!same(next, needed[i]!)) {
        needed[i] = next
        changed = true
      }
    }
  }
  return needed
}

function forward(
  blocks: readonly Block[],
  effects: readonly Effects[],
  needed: readonly Registers[],
  forced: Registers,
): Liveness[] {
  const loads = needed.map((n) => union(n, forced))
  const result: Liveness[] = blocks.map((_, i) => ({ loads: loads[i]!, dirty: NONE, valid: ALL }))
  result[0]!.valid = loads[0]!
  for (let changed = true; changed; ) {
    changed = false
    for (let i = 0; i < blocks.length; i++) {
      const { synced, needed: read, written } = effects[i]!
      const from = result[i]!
      for (const successor of blocks[i]!.successors) {
        if (!successor) continue
        const to = result[successor.order]!
        const dirty = synced ? to.dirty : union(to.dirty, union(from.dirty, written))
        const arriving = synced ? loads[successor.order]! : union(from.valid, union(read, written))
        const valid = intersection(to.valid, arriving)
        if (!same(dirty, to.dirty) || !same(valid, to.valid)) {
          to.dirty = dirty
          to.valid = valid
          changed = true
        }
      }
    }
  }
  return result
}
