/**
 * virtio over MMIO, register version 2.
 *
 * Source: VIRTIO 1.2, sections 2.1 (status), 2.2 (features) and 4.2 (MMIO). Values the standard leaves open are QEMU's
 * (`-global virtio-mmio.force-legacy=false`): the vendor, an empty slot that answers with device id 0, accesses other
 * than 32 bits to the registers that do nothing, an interrupt line that follows InterruptStatus. Not modelled: the
 * legacy layout (version 1), shared memory regions, queue reset, notification data.
 */
import type { AccessSize, Device, GuestMemory, InterruptLine } from '../device.ts'
import { StateError, type StateObject, type StateReader } from '../state.ts'
import {
  VIRTIO_F_EVENT_IDX,
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_VERSION_1,
  type VirtioDevice,
  type VirtioTransport,
} from './device.ts'
import { Virtqueue, VirtqueueError } from './virtqueue.ts'

const MAGIC = 0x7472_6976
const VERSION = 2
/** 'QEMU': some small kernels accept no other vendor. */
const VENDOR = 0x554d_4551

const REG_MAGIC = 0x000
const REG_VERSION = 0x004
const REG_DEVICE_ID = 0x008
const REG_VENDOR_ID = 0x00c
const REG_DEVICE_FEATURES = 0x010
const REG_DEVICE_FEATURES_SEL = 0x014
const REG_DRIVER_FEATURES = 0x020
const REG_DRIVER_FEATURES_SEL = 0x024
const REG_QUEUE_SEL = 0x030
const REG_QUEUE_NUM_MAX = 0x034
const REG_QUEUE_NUM = 0x038
const REG_QUEUE_READY = 0x044
const REG_QUEUE_NOTIFY = 0x050
const REG_INTERRUPT_STATUS = 0x060
const REG_INTERRUPT_ACK = 0x064
const REG_STATUS = 0x070
const REG_QUEUE_DESC_LOW = 0x080
const REG_QUEUE_DESC_HIGH = 0x084
const REG_QUEUE_DRIVER_LOW = 0x090
const REG_QUEUE_DRIVER_HIGH = 0x094
const REG_QUEUE_DEVICE_LOW = 0x0a0
const REG_QUEUE_DEVICE_HIGH = 0x0a4
const REG_SHM_LEN_LOW = 0x0b0
const REG_SHM_BASE_HIGH = 0x0bc
const REG_CONFIG_GENERATION = 0x0fc
const REG_CONFIG = 0x100

const STATUS_DRIVER_OK = 4
const STATUS_FEATURES_OK = 8
const STATUS_NEEDS_RESET = 0x40
/** ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, FAILED. */
const STATUS_WRITABLE = 0x8f

const INTERRUPT_USED = 1
const INTERRUPT_CONFIG = 2

const TRANSPORT_FEATURES = VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1

/** One slot, with a device in it or empty. */
export class VirtioMmio implements Device, VirtioTransport {
  readonly kind = 'virtio-mmio'
  readonly queues: readonly Virtqueue[]
  /** Why the device needs a reset, for a person who debugs a driver. */
  brokenReason: string | undefined

  private readonly offered: bigint
  private accepted = 0n
  private deviceFeaturesSel = 0
  private driverFeaturesSel = 0
  private queueSel = 0
  private status = 0
  private interruptStatus = 0
  private generation = 0

  constructor(
    memory: GuestMemory,
    private readonly irq: InterruptLine,
    readonly device?: VirtioDevice,
  ) {
    this.queues = device?.queueSizes.map((size) => new Virtqueue(memory, size)) ?? []
    this.offered = device ? device.features | TRANSPORT_FEATURES : 0n
    device?.connect(this)
  }

  get running(): boolean {
    return (this.status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) === STATUS_DRIVER_OK
  }

  negotiated(feature: bigint): boolean {
    return (this.status & STATUS_FEATURES_OK) !== 0 && (this.accepted & feature) === feature
  }

  guard(work: () => void): void {
    if (!this.running) return
    try {
      work()
    } catch (error) {
      if (!(error instanceof VirtqueueError)) throw error
      this.fail(error.message)
    }
  }

  used(queue: Virtqueue): void {
    if (queue.wantsInterrupt()) this.interrupt(INTERRUPT_USED)
  }

  configChanged(): void {
    this.generation = (this.generation + 1) >>> 0
    if (this.running) this.interrupt(INTERRUPT_CONFIG)
  }

