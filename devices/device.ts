/**
 * What a device is, and what it may ask of its machine.
 *
 * A device knows neither its address nor its interrupt number: a board places it on the bus and connects its lines.
 * It never waits, never looks at the host's clock, and takes everything from outside through an `InputPort`, so that a
 * run is a function of the machine's initial state and its inputs alone.
 */
import type { EventQueue } from './events.ts'
import type { StateObject, StateReader } from './state.ts'

/** Bytes of one register access. The bus splits 8-byte accesses in two of 4, low half first, as QEMU does. */
export type AccessSize = 1 | 2 | 4

/** Something with registers on the bus. */
export interface Device {
  /** What it is, for messages and snapshots: `pl011`, `virtio-mmio`. A restored snapshot must agree. */
  readonly kind: string
  /**
   * Reads a register.
   * @param offset byte offset from the start of the device's window, less than its size; a multiple of `size`.
   * @param cpu the vCPU that reads, for banked registers.
   * @returns the value, in the low `size` bytes; higher bits are ignored.
   */
  read(offset: number, size: AccessSize, cpu: number): number
  /**
   * Writes a register.
   * @param value unsigned, less than 2^(8 * size).
   */
  write(offset: number, size: AccessSize, value: number, cpu: number): void
  /** Back to the state after power-on. What came from outside (files, connections) stays attached. */
  reset(): void
  /** Everything a guest can observe, as plain data. Holds a `version`. */
  save(): StateObject
  /** Takes a saved state; `StateReader` throws a clear error for what is malformed. Drives interrupt lines again. */
  restore(state: StateReader): void
}

/** A wire into an interrupt controller. Setting a level twice does nothing the second time. */
export interface InterruptLine {
  set(level: boolean): void
}

/** A line connected to nothing. */
export const NO_INTERRUPT: InterruptLine = { set() {} }

/** Guest memory as devices with direct memory access see it. Addresses are physical; anything may be out of range. */
export interface GuestMemory {
  /** A view to read from, valid until the guest runs again; undefined unless it lies entirely in one region. */
  dmaRead(pa: number, bytes: number): Uint8Array | undefined
  /** Stores bytes. Returns false, changing nothing, if they do not lie entirely in one writable region. */
  dmaWrite(pa: number, data: Uint8Array): boolean
  /** A view to write to, valid until the guest runs again: counts as written. Undefined as in `dmaWrite`. */
  dmaView(pa: number, bytes: number): Uint8Array | undefined
}

/** Bytes that look random to the guest and are a function of the machine's seed. */
export interface RandomSource {
  fill(bytes: Uint8Array): void
}

/** Where something from outside (typed bytes, a received frame) enters the machine. */
export interface InputPort {
  /**
   * Hands in data, at any time, also while the machine is paused. The machine copies it, stamps it with its instruction
   * count, writes it to its input log and delivers it between two instructions.
   */
  post(data: Uint8Array): void
}

/** What a device may ask of its machine. */
export interface DeviceHost {
  readonly memory: GuestMemory
  readonly events: EventQueue
  readonly random: RandomSource
  /**
   * Opens an input port.
   * @param name unique in the machine and the same in every run: `console0`, `net1`.
   * @param deliver called between two instructions with what was posted; must not throw.
   */
  input(name: string, deliver: (data: Uint8Array) => void): InputPort
}
