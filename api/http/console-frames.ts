/**
 * Subprotocol `console.v1`: binary messages, one type byte and a payload, integers big-endian. It has no dependencies:
 * the page uses it, too.
 *
 * The server sends OUT, GAP, REPLAY_END and STATUS; the client sends IN and ACK. The server sends at most `WINDOW` bytes
 * beyond the last acknowledged offset, so that a terminal's write buffer stays small.
 */

/** u64 offset of the first byte, bytes: output of the guest. */
export const OUT = 0x01
/** u64 from, u64 to: output that is no longer kept. The next OUT starts at `to`. */
export const GAP = 0x02
/** u64 offset: what was in the log when the viewer came has been sent; the rest is live. */
export const REPLAY_END = 0x03
/** JSON `{"state": ..., "reason": ..., "mode": ...}`: sent at first and whenever the state changes. */
export const STATUS = 0x04
/** Bytes typed. */
export const IN = 0x10
/** u64 offset: everything before it has been shown. */
export const ACK = 0x11

export const PROTOCOL = 'console.v1'

/** Bytes that may be sent beyond the last acknowledged offset. */
export const WINDOW = 1 << 20

/** A message of a type and integers, with optional bytes behind them. */
export function frame(
  type: number,
  integers: readonly number[],
  bytes?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = 1 + 8 * integers.length
  const message = new Uint8Array(head + (bytes?.length ?? 0))
  const view = new DataView(message.buffer)
  message[0] = type
  for (const [index, value] of integers.entries()) view.setBigUint64(1 + 8 * index, BigInt(value))
  if (bytes) message.set(bytes, head)
  return message
}

/**
 * The integer at position `index` behind the type byte.
 * @returns undefined if it is not there, or larger than a safe integer.
 */
export function integerOf(message: Uint8Array, index: number): number | undefined {
  const at = 1 + 8 * index
  if (message.length < at + 8) return undefined
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const value = view.getBigUint64(at)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}
