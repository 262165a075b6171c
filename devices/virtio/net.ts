/**
 * virtio network device: one receive and one transmit queue.
 *
 * Source: VIRTIO 1.2, section 5.1. Offered: MAC, STATUS, MRG_RXBUF. Not modelled: checksum and segmentation offloads,
 * the control queue (so no address filter: every frame of the network is delivered), several queue pairs.
 *
 * Frames from outside come through the machine's input log. Those for which the driver has no buffer wait, up to a
 * limit; then they are dropped and counted.
 */

import type { DeviceHost, InputPort } from '../device.ts'
import type { Timer } from '../events.ts'
import { FRAME_BYTES_MAX, isFrame, type NetPort } from '../net/port.ts'
import { StateError, type StateObject, type StateReader } from '../state.ts'
import { gather, scatter } from './buffer.ts'
import type { VirtioDevice, VirtioTransport } from './device.ts'
import { type Chain, type Virtqueue, VirtqueueError } from './virtqueue.ts'

export const VIRTIO_NET_F_MAC = 1n << 5n
export const VIRTIO_NET_F_MRG_RXBUF = 1n << 15n
export const VIRTIO_NET_F_STATUS = 1n << 16n

const QUEUE_SIZE = 256
const RECEIVE = 0
const TRANSMIT = 1
/** struct virtio_net_hdr with num_buffers, which VERSION_1 always has. */
const HEADER_BYTES = 12
const HEADER_NUM_BUFFERS = 10
const STATUS_LINK_UP = 1
/** From a notification until the queues are looked at. It also bounds how often a guest can make us do that. */
const LATENCY_NS = 5_000
/** Frames that wait for receive buffers. */
const WAITING_MAX = 256

/** Frames handed to the machine that it has not looked at yet, as while it is paused; more are dropped. */
const POSTED_MAX = 1024

/** A listener for every frame that the device sends or accepts: a packet capture. */
export type FrameTap = (frame: Uint8Array, timeNs: number) => void

/** What a network device needs. */
export interface VirtioNetOptions {
  /** Name of its input port, unique in the machine. */
  readonly name: string
  /** Six bytes. */
  readonly mac: Uint8Array
  /** The network; without one the link is down. */
  readonly port?: NetPort | undefined
  readonly tap?: FrameTap | undefined
}

