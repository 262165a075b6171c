/**
 * What tests of virtio devices need: guest memory in an array, a machine's clock and event queue, and a driver that
 * speaks to a device through its MMIO registers and rings, as a guest's does, and breaks rules on demand.
 */
import type { DeviceHost, GuestMemory, InputPort, RandomSource } from '../device.ts'
import { EventQueue } from '../events.ts'
import type { VirtioDevice } from './device.ts'
import { VirtioMmio } from './mmio.ts'

export const RAM_PA = 0x4000_0000

/** RAM at `RAM_PA`, and a read-only page behind it. */
export class FakeMemory implements GuestMemory {
  readonly ram: Uint8Array
  readonly view: DataView
  readonly romPa: number
  private readonly rom = new Uint8Array(4096)

  constructor(bytes = 0x40_0000) {
    this.ram = new Uint8Array(bytes)
    this.view = new DataView(this.ram.buffer)
    this.romPa = RAM_PA + bytes + 0x1000
  }

  dmaRead(pa: number, bytes: number): Uint8Array | undefined {
    if (pa >= this.romPa && pa + bytes <= this.romPa + this.rom.length) {
      return this.rom.subarray(pa - this.romPa, pa - this.romPa + bytes)
    }
    return this.dmaView(pa, bytes)
  }

  dmaWrite(pa: number, data: Uint8Array): boolean {
    const view = this.dmaView(pa, data.length)
    view?.set(data)
    return view !== undefined
  }

  dmaView(pa: number, bytes: number): Uint8Array | undefined {
    if (!(pa >= RAM_PA && pa + bytes <= RAM_PA + this.ram.length)) return undefined
    return this.ram.subarray(pa - RAM_PA, pa - RAM_PA + bytes)
  }
}

/** A machine without a processor: time moves when a test says so. */
export class FakeHost implements DeviceHost {
  readonly memory: FakeMemory
  readonly clock = { nowNs: 0 }
  readonly events = new EventQueue(this.clock)
  readonly inputs = new Map<string, (data: Uint8Array) => void>()
  readonly random: RandomSource = { fill: (bytes) => bytes.fill(0x5a) }

  constructor(ramBytes?: number) {
    this.memory = new FakeMemory(ramBytes)
  }

  input(name: string, deliver: (data: Uint8Array) => void): InputPort {
    this.inputs.set(name, deliver)
    return { post: deliver }
  }

  /** Lets all that is pending happen; fails if it goes on for ever. Returns how many events there were. */
  settle(limit = 10_000): number {
    for (let fired = 0; ; fired++) {
      if (fired > limit) throw new Error(`Events go on after ${limit}`)
      const next = this.events.nextNs
      if (next === Infinity) return fired
      this.clock.nowNs = Math.max(this.clock.nowNs, next)
      this.events.runDue()
    }
  }

  /** Moves time forward, and does what is due. */
  advance(ns: number): void {
    const end = this.clock.nowNs + ns
    while (this.events.nextNs <= end) {
      this.clock.nowNs = Math.max(this.clock.nowNs, this.events.nextNs)
      if (!this.events.runDue()) throw new Error('A timer is due, but does not fire')
    }
    this.clock.nowNs = end
  }
}

export const NEXT = 1
export const WRITE = 2
export const INDIRECT = 4
export const NEEDS_RESET = 0x40

export const VERSION_1 = 1n << 32n
export const EVENT_IDX = 1n << 29n
export const INDIRECT_DESC = 1n << 28n

/** A descriptor as it stands in memory. */
export interface Desc {
  pa: number | bigint
  bytes: number
  flags?: number
  next?: number
}

/** A piece of a buffer: bytes for the device to read, or room for it to write. */
export type Piece = Uint8Array | number

/** One queue as its driver keeps it. */
export class DriverQueue {
  readonly desc: number
  readonly avail: number
  readonly used: number
  availIndex = 0
  private usedSeen = 0
  private nextDesc = 0

  constructor(
    private readonly driver: Driver,
    readonly index: number,
    readonly size: number,
  ) {
    this.desc = driver.allocate(size * 16, 16)
    this.avail = driver.allocate(6 + size * 2, 2)
    this.used = driver.allocate(6 + size * 8, 4)
  }

  /** Writes descriptor `index` of the table at `table`. */
  setDesc(index: number, desc: Desc, table = this.desc): void {
    const { view } = this.driver.host.memory
    const at = table - RAM_PA + index * 16
    view.setBigUint64(at, BigInt(desc.pa), true)
    view.setUint32(at + 8, desc.bytes, true)
    view.setUint16(at + 12, desc.flags ?? 0, true)
    view.setUint16(at + 14, desc.next ?? 0, true)
  }

  /** Puts a head into the available ring. */
  offer(head: number): void {
    const { view } = this.driver.host.memory
    view.setUint16(this.avail - RAM_PA + 4 + (this.availIndex % this.size) * 2, head, true)
    this.setAvailIndex(this.availIndex + 1)
  }

