/**
 * A machine as a debugger's target.
 *
 * Memory is what the current translation of a vCPU makes of virtual addresses: RAM, and flash to be read. Device
 * registers are not reached, for reading one may change it. Breakpoints are the core's, so that memory never shows them.
 */
import { BREAKPOINT_MAX, WAIT_OFF, WAIT_WFE, WAIT_WFI } from '../../jit/core/assembly/layout.ts'
import type { Core } from '../../jit/core/core.ts'
import type { Machine } from '../machine.ts'
import type { DebugListener, Resume, RunControl } from '../run-control.ts'
import { fromLittleEndian, littleEndian } from './hex.ts'
import { monitor } from './monitor.ts'
import { GENERAL_REGISTERS, type Register, registersOf } from './registers.ts'
import type { GdbTarget } from './target.ts'
import { targetXml } from './target-xml.ts'

const PAGE = 4096

export class MachineTarget implements GdbTarget {
  readonly cpus: number
  readonly description: string
  readonly generalRegisters = GENERAL_REGISTERS
  readonly maxBreakpoints = BREAKPOINT_MAX
  readonly registers: readonly Register[]
  private readonly core: Core
  private readonly control: RunControl

  /** @param onKill the debugger wants the machine to end. */
  constructor(
    readonly machine: Machine,
    private readonly onKill: () => void,
  ) {
    this.cpus = machine.config.cpus
    this.core = machine.parts.core
    this.control = machine.parts.control
    this.registers = registersOf(machine.config.el2)
    this.description = targetXml(this.registers)
  }

  get exitStatus(): number | undefined {
    return this.machine.result?.status
  }

  get lastCpu(): number {
    return this.control.lastCpu
  }

  attach(listener: DebugListener): void {
    this.control.attach(listener)
  }

  detach(): void {
    this.control.detach()
  }

  hold(): void {
    this.control.hold()
  }

  resume(how: Resume): void {
    this.control.resume(how)
  }

  registerBytes(number: number): number | undefined {
    const register = this.registers[number]
    return register && register.bits / 8
  }

  readRegister(cpu: number, number: number): Uint8Array {
    const register = this.registers[number]!
    return littleEndian(register.read(this.core, cpu), register.bits / 8)
  }

  writeRegister(cpu: number, number: number, value: Uint8Array): boolean {
    return this.registers[number]?.write?.(this.core, cpu, fromLittleEndian(value)) ?? false
  }

  setPc(cpu: number, pc: bigint): void {
    this.core.setPc(cpu, pc)
  }

  readMemory(cpu: number, address: bigint, bytes: number): Uint8Array {
    const result = new Uint8Array(bytes)
    for (const { va, at, length } of pages(address, bytes)) {
      const pa = this.core.translate(cpu, va)
      const view = pa === undefined ? undefined : this.core.dmaRead(pa, length)
      if (!view) return result.subarray(0, at)
      result.set(view, at)
    }
    return result
  }

  writeMemory(cpu: number, address: bigint, data: Uint8Array): boolean {
    const parts = pages(address, data.length).map(({ va, at, length }) => {
      const pa = this.core.translate(cpu, va)
      const view = pa === undefined ? undefined : this.core.dmaView(pa, length)
      return { view, data: data.subarray(at, at + length) }
    })
    if (parts.some(({ view }) => !view)) return false
    for (const { view, data } of parts) view!.set(data)
    return true
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.control.setBreakpoints(addresses)
  }

  describe(cpu: number): string {
    const el = `EL${this.core.el(cpu)}`
    switch (this.core.waitState(cpu)) {
      case WAIT_OFF:
        return 'off'
      case WAIT_WFI:
        return `${el}, waits for an interrupt`
      case WAIT_WFE:
        return `${el}, waits for an event`
      default:
        return `${el}, runs`
    }
  }

  monitor(cpu: number, line: string): string | Promise<string> {
    return monitor(this, cpu, line)
  }

  kill(): void {
    this.onKill()
  }
}

/** Parts of a range of virtual addresses that lie in one page each. */
function pages(address: bigint, bytes: number): { va: bigint; at: number; length: number }[] {
  const parts = []
  for (let at = 0; at < bytes; ) {
    const va = BigInt.asUintN(64, address + BigInt(at))
    const length = Math.min(bytes - at, PAGE - Number(va & BigInt(PAGE - 1)))
    parts.push({ va, at, length })
    at += length
  }
  return parts
}
