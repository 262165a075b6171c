/**
 * The registers of a virtio device over MMIO, as its driver uses them.
 *
 * Source: VIRTIO 1.2, sections 3.1 (initialisation), 4.2.2 (version 2) and 4.2.4 (legacy, version 1, which is QEMU's
 * default). The two differ in how a queue is placed and in the feature bits above 31. Not here: shared memory regions,
 * queue reset, PCI.
 */
import { EIO, ENODEV } from '../libkenix/generated/abi'
import { load8, load32, store32 } from '../libkenix/imports/mem64'
import { dmb_sy } from './imports/sys'
import { Virtqueue } from './virtqueue'

const MAGIC: u32 = 0x7472_6976

const REG_MAGIC: u64 = 0x000
const REG_VERSION: u64 = 0x004
const REG_DEVICE_ID: u64 = 0x008
const REG_DEVICE_FEATURES: u64 = 0x010
const REG_DEVICE_FEATURES_SEL: u64 = 0x014
const REG_DRIVER_FEATURES: u64 = 0x020
const REG_DRIVER_FEATURES_SEL: u64 = 0x024
/** Legacy: bytes of a page, in which the place of a queue is given. */
const REG_GUEST_PAGE_SIZE: u64 = 0x028
const REG_QUEUE_SEL: u64 = 0x030
const REG_QUEUE_NUM_MAX: u64 = 0x034
const REG_QUEUE_NUM: u64 = 0x038
/** Legacy: alignment of the used ring, and the page the queue starts at. */
const REG_QUEUE_ALIGN: u64 = 0x03c
const REG_QUEUE_PFN: u64 = 0x040
const REG_QUEUE_READY: u64 = 0x044
const REG_QUEUE_NOTIFY: u64 = 0x050
const REG_INTERRUPT_STATUS: u64 = 0x060
const REG_INTERRUPT_ACK: u64 = 0x064
const REG_STATUS: u64 = 0x070
const REG_QUEUE_DESC: u64 = 0x080
const REG_QUEUE_DRIVER: u64 = 0x090
const REG_QUEUE_DEVICE: u64 = 0x0a0
const REG_CONFIG_GENERATION: u64 = 0x0fc
const REG_CONFIG: u64 = 0x100

const STATUS_ACKNOWLEDGE: u32 = 1
const STATUS_DRIVER: u32 = 2
const STATUS_DRIVER_OK: u32 = 4
const STATUS_FEATURES_OK: u32 = 8
const STATUS_NEEDS_RESET: u32 = 0x40
const STATUS_FAILED: u32 = 0x80

export const INTERRUPT_USED: u32 = 1
export const INTERRUPT_CONFIG: u32 = 2

const VIRTIO_F_VERSION_1: u64 = 1 << 32

const PAGE: u32 = 4096
/** A device that does not come out of reset within this many reads is taken for dead. */
const RESET_READS: i32 = 1_000_000

/** One device. Functions that can fail return 0 or a negative errno. */
export class VirtioMmio {
  legacy: bool = false
  /** Features both sides agreed on. */
  features: u64 = 0

  /** @param base address of the registers */
  constructor(private readonly base: u64) {}

  /** Checks that this is a device of type `id` (VIRTIO 1.2, chapter 5), and resets it: it touches no memory afterwards. */
  open(id: u32): i32 {
    if (load32(this.base + REG_MAGIC) !== MAGIC) return -ENODEV
    const version = load32(this.base + REG_VERSION)
    if (version !== 1 && version !== 2) return -ENODEV
    if (load32(this.base + REG_DEVICE_ID) !== id) return -ENODEV
    this.legacy = version === 1
    return this.reset()
  }

  reset(): i32 {
    store32(this.base + REG_STATUS, 0)
    for (let i = 0; i < RESET_READS; i++) {
      if (load32(this.base + REG_STATUS) === 0) return 0
    }
    return -EIO
  }