  read(offset: number, size: AccessSize): number {
    if (!this.device) return this.readEmpty(offset, size)
    if (offset >= REG_CONFIG) return this.readConfig(offset - REG_CONFIG, size)
    return size === 4 ? this.readRegister(this.device, offset) : 0
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (!this.device) return
    if (offset >= REG_CONFIG) this.device.writeConfig?.(offset - REG_CONFIG, size, value)
    else if (size === 4) this.writeRegister(this.device, offset, value >>> 0)
  }

  reset(): void {
    this.deviceFeaturesSel = 0
    this.driverFeaturesSel = 0
    this.queueSel = 0
    this.generation = 0
    this.resetDevice()
  }

  save(): StateObject {
    if (!this.device) return { version: 1, device: 'none' }
    return {
      version: 1,
      device: this.device.kind,
      accepted: [Number(this.accepted & 0xffff_ffffn), Number(this.accepted >> 32n)],
      deviceFeaturesSel: this.deviceFeaturesSel,
      driverFeaturesSel: this.driverFeaturesSel,
      queueSel: this.queueSel,
      status: this.status,
      interruptStatus: this.interruptStatus,
      generation: this.generation,
      queues: this.queues.map((queue) => queue.save()),
      state: this.device.save(),
    }
  }

  restore(state: StateReader): void {
    state.version(1)
    const kind = this.device?.kind ?? 'none'
    const saved = state.string('device')
    if (saved !== kind) {
      throw new StateError(
        `Cannot read ${state.path}: it is the state of "${saved}", this slot holds "${kind}"`,
      )
    }
    if (!this.device) return
    const [low, high] = state.unsignedList('accepted', 32, 2)
    this.accepted = BigInt(low!) | (BigInt(high!) << 32n)
    this.deviceFeaturesSel = state.unsigned('deviceFeaturesSel', 32)
    this.driverFeaturesSel = state.unsigned('driverFeaturesSel', 32)
    this.queueSel = state.unsigned('queueSel', 32)
    this.status = state.unsigned('status', 8)
    this.interruptStatus = state.integer('interruptStatus', 0, INTERRUPT_USED | INTERRUPT_CONFIG)
    this.generation = state.unsigned('generation', 32)
    this.restoreQueues(state)
    this.brokenReason = this.status & STATUS_NEEDS_RESET ? 'before the snapshot' : undefined
    this.device.restore(state.object('state'))
    this.irq.set(this.interruptStatus !== 0)
  }

  private restoreQueues(state: StateReader): void {
    const queues = state.objects('queues', this.queues.length)
    if (queues.length !== this.queues.length) {
      throw new StateError(`Cannot read ${state.path}: it must have ${this.queues.length} queues`)
    }
    for (const [index, reader] of queues.entries()) {
      try {
        this.queues[index]!.restore(reader)
      } catch (error) {
        if (!(error instanceof VirtqueueError)) throw error
        throw new StateError(`Cannot read ${reader.path}: ${error.message}`)
      }
    }
  }

  private readEmpty(offset: number, size: AccessSize): number {
    if (size !== 4) return 0
    if (offset === REG_MAGIC) return MAGIC
    if (offset === REG_VERSION) return VERSION
    return offset === REG_VENDOR_ID ? VENDOR : 0
  }

  private readConfig(offset: number, size: AccessSize): number {
    const config = this.device!.config
    let value = 0
    for (let byte = size - 1; byte >= 0; byte--) {
      value = (value << 8) | (config[offset + byte] ?? 0)
    }
    return value >>> 0
  }

  private readRegister(device: VirtioDevice, offset: number): number {
    const queue = this.queues[this.queueSel]
    if (offset >= REG_SHM_LEN_LOW && offset <= REG_SHM_BASE_HIGH) return 0xffff_ffff
    switch (offset) {
      case REG_MAGIC:
        return MAGIC
      case REG_VERSION:
        return VERSION
      case REG_DEVICE_ID:
        return device.id
      case REG_VENDOR_ID:
        return VENDOR
      case REG_DEVICE_FEATURES:
        return this.deviceFeaturesSel < 2
          ? Number((this.offered >> BigInt(32 * this.deviceFeaturesSel)) & 0xffff_ffffn)
          : 0
      case REG_QUEUE_NUM_MAX:
        return queue?.max ?? 0
      case REG_QUEUE_READY:
        return queue?.ready ? 1 : 0
      case REG_INTERRUPT_STATUS:
        return this.interruptStatus
      case REG_STATUS:
        return this.status
      case REG_CONFIG_GENERATION:
        return this.generation
      default:
        return 0
    }
  }

