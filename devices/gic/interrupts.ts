/**
 * What the interrupt controllers have in common: the state of all interrupts as words of 32, one bit an interrupt.
 *
 * Word 0 (SGIs 0 to 15, PPIs 16 to 31) is banked, one for each vCPU; SPIs follow. Storing words makes a register access
 * one load, and finding the best pending interrupt a scan of a few words.
 * Source: GIC architecture specifications IHI 0048B (v2) and IHI 0069 (v3), interrupt states.
 */
import type { StateObject, StateReader } from '../state.ts'

/** Interrupt outputs towards the vCPUs: LINE_* of the core. */
export interface CpuLines {
  setLine(cpu: number, line: number, level: boolean): void
}

/** "No pending interrupt", in acknowledge registers. */
export const SPURIOUS = 1023

/** State bits of all interrupts of a machine. */
export class InterruptState {
  readonly words: number
  /** One word per vCPU for ids 0 to 31, then words for ids from 32. See `word`. */
  readonly enabled: Uint32Array
  /** Pending because of an edge or a write; a level-sensitive interrupt is also pending while its line is high. */
  readonly latched: Uint32Array
  readonly level: Uint32Array
  readonly active: Uint32Array
  /** 1 = edge-triggered. */
  readonly edge: Uint32Array
  readonly group: Uint32Array
  /** One byte an interrupt, in the same order as the bits. */
  readonly priority: Uint8Array

  /**
   * @param cpus number of vCPUs.
   * @param ids number of interrupt ids, a multiple of 32.
   */
  constructor(
    readonly cpus: number,
    readonly ids: number,
  ) {
    this.words = ids / 32
    const total = cpus + this.words - 1
    this.enabled = new Uint32Array(total)
    this.latched = new Uint32Array(total)
    this.level = new Uint32Array(total)
    this.active = new Uint32Array(total)
    this.edge = new Uint32Array(total)
    this.group = new Uint32Array(total)
    this.priority = new Uint8Array(total * 32)
    this.reset()
  }

  /** Back to power-on; line levels stay, as they belong to the devices. */
  reset(): void {
    for (const words of [this.enabled, this.latched, this.active, this.edge, this.group]) {
      words.fill(0)
    }
    this.priority.fill(0)
    // SGIs are always edge-triggered.
    for (let cpu = 0; cpu < this.cpus; cpu++) this.edge[cpu] = 0xffff
  }

  /** Index of the word that holds ids 32*n to 32*n+31 for a vCPU. */
  word(cpu: number, n: number): number {
    return n === 0 ? cpu : this.cpus + n - 1
  }

  /** Index of an interrupt's priority byte; `slot >> 5` is its word, `slot & 31` its bit. */
  slot(cpu: number, id: number): number {
    return this.word(cpu, id >> 5) * 32 + (id & 31)
  }

  get(bits: Uint32Array, slot: number): boolean {
    return ((bits[slot >> 5]! >>> (slot & 31)) & 1) !== 0
  }

  set(bits: Uint32Array, slot: number): void {
    bits[slot >> 5]! |= 1 << (slot & 31)
  }

  clear(bits: Uint32Array, slot: number): void {
    bits[slot >> 5]! &= ~(1 << (slot & 31))
  }

  /** Pending bits of a word. */
  pending(word: number): number {
    return (this.latched[word]! | (this.level[word]! & ~this.edge[word]!)) >>> 0
  }

  /** The input of an interrupt changed. Returns false if that changes nothing. */
  drive(slot: number, level: boolean): boolean {
    if (this.get(this.level, slot) === level) return false
    if (level) {
      this.set(this.level, slot)
      if (this.get(this.edge, slot)) this.set(this.latched, slot)
    } else {
      this.clear(this.level, slot)
    }
    return true
  }

  /** Reads 16 interrupts' two configuration bits each: bit 1 = edge-triggered. */
  readConfig(word: number, upperHalf: boolean): number {
    const bits = this.edge[word]! >>> (upperHalf ? 16 : 0)
    let value = 0
    for (let n = 0; n < 16; n++) if ((bits >>> n) & 1) value |= 2 << (2 * n)
    return value >>> 0
  }

  /** Writes 16 interrupts' configuration, only those in `mask` (bits of the half word). */
  writeConfig(word: number, upperHalf: boolean, value: number, mask: number): void {
    const shift = upperHalf ? 16 : 0
    for (let n = 0; n < 16; n++) {
      if (!((mask >>> n) & 1)) continue
      const bit = 1 << (n + shift)
      if ((value >>> (2 * n)) & 2) this.edge[word]! |= bit
      else this.edge[word]! &= ~bit
    }
  }

  save(): StateObject {
    return {
      enabled: [...this.enabled],
      latched: [...this.latched],
      level: [...this.level],
      active: [...this.active],
      edge: [...this.edge],
      group: [...this.group],
      priority: this.priority.slice(),
    }
  }

  restore(state: StateReader): void {
    const length = this.enabled.length
    this.enabled.set(state.unsignedList('enabled', 32, length))
    this.latched.set(state.unsignedList('latched', 32, length))
    this.level.set(state.unsignedList('level', 32, length))
    this.active.set(state.unsignedList('active', 32, length))
    this.edge.set(state.unsignedList('edge', 32, length))
    this.group.set(state.unsignedList('group', 32, length))
    this.priority.set(state.bytes('priority', length * 32))
  }
}

/** Bit number of the lowest set bit of a nonzero word. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}
