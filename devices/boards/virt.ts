/**
 * Board `virt`: what sits where. Laid out as QEMU's board of that name, so that its images run unchanged.
 *
 * Source: QEMU's documentation and the device tree it generates; addresses, interrupts and node contents are facts of
 * that interface. This file is data: `assemble.ts` makes the bus from it, `virt-fdt.ts` the device tree. Not on this
 * board: PCIe, GICv2m, ITS, platform bus, secure devices. What is absent from here is absent from the device tree.
 */

/** What `assemble.ts` knows to make. */
export type DeviceKind =
  | 'gicv2'
  | 'gicv2-cpu'
  | 'gicv2-hyp'
  | 'gicv2-vcpu'
  | 'gicv3'
  | 'gicv3-redist'
  | 'pl011'
  | 'pl031'
  | 'fw-cfg'
  | 'pl061'
  | 'virtio-mmio'
  | 'cfi-flash'

/** One window on the bus. */
export interface BoardWindow {
  readonly kind: DeviceKind
  readonly base: number
  readonly bytes: number
  /** Shared peripheral interrupt, counted from 0. */
  readonly spi?: number
  /** Number among its kind: virtio transport, flash bank. */
  readonly index?: number
}

/** What varies between machines of this board. */
export interface VirtConfig {
  readonly cpus: number
  /** Device tree name of the CPU: `cortex-a57`. */
  readonly cpu: string
  readonly memoryBytes: number
  readonly gic: 2 | 3
  readonly el2: boolean
}

export const RAM_BASE = 0x4000_0000
export const FLASH_BANK_BYTES = 64 << 20
export const FLASH_BANKS = 2
export const VIRTIO_TRANSPORTS = 32
/** The pin of the PL061 that the power button is on. */
export const POWER_BUTTON_PIN = 3

/** Private peripheral interrupts, 0 to 15. */
export const PPI = {
  pmu: 7,
  gicMaintenance: 9,
  timerHypervisor: 10,
  timerVirtual: 11,
  timerHypervisorVirtual: 12,
  timerSecure: 13,
  timerPhysical: 14,
} as const

const GIC_DIST = 0x0800_0000
const GIC_CPU = 0x0801_0000
const GIC_HYP = 0x0803_0000
const GIC_VCPU = 0x0804_0000
const GIC_REDIST = 0x080a_0000
/** Room for 123 redistributors, as the device tree says; those of vCPUs that do not exist fail. */
export const GIC_REDIST_BYTES = 0xf6_0000
export const GIC_REDIST_STRIDE = 0x2_0000
const VIRTIO_BASE = 0x0a00_0000
const VIRTIO_STRIDE = 0x200
const VIRTIO_FIRST_SPI = 16

/** All windows of the board. */
export function virtWindows(config: VirtConfig): BoardWindow[] {
  const windows: BoardWindow[] = []
  for (let index = 0; index < FLASH_BANKS; index++) {
    const base = index * FLASH_BANK_BYTES
    windows.push({ kind: 'cfi-flash', base, bytes: FLASH_BANK_BYTES, index })
  }
  windows.push(...gicWindows(config))
  windows.push(
    { kind: 'pl011', base: 0x0900_0000, bytes: 0x1000, spi: 1 },
    { kind: 'pl031', base: 0x0901_0000, bytes: 0x1000, spi: 2 },
    { kind: 'fw-cfg', base: 0x0902_0000, bytes: 0x18 },
    { kind: 'pl061', base: 0x0903_0000, bytes: 0x1000, spi: 7 },
  )
  for (let index = 0; index < VIRTIO_TRANSPORTS; index++) {
    const base = VIRTIO_BASE + index * VIRTIO_STRIDE
    const spi = VIRTIO_FIRST_SPI + index
    windows.push({ kind: 'virtio-mmio', base, bytes: VIRTIO_STRIDE, spi, index })
  }
  return windows
}

function gicWindows({ cpus, gic, el2 }: VirtConfig): BoardWindow[] {
  if (gic === 3) {
    return [
      { kind: 'gicv3', base: GIC_DIST, bytes: 0x1_0000 },
      { kind: 'gicv3-redist', base: GIC_REDIST, bytes: cpus * GIC_REDIST_STRIDE },
    ]
  }
  const windows: BoardWindow[] = [
    { kind: 'gicv2', base: GIC_DIST, bytes: 0x1_0000 },
    { kind: 'gicv2-cpu', base: GIC_CPU, bytes: 0x1_0000 },
  ]
  if (el2) {
    windows.push(
      { kind: 'gicv2-hyp', base: GIC_HYP, bytes: 0x1_0000 },
      { kind: 'gicv2-vcpu', base: GIC_VCPU, bytes: 0x1_0000 },
    )
  }
  return windows
}
