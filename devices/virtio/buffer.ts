/**
 * Copying between guest memory and a chain's segments (VIRTIO 1.2, section 2.7.4: a device makes no assumption about
 * how a message is split over descriptors).
 */
import type { GuestMemory } from '../device.ts'
import { type Segment, VirtqueueError } from './virtqueue.ts'

/** Copies `bytes` bytes, starting `skip` bytes into the segments. Fewer are returned if there are fewer. */
export function gather(
  memory: GuestMemory,
  segments: readonly Segment[],
  skip: number,
  bytes: number,
): Uint8Array {
  const pieces = slice(segments, skip, bytes)
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes, 0))
  let at = 0
  for (const piece of pieces) {
    out.set(readView(memory, piece), at)
    at += piece.bytes
  }
  return out
}

/** Stores `data`, starting `skip` bytes into the segments. Returns how many bytes found room. */
export function scatter(
  memory: GuestMemory,
  segments: readonly Segment[],
  skip: number,
  data: Uint8Array,
): number {
  let at = 0
  for (const piece of slice(segments, skip, data.length)) {
    if (!memory.dmaWrite(piece.pa, data.subarray(at, at + piece.bytes))) throw notWritable(piece)
    at += piece.bytes
  }
  return at
}

/** The part of `segments` from `skip` on, `bytes` long or as long as there is. */
export function slice(segments: readonly Segment[], skip: number, bytes: number): Segment[] {
  const out: Segment[] = []
  let before = skip
  let left = bytes
  for (const segment of segments) {
    if (before >= segment.bytes) {
      before -= segment.bytes
      continue
    }
    if (left <= 0) break
    const length = Math.min(segment.bytes - before, left)
    out.push({ pa: segment.pa + before, bytes: length })
    left -= length
    before = 0
  }
  return out
}

/** A view of a segment to read from. */
export function readView(memory: GuestMemory, segment: Segment): Uint8Array {
  const view = memory.dmaRead(segment.pa, segment.bytes)
  if (!view) throw new VirtqueueError(`0x${segment.pa.toString(16)} is no longer memory`)
  return view
}

/** A view of a segment to write to. */
export function writeView(memory: GuestMemory, segment: Segment): Uint8Array {
  const view = memory.dmaView(segment.pa, segment.bytes)
  if (!view) throw notWritable(segment)
  return view
}

function notWritable(segment: Segment): VirtqueueError {
  return new VirtqueueError(
    `${segment.bytes} bytes at 0x${segment.pa.toString(16)} are not writable memory`,
  )
}
