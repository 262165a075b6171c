/**
 * A split virtqueue, from the device's side.
 *
 * Source: Virtual I/O Device (VIRTIO) 1.2, section 2.7. Indirect descriptors (2.7.5.3) and the event index (2.7.7, 2.7.8)
 * are served where they were negotiated. Not served: packed rings, the legacy layout, in-order use.
 *
 * Everything in the rings is the guest's word. Whatever breaks the rules raises a `VirtqueueError`, which the transport
 * turns into DEVICE_NEEDS_RESET. Work is bounded: a chain holds at most as many descriptors as the device's largest queue,
 * and the driver can't have more chains with the device than the queue has entries.
 */
import type { GuestMemory } from '../device.ts'
import type { StateObject, StateReader } from '../state.ts'

/** The driver broke a rule of the rings. Never leaves the transport. */
export class VirtqueueError extends Error {
  override readonly name = 'VirtqueueError'
}

/** A piece of guest memory. It lay in guest memory entirely when its chain was read. */
export interface Segment {
  readonly pa: number
  readonly bytes: number
}

/** A buffer the driver made available: what the device may read, then what it may write. */
export interface Chain {
  readonly head: number
  readonly readable: readonly Segment[]
  readonly writable: readonly Segment[]
  readonly readableBytes: number
  readonly writableBytes: number
}

const DESCRIPTOR_BYTES = 16
const DESC_NEXT = 1
const DESC_WRITE = 2
const DESC_INDIRECT = 4
const AVAIL_NO_INTERRUPT = 1
/** The largest queue a split ring of ours may have. */
const QUEUE_SIZE_MAX = 1024
/** More than any driver puts in one buffer; keeps sums of lengths far from where they lose precision. */
const CHAIN_BYTES_MAX = 0x1_0000_0000

interface Descriptor {
  readonly pa: number
  readonly bytes: number
  readonly flags: number
  readonly next: number
}

/** Physical address from two 32-bit halves; NaN if it is beyond what any machine has, so that every check fails. */
export function physicalAddress(low: number, high: number): number {
  const pa = high * 0x1_0000_0000 + low
  return Number.isSafeInteger(pa) ? pa : Number.NaN
}

export class Virtqueue {
  /** Entries, as the driver chose. */
  size: number
  /** Ring addresses as the driver wrote them: low and high halves. */
  readonly descriptors = { low: 0, high: 0 }
  readonly driver = { low: 0, high: 0 }
  readonly device = { low: 0, high: 0 }
  ready = false

  private indirect = false
  private eventIndex = false
  private descPa = 0
  private availPa = 0
  private usedPa = 0
  private nextAvail = 0
  private nextUsed = 0
  /** nextUsed when the driver was last asked about an interrupt. */
  private signalledUsed = 0
  private readonly scratch = new Uint8Array(8)
  private readonly scratchView = new DataView(this.scratch.buffer)

  /**
   * @param max the largest size the driver may choose, a power of two up to 1024; also the longest chain.
   */
  constructor(
    private readonly memory: GuestMemory,
    readonly max: number,
  ) {
    if (max < 1 || max > QUEUE_SIZE_MAX || (max & (max - 1)) !== 0) {
      throw new Error(
        `Cannot make a virtqueue of ${max} entries: use a power of two up to ${QUEUE_SIZE_MAX}`,
      )
    }
    this.size = max
  }

  /** Back to the state after a device reset. */
  reset(): void {
    this.size = this.max
    for (const address of [this.descriptors, this.driver, this.device]) {
      address.low = 0
      address.high = 0
    }
    this.disable()
    this.indirect = false
    this.eventIndex = false
  }

  /** The driver stopped the queue; it starts from index 0 when enabled again. */
  disable(): void {
    this.ready = false
    this.nextAvail = 0
    this.nextUsed = 0
    this.signalledUsed = 0
  }

  /** What the driver negotiated (2.7.5.3, 2.7.7). */
  negotiate(indirect: boolean, eventIndex: boolean): void {
    this.indirect = indirect
    this.eventIndex = eventIndex
  }

  /** The driver says that size and addresses are set. Throws if they can't be right; the queue is not ready then. */
  enable(): void {
    if (this.size < 1 || this.size > this.max || (this.size & (this.size - 1)) !== 0) {
      throw new VirtqueueError(
        `queue size ${this.size} is not a power of two from 1 to ${this.max}`,
      )
    }
    this.locate()
    this.ready = true
  }

  /** Chains offered by the driver and not yet taken. */
  available(): number {
    const index = this.read16(this.availPa + 2)
    const count = (index - this.nextAvail) & 0xffff
    if (count > this.size - this.inFlight()) {
      throw new VirtqueueError(
        `available index ${index} is ${count} ahead, in a queue of ${this.size} entries ` +
          `with ${this.inFlight()} in use`,
      )
    }
    return count
  }

