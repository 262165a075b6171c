/**
 * The border between a virtio device and its transport (VIRTIO 1.2, chapter 2).
 *
 * The transport owns status, features, queues, configuration access and the interrupt; a device owns its configuration
 * bytes and what its queues mean.
 */
import type { StateObject, StateReader } from '../state.ts'
import type { Virtqueue } from './virtqueue.ts'

/** Feature bits that belong to no device type (chapter 6). */
export const VIRTIO_F_INDIRECT_DESC = 1n << 28n
export const VIRTIO_F_EVENT_IDX = 1n << 29n
export const VIRTIO_F_VERSION_1 = 1n << 32n

/** What a device may ask of its transport. */
export interface VirtioTransport {
  readonly queues: readonly Virtqueue[]
  /** DRIVER_OK is set and the device does not need a reset: buffers may be used. */
  readonly running: boolean
  /** Whether the driver accepted all bits of `feature`. */
  negotiated(feature: bigint): boolean
  /**
   * Runs what touches queues, if `running`. Every path from a timer or an input into a queue goes through here: a
   * `VirtqueueError` ends in DEVICE_NEEDS_RESET instead of in the host.
   */
  guard(work: () => void): void
  /** Buffers of `queue` were used: interrupts if the driver wants that. */
  used(queue: Virtqueue): void
  /** The device changed its configuration bytes. */
  configChanged(): void
}

/** One virtio device, whatever its transport. */
export interface VirtioDevice {
  /** `virtio-blk` and the like. */
  readonly kind: string
  /** Device type (chapter 5). */
  readonly id: number
  /** Device-specific features it offers. */
  readonly features: bigint
  /** The largest size of each queue. */
  readonly queueSizes: readonly number[]
  /** Configuration space, little-endian, live. Reads beyond it are zero. */
  readonly config: Uint8Array
  /** Called once, by the transport's constructor. */
  connect(transport: VirtioTransport): void
  /** The driver set DRIVER_OK; queues may already hold buffers. Runs guarded. */
  start(): void
  /** The driver notified a ready queue. Runs guarded. */
  notify(queue: number): void
  /** The driver disabled a queue: forget every buffer of it. */
  stop(queue: number): void
  /** The driver wrote to configuration space. */
  writeConfig?(offset: number, size: 1 | 2 | 4, value: number): void
  /** Back to the state after power-on: forget every buffer. */
  reset(): void
  save(): StateObject
  restore(state: StateReader): void
}
