/**
 * virtio entropy device.
 *
 * Source: VIRTIO 1.2, section 5.4. The bytes are a function of the machine's seed, so that runs repeat: good enough to
 * start a guest, not a source of secrets.
 */
import type { DeviceHost } from '../device.ts'
import type { Timer } from '../events.ts'
import type { StateObject, StateReader } from '../state.ts'
import { slice, writeView } from './buffer.ts'
import type { VirtioDevice, VirtioTransport } from './device.ts'
import { VirtqueueError } from './virtqueue.ts'

const QUEUE_SIZE = 8
const LATENCY_NS = 10_000
/** The device may use less than the buffer it got; no driver asks for this much. */
const REQUEST_BYTES_MAX = 0x1_0000

export class VirtioRng implements VirtioDevice {
  readonly kind = 'virtio-rng'
  readonly id = 4
  readonly features = 0n
  readonly queueSizes = [QUEUE_SIZE]
  readonly config = new Uint8Array(0)

  private transport!: VirtioTransport
  private readonly timer: Timer

  constructor(private readonly host: DeviceHost) {
    this.timer = host.events.timer(() => this.transport.guard(() => this.fill()))
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
    this.timer.disarm()
  }

  reset(): void {
    this.timer.disarm()
  }

  save(): StateObject {
    return { version: 1, timer: this.timer.save() }
  }

  restore(state: StateReader): void {
    state.version(1)
    this.timer.restore(state.object('timer'))
  }

  private fill(): void {
    const queue = this.transport.queues[0]!
    if (!queue.ready) return
    let served = 0
    for (let chain = queue.pop(); chain; chain = queue.pop()) {
      if (chain.writableBytes === 0) throw new VirtqueueError('an entropy buffer is not writable')
      const bytes = Math.min(chain.writableBytes, REQUEST_BYTES_MAX)
      for (const segment of slice(chain.writable, 0, bytes)) {
        this.host.random.fill(writeView(this.host.memory, segment))
      }
      queue.push(chain.head, bytes)
      served += 1
    }
    if (served > 0) this.transport.used(queue)
  }
}