  /** With the event index: asks for a notification when the next chain is added. Without it, that is always so. */
  askForNotify(): void {
    if (!this.eventIndex) return
    this.write16(this.usedPa + 4 + this.size * 8, this.read16(this.availPa + 2))
  }

  /** Chains taken and not yet given back. */
  inFlight(): number {
    return (this.nextAvail - this.nextUsed) & 0xffff
  }

  /**
   * Takes the next available chain's head, without reading the chain.
   * @returns undefined if there is none; the driver will then notify when it adds one.
   */
  popHead(): number | undefined {
    if (this.available() === 0) {
      this.askForNotify()
      return undefined
    }
    const head = this.read16(this.availPa + 4 + (this.nextAvail & (this.size - 1)) * 2)
    if (head >= this.size) {
      throw new VirtqueueError(`head ${head} is not below the queue size ${this.size}`)
    }
    this.nextAvail = (this.nextAvail + 1) & 0xffff
    return head
  }

  /** Takes the next available chain. */
  pop(): Chain | undefined {
    const head = this.popHead()
    return head === undefined ? undefined : this.chain(head)
  }

  /** Gives back the `count` chains taken last, as if they had not been taken. None taken later may have been used. */
  unpop(count: number): void {
    this.nextAvail = (this.nextAvail - count) & 0xffff
  }

  /** Reads the chain that starts at descriptor `head`, checking all of it. */
  chain(head: number): Chain {
    const readable: Segment[] = []
    const writable: Segment[] = []
    let readableBytes = 0
    let writableBytes = 0
    let table = this.descPa
    let entries = this.size
    let inTable = false
    let index = head
    let left = this.size
    for (;;) {
      if (index >= entries) {
        throw new VirtqueueError(`descriptor ${index} is not below ${entries}`)
      }
      if (left-- === 0) throw this.tooLong(head)
      const descriptor = this.descriptor(table + index * DESCRIPTOR_BYTES)
      if (descriptor.flags & DESC_INDIRECT) {
        this.checkIndirect(descriptor, inTable)
        table = descriptor.pa
        entries = descriptor.bytes / DESCRIPTOR_BYTES
        left = Math.min(entries, this.max - readable.length - writable.length)
        inTable = true
        index = 0
        continue
      }
      const { pa, bytes } = descriptor
      if (bytes === 0) throw new VirtqueueError(`descriptor ${index} has no length`)
      if (!this.memory.dmaRead(pa, bytes)) {
        throw new VirtqueueError(`descriptor ${index}, ${bytes} bytes at ${hex(pa)}, leaves memory`)
      }
      if (descriptor.flags & DESC_WRITE) {
        writable.push({ pa, bytes })
        writableBytes += bytes
      } else {
        if (writable.length > 0) {
          throw new VirtqueueError(`descriptor ${index} is readable, after a writable one`)
        }
        readable.push({ pa, bytes })
        readableBytes += bytes
      }
      if (readableBytes + writableBytes > CHAIN_BYTES_MAX) {
        throw new VirtqueueError(`the chain at descriptor ${head} is longer than 4 GiB`)
      }
      if (!(descriptor.flags & DESC_NEXT)) break
      index = descriptor.next
    }
    return { head, readable, writable, readableBytes, writableBytes }
  }

  /**
   * Gives a chain back to the driver.
   * @param written bytes the device wrote to its writable part.
   */
  push(head: number, written: number): void {
    this.pushAt(0, head, written)
    this.publish(1)
  }

  /** Writes the used element `ahead` entries after the last one; `publish` makes it visible. */
  pushAt(ahead: number, head: number, written: number): void {
    this.scratchView.setUint32(0, head, true)
    this.scratchView.setUint32(4, written, true)
    const slot = (this.nextUsed + ahead) & (this.size - 1)
    this.store(this.usedPa + 4 + slot * 8, this.scratch)
  }

  /** Makes `count` used elements visible to the driver. */
  publish(count: number): void {
    this.nextUsed = (this.nextUsed + count) & 0xffff
    this.write16(this.usedPa + 2, this.nextUsed)
  }

  /** Whether the driver wants an interrupt for what was used since it was last asked. */
  wantsInterrupt(): boolean {
    if (!this.eventIndex) return (this.read16(this.availPa) & AVAIL_NO_INTERRUPT) === 0
    const event = this.read16(this.availPa + 4 + this.size * 2)
    const before = this.signalledUsed
    this.signalledUsed = this.nextUsed
    return ((this.nextUsed - event - 1) & 0xffff) < ((this.nextUsed - before) & 0xffff)
  }

