/**
 * The device tree of board `virt`, made from its windows.
 *
 * Node names and properties agree with QEMU's where both have a node (virt-fdt.test.ts compares them). Source of the
 * bindings: Linux's Documentation/devicetree/bindings and the Devicetree Specification 0.4.
 */
import { FdtNode } from '../fdt.ts'
import {
  type BoardWindow,
  type DeviceKind,
  GIC_REDIST_BYTES,
  POWER_BUTTON_PIN,
  PPI,
  RAM_BASE,
  type VirtConfig,
  virtWindows,
} from './virt.ts'

const GIC_SPI = 0
const GIC_PPI = 1
const EDGE_RISING = 1
const LEVEL_HIGH = 4
const KEY_POWER = 116
/** First phandle; the same numbering as QEMU's, which makes trees easy to compare. */
const FIRST_PHANDLE = 0x8000
const CLOCK_HZ = 24_000_000

/** What the boot loader adds under /chosen. */
export interface Chosen {
  readonly bootargs?: string
  readonly initrd?: { readonly start: number; readonly end: number }
  /** 32 bytes. */
  readonly rngSeed: Uint8Array
  /** 8 bytes. */
  readonly kaslrSeed: Uint8Array
}

/** The whole tree. */
export function virtTree(config: VirtConfig, chosen: Chosen): FdtNode {
  return new Builder(config).tree(chosen)
}

class Builder {
  private readonly windows: readonly BoardWindow[]
  private readonly clock = FIRST_PHANDLE
  private readonly gic: number
  private readonly gpio: number

  constructor(private readonly config: VirtConfig) {
    this.windows = virtWindows(config)
    this.gic = FIRST_PHANDLE + config.cpus + 1
    this.gpio = this.gic + 1
  }

  tree(chosen: Chosen): FdtNode {
    const root = new FdtNode('', {
      'interrupt-parent': [this.gic],
      model: 'linux,dummy-virt',
      '#size-cells': [2],
      '#address-cells': [2],
      compatible: 'linux,dummy-virt',
    })
    root.add(this.psci())
    root.add(memoryNode(this.config.memoryBytes))
    for (const window of this.windows) {
      const node = this.deviceNode(window)
      if (node) root.add(node)
    }
    root.add(this.powerButton())
    root.add(this.flash())
    root.add(this.cpus())
    root.add(this.pmu())
    root.add(this.timer())
    root.add(this.apbClock())
    root.add(chosenNode(chosen, this.nodeName('pl011')))
    return root
  }

  private window(kind: DeviceKind, index = 0): BoardWindow {
    const found = this.windows.filter((window) => window.kind === kind)[index]
    if (!found) throw new Error(`The board has no ${kind} ${index}`)
    return found
  }

  private nodeName(kind: DeviceKind): string {
    return `${kind}@${this.window(kind).base.toString(16)}`
  }

  private psci(): FdtNode {
    return new FdtNode('psci', {
      migrate: [0xc400_0005],
      cpu_on: [0xc400_0003],
      cpu_off: [0x8400_0002],
      cpu_suspend: [0xc400_0001],
      method: this.config.el2 ? 'smc' : 'hvc',
      compatible: ['arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'],
    })
  }

  /** Nodes of one window each. The rest is described by other nodes. */
  private deviceNode(window: BoardWindow): FdtNode | undefined {
    const unit = window.base.toString(16)
    const reg = region(window.base, window.bytes)
    const spi = (flags: number): number[] => [GIC_SPI, window.spi ?? 0, flags]
    switch (window.kind) {
      case 'gicv2':
      case 'gicv3':
        return this.interruptController(unit)
      case 'pl011':
        return new FdtNode(`pl011@${unit}`, {
          'clock-names': ['uartclk', 'apb_pclk'],
          clocks: [this.clock, this.clock],
          interrupts: spi(LEVEL_HIGH),
          reg,
          compatible: ['arm,pl011', 'arm,primecell'],
        })
      case 'pl031':
        return new FdtNode(`pl031@${unit}`, {
          'clock-names': 'apb_pclk',
          clocks: [this.clock],
          interrupts: spi(LEVEL_HIGH),
          reg,
          compatible: ['arm,pl031', 'arm,primecell'],
        })
      case 'pl061':
        return new FdtNode(`pl061@${unit}`, {
          phandle: [this.gpio],
          'clock-names': 'apb_pclk',
          clocks: [this.clock],
          interrupts: spi(LEVEL_HIGH),
          'gpio-controller': true,
          '#gpio-cells': [2],
          compatible: ['arm,pl061', 'arm,primecell'],
          reg,
        })
      case 'fw-cfg':
        return new FdtNode(`fw-cfg@${unit}`, {
          'dma-coherent': true,
          reg,
          compatible: 'qemu,fw-cfg-mmio',
        })
      case 'virtio-mmio':
        return new FdtNode(`virtio_mmio@${unit}`, {
          'dma-coherent': true,
          interrupts: spi(EDGE_RISING),
          reg,
          compatible: 'virtio,mmio',
        })
      default:
        return undefined
    }
  }