  private writeRegister(device: VirtioDevice, offset: number, value: number): void {
    switch (offset) {
      case REG_DEVICE_FEATURES_SEL:
        this.deviceFeaturesSel = value
        break
      case REG_DRIVER_FEATURES:
        this.acceptFeatures(value)
        break
      case REG_DRIVER_FEATURES_SEL:
        this.driverFeaturesSel = value
        break
      case REG_QUEUE_SEL:
        this.queueSel = value
        break
      case REG_QUEUE_NOTIFY:
        if (this.queues[value]?.ready) this.guard(() => device.notify(value))
        break
      case REG_INTERRUPT_ACK:
        this.interruptStatus &= ~value
        this.irq.set(this.interruptStatus !== 0)
        break
      case REG_STATUS:
        this.writeStatus(device, value & 0xff)
        break
      default:
        this.writeQueueRegister(device, offset, value)
    }
  }

  private writeQueueRegister(device: VirtioDevice, offset: number, value: number): void {
    const queue = this.queues[this.queueSel]
    if (!queue) return
    if (offset === REG_QUEUE_READY) {
      this.setReady(device, queue, (value & 1) !== 0)
      return
    }
    // 4.2.2.2: the driver may not touch a ready queue; its rings were checked when it became ready.
    if (queue.ready) return
    switch (offset) {
      case REG_QUEUE_NUM:
        queue.size = value
        break
      case REG_QUEUE_DESC_LOW:
        queue.descriptors.low = value
        break
      case REG_QUEUE_DESC_HIGH:
        queue.descriptors.high = value
        break
      case REG_QUEUE_DRIVER_LOW:
        queue.driver.low = value
        break
      case REG_QUEUE_DRIVER_HIGH:
        queue.driver.high = value
        break
      case REG_QUEUE_DEVICE_LOW:
        queue.device.low = value
        break
      case REG_QUEUE_DEVICE_HIGH:
        queue.device.high = value
        break
    }
  }

  private setReady(device: VirtioDevice, queue: Virtqueue, ready: boolean): void {
    if (queue.ready === ready) return
    if (!ready) {
      queue.disable()
      device.stop(this.queueSel)
      return
    }
    try {
      queue.enable()
    } catch (error) {
      if (!(error instanceof VirtqueueError)) throw error
      this.fail(`queue ${this.queueSel}: ${error.message}`)
    }
  }

  private acceptFeatures(value: number): void {
    // Features are settled once FEATURES_OK is set (3.1.1).
    if (this.status & STATUS_FEATURES_OK || this.driverFeaturesSel > 1) return
    const shift = BigInt(32 * this.driverFeaturesSel)
    this.accepted = (this.accepted & ~(0xffff_ffffn << shift)) | (BigInt(value) << shift)
  }

  private writeStatus(device: VirtioDevice, value: number): void {
    if (value === 0) {
      this.resetDevice()
      return
    }
    let added = value & STATUS_WRITABLE & ~this.status
    if (added & STATUS_FEATURES_OK) {
      const unknown = this.accepted & ~this.offered
      if (unknown !== 0n || (this.accepted & VIRTIO_F_VERSION_1) === 0n) {
        added &= ~STATUS_FEATURES_OK
      }
    }
    // 3.1.1: no driver runs before features are settled.
    if (((this.status | added) & STATUS_FEATURES_OK) === 0) added &= ~STATUS_DRIVER_OK
    this.status |= added
    if (added & STATUS_FEATURES_OK) {
      const indirect = this.negotiated(VIRTIO_F_INDIRECT_DESC)
      const eventIndex = this.negotiated(VIRTIO_F_EVENT_IDX)
      for (const queue of this.queues) queue.negotiate(indirect, eventIndex)
    }
    if (added & STATUS_DRIVER_OK) this.guard(() => device.start())
  }

  private fail(reason: string): void {
    this.brokenReason = reason
    const driven = (this.status & STATUS_DRIVER_OK) !== 0
    this.status |= STATUS_NEEDS_RESET
    // 2.1.2: the driver is told only if it runs.
    if (driven) this.interrupt(INTERRUPT_CONFIG)
  }

  private interrupt(cause: number): void {
    this.interruptStatus |= cause
    this.irq.set(true)
  }

  private resetDevice(): void {
    this.status = 0
    this.accepted = 0n
    this.interruptStatus = 0
    this.brokenReason = undefined
    for (const queue of this.queues) queue.reset()
    this.device?.reset()
    this.irq.set(false)
  }
}
