/**
 * From a board's windows to devices on a bus: the one place that knows which class serves which window.
 */
import {
  type BoardWindow,
  POWER_BUTTON_PIN,
  PPI,
  VIRTIO_TRANSPORTS,
  virtWindows,
} from './boards/virt.ts'
import { Bus, type BusRange } from './bus.ts'
import { CfiFlash, type FlashBacking } from './cfi-flash.ts'
import type { MachineConfig } from './config.ts'
import type { Device, DeviceHost, InterruptLine } from './device.ts'
import { NO_INTERRUPT } from './device.ts'
import { FwCfg } from './fw-cfg.ts'
import { Gicv2 } from './gic/gicv2.ts'
import { Gicv2Virtual } from './gic/gicv2-virtual.ts'
import { type CpuView, Gicv3 } from './gic/gicv3.ts'
import { Pl011 } from './pl011.ts'
import { Pl031 } from './pl031.ts'
import { Pl061 } from './pl061.ts'
import type { VirtioDevice } from './virtio/device.ts'
import { VirtioMmio } from './virtio/mmio.ts'

/** What the devices of a board are connected to. */
export interface Wiring {
  readonly host: DeviceHost
  readonly lines: CpuView
  /** Content of flash bank `index`. */
  flash(index: number): FlashBacking
  /** Items of fw_cfg. */
  readonly items: ReadonlyMap<number, Uint8Array>
  /** virtio devices; the first one goes into the highest transport, as on QEMU. */
  readonly virtio: readonly VirtioDevice[]
  /** Takes each byte that the guest writes to its serial port. */
  onSerial(byte: number): void
}

/** An interrupt controller as the board and the machine see it. */
export interface InterruptController {
  spi(number: number): InterruptLine
  ppi(cpu: number, number: number): InterruptLine
  /** Whether any interrupt could still reach a vCPU. If none can, a machine that waits waits for ever. */
  canInterrupt(): boolean
  /** A vCPU was reset: its CPU interface is, too. */
  resetCpu(cpu: number): void
}

/** A board that is put together. */
export interface Assembly {
  readonly bus: Bus
  readonly gic: InterruptController
  /** For GICv3, which is reached by system registers as well. */
  readonly gicv3: Gicv3 | undefined
  readonly uart: Pl011
  readonly gpio: Pl061
  readonly fwCfg: FwCfg
  /** Interrupt lines of the generic timers: `timers[cpu][TIMER_*]`. */
  readonly timers: readonly (readonly InterruptLine[])[]
  /** All devices with their names in a snapshot, in a fixed order. */
  readonly devices: ReadonlyMap<string, Device>
}

/** Builds all devices of a machine. */
export function assemble(config: MachineConfig, wiring: Wiring): Assembly {
  return new Assembler(config, wiring).build()
}

class Assembler {
  private readonly devices = new Map<string, Device>()
  private readonly ranges: BusRange[] = []
  private readonly gicv2: Gicv2 | undefined
  private readonly gicv3: Gicv3 | undefined
  private readonly virtual: Gicv2Virtual | undefined
  private uart: Pl011 | undefined
  private gpio: Pl061 | undefined
  private fwCfg: FwCfg | undefined

  constructor(
    private readonly config: MachineConfig,
    private readonly wiring: Wiring,
  ) {
    const { cpus, gic, el2 } = config
    if (gic === 3) {
      this.gicv3 = new Gicv3(cpus, wiring.lines, el2)
    } else {
      this.gicv2 = new Gicv2(cpus, wiring.lines)
      if (el2) this.virtual = new Gicv2Virtual(this.gicv2, wiring.lines)
    }
  }

  build(): Assembly {
    const { config } = this
    for (const window of virtWindows({ ...config, memoryBytes: config.memory })) this.place(window)
    const gic = this.gicv3 ?? this.gicv2!
    return {
      bus: new Bus(this.ranges),
      gic,
      gicv3: this.gicv3,
      uart: this.uart!,
      gpio: this.gpio!,
      fwCfg: this.fwCfg!,
      timers: Array.from({ length: config.cpus }, (_, cpu) =>
        // In the order of the core's timers.
        [PPI.timerPhysical, PPI.timerVirtual, PPI.timerHypervisor, PPI.timerHypervisorVirtual].map(
          (number) => gic.ppi(cpu, number),
        ),
      ),
      devices: this.devices,
    }
  }

  private place(window: BoardWindow): void {
    const device = this.make(window)
    const name = window.index === undefined ? window.kind : `${window.kind}${window.index}`
    this.devices.set(name, device)
    this.ranges.push({ base: window.base, bytes: window.bytes, device })
  }

  private irq(window: BoardWindow): InterruptLine {
    if (window.spi === undefined) return NO_INTERRUPT
    return (this.gicv3 ?? this.gicv2!).spi(window.spi)
  }

  private make(window: BoardWindow): Device {
    const { wiring, config } = this
    const irq = this.irq(window)
    switch (window.kind) {
      case 'cfi-flash':
        return new CfiFlash(wiring.flash(window.index ?? 0))
      case 'gicv2':
        return this.gicv2!
      case 'gicv2-cpu':
        return this.gicv2!.cpuInterface
      case 'gicv2-hyp':
        return this.virtual!
      case 'gicv2-vcpu':
        return this.virtual!.cpuInterface
      case 'gicv3':
        return this.gicv3!.distributor
      case 'gicv3-redist':
        return this.gicv3!.redistributors
      case 'pl011':
        this.uart = new Pl011(wiring.host, 'console', irq, (byte) => wiring.onSerial(byte))
        return this.uart
      case 'pl031':
        return new Pl031(wiring.host, irq, config.rtcSeconds)
      case 'pl061':
        this.gpio = new Pl061(wiring.host, irq, POWER_BUTTON_PIN)
        return this.gpio
      case 'fw-cfg':
        this.fwCfg = new FwCfg(wiring.host, { items: wiring.items, files: new Map() })
        return this.fwCfg
      case 'virtio-mmio': {
        const device = wiring.virtio[VIRTIO_TRANSPORTS - 1 - (window.index ?? 0)]
        return new VirtioMmio(wiring.host.memory, irq, device)
      }
    }
  }
}
