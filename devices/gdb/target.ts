/**
 * What the protocol needs of the machine that is debugged. machine-target.ts is the one over a machine; tests bring
 * others.
 */
import type { DebugListener, Resume } from '../run-control.ts'

export interface GdbTarget {
  /** Number of vCPUs: threads 1 to n of the debugger are vCPUs 0 to n-1. */
  readonly cpus: number
  /** The document that describes the registers. */
  readonly description: string
  /** How many registers a `g` packet holds, from number 0 on. */
  readonly generalRegisters: number
  /** How the guest ended, if it did. */
  readonly exitStatus: number | undefined
  /** The vCPU that executed last. */
  readonly lastCpu: number

  /** Holds the machine and listens to it. @throws Error if another debugger does. */
  attach(listener: DebugListener): void
  /** Removes all breakpoints, and lets the machine run. */
  detach(): void
  hold(): void
  resume(how: Resume): void

  /** Size of a register in bytes; undefined if there is none with this number. */
  registerBytes(number: number): number | undefined
  readRegister(cpu: number, number: number): Uint8Array
  /** Returns false if the register, or what of it would change, cannot be written. */
  writeRegister(cpu: number, number: number, value: Uint8Array): boolean
  setPc(cpu: number, pc: bigint): void

  /** Memory at a virtual address of a vCPU, as much of it as there is. */
  readMemory(cpu: number, address: bigint, bytes: number): Uint8Array
  /** Returns false if not all of it is memory that can be written; nothing is written then. */
  writeMemory(cpu: number, address: bigint, data: Uint8Array): boolean

  /** Most breakpoints there can be. */
  readonly maxBreakpoints: number
  setBreakpoints(addresses: ReadonlySet<bigint>): void

  /** What a vCPU does, in a few words. */
  describe(cpu: number): string
  /** Serves a line of GDB's `monitor`; returns text for the user. */
  monitor(cpu: number, line: string): string | Promise<string>
  /** The debugger wants the machine to end. */
  kill(): void
}
