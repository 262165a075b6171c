/**
 * The hardware of a machine: a board's devices, connected to the core.
 *
 * Serves what the core asks while the guest runs (registers of devices and of the GIC, PSCI, semihosting), keeps the
 * memory map, and loads what is booted. Knows nothing of time or of who runs the machine.
 */
import {
  CPU_BASE,
  CPU_STRIDE,
  FLASH_BASE,
  RAM_BASE as RAM_LINEAR,
  WAIT_OFF,
} from '../jit/core/assembly/layout.ts'
import { SYS_HCR_EL2 } from '../jit/core/assembly/sysstate.ts'
import type { Core, CoreHost } from '../jit/core/core.ts'
import { type Assembly, assemble } from './assemble.ts'
import type { FlashFile } from './backend.ts'
import { FLASH_BANK_BYTES, FLASH_BANKS, RAM_BASE } from './boards/virt.ts'
import type { BootPlan } from './boot/plan.ts'
import type { FlashBacking } from './cfi-flash.ts'
import type { MachineConfig } from './config.ts'
import type { DeviceHost, GuestMemory } from './device.ts'
import { type PsciMachine, psciCall } from './psci.ts'
import type { Resources } from './resources.ts'
import { type SemihostingMachine, semihostingCall } from './semihosting.ts'

/** After this much work for the guest a slice ends, so that the host's event loop is not kept waiting. */
const MAX_WORK = 20_000
/** What a change of the memory map costs: all translations are forgotten. */
const MAP_WORK = 200
/** What a call of PSCI or semihosting costs. */
const CALL_WORK = 20
/** Bytes that are copied at the cost of one register access. */
const BYTES_PER_WORK = 256

/** What the guest does that concerns the whole machine. */
export interface HardwareControl {
  ended(reason: 'poweroff' | 'reset' | 'semihosting', status: number): void
  resetWanted(): void
  /** The guest wrote a byte to its serial port, or to semihosting's console. */
  onSerial(byte: number): void
}

export class Hardware {
  readonly assembly: Assembly
  /** Host work done for the guest in this slice, in units of a register access. */
  private work = 0
  private readonly arrayMode: boolean[] = Array(FLASH_BANKS).fill(true)

  /** @param items what firmware finds in fw_cfg. */
  constructor(
    private readonly config: MachineConfig,
    private readonly core: Core,
    host: DeviceHost,
    resources: Resources,
    items: ReadonlyMap<number, Uint8Array>,
    private readonly control: HardwareControl,
  ) {
    this.assembly = assemble(config, {
      host,
      lines: {
        setLine: (cpu, line, level) => core.setLine(cpu, line, level),
        virtualGroups: (cpu) => virtualGroups(core, cpu),
      },
      // Bank 1 holds the firmware's variables.
      flash: (index) => this.flashBacking(index, index === 1 ? resources.vars : undefined),
      items,
      virtio: resources.virtio,
      onSerial: (byte) => control.onSerial(byte),
    })
    core.host = this.coreHost()
    this.mapMemory()
  }

  /** Memory as devices see it: what they copy counts as work. */
  static memory(core: Core, charge: (work: number) => void): GuestMemory {
    return {
      dmaRead: (pa, bytes) => {
        charge(bytes / BYTES_PER_WORK)
        return core.dmaRead(pa, bytes)
      },
      dmaView: (pa, bytes) => {
        charge(bytes / BYTES_PER_WORK)
        return core.dmaView(pa, bytes)
      },
      dmaWrite: (pa, data) => {
        charge(data.length / BYTES_PER_WORK)
        return core.dmaWrite(pa, data)
      },
    }
  }

  /** Counts work done for the guest. Where a slice ends the guest cannot tell. */
  charge(work: number): void {
    this.work += work
    if (this.work < MAX_WORK) return
    this.work = 0
    this.core.requestExit()
  }

  /** All devices as after power-on; then what is booted is loaded anew. */
  reset(plan: BootPlan): void {
    for (const device of this.assembly.devices.values()) device.reset()
    this.assembly.fwCfg.setContent({ items: plan.items, files: new Map() })
    this.load(plan)
  }

  private coreHost(): CoreHost {
    const { core } = this
    const { bus, gicv3, timers } = this.assembly
    return {
      mmioRead: (cpu, pa, size) => {
        this.charge(1)
        const value = bus.read(cpu, pa, size)
        if (value === undefined) core.ioFault()
        else if (size === 8) core.ioHigh = bus.high
        return value ?? 0
      },
      mmioWrite: (cpu, pa, size, low, high) => {
        this.charge(1)
        if (!bus.write(cpu, pa, size, low, high)) core.ioFault()
      },
      sysregRead: (cpu, enc) => {
        this.charge(1)
        const value = gicv3?.readSystemRegister(cpu, enc)
        if (value === undefined) {
          core.ioFault()
          return 0
        }
        core.ioHigh = gicv3!.high
        return value
      },
      sysregWrite: (cpu, enc, low, high) => {
        this.charge(1)
        if (!gicv3?.writeSystemRegister(cpu, enc, low, high)) core.ioFault()
      },
      call: (cpu, kind) => {
        this.charge(CALL_WORK)
        if (kind === 2) semihostingCall(this.semihostingMachine, cpu)
        else psciCall(this.psciMachine, cpu)
        return true
      },
      timerLine: (cpu, timer, level) => timers[cpu]![timer]!.set(level),
    }
  }

