/**
 * A place where an Ethernet cable plugs in: what every network back end gives, and what a network device uses.
 *
 * Frames are Ethernet II without preamble and checksum. They travel best effort, as on a wire: a port that can't take
 * one drops it and counts. A port never calls back from inside `send` into the machine that sent: received frames
 * reach a machine through its input log (`InputPort.post`), which takes them at any time.
 */

/** The shortest frame that says where it goes: destination, source, type. */
export const FRAME_BYTES_MIN = 14
/** The longest frame: QEMU's network buffer, which is room for 64 KiB of payload and headers. */
export const FRAME_BYTES_MAX = 69_632

/** Counters of a port, in frames, as seen from its user. */
export interface NetCounters {
  sent: number
  received: number
  dropped: number
}

/** A network could not be reached or used. The message tells a person what to do. */
export class NetError extends Error {
  override readonly name = 'NetError'
}

export interface NetPort {
  readonly counters: NetCounters
  /** Takes what arrives. The array belongs to the receiver. Frames that come while it is undefined are dropped. */
  onFrame: ((frame: Uint8Array) => void) | undefined
  /** Sends a frame. The port copies what it keeps. */
  send(frame: Uint8Array): void
  /** Unplugs. Nothing arrives afterwards. A second call does nothing. */
  close(): void
}

/** Whether a frame's length is one that a network carries. */
export function isFrame(frame: Uint8Array): boolean {
  return frame.length >= FRAME_BYTES_MIN && frame.length <= FRAME_BYTES_MAX
}

/**
 * Reads a MAC address, six hexadecimal bytes with colons.
 * @returns undefined if it is none, or one that no single station can have (multicast, all zeros).
 */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined
  const mac = Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16))
  const usable = (mac[0]! & 1) === 0 && mac.some((byte) => byte !== 0)
  return usable ? mac : undefined
}

/**
 * The MAC address of a machine's network card `index` that was given none: QEMU's for seed 0, another for each other
 * seed, so that machines with seeds of their own can share a network.
 */
export function defaultMac(seed: number, index: number): Uint8Array {
  if (seed === 0) return Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, (0x56 + index) & 0xff)
  let hash = (seed >>> 0) ^ Math.imul(Math.floor(seed / 0x1_0000_0000), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb_352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846c_a68b)
  hash ^= hash >>> 16
  return Uint8Array.of(0x52, 0x54, hash >>> 24, hash >>> 16, hash >>> 8, (hash & 0xff) + index)
}