  /** Starts initialisation, and agrees on those features of `wanted` that the device offers. */
  begin(wanted: u64): i32 {
    store32(this.base + REG_STATUS, STATUS_ACKNOWLEDGE)
    this.addStatus(STATUS_DRIVER)
    let offered = this.offered(0)
    if (!this.legacy) offered |= this.offered(1) << 32
    const asked = this.legacy ? wanted : wanted | VIRTIO_F_VERSION_1
    this.features = offered & asked
    this.accept(0, this.features as u32)
    if (this.legacy) {
      store32(this.base + REG_GUEST_PAGE_SIZE, PAGE)
      return 0
    }
    this.accept(1, (this.features >> 32) as u32)
    this.addStatus(STATUS_FEATURES_OK)
    const agreed = (load32(this.base + REG_STATUS) & STATUS_FEATURES_OK) !== 0
    return agreed && this.has(VIRTIO_F_VERSION_1) ? 0 : this.give(-ENODEV)
  }

  has(feature: u64): bool {
    return (this.features & feature) === feature
  }

  /** The largest size of queue `index`, 0 if there is none. */
  largest(index: u32): u32 {
    store32(this.base + REG_QUEUE_SEL, index)
    return load32(this.base + REG_QUEUE_NUM_MAX)
  }

  /** Tells the device where queue `index` is. */
  place(index: u32, queue: Virtqueue): i32 {
    if (this.largest(index) < queue.size) return this.give(-ENODEV)
    store32(this.base + REG_QUEUE_NUM, queue.size)
    if (this.legacy) {
      store32(this.base + REG_QUEUE_ALIGN, PAGE)
      store32(this.base + REG_QUEUE_PFN, (queue.physical / PAGE) as u32)
      return 0
    }
    this.store64(REG_QUEUE_DESC, queue.physical)
    this.store64(REG_QUEUE_DRIVER, queue.physical + queue.availOffset)
    this.store64(REG_QUEUE_DEVICE, queue.physical + queue.usedOffset)
    store32(this.base + REG_QUEUE_READY, 1)
    return 0
  }

  /** The device may use its queues from now on. */
  run(): void {
    this.addStatus(STATUS_DRIVER_OK)
  }

  /** Tells the device that queue `index` has new buffers. */
  notify(index: u32): void {
    dmb_sy()
    store32(this.base + REG_QUEUE_NOTIFY, index)
  }

  /** Reads why the device interrupted, and acknowledges it. */
  takeInterrupt(): u32 {
    const reasons = load32(this.base + REG_INTERRUPT_STATUS)
    if (reasons !== 0) store32(this.base + REG_INTERRUPT_ACK, reasons)
    return reasons
  }

  /** The device found the driver at fault, and does nothing until it is reset. */
  needsReset(): bool {
    return (load32(this.base + REG_STATUS) & STATUS_NEEDS_RESET) !== 0
  }

  /** Byte `offset` of the configuration. */
  configByte(offset: u32): u32 {
    return load8(this.base + REG_CONFIG + offset)
  }

  /** Eight bytes of the configuration that belong together. */
  config64(offset: u32): u64 {
    const at = this.base + REG_CONFIG + offset
    let before: u32 = 0
    let low: u64 = 0
    let high: u64 = 0
    do {
      before = this.generation()
      low = load32(at)
      high = load32(at + 4)
    } while (before !== this.generation())
    return (high << 32) | low
  }

  private generation(): u32 {
    return this.legacy ? 0 : load32(this.base + REG_CONFIG_GENERATION)
  }

  private offered(half: u32): u64 {
    store32(this.base + REG_DEVICE_FEATURES_SEL, half)
    return load32(this.base + REG_DEVICE_FEATURES)
  }

  private accept(half: u32, features: u32): void {
    store32(this.base + REG_DRIVER_FEATURES_SEL, half)
    store32(this.base + REG_DRIVER_FEATURES, features)
  }

  private addStatus(bits: u32): void {
    store32(this.base + REG_STATUS, load32(this.base + REG_STATUS) | bits)
  }

  private store64(register: u64, value: u64): void {
    store32(this.base + register, value as u32)
    store32(this.base + register + 4, (value >> 32) as u32)
  }

  private give(error: i32): i32 {
    this.addStatus(STATUS_FAILED)
    return error
  }
}