  private get psciMachine(): PsciMachine {
    const { core, config } = this
    return {
      cpus: config.cpus,
      getX: (cpu, n) => core.getX(cpu, n),
      setX: (cpu, n, value) => core.setX(cpu, n, value),
      isOff: (cpu) => core.waitState(cpu) === WAIT_OFF,
      cpuOn: (cpu, entry, context) => {
        core.reset(cpu, config.el2 ? 2 : 1, entry)
        this.assembly.gic.resetCpu(cpu)
        core.setX(cpu, 0, context)
        // The running vCPU is no longer alone: its quantum counts from here.
        core.requestExit()
      },
      cpuOff: (cpu) => {
        core.powerOff(cpu)
        core.requestExit()
      },
      systemOff: () => this.control.ended('poweroff', 0),
      systemReset: () => {
        if (config.noReboot) this.control.ended('reset', 0)
        else {
          this.control.resetWanted()
          core.requestExit()
        }
      },
    }
  }

  private get semihostingMachine(): SemihostingMachine {
    const { core } = this
    return {
      getX: (cpu, n) => core.getX(cpu, n),
      setX: (cpu, n, value) => core.setX(cpu, n, value),
      readVirtual: (cpu, address, bytes) => readVirtual(core, cpu, address, bytes),
      writeConsole: (byte) => {
        this.charge(1)
        this.control.onSerial(byte)
      },
      exit: (status) => this.control.ended('semihosting', status),
    }
  }

  private flashBacking(index: number, file: FlashFile | undefined): FlashBacking {
    const start = index * FLASH_BANK_BYTES
    const bytes = this.core.flash.subarray(start, start + FLASH_BANK_BYTES)
    if (file) copySparse(file.bytes, bytes)
    return {
      bytes,
      setArrayMode: (on) => {
        this.charge(MAP_WORK)
        this.arrayMode[index] = on
        if (this.assembly) this.mapMemory()
      },
      changed: (offset, length) => {
        this.charge(length / BYTES_PER_WORK)
        this.core.touched(FLASH_BASE + start + offset, length)
        file?.write(offset, bytes.subarray(offset, offset + length))
      },
    }
  }

  private mapMemory(): void {
    const banks = this.arrayMode.map((read, index) => ({
      pa: index * FLASH_BANK_BYTES,
      bytes: FLASH_BANK_BYTES,
      linear: FLASH_BASE + index * FLASH_BANK_BYTES,
      read,
      write: false,
    }))
    const ram = {
      pa: RAM_BASE,
      bytes: this.config.memory,
      linear: RAM_LINEAR,
      read: true,
      write: true,
    }
    this.core.setRegions([...banks, ram])
  }

  /** Fills flash bank 0. */
  setFirmware(firmware: Uint8Array): void {
    copySparse(firmware, this.core.flash)
    this.core.touched(FLASH_BASE, firmware.length)
  }

  /** Loads what a boot plan says, and resets all vCPUs. */
  load(plan: BootPlan): void {
    for (const { pa, data, bytes } of plan.loads) {
      const view = this.core.dmaView(pa, bytes)
      if (!view) throw new RangeError(`Cannot load ${bytes} bytes to 0x${pa.toString(16)}`)
      view.set(data)
      view.fill(0, data.length)
    }
    const el = this.config.el2 ? 2 : 1
    for (let cpu = 0; cpu < this.config.cpus; cpu++) {
      this.core.reset(cpu, el, plan.pc)
      if (cpu > 0) this.core.powerOff(cpu)
    }
    this.core.setX(0, 0, BigInt(plan.x0))
  }
}

/** Which groups of the GIC's system registers are the guest's of a hypervisor: HCR_EL2.{FMO, IMO} at EL1. */
function virtualGroups(core: Core, cpu: number): number {
  if (core.el(cpu) !== 1) return 0
  const hcr = new DataView(core.memory.buffer).getUint32(
    CPU_BASE + cpu * CPU_STRIDE + SYS_HCR_EL2,
    true,
  )
  return (hcr >>> 3) & 3
}

/** Copies, but leaves pages of zeros alone: memory that was never written costs nothing. */
function copySparse(from: Uint8Array, to: Uint8Array): void {
  const page = 4096
  for (let at = 0; at < from.length; at += page) {
    const part = from.subarray(at, at + page)
    if (part.some((byte) => byte !== 0)) to.set(part, at)
  }
}

function readVirtual(
  core: Core,
  cpu: number,
  address: bigint,
  bytes: number,
): Uint8Array | undefined {
  const result = new Uint8Array(bytes)
  for (let at = 0; at < bytes; ) {
    const va = BigInt.asUintN(64, address + BigInt(at))
    const part = Math.min(bytes - at, 4096 - Number(va & 4095n))
    const pa = core.translate(cpu, va)
    const view = pa === undefined ? undefined : core.dmaRead(pa, part)
    if (!view) return undefined
    result.set(view, at)
    at += part
  }
  return result
}