  save(): StateObject {
    return {
      size: this.size,
      ready: this.ready,
      indirect: this.indirect,
      eventIndex: this.eventIndex,
      addresses: [this.descriptors, this.driver, this.device].flatMap(({ low, high }) => [
        low,
        high,
      ]),
      nextAvail: this.nextAvail,
      nextUsed: this.nextUsed,
      signalledUsed: this.signalledUsed,
    }
  }

  restore(state: StateReader): void {
    this.size = state.integer('size', 0, 0xffff_ffff)
    this.indirect = state.flag('indirect')
    this.eventIndex = state.flag('eventIndex')
    const halves = state.unsignedList('addresses', 32, 6)
    for (const [index, address] of [this.descriptors, this.driver, this.device].entries()) {
      address.low = halves[2 * index]!
      address.high = halves[2 * index + 1]!
    }
    this.nextAvail = state.unsigned('nextAvail', 16)
    this.nextUsed = state.unsigned('nextUsed', 16)
    this.signalledUsed = state.unsigned('signalledUsed', 16)
    this.ready = state.flag('ready')
    if (this.ready) this.enable()
  }

  private locate(): void {
    this.descPa = this.ring('descriptor table', this.descriptors, 16, this.size * 16)
    this.availPa = this.ring('available ring', this.driver, 2, 6 + this.size * 2)
    this.usedPa = this.ring('used ring', this.device, 4, 6 + this.size * 8)
  }

  private ring(
    what: string,
    address: { readonly low: number; readonly high: number },
    alignment: number,
    bytes: number,
  ): number {
    const pa = physicalAddress(address.low, address.high)
    if (address.low % alignment !== 0) {
      throw new VirtqueueError(`the ${what} at ${hex(pa)} is not aligned to ${alignment}`)
    }
    if (Number.isNaN(pa) || !this.memory.dmaRead(pa, bytes)) {
      throw new VirtqueueError(`the ${what}, ${bytes} bytes at ${hex(pa)}, leaves memory`)
    }
    return pa
  }

  private descriptor(pa: number): Descriptor {
    const view = this.memory.dmaRead(pa, DESCRIPTOR_BYTES)
    if (!view) throw new VirtqueueError(`the descriptor at ${hex(pa)} is not in memory`)
    const low = (view[0]! | (view[1]! << 8) | (view[2]! << 16) | (view[3]! << 24)) >>> 0
    const high = (view[4]! | (view[5]! << 8) | (view[6]! << 16) | (view[7]! << 24)) >>> 0
    const address = physicalAddress(low, high)
    if (Number.isNaN(address)) {
      throw new VirtqueueError(`the descriptor at ${hex(pa)} points beyond 2^53`)
    }
    return {
      pa: address,
      bytes: (view[8]! | (view[9]! << 8) | (view[10]! << 16) | (view[11]! << 24)) >>> 0,
      flags: view[12]! | (view[13]! << 8),
      next: view[14]! | (view[15]! << 8),
    }
  }

  private tooLong(head: number): VirtqueueError {
    return new VirtqueueError(
      `the chain at descriptor ${head} has no end, or more than ${this.max} descriptors`,
    )
  }

  private checkIndirect(descriptor: Descriptor, inTable: boolean): void {
    if (!this.indirect) {
      throw new VirtqueueError('an indirect descriptor is used, but was not negotiated')
    }
    if (inTable) throw new VirtqueueError('an indirect table holds an indirect descriptor')
    if (descriptor.flags & DESC_NEXT) {
      throw new VirtqueueError('an indirect descriptor has a next one')
    }
    if (descriptor.bytes === 0 || descriptor.bytes % DESCRIPTOR_BYTES !== 0) {
      throw new VirtqueueError(
        `an indirect table of ${descriptor.bytes} bytes is not a whole number of descriptors`,
      )
    }
    if (!this.memory.dmaRead(descriptor.pa, descriptor.bytes)) {
      throw new VirtqueueError(
        `an indirect table, ${descriptor.bytes} bytes at ${hex(descriptor.pa)}, leaves memory`,
      )
    }
  }

  private read16(pa: number): number {
    const view = this.memory.dmaRead(pa, 2)
    if (!view) throw new VirtqueueError(`a ring at ${hex(pa)} is not in memory`)
    return view[0]! | (view[1]! << 8)
  }

  private write16(pa: number, value: number): void {
    this.scratchView.setUint16(0, value, true)
    this.store(pa, this.scratch.subarray(0, 2))
  }

  private store(pa: number, data: Uint8Array): void {
    if (!this.memory.dmaWrite(pa, data)) {
      throw new VirtqueueError(`a ring at ${hex(pa)} is not in writable memory`)
    }
  }
}

function hex(pa: number): string {
  return Number.isNaN(pa) ? 'an address beyond 2^53' : `0x${pa.toString(16)}`
}
