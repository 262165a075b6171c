/**
 * virtio block device, one request queue.
 *
 * Source: VIRTIO 1.2, section 5.2. Served: IN, OUT, FLUSH, GET_ID, DISCARD, WRITE_ZEROES. Not modelled: several queues,
 * SCSI commands, secure erase, lifetime, zones, and changing the cache mode (CONFIG_WCE).
 *
 * A request is done, in one go, at a guest time that depends on requests alone: a latency after the notification, and
 * transfers share one channel. Until then only its head is remembered; its chain is read again when it is served. So the
 * guest sees the same times on every host, and a snapshot holds no host state.
 */

import type { DeviceHost } from '../device.ts'
import { type Disk, DiskError, SECTOR_BYTES } from '../disk/disk.ts'
import type { Timer } from '../events.ts'
import { StateError, type StateObject, type StateReader } from '../state.ts'
import { gather, readView, scatter, slice, writeView } from './buffer.ts'
import type { VirtioDevice, VirtioTransport } from './device.ts'
import { type Chain, VirtqueueError } from './virtqueue.ts'

export const VIRTIO_BLK_F_SEG_MAX = 1n << 2n
export const VIRTIO_BLK_F_RO = 1n << 5n
export const VIRTIO_BLK_F_BLK_SIZE = 1n << 6n
export const VIRTIO_BLK_F_FLUSH = 1n << 9n
export const VIRTIO_BLK_F_DISCARD = 1n << 13n
export const VIRTIO_BLK_F_WRITE_ZEROES = 1n << 14n

export const VIRTIO_BLK_T_IN = 0
export const VIRTIO_BLK_T_OUT = 1
export const VIRTIO_BLK_T_FLUSH = 4
export const VIRTIO_BLK_T_GET_ID = 8
export const VIRTIO_BLK_T_DISCARD = 11
export const VIRTIO_BLK_T_WRITE_ZEROES = 13

export const VIRTIO_BLK_S_OK = 0
export const VIRTIO_BLK_S_IOERR = 1
export const VIRTIO_BLK_S_UNSUPP = 2

const QUEUE_SIZE = 256
const HEADER_BYTES = 16
const ID_BYTES = 20
const RANGE_BYTES = 16
const RANGE_UNMAP = 1
const CONFIG_BYTES = 60

/** From a notification until the queue is looked at. It also bounds how often a guest can make us read a queue. */
const ACCEPT_NS = 5_000
/** From there to completion, without transfer. Together an NVMe drive's order of magnitude. */
const LATENCY_NS = 45_000
/** Transfer time: 1 GB/s. */
const NS_PER_BYTE = 1
/** A larger transfer fails: it bounds what one request can cost the host. Firmware reads whole kernels in one. */
const REQUEST_BYTES_MAX = 0x4000_0000
/** After this many bytes the run loop gets a turn before the next request. */
const TURN_BYTES = 0x400_0000
const DISCARD_SECTORS_MAX = 0x3f_ffff
const DISCARD_RANGES_MAX = 16
/** 128 MiB: zeros may have to be written out. */
const WRITE_ZEROES_SECTORS_MAX = 0x4_0000

/** How a block device differs from others of the machine. */
export interface VirtioBlkOptions {
  /** What GET_ID returns, at most 20 bytes of ASCII. */
  readonly serial?: string
  /** Told about failed host operations, which the guest sees as I/O errors. */
  readonly onError?: (message: string) => void
}

interface Pending {
  readonly head: number
  readonly dueNs: number
}

interface Outcome {
  readonly status: number
  /** Bytes written to the guest, without the status byte. */
  readonly written: number
}

const OK: Outcome = { status: VIRTIO_BLK_S_OK, written: 0 }
const IOERR: Outcome = { status: VIRTIO_BLK_S_IOERR, written: 0 }
const UNSUPP: Outcome = { status: VIRTIO_BLK_S_UNSUPP, written: 0 }

export class VirtioBlk implements VirtioDevice {
  readonly kind = 'virtio-blk'
  readonly id = 2
  readonly features: bigint
  readonly queueSizes = [QUEUE_SIZE]
  readonly config = new Uint8Array(CONFIG_BYTES)

  private transport!: VirtioTransport
  private readonly timer: Timer
  private readonly serial: Uint8Array
  private pending: Pending[] = []
  /** When the queue is looked at next, or Infinity. */
  private acceptAtNs = Infinity
  /** Guest time at which the transfer channel is free. */
  private channelFreeNs = 0

  constructor(
    private readonly host: DeviceHost,
    readonly disk: Disk,
    private readonly options: VirtioBlkOptions = {},
  ) {
    this.features =
      VIRTIO_BLK_F_SEG_MAX |
      VIRTIO_BLK_F_BLK_SIZE |
      VIRTIO_BLK_F_FLUSH |
      (disk.readonly ? VIRTIO_BLK_F_RO : VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES)
    this.serial = new TextEncoder().encode(options.serial ?? '').slice(0, ID_BYTES)
    this.fillConfig()
    this.timer = host.events.timer(() => this.transport.guard(() => this.work()))
  }

