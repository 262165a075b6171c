/**
 * A split virtqueue, seen from the driver.
 *
 * Source: VIRTIO 1.2, section 2.7. Its three parts lie one behind the other as the legacy interface wants them, which
 * the modern one allows. A driver here gives every buffer descriptors of its own for good, so nothing is allocated: a
 * descriptor chain is filled in and published, and its head comes back. What the device writes is checked. Not here:
 * indirect descriptors, event indices, packed queues.
 */
import { load16 } from '../libkenix/imports/mem64'
import { dmb_sy } from './imports/sys'
import { clearBytes } from './mapped-memory'

export const DESC_NEXT: u16 = 1
export const DESC_WRITE: u16 = 2

const DESC_BYTES: u32 = 16
const ALIGN: u32 = 4096

/** Bytes of memory that a queue of `size` descriptors takes: a multiple of a page. */
export function queueBytes(size: u32): u32 {
  return usedOffset(size) + roundUp(6 + 8 * size)
}

function usedOffset(size: u32): u32 {
  return roundUp(DESC_BYTES * size + 6 + 2 * size)
}

function roundUp(bytes: u32): u32 {
  return (bytes + ALIGN - 1) & ~(ALIGN - 1)
}

/** A queue in `queueBytes(size)` bytes at `memory`, page aligned, that the device knows as `physical`. */
export class Virtqueue {
  readonly availOffset: u32
  readonly usedOffset: u32
  /** Bytes the device wrote into the chain that `take` returned last. */
  written: u32 = 0
  private availIndex: u16 = 0
  private usedIndex: u16 = 0

  constructor(
    private readonly memory: usize,
    readonly physical: u64,
    readonly size: u32,
  ) {
    this.availOffset = DESC_BYTES * size
    this.usedOffset = usedOffset(size)
    this.clear()
  }

  /** Empty again, after the device was reset. */
  clear(): void {
    clearBytes(this.memory, queueBytes(this.size))
    this.availIndex = 0
    this.usedIndex = 0
  }

  /** Fills descriptor `index`: a piece of a buffer, with DESC bits; `next` counts with DESC_NEXT. */
  describe(index: u32, physical: u64, length: u32, flags: u16, next: u32): void {
    const at = this.memory + index * DESC_BYTES
    store<u64>(at, physical)
    store<u32>(at, length, 8)
    store<u16>(at, flags, 12)
    store<u16>(at, next, 14)
  }

  /** Makes the chain that starts at descriptor `head` available. The device need not see it before it is notified. */
  publish(head: u32): void {
    const ring = this.memory + this.availOffset
    store<u16>(ring + 4 + ((this.availIndex as u32) % this.size) * 2, head)
    dmb_sy()
    this.availIndex++
    store<u16>(ring, this.availIndex, 2)
  }

  /** Head of the next chain that the device has used, -1 if there is none, -2 if the device wrote nonsense. */
  take(): i32 {
    const ring = this.memory + this.usedOffset
    if ((load16((ring + 2) as u64) as u16) === this.usedIndex) return -1
    dmb_sy()
    const element = ring + 4 + ((this.usedIndex as u32) % this.size) * 8
    this.usedIndex++
    const head = load<u32>(element)
    this.written = load<u32>(element, 4)
    return head < this.size ? (head as i32) : -2
  }
}
