/**
 * virtio console: one port.
 *
 * Source: VIRTIO 1.2, section 5.3. Served: input, output, the size, emergency writes. Not modelled: MULTIPORT with its
 * control queues, so the port is always open and always a console.
 */
import type { DeviceHost, InputPort } from '../device.ts'
import type { Timer } from '../events.ts'
import type { StateObject, StateReader } from '../state.ts'
import { gather, scatter } from './buffer.ts'
import type { VirtioDevice, VirtioTransport } from './device.ts'
import { VirtqueueError } from './virtqueue.ts'

export const VIRTIO_CONSOLE_F_SIZE = 1n << 0n
export const VIRTIO_CONSOLE_F_EMERG_WRITE = 1n << 2n

const QUEUE_SIZE = 128
const RECEIVE = 0
const TRANSMIT = 1
const CONFIG_BYTES = 12
const CONFIG_EMERG_WRITE = 8
/** From a notification until the queues are looked at. It also bounds how often a guest can make us do that. */
const LATENCY_NS = 10_000
/** Drivers write a page or less at a time. */
const CHAIN_BYTES_MAX = 0x10_0000
/** What waits for the guest to read it, at most. */
const INPUT_BYTES_MAX = 0x10_0000

/** What a console needs. */
export interface VirtioConsoleOptions {
  /** Name of its input port, unique in the machine. */
  readonly name: string
  /** Takes what the guest prints. The array is the receiver's. */
  readonly output: (data: Uint8Array) => void
  readonly columns?: number
  readonly rows?: number
}

export class VirtioConsole implements VirtioDevice {
  readonly kind = 'virtio-console'
  readonly id = 3
  readonly features = VIRTIO_CONSOLE_F_SIZE | VIRTIO_CONSOLE_F_EMERG_WRITE
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE]
  readonly config = new Uint8Array(CONFIG_BYTES)
  /** Where typed bytes go in. */
  readonly input: InputPort
  /** Typed bytes that were dropped because the guest did not read. */
  dropped = 0

  private transport!: VirtioTransport
  private readonly timer: Timer
  private waiting: Uint8Array = new Uint8Array(0)

  constructor(
    private readonly host: DeviceHost,
    private readonly options: VirtioConsoleOptions,
  ) {
    this.resize(options.columns ?? 80, options.rows ?? 25)
    this.input = host.input(options.name, (data) => this.receive(data))
    this.timer = host.events.timer(() => this.transport.guard(() => this.work()))
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

  /** What was typed stays: a driver resets the device when it starts, and a person may have typed ahead. */
  reset(): void {
    this.timer.disarm()
  }

  writeConfig(offset: number, _size: number, value: number): void {
    if (offset === CONFIG_EMERG_WRITE) this.options.output(Uint8Array.of(value & 0xff))
  }

  save(): StateObject {
    return { version: 1, waiting: this.waiting.slice(), timer: this.timer.save() }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.waiting = state.bytes('waiting', undefined, INPUT_BYTES_MAX)
    this.timer.restore(state.object('timer'))
  }

  private resize(columns: number, rows: number): void {
    const view = new DataView(this.config.buffer)
    view.setUint16(0, columns, true)
    view.setUint16(2, rows, true)
    view.setUint32(4, 1, true)
  }

  /** Input is kept until a driver wants it, also before there is one. */
  private receive(data: Uint8Array): void {
    const taken = Math.min(data.length, INPUT_BYTES_MAX - this.waiting.length)
    this.dropped += data.length - taken
    const joined = new Uint8Array(this.waiting.length + taken)
    joined.set(this.waiting)
    joined.set(data.subarray(0, taken), this.waiting.length)
    this.waiting = joined
    this.transport.guard(() => this.deliver())
  }

  private deliver(): void {
    const queue = this.transport.queues[RECEIVE]!
    if (!queue.ready) return
    let served = 0
    while (this.waiting.length > 0) {
      const chain = queue.pop()
      if (!chain) break
      if (chain.writableBytes === 0) throw new VirtqueueError('an input buffer is not writable')
      const written = scatter(this.host.memory, chain.writable, 0, this.waiting)
      this.waiting = this.waiting.slice(written)
      queue.push(chain.head, written)
      served += 1
    }
    if (served > 0) this.transport.used(queue)
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
      if (chain.readableBytes > CHAIN_BYTES_MAX) {
        throw new VirtqueueError(`console output of ${chain.readableBytes} bytes in one buffer`)
      }
      if (chain.readableBytes > 0) {
        this.options.output(gather(this.host.memory, chain.readable, 0, chain.readableBytes))
      }
      queue.push(chain.head, 0)
      served += 1
    }
    if (served > 0) this.transport.used(queue)
  }
}
