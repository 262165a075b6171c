/**
 * Packet captures in the classic pcap format with nanosecond times, which Wireshark and tcpdump read.
 *
 * Source: draft-ietf-opsawg-pcap. Times are guest time since the machine's start, so captures of equal runs are equal.
 */

const MAGIC_NANOSECONDS = 0xa1b2_3c4d
const LINKTYPE_ETHERNET = 1
const NS_PER_SECOND = 1_000_000_000

/**
 * The start of a capture.
 * @param snapLength the longest frame in it.
 */
export function pcapHeader(snapLength: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(24))
  view.setUint32(0, MAGIC_NANOSECONDS, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, snapLength, true)
  view.setUint32(20, LINKTYPE_ETHERNET, true)
  return new Uint8Array(view.buffer)
}

/** One frame of a capture. */
export function pcapRecord(frame: Uint8Array, timeNs: number): Uint8Array {
  const bytes = new Uint8Array(16 + frame.length)
  const view = new DataView(bytes.buffer)
  const seconds = Math.floor(timeNs / NS_PER_SECOND)
  view.setUint32(0, seconds, true)
  view.setUint32(4, Math.floor(timeNs - seconds * NS_PER_SECOND), true)
  view.setUint32(8, frame.length, true)
  view.setUint32(12, frame.length, true)
  bytes.set(frame, 16)
  return bytes
}
