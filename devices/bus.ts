/**
 * The bus: which device answers at which physical address.
 *
 * Ranges are sorted and do not overlap; a lookup first tries the range of the last access. An access that no device
 * answers fails (external abort), as on QEMU's `virt` board, except in windows that a board declares as reading zero
 * and ignoring writes. An access that leaves its device's window, or that is not aligned to its size, fails, too.
 */
import type { AccessSize, Device } from './device.ts'

/** A device's place on the bus. */
export interface BusRange {
  readonly base: number
  readonly bytes: number
  readonly device: Device
}

export class Bus {
  private readonly ranges: BusRange[]
  private last: BusRange
  /** High half of the last 8-byte read. */
  high = 0

  constructor(ranges: readonly BusRange[]) {
    this.ranges = [...ranges].sort((a, b) => a.base - b.base)
    for (const [index, range] of this.ranges.entries()) {
      if (
        !Number.isSafeInteger(range.base) ||
        !Number.isSafeInteger(range.bytes) ||
        range.bytes <= 0
      ) {
        throw new Error(
          `Cannot place "${range.device.kind}" at ${range.base}, ${range.bytes} bytes`,
        )
      }
      const before = this.ranges[index - 1]
      if (before && before.base + before.bytes > range.base) {
        throw new Error(
          `Cannot place "${range.device.kind}" at 0x${range.base.toString(16)}: ` +
            `"${before.device.kind}" reaches to 0x${(before.base + before.bytes).toString(16)}`,
        )
      }
    }
    const first = this.ranges[0]
    if (!first) throw new Error('Cannot make a bus without devices')
    this.last = first
  }

  /**
   * Reads from a physical address. An 8-byte read leaves its high half in `high`.
   * @returns the (low half of the) value, unsigned; undefined if nothing answers.
   */
  read(cpu: number, pa: number, size: AccessSize | 8): number | undefined {
    const range = this.find(pa, size)
    if (!range) return undefined
    const offset = pa - range.base
    switch (size) {
      case 1:
        return range.device.read(offset, 1, cpu) & 0xff
      case 2:
        return range.device.read(offset, 2, cpu) & 0xffff
      case 4:
        return range.device.read(offset, 4, cpu) >>> 0
      case 8: {
        const low = range.device.read(offset, 4, cpu) >>> 0
        this.high = range.device.read(offset + 4, 4, cpu) >>> 0
        return low
      }
    }
  }

  /**
   * Writes to a physical address.
   * @param high upper half of an 8-byte write.
   * @returns false if nothing answers.
   */
  write(cpu: number, pa: number, size: AccessSize | 8, low: number, high: number): boolean {
    const range = this.find(pa, size)
    if (!range) return false
    const offset = pa - range.base
    switch (size) {
      case 1:
        range.device.write(offset, 1, low & 0xff, cpu)
        break
      case 2:
        range.device.write(offset, 2, low & 0xffff, cpu)
        break
      case 4:
        range.device.write(offset, 4, low >>> 0, cpu)
        break
      case 8:
        range.device.write(offset, 4, low >>> 0, cpu)
        range.device.write(offset + 4, 4, high >>> 0, cpu)
        break
    }
    return true
  }

  private find(pa: number, size: number): BusRange | undefined {
    let range = this.last
    if (pa < range.base || pa >= range.base + range.bytes) {
      const found = this.search(pa)
      if (!found) return undefined
      this.last = range = found
    }
    const offset = pa - range.base
    // Bases are multiples of 8, so the offset is aligned exactly if the address is.
    if (offset + size > range.bytes || offset % size !== 0) return undefined
    return range
  }

  private search(pa: number): BusRange | undefined {
    let low = 0
    let high = this.ranges.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const range = this.ranges[middle]!
      if (pa < range.base) high = middle - 1
      else if (pa >= range.base + range.bytes) low = middle + 1
      else return range
    }
    return undefined
  }
}
