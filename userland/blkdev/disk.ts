/**
 * A virtio block device: requests in flight, and what they wait for.
 *
 * Source: VIRTIO 1.2, section 5.2. A request has a slot for good: a header, a status byte, memory for its sectors and
 * three descriptors. Used: read, write, flush, the read-only feature. Not here: discard, several queues, topology.
 */
import { EIO, ENODEV } from '../libkenix/generated/abi'
import {
  DeviceMemory,
  deviceIsReset,
  deviceMemory,
  mapDevice,
  onInterrupt,
} from '../servers/device-memory'
import { VirtioMmio } from '../servers/virtio-mmio'
import { DESC_NEXT, DESC_WRITE, queueBytes, Virtqueue } from '../servers/virtqueue'

export const SECTOR_BYTES: u32 = 512
/** Sectors in one request. */
export const MOST_SECTORS: u32 = 128
/** Requests the device can work on at a time. */
export const SLOTS: u32 = 4

const DEVICE_ID: u32 = 2
const VIRTIO_BLK_F_RO: u64 = 1 << 5
const VIRTIO_BLK_F_FLUSH: u64 = 1 << 9

export const TYPE_IN: u32 = 0
export const TYPE_OUT: u32 = 1
export const TYPE_FLUSH: u32 = 4

const CONFIG_CAPACITY: u32 = 0

const HEADER_BYTES: u32 = 16
const STATUS_OK: u8 = 0
/** What the status byte holds until the device writes it. */
const STATUS_PENDING: u8 = 0xff

const QUEUE_SIZE: u32 = 16
const DATA_BYTES: u32 = MOST_SECTORS * SECTOR_BYTES
/** Headers and status bytes come before the data of all slots. */
const CONTROL_BYTES: u32 = 4096
const CONTROL_STRIDE: u32 = 64

export class Disk {
  /** Sectors of 512 bytes. */
  capacity: u64 = 0
  readOnly: bool = false
  canFlush: bool = false
  private device: VirtioMmio = new VirtioMmio(0)
  private queue: Virtqueue | null = null
  private memory: DeviceMemory | null = null
  /** Bit i: slot i is with the device. */
  private busy: u32 = 0

  /** Finds the device, resets it and starts it. @returns 0 or a negative errno */
  open(interruptBits: i64): i32 {
    const base = mapDevice()
    if (base < 0) return base as i32
    this.device = new VirtioMmio(base)
    const error = this.device.open(DEVICE_ID)
    if (error < 0) return error
    deviceIsReset()
    const queueMemory = deviceMemory(queueBytes(QUEUE_SIZE))
    if (queueMemory.error < 0) return queueMemory.error
    const memory = deviceMemory(CONTROL_BYTES + SLOTS * DATA_BYTES)
    if (memory.error < 0) return memory.error
    this.queue = new Virtqueue(queueMemory.address, queueMemory.physical, QUEUE_SIZE)
    this.memory = memory
    const registered = onInterrupt(interruptBits)
    return registered < 0 ? (registered as i32) : this.start()
  }

  /** Starts the device anew after an error; what was in flight is lost. */
  restart(): i32 {
    const error = this.device.reset()
    if (error < 0) return error
    this.busy = 0
    this.queue!.clear()
    return this.start()
  }

  needsReset(): bool {
    return this.device.needsReset()
  }

  /** A free slot, or -1. */
  freeSlot(): i32 {
    const slot = ctz(~this.busy) as u32
    return slot < SLOTS ? (slot as i32) : -1
  }

  /** The memory of a slot for sectors. */
  data(slot: u32): usize {
    return this.memory!.address + CONTROL_BYTES + slot * DATA_BYTES
  }

  /** Gives a request of `bytes` bytes (0 for a flush) in `slot` to the device. */
  submit(slot: u32, type: u32, sector: u64, bytes: u32): void {
    const memory = this.memory!
    const queue = this.queue!
    const control = slot * CONTROL_STRIDE
    store<u32>(memory.address + control, type)
    store<u32>(memory.address + control, 0, 4)
    store<u64>(memory.address + control, sector, 8)
    store<u8>(memory.address + control + HEADER_BYTES, STATUS_PENDING)
    const head = slot * 3
    const header = memory.physical + control
    const data = memory.physical + CONTROL_BYTES + slot * DATA_BYTES
    queue.describe(head, header, HEADER_BYTES, DESC_NEXT, bytes > 0 ? head + 1 : head + 2)
    const direction: u16 = type === TYPE_IN ? DESC_WRITE : 0
    queue.describe(head + 1, data, bytes, DESC_NEXT | direction, head + 2)
    queue.describe(head + 2, header + HEADER_BYTES, 1, DESC_WRITE, 0)
    this.busy |= 1 << slot
    queue.publish(head)
    this.device.notify(0)
  }

  /** To be called at an interrupt, before `finished`. */
  takeInterrupt(): void {
    this.device.takeInterrupt()
  }

  /** A slot whose request the device has finished, -1 if there is none; -EIO if the device wrote nonsense. */
  finished(): i32 {
    const head = this.queue!.take()
    if (head === -1) return -1
    const slot = (head as u32) / 3
    if (head < 0 || (head as u32) % 3 !== 0 || slot >= SLOTS || !(this.busy & (1 << slot)))
      return -EIO
    this.busy &= ~(1 << slot)
    return slot as i32
  }

  /** 0 if the finished request of a slot succeeded, else -EIO. */
  status(slot: u32): i32 {
    const status = load<u8>(this.memory!.address + slot * CONTROL_STRIDE + HEADER_BYTES)
    return status === STATUS_OK ? 0 : -EIO
  }

  private start(): i32 {
    const device = this.device
    const error = device.begin(VIRTIO_BLK_F_RO | VIRTIO_BLK_F_FLUSH)
    if (error < 0) return error
    if (device.largest(0) < QUEUE_SIZE) return -ENODEV
    const placed = device.place(0, this.queue!)
    if (placed < 0) return placed
    this.readOnly = device.has(VIRTIO_BLK_F_RO)
    this.canFlush = device.has(VIRTIO_BLK_F_FLUSH)
    this.capacity = device.config64(CONFIG_CAPACITY)
    device.run()
    return 0
  }
}