  private interruptController(unit: string): FdtNode {
    const { gic, el2 } = this.config
    const node = new FdtNode(`intc@${unit}`, { phandle: [this.gic] })
    // The maintenance interrupt of the virtual CPU interfaces.
    if (el2) node.set('interrupts', [GIC_PPI, PPI.gicMaintenance, LEVEL_HIGH])
    if (gic === 3) {
      const { base } = this.window('gicv3-redist')
      const dist = this.window('gicv3')
      node.set('reg', [...region(dist.base, dist.bytes), ...region(base, GIC_REDIST_BYTES)])
      node.set('#redistributor-regions', [1])
      node.set('compatible', 'arm,gic-v3')
    } else {
      const kinds: DeviceKind[] = ['gicv2', 'gicv2-cpu']
      if (el2) kinds.push('gicv2-hyp', 'gicv2-vcpu')
      const windows = kinds.map((kind) => this.window(kind))
      node.set(
        'reg',
        windows.flatMap(({ base, bytes }) => region(base, bytes)),
      )
      node.set('compatible', 'arm,cortex-a15-gic')
    }
    return node
      .set('ranges', true)
      .set('#size-cells', [2])
      .set('#address-cells', [2])
      .set('interrupt-controller', true)
      .set('#interrupt-cells', [3])
  }

  private powerButton(): FdtNode {
    const keys = new FdtNode('gpio-keys', { compatible: 'gpio-keys' })
    keys.add(
      new FdtNode('poweroff', {
        gpios: [this.gpio, POWER_BUTTON_PIN, 0],
        'linux,code': [KEY_POWER],
        label: 'GPIO Key Poweroff',
      }),
    )
    return keys
  }

  private flash(): FdtNode {
    const banks = [this.window('cfi-flash', 0), this.window('cfi-flash', 1)]
    return new FdtNode(`flash@${banks[0]!.base.toString(16)}`, {
      'bank-width': [4],
      reg: banks.flatMap(({ base, bytes }) => region(base, bytes)),
      compatible: 'cfi-flash',
    })
  }

  private cpus(): FdtNode {
    const { cpus, cpu } = this.config
    const node = new FdtNode('cpus', { '#size-cells': [0], '#address-cells': [1] })
    const cluster = node
      .add(new FdtNode('cpu-map'))
      .add(new FdtNode('socket0'))
      .add(new FdtNode('cluster0'))
    for (let n = 0; n < cpus; n++) {
      const phandle = FIRST_PHANDLE + cpus - n
      cluster.add(new FdtNode(`core${n}`, { cpu: [phandle] }))
      const child = new FdtNode(`cpu@${n}`, { phandle: [phandle], reg: [n] })
      if (cpus > 1) child.set('enable-method', 'psci')
      // QEMU describes `max` as a Cortex-A57, too: there is no binding for it.
      child.set('compatible', `arm,${cpu === 'max' ? 'cortex-a57' : cpu}`)
      node.add(child.set('device_type', 'cpu'))
    }
    return node
  }

  private ppi(number: number): number[] {
    // A GICv2 wants the mask of CPUs, a GICv3 has none.
    const mask = this.config.gic === 2 ? ((1 << this.config.cpus) - 1) << 8 : 0
    return [GIC_PPI, number, mask | LEVEL_HIGH]
  }

  private pmu(): FdtNode {
    return new FdtNode('pmu', {
      interrupts: this.ppi(PPI.pmu),
      compatible: 'arm,armv8-pmuv3',
    })
  }

  private timer(): FdtNode {
    const order = [PPI.timerSecure, PPI.timerPhysical, PPI.timerVirtual, PPI.timerHypervisor]
    return new FdtNode('timer', {
      interrupts: order.flatMap((number) => this.ppi(number)),
      'always-on': true,
      compatible: ['arm,armv8-timer', 'arm,armv7-timer'],
    })
  }

  private apbClock(): FdtNode {
    return new FdtNode('apb-pclk', {
      phandle: [this.clock],
      'clock-output-names': 'clk24mhz',
      'clock-frequency': [CLOCK_HZ],
      '#clock-cells': [0],
      compatible: 'fixed-clock',
    })
  }
}

/** The /memory node of RAM. */
export function memoryNode(bytes: number): FdtNode {
  return new FdtNode(`memory@${RAM_BASE.toString(16)}`, {
    reg: region(RAM_BASE, bytes),
    device_type: 'memory',
  })
}

function chosenNode(chosen: Chosen, console: string): FdtNode {
  const node = new FdtNode('chosen', {
    'stdout-path': `/${console}`,
    'rng-seed': chosen.rngSeed,
    'kaslr-seed': chosen.kaslrSeed,
  })
  setBootArguments(node, chosen)
  return node
}

/** Sets command line and initrd in a /chosen node. */
export function setBootArguments(
  node: FdtNode,
  { bootargs, initrd }: Pick<Chosen, 'bootargs' | 'initrd'>,
): void {
  if (bootargs !== undefined) node.set('bootargs', bootargs)
  if (initrd) {
    node.set('linux,initrd-start', [initrd.start])
    node.set('linux,initrd-end', [initrd.end])
  }
}

/** An address and a size, two cells each. */
function region(base: number, bytes: number): number[] {
  return [Math.floor(base / 2 ** 32), base >>> 0, Math.floor(bytes / 2 ** 32), bytes >>> 0]
}
