/**
 * A virtio network device: frames out and in.
 *
 * Source: VIRTIO 1.2, section 5.1. Every buffer has one descriptor for good and holds the header and one frame. Received
 * frames are copied out at once, so that the device always has all buffers but those just filled. Used: the MAC address
 * and the link status. Not here: offloads, merged buffers, the control queue, several pairs of queues.
 */
import { EIO, ENODEV } from '../libkenix/generated/abi'
import {
  DeviceMemory,
  deviceIsReset,
  deviceMemory,
  mapDevice,
  onInterrupt,
} from '../servers/device-memory'
import { clearBytes } from '../servers/mapped-memory'
import { VirtioMmio } from '../servers/virtio-mmio'
import { DESC_WRITE, queueBytes, Virtqueue } from '../servers/virtqueue'

/** A frame of Ethernet without its checksum: header and up to 1500 bytes. */
export const LEAST_FRAME: u32 = 14
export const MOST_FRAME: u32 = 1514

const DEVICE_ID: u32 = 1
const VIRTIO_NET_F_MAC: u64 = 1 << 5
const VIRTIO_NET_F_STATUS: u64 = 1 << 16
const CONFIG_STATUS: u32 = 6
const STATUS_LINK_UP: u32 = 1
/** A MAC address for a device without one: locally administered. */
const DEFAULT_MAC: u64 = 0x5634_1200_5452

const RECEIVE: u32 = 0
const TRANSMIT: u32 = 1
/** Buffers in each direction. */
const BUFFERS: u32 = 32
const BUFFER_BYTES: u32 = 2048
/** The header: a legacy device leaves out the number of buffers. */
const HEADER_BYTES: u32 = 12
const LEGACY_HEADER_BYTES: u32 = 10

export class Link {
  /** MAC address, first byte lowest. */
  mac: u64 = 0
  isUp: bool = false
  private device: VirtioMmio = new VirtioMmio(0)
  private memory: DeviceMemory = new DeviceMemory()
  private receiveQueue: Virtqueue | null = null
  private transmitQueue: Virtqueue | null = null
  private headerBytes: u32 = HEADER_BYTES
  /** Bit i: transmit buffer i is with the device. */
  private sending: u32 = 0

  /** Finds the device, resets it and starts it. @returns 0 or a negative errno */
  open(interruptBits: i64): i32 {
    const base = mapDevice()
    if (base < 0) return base as i32
    this.device = new VirtioMmio(base)
    const error = this.device.open(DEVICE_ID)
    if (error < 0) return error
    deviceIsReset()
    const bytes = queueBytes(BUFFERS)
    const queues = deviceMemory(2 * bytes)
    if (queues.error < 0) return queues.error
    this.memory = deviceMemory(2 * BUFFERS * BUFFER_BYTES)
    if (this.memory.error < 0) return this.memory.error
    this.receiveQueue = new Virtqueue(queues.address, queues.physical, BUFFERS)
    this.transmitQueue = new Virtqueue(queues.address + bytes, queues.physical + bytes, BUFFERS)
    const registered = onInterrupt(interruptBits)
    return registered < 0 ? (registered as i32) : this.start()
  }

  /** Starts the device anew after an error; what it held is lost. */
  restart(): i32 {
    const error = this.device.reset()
    if (error < 0) return error
    this.receiveQueue!.clear()
    this.transmitQueue!.clear()
    return this.start()
  }

  needsReset(): bool {
    return this.device.needsReset()
  }

  takeInterrupt(): void {
    this.device.takeInterrupt()
  }

  /** Reads whether there is a link. @returns whether that has changed */
  updateStatus(): bool {
    const was = this.isUp
    const told = this.device.has(VIRTIO_NET_F_STATUS)
    this.isUp = !told || (this.device.configByte(CONFIG_STATUS) & STATUS_LINK_UP) !== 0
    return this.isUp !== was
  }

  /** Buffers whose frames were sent are free again. @returns false if the device wrote nonsense */
  reclaim(): bool {
    const queue = this.transmitQueue!
    let index = queue.take()
    while (index >= 0) {
      this.sending &= ~(1 << index)
      index = queue.take()
    }
    return index === -1
  }

  /** A free transmit buffer, or -1. */
  freeBuffer(): i32 {
    const index = ctz(~this.sending) as i32
    return index < (BUFFERS as i32) ? index : -1
  }

  /** Where the frame goes in a transmit buffer. */
  frame(index: u32): usize {
    return this.buffer(BUFFERS + index) + this.headerBytes
  }

  /** Gives the frame in a transmit buffer to the device. */
  transmit(index: u32, length: u32): void {
    const queue = this.transmitQueue!
    clearBytes(this.buffer(BUFFERS + index), this.headerBytes)
    queue.describe(index, this.physical(BUFFERS + index), this.headerBytes + length, 0, 0)
    this.sending |= 1 << index
    queue.publish(index)
    this.device.notify(TRANSMIT)
  }

  /** A receive buffer that the device has filled, -1 if there is none; -EIO if the device wrote nonsense. */
  received(): i32 {
    const index = this.receiveQueue!.take()
    return index === -2 ? -EIO : index
  }

  /** The frame in a buffer that `received` returned, and its length; 0 for one that cannot be a frame. */
  receivedFrame(index: u32): usize {
    return this.buffer(index) + this.headerBytes
  }

  receivedLength(): u32 {
    const written = this.receiveQueue!.written
    if (written < this.headerBytes + LEAST_FRAME || written > this.headerBytes + MOST_FRAME)
      return 0
    return written - this.headerBytes
  }

  /** Gives a receive buffer back to the device. */
  recycle(index: u32): void {
    this.offer(index)
    this.device.notify(RECEIVE)
  }

  private start(): i32 {
    const device = this.device
    const error = device.begin(VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS)
    if (error < 0) return error
    if (device.largest(RECEIVE) < BUFFERS || device.largest(TRANSMIT) < BUFFERS) return -ENODEV
    this.headerBytes = device.legacy ? LEGACY_HEADER_BYTES : HEADER_BYTES
    this.mac = DEFAULT_MAC
    if (device.has(VIRTIO_NET_F_MAC)) {
      this.mac = 0
      for (let i: u32 = 0; i < 6; i++) this.mac |= (device.configByte(i) as u64) << (i * 8)
    }
    this.sending = 0
    const receive = device.place(RECEIVE, this.receiveQueue!)
    if (receive < 0) return receive
    const transmit = device.place(TRANSMIT, this.transmitQueue!)
    if (transmit < 0) return transmit
    for (let i: u32 = 0; i < BUFFERS; i++) this.offer(i)
    device.run()
    device.notify(RECEIVE)
    this.updateStatus()
    return 0
  }

  private offer(index: u32): void {
    const queue = this.receiveQueue!
    queue.describe(index, this.physical(index), BUFFER_BYTES, DESC_WRITE, 0)
    queue.publish(index)
  }

  private buffer(index: u32): usize {
    return this.memory.address + index * BUFFER_BYTES
  }

  private physical(index: u32): u64 {
    return this.memory.physical + index * BUFFER_BYTES
  }
}