  setAvailIndex(index: number): void {
    this.availIndex = index & 0xffff
    this.driver.host.memory.view.setUint16(this.avail - RAM_PA + 2, this.availIndex, true)
  }

  /** Writes a chain of the next free descriptors and offers it. Returns its head and where its pieces lie. */
  add(pieces: readonly Piece[]): { head: number; pas: number[] } {
    const head = this.nextDesc % this.size
    const pas = pieces.map((piece, position) => {
      const bytes = typeof piece === 'number' ? piece : piece.length
      const pa = this.driver.allocate(bytes, 1)
      if (typeof piece !== 'number') this.driver.host.memory.dmaWrite(pa, piece)
      const last = position === pieces.length - 1
      this.setDesc((head + position) % this.size, {
        pa,
        bytes,
        flags: (typeof piece === 'number' ? WRITE : 0) | (last ? 0 : NEXT),
        next: (head + position + 1) % this.size,
      })
      return pa
    })
    this.nextDesc += pieces.length
    this.offer(head)
    return { head, pas }
  }

  notify(): void {
    this.driver.write(0x50, this.index)
  }

  /** The same queue, of a driver that goes on with a copy of this one's machine. */
  of(driver: Driver): DriverQueue {
    return Object.assign(Object.create(DriverQueue.prototype) as DriverQueue, this, { driver })
  }

  /** The next used element, if there is one. */
  takeUsed(): { head: number; written: number } | undefined {
    const { view } = this.driver.host.memory
    const at = this.used - RAM_PA
    if (view.getUint16(at + 2, true) === this.usedSeen) return undefined
    const slot = at + 4 + (this.usedSeen % this.size) * 8
    this.usedSeen = (this.usedSeen + 1) & 0xffff
    return { head: view.getUint32(slot, true), written: view.getUint32(slot + 4, true) }
  }
}

/** A driver of one device in one slot. */
export class Driver {
  readonly slot: VirtioMmio
  line = false
  /** Rising edges of the interrupt line. */
  interrupts = 0
  private nextPa = RAM_PA + 0x1000

  constructor(
    readonly host: FakeHost,
    device: VirtioDevice | undefined,
  ) {
    const irq = {
      set: (level: boolean) => {
        if (level && !this.line) this.interrupts += 1
        this.line = level
      },
    }
    this.slot = new VirtioMmio(host.memory, irq, device)
  }

  read(offset: number, size: 1 | 2 | 4 = 4): number {
    return this.slot.read(offset, size)
  }

  write(offset: number, value: number, size: 1 | 2 | 4 = 4): void {
    this.slot.write(offset, size, value)
  }

  /** Reserves guest memory that no other part of the test uses. */
  allocate(bytes: number, alignment: number): number {
    this.nextPa = Math.ceil(this.nextPa / alignment) * alignment
    const pa = this.nextPa
    this.nextPa += bytes
    if (this.nextPa > RAM_PA + this.host.memory.ram.length) throw new Error('The fake RAM is full')
    return pa
  }

  /** Lets guest memory be reserved from its start again. */
  forgetAllocations(): void {
    this.nextPa = RAM_PA + 0x1000
  }

  /** Reserves what `other` has reserved. */
  adopt(other: Driver): void {
    this.nextPa = other.nextPa
  }

  bytes(pa: number, length: number): Uint8Array {
    return this.host.memory.dmaRead(pa, length)!.slice()
  }

  get status(): number {
    return this.read(0x70)
  }

  get broken(): boolean {
    return (this.status & NEEDS_RESET) !== 0
  }

  offered(): bigint {
    this.write(0x14, 1)
    const high = BigInt(this.read(0x10))
    this.write(0x14, 0)
    return (high << 32n) | BigInt(this.read(0x10))
  }

  accept(features: bigint): void {
    this.write(0x24, 0)
    this.write(0x20, Number(features & 0xffff_ffffn))
    this.write(0x24, 1)
    this.write(0x20, Number(features >> 32n))
  }

  /** Resets the device and settles features: VERSION_1 and whatever of `features` is offered. */
  begin(features = 0n): void {
    this.write(0x70, 0)
    this.write(0x70, 1)
    this.write(0x70, 3)
    this.accept((features & this.offered()) | VERSION_1)
    this.write(0x70, 11)
  }

  /** Sets up a queue. */
  queue(index: number, size = 16): DriverQueue {
    const queue = new DriverQueue(this, index, size)
    this.write(0x30, index)
    this.write(0x38, size)
    this.writeAddress(0x80, queue.desc)
    this.writeAddress(0x90, queue.avail)
    this.writeAddress(0xa0, queue.used)
    this.write(0x44, 1)
    return queue
  }

  writeAddress(offset: number, pa: number): void {
    this.write(offset, pa % 2 ** 32)
    this.write(offset + 4, Math.floor(pa / 2 ** 32))
  }

  /** Sets DRIVER_OK. */
  go(): void {
    this.write(0x70, 15)
  }

  acknowledge(): number {
    const status = this.read(0x60)
    this.write(0x64, status)
    return status
  }
}