  connect(transport: VirtioTransport): void {
    this.transport = transport
  }

  start(): void {
    this.notify()
  }

  notify(): void {
    if (this.acceptAtNs !== Infinity) return
    this.acceptAtNs = this.host.events.nowNs + ACCEPT_NS
    this.plan()
  }

  stop(): void {
    this.forget()
  }

  reset(): void {
    this.forget()
  }

  save(): StateObject {
    return {
      version: 1,
      sectors: this.disk.bytes / SECTOR_BYTES,
      heads: this.pending.map(({ head }) => head),
      dueNs: this.pending.map(({ dueNs }) => dueNs),
      acceptAtNs: this.acceptAtNs === Infinity ? null : this.acceptAtNs,
      channelFreeNs: this.channelFreeNs,
      timer: this.timer.save(),
    }
  }

  restore(state: StateReader): void {
    state.version(1)
    const sectors = state.count('sectors')
    if (sectors * SECTOR_BYTES !== this.disk.bytes) {
      throw new StateError(
        `Cannot read ${state.path}: the disk had ${sectors * SECTOR_BYTES} bytes, now it has ` +
          `${this.disk.bytes}: attach the disk that belongs to the snapshot`,
      )
    }
    const heads = state.unsignedList('heads', 16, undefined, QUEUE_SIZE)
    const dueNs = state.list('dueNs', QUEUE_SIZE)
    if (dueNs.length !== heads.length) {
      throw new StateError(`Cannot read ${state.path}: "heads" and "dueNs" differ in length`)
    }
    this.pending = heads.map((head, index) => {
      const due = dueNs[index]
      if (typeof due !== 'number' || !Number.isFinite(due)) {
        throw new StateError(`Cannot read ${state.path}: "dueNs" must hold numbers`)
      }
      return { head, dueNs: due }
    })
    this.acceptAtNs = state.isNull('acceptAtNs') ? Infinity : state.number('acceptAtNs')
    this.channelFreeNs = state.number('channelFreeNs')
    this.timer.restore(state.object('timer'))
  }

  private fillConfig(): void {
    const view = new DataView(this.config.buffer)
    const sectors = this.disk.bytes / SECTOR_BYTES
    view.setUint32(0, sectors % 0x1_0000_0000, true)
    view.setUint32(4, Math.floor(sectors / 0x1_0000_0000), true)
    // A request of a header, a status byte and this many pieces fills the queue.
    view.setUint32(12, QUEUE_SIZE - 2, true)
    view.setUint32(20, SECTOR_BYTES, true)
    view.setUint16(34, 1, true)
    if (this.disk.readonly) return
    view.setUint32(36, DISCARD_SECTORS_MAX, true)
    view.setUint32(40, DISCARD_RANGES_MAX, true)
    view.setUint32(44, 1, true)
    view.setUint32(48, WRITE_ZEROES_SECTORS_MAX, true)
    view.setUint32(52, 1, true)
    view.setUint8(56, 1)
  }

  private forget(): void {
    this.pending = []
    this.acceptAtNs = Infinity
    this.channelFreeNs = 0
    this.timer.disarm()
  }

  private work(): void {
    if (!this.transport.queues[0]!.ready) return
    if (this.acceptAtNs <= this.host.events.nowNs) this.accept()
    this.complete()
    this.plan()
  }

  /** Takes what the driver made available, and fixes when each request is done. */
  private accept(): void {
    const queue = this.transport.queues[0]!
    const now = this.host.events.nowNs
    this.acceptAtNs = Infinity
    for (let head = queue.popHead(); head !== undefined; head = queue.popHead()) {
      const { readableBytes, writableBytes } = queue.chain(head)
      const transfer = Math.min(readableBytes + writableBytes, REQUEST_BYTES_MAX)
      const begin = Math.max(now + LATENCY_NS, this.channelFreeNs)
      this.channelFreeNs = begin + transfer * NS_PER_BYTE
      this.pending.push({ head, dueNs: this.channelFreeNs })
    }
  }

  private complete(): void {
    const queue = this.transport.queues[0]!
    const now = this.host.events.nowNs
    let bytes = 0
    let served = 0
    while (this.pending[served] && this.pending[served]!.dueNs <= now && bytes < TURN_BYTES) {
      const { head } = this.pending[served]!
      const chain = queue.chain(head)
      bytes += chain.readableBytes + chain.writableBytes
      queue.push(head, this.serve(chain))
      served += 1
    }
    this.pending.splice(0, served)
    if (served > 0) this.transport.used(queue)
  }

  private plan(): void {
    const next = Math.min(this.acceptAtNs, this.pending[0]?.dueNs ?? Infinity)
    if (next !== Infinity) this.timer.arm(next)
  }

