/**
 * A target without a machine, for tests of the protocol: a few bytes of memory, registers that are all alike, and a
 * record of what it was told.
 */
import type { DebugListener, Resume } from '../run-control.ts'
import type { GdbTarget } from './target.ts'

/** Where the fake memory is. */
export const MEMORY = 0xffff_0000_0000_1000n

export class FakeTarget implements GdbTarget {
  readonly description = '<target>#$}*</target>'
  readonly generalRegisters = 4
  readonly maxBreakpoints = 3
  readonly calls: unknown[] = []
  readonly memory = Uint8Array.from({ length: 32 }, (_, n) => n)
  /** Registers 0 to 33; 33, the last one, cannot be written. */
  readonly values: bigint[][]
  exitStatus: number | undefined
  lastCpu = 0
  breakpoints: ReadonlySet<bigint> = new Set()
  listener: DebugListener | undefined
  /** What `monitor` answers. */
  answer: string | Promise<string> = 'done\n'

  constructor(readonly cpus = 2) {
    this.values = Array.from({ length: cpus }, () => Array<bigint>(34).fill(0n))
  }

  attach(listener: DebugListener): void {
    this.listener = listener
    this.calls.push('attach')
  }

  detach(): void {
    this.listener = undefined
    this.calls.push('detach')
  }

  hold(): void {
    this.calls.push('hold')
  }

  resume(how: Resume): void {
    this.calls.push(how)
  }

  registerBytes(number: number): number | undefined {
    return number < 34 ? 8 : undefined
  }

  readRegister(cpu: number, number: number): Uint8Array {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, this.values[cpu]![number]!, true)
    return bytes
  }

  writeRegister(cpu: number, number: number, value: Uint8Array): boolean {
    if (number === 33) return false
    const view = new DataView(value.buffer, value.byteOffset, value.length)
    this.values[cpu]![number] = view.getBigUint64(0, true)
    return true
  }

  setPc(cpu: number, pc: bigint): void {
    this.values[cpu]![32] = pc
  }

  readMemory(_cpu: number, address: bigint, bytes: number): Uint8Array {
    const at = Number(address - MEMORY)
    if (at < 0 || at >= this.memory.length) return new Uint8Array(0)
    return this.memory.slice(at, at + bytes)
  }

  writeMemory(_cpu: number, address: bigint, data: Uint8Array): boolean {
    const at = Number(address - MEMORY)
    if (at < 0 || at + data.length > this.memory.length) return false
    this.memory.set(data, at)
    return true
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = addresses
  }

  describe(cpu: number): string {
    return cpu === 0 ? 'EL1, runs' : 'off'
  }

  monitor(cpu: number, line: string): string | Promise<string> {
    this.calls.push({ cpu, line })
    return this.answer
  }

  kill(): void {
    this.calls.push('kill')
  }
}
