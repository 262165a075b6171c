/**
 * Registers with one bit an interrupt, which distributor (ids from 32) and redistributors (ids below 32) of a GICv3
 * have in common: IHI 0069 12.9 and 12.11.
 */

import type { InterruptState } from './interrupts.ts'
import { PRIORITY_MASK } from './priority.ts'

export const IGROUPR = 0x080
export const ISENABLER = 0x100
const ICENABLER = 0x180
const ISPENDR = 0x200
const ICPENDR = 0x280
const ISACTIVER = 0x300
const ICACTIVER = 0x380
export const IPRIORITYR = 0x400
export const ICFGR = 0xc00

/** Reads the register of block `base` for one word of interrupts. */
export function readBits(state: InterruptState, word: number, base: number): number {
  switch (base) {
    case IGROUPR:
      return state.group[word]!
    case ISENABLER:
    case ICENABLER:
      return state.enabled[word]!
    case ISPENDR:
    case ICPENDR:
      return state.pending(word)
    case ISACTIVER:
    case ICACTIVER:
      return state.active[word]!
    default:
      return 0
  }
}

/** Writes the register of block `base` for one word of interrupts. */
export function writeBits(state: InterruptState, word: number, base: number, value: number): void {
  switch (base) {
    case IGROUPR:
      state.group[word] = value
      break
    case ISENABLER:
      state.enabled[word]! |= value
      break
    case ICENABLER:
      state.enabled[word]! &= ~value
      break
    case ISPENDR:
      state.latched[word]! |= value
      break
    case ICPENDR:
      state.latched[word]! &= ~value
      break
    case ISACTIVER:
      state.active[word]! |= value
      break
    case ICACTIVER:
      state.active[word]! &= ~value
      break
  }
}

/** Reads `size` priority bytes from a slot on. */
export function readPriorities(state: InterruptState, slot: number, size: number): number {
  let value = 0
  for (let n = 0; n < size; n++) value |= state.priority[slot + n]! << (8 * n)
  return value >>> 0
}

/** Writes `size` priority bytes from a slot on. */
export function writePriorities(
  state: InterruptState,
  slot: number,
  size: number,
  value: number,
): void {
  for (let n = 0; n < size; n++) state.priority[slot + n] = (value >>> (8 * n)) & PRIORITY_MASK
}