export class VirtioNet implements VirtioDevice {
  readonly kind = 'virtio-net'
  readonly id = 1
  readonly features = VIRTIO_NET_F_MAC | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_STATUS
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE]
  readonly config = new Uint8Array(8)
  /** Frames that found no receive buffer in time, or were no frames. */
  receiveDropped = 0
  /** Frames of the guest that were no frames. */
  transmitDropped = 0

  /** Frames dropped before they reached the machine's input log: no part of its state. */
  overrun = 0

  private transport!: VirtioTransport
  private readonly timer: Timer
  private readonly input: InputPort
  private waiting: Uint8Array[] = []
  private posted = 0

  constructor(
    private readonly host: DeviceHost,
    private readonly options: VirtioNetOptions,
  ) {
    if (options.mac.length !== 6) {
      throw new Error(`Cannot use a MAC address of ${options.mac.length} bytes: it has 6`)
    }
    this.config.set(options.mac)
    this.config[6] = options.port ? STATUS_LINK_UP : 0
    this.input = host.input(options.name, (frame) => this.receive(frame))
    this.timer = host.events.timer(() => this.transport.guard(() => this.work()))
    if (options.port) options.port.onFrame = (frame) => this.post(frame)
  }

  connect(transport: VirtioTransport): void {
    this.transport = transport
  }

  start(): void {
    this.notify()
  }

  notify(): void {
    if (this.timer.deadlineNs === Infinity) this.timer.arm(this.host.events.nowNs + LATENCY_NS)
  }

  stop(): void {
    // Nothing of a queue is kept here; the timer finds out whether a queue is ready.
  }

  reset(): void {
    this.timer.disarm()
    this.waiting = []
    // A reset of the machine throws away what was posted.
    this.posted = 0
    this.receiveDropped = 0
    this.transmitDropped = 0
  }

  save(): StateObject {
    return {
      version: 1,
      mac: this.config.slice(0, 6),
      waiting: this.waiting.map((frame) => frame.slice()),
      receiveDropped: this.receiveDropped,
      transmitDropped: this.transmitDropped,
      timer: this.timer.save(),
    }
  }

  restore(state: StateReader): void {
    state.version(1)
    // The guest's driver has read the address: the network must go on seeing the same one.
    this.config.set(state.bytes('mac', 6))
    this.waiting = state.list('waiting', WAITING_MAX).map((frame) => {
      if (!(frame instanceof Uint8Array) || !isFrame(frame)) {
        throw new StateError(`Cannot read ${state.path}: "waiting" must hold frames`)
      }
      return frame.slice()
    })
    this.receiveDropped = state.count('receiveDropped')
    this.transmitDropped = state.count('transmitDropped')
    this.timer.restore(state.object('timer'))
  }

  /** Takes a frame from the network, at any time. */
  private post(frame: Uint8Array): void {
    if (this.posted >= POSTED_MAX) {
      this.overrun += 1
      return
    }
    this.posted += 1
    this.input.post(frame)
  }

  /** Takes a frame from the input log: posted, or replayed from another run's. */
  private receive(frame: Uint8Array): void {
    this.posted = Math.max(0, this.posted - 1)
    // A card without a driver hears nothing.
    if (!this.transport.running || !this.transport.queues[RECEIVE]!.ready) {
      this.receiveDropped += 1
      return
    }
    if (!isFrame(frame) || this.waiting.length >= WAITING_MAX) {
      this.receiveDropped += 1
      return
    }
    this.waiting.push(frame.slice())
    this.transport.guard(() => this.deliver())
  }

  private deliver(): void {
    const queue = this.transport.queues[RECEIVE]!
    if (!queue.ready) return
    let taken = 0
    let used = 0
    while (taken < this.waiting.length) {
      const frame = this.waiting[taken]!
      const chains = this.take(queue, frame.length + HEADER_BYTES)
      if (chains === undefined) break
      taken += 1
      if (chains.length === 0) {
        this.receiveDropped += 1
        continue
      }
      this.options.tap?.(frame, this.host.events.nowNs)
      this.store(queue, chains, frame)
      used += 1
    }
    if (taken > 0) this.waiting.splice(0, taken)
    if (used > 0) this.transport.used(queue)
  }

  /**
   * Takes buffers for `bytes` bytes.
   * @returns undefined if the driver must add buffers first; none if what it gave is too small and stays too small.
   */
  private take(queue: Virtqueue, bytes: number): Chain[] | undefined {
    const chains: Chain[] = []
    const mergeable = this.transport.negotiated(VIRTIO_NET_F_MRG_RXBUF)
    let room = 0
    for (;;) {
      const chain = queue.pop()
      if (!chain) {
        queue.unpop(chains.length)
        // All the buffers that can be there together are too small.
        return chains.length === queue.size ? [] : undefined
      }
      if (chain.writableBytes < HEADER_BYTES) {
        throw new VirtqueueError(`a receive buffer has ${chain.writableBytes} writable bytes`)
      }
      chains.push(chain)
      room += chain.writableBytes
      if (room >= bytes) return chains
      if (!mergeable) {
        // 5.1.6.3: without mergeable buffers each must hold any frame. This one can't; the next may.
        queue.unpop(1)
        return []
      }
    }
  }

  private store(queue: Virtqueue, chains: readonly Chain[], frame: Uint8Array): void {
    const packet = new Uint8Array(HEADER_BYTES + frame.length)
    packet[HEADER_NUM_BUFFERS] = chains.length & 0xff
    packet[HEADER_NUM_BUFFERS + 1] = chains.length >> 8
    packet.set(frame, HEADER_BYTES)
    let at = 0
    for (const [index, chain] of chains.entries()) {
      const written = scatter(this.host.memory, chain.writable, 0, packet.subarray(at))
      queue.pushAt(index, chain.head, written)
      at += written
    }
    // The driver must see all buffers of a frame or none.
    queue.publish(chains.length)
  }

  private work(): void {
    this.transmit()
    this.deliver()
  }

  private transmit(): void {
    const queue = this.transport.queues[TRANSMIT]!
    if (!queue.ready) return
    let served = 0
    for (let chain = queue.pop(); chain; chain = queue.pop()) {
      this.sendChain(chain)
      queue.push(chain.head, 0)
      served += 1
    }
    if (served > 0) this.transport.used(queue)
  }

  private sendChain(chain: Chain): void {
    if (chain.readableBytes < HEADER_BYTES) {
      throw new VirtqueueError(`a frame to send has a header of ${chain.readableBytes} bytes`)
    }
    const bytes = chain.readableBytes - HEADER_BYTES
    const frame =
      bytes <= FRAME_BYTES_MAX
        ? gather(this.host.memory, chain.readable, HEADER_BYTES, bytes)
        : undefined
    if (!frame || !isFrame(frame)) {
      this.transmitDropped += 1
      return
    }
    this.options.tap?.(frame, this.host.events.nowNs)
    this.options.port?.send(frame)
  }
}
