/**
 * The registers of a legacy device (VIRTIO 1.2, section 4.2.4) in front of a modern one, so that drivers meet both: pages
 * instead of addresses, 32 feature bits, version 1.
 */
import type { VirtioMmio } from '../../../devices/virtio/mmio.ts'

const PAGE = 4096

/** What a driver reads and writes. */
export class LegacyRegisters {
  private queue = 0
  private readonly sizes = new Map<number, number>()
  /** What the driver did wrong. */
  readonly faults: string[] = []
  private readonly placed = new Map<number, number>()
  private pageSize = 0

  constructor(private readonly modern: VirtioMmio) {}

  read(offset: number, size: 1 | 2 | 4): number {
    if (offset === 0x004) return 1
    if (offset === 0x040) return this.placed.get(this.queue) ?? 0
    if (offset >= 0x080 && offset < 0x100) this.faults.push(`reads ${offset.toString(16)}`)
    return this.modern.read(offset, size)
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    switch (offset) {
      case 0x024:
        if (value !== 0) this.faults.push('takes features above 31')
        break
      case 0x028:
        this.pageSize = value
        return
      case 0x030:
        this.queue = value
        break
      case 0x038:
        this.sizes.set(this.queue, value)
        break
      case 0x03c:
        if (value !== PAGE) this.faults.push('aligns a queue otherwise')
        return
      case 0x040:
        this.place(value)
        return
      case 0x070:
        if (value & 8) this.faults.push('sets FEATURES_OK')
        // A modern device wants to know that its driver is modern before it starts.
        if (value & 4) {
          this.set(0x024, 1)
          this.set(0x020, 1)
          this.set(0x070, value | 8)
          return
        }
        break
      default:
        if (offset >= 0x080 && offset < 0x100) this.faults.push(`writes ${offset.toString(16)}`)
    }
    this.modern.write(offset, size, value)
  }

  private set(register: number, value: number): void {
    this.modern.write(register, 4, value)
  }

  private place(page: number): void {
    this.placed.set(this.queue, page)
    if (page === 0) return
    if (this.pageSize !== PAGE) this.faults.push('gives no page size')
    const size = this.sizes.get(this.queue) ?? 0
    const descriptors = page * PAGE
    const available = descriptors + 16 * size
    const used = Math.ceil((available + 6 + 2 * size) / PAGE) * PAGE
    for (const [register, address] of [
      [0x080, descriptors],
      [0x090, available],
      [0x0a0, used],
    ] as const) {
      this.set(register, address % 2 ** 32)
      this.set(register + 4, Math.floor(address / 2 ** 32))
    }
    this.set(0x044, 1)
  }
}