  /** Does a request and writes its status. Returns the bytes written to the chain. */
  private serve(chain: Chain): number {
    if (chain.readableBytes < HEADER_BYTES) {
      throw new VirtqueueError(`a block request has a header of ${chain.readableBytes} bytes`)
    }
    if (chain.writableBytes < 1) throw new VirtqueueError('a block request has no status byte')
    let outcome: Outcome
    try {
      outcome = this.perform(chain)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.options.onError?.(error.message)
      outcome = IOERR
    }
    const { memory } = this.host
    scatter(memory, chain.writable, chain.writableBytes - 1, Uint8Array.of(outcome.status))
    return outcome.written + 1
  }

  private perform(chain: Chain): Outcome {
    const header = view(gather(this.host.memory, chain.readable, 0, HEADER_BYTES))
    const type = header.getUint32(0, true)
    const sector = read64(header, 8)
    switch (type) {
      case VIRTIO_BLK_T_IN:
        return this.read(chain, sector)
      case VIRTIO_BLK_T_OUT:
        return this.write(chain, sector)
      case VIRTIO_BLK_T_FLUSH:
        this.disk.flush()
        return OK
      case VIRTIO_BLK_T_GET_ID:
        return this.getId(chain)
      case VIRTIO_BLK_T_DISCARD:
        return this.discard(chain)
      case VIRTIO_BLK_T_WRITE_ZEROES:
        return this.writeZeroes(chain)
      default:
        return UNSUPP
    }
  }

  private read(chain: Chain, sector: number): Outcome {
    const bytes = chain.writableBytes - 1
    if (!this.inside(sector, bytes)) return IOERR
    let position = sector * SECTOR_BYTES
    for (const segment of slice(chain.writable, 0, bytes)) {
      this.disk.read(position, writeView(this.host.memory, segment))
      position += segment.bytes
    }
    return { status: VIRTIO_BLK_S_OK, written: bytes }
  }

  private write(chain: Chain, sector: number): Outcome {
    const bytes = chain.readableBytes - HEADER_BYTES
    if (this.disk.readonly || !this.inside(sector, bytes)) return IOERR
    let position = sector * SECTOR_BYTES
    for (const segment of slice(chain.readable, HEADER_BYTES, bytes)) {
      this.disk.write(position, readView(this.host.memory, segment))
      position += segment.bytes
    }
    this.writeThrough()
    return OK
  }

  private getId(chain: Chain): Outcome {
    const id = new Uint8Array(Math.min(ID_BYTES, chain.writableBytes - 1))
    id.set(this.serial.subarray(0, id.length))
    return { status: VIRTIO_BLK_S_OK, written: scatter(this.host.memory, chain.writable, 0, id) }
  }

  private discard(chain: Chain): Outcome {
    return this.ranges(chain, DISCARD_RANGES_MAX, DISCARD_SECTORS_MAX, 0, (position, bytes) =>
      this.disk.discard(position, bytes),
    )
  }

  private writeZeroes(chain: Chain): Outcome {
    return this.ranges(chain, 1, WRITE_ZEROES_SECTORS_MAX, RANGE_UNMAP, (position, bytes) =>
      this.disk.writeZeroes(position, bytes),
    )
  }

  /** Checks all ranges of a discard or write-zeroes request (5.2.6.2) before it applies the first. */
  private ranges(
    chain: Chain,
    maxRanges: number,
    maxSectors: number,
    allowedFlags: number,
    apply: (position: number, bytes: number) => void,
  ): Outcome {
    const bytes = chain.readableBytes - HEADER_BYTES
    if (this.disk.readonly || bytes === 0 || bytes % RANGE_BYTES !== 0) return IOERR
    const count = bytes / RANGE_BYTES
    if (count > maxRanges) return IOERR
    const data = view(gather(this.host.memory, chain.readable, HEADER_BYTES, bytes))
    const ranges: { position: number; bytes: number }[] = []
    for (let at = 0; at < bytes; at += RANGE_BYTES) {
      const sector = read64(data, at)
      const sectors = data.getUint32(at + 8, true)
      if (data.getUint32(at + 12, true) & ~allowedFlags) return UNSUPP
      if (sectors > maxSectors) return IOERR
      const length = sectors * SECTOR_BYTES
      if (!this.fits(sector, length)) return IOERR
      ranges.push({ position: sector * SECTOR_BYTES, bytes: length })
    }
    for (const range of ranges) apply(range.position, range.bytes)
    this.writeThrough()
    return OK
  }

  /** Whether a transfer is a whole number of sectors of this disk, and no larger than we do in one go. */
  private inside(sector: number, bytes: number): boolean {
    return bytes % SECTOR_BYTES === 0 && bytes <= REQUEST_BYTES_MAX && this.fits(sector, bytes)
  }

  private fits(sector: number, bytes: number): boolean {
    return Number.isSafeInteger(sector) && sector * SECTOR_BYTES + bytes <= this.disk.bytes
  }

  /** 5.2.6.2: a driver that can't flush expects a write to last when it completes. */
  private writeThrough(): void {
    if (!this.transport.negotiated(VIRTIO_BLK_F_FLUSH)) this.disk.flush()
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function read64(data: DataView, offset: number): number {
  return data.getUint32(offset + 4, true) * 0x1_0000_0000 + data.getUint32(offset, true)
}
