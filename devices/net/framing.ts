/**
 * Frames in a byte stream: a 32-bit big-endian length, then the frame. QEMU's `-netdev stream`, passt and gvproxy speak
 * the same.
 */
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN, NetError } from './port.ts'

const LENGTH_BYTES = 4

/** A frame with its length in front. */
export function encodeFrame(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + frame.length)
  new DataView(bytes.buffer).setUint32(0, frame.length)
  bytes.set(frame, LENGTH_BYTES)
  return bytes
}

/** Finds the frames in what arrives, however it is cut into chunks. Holds at most one frame. */
export class FrameDecoder {
  /** Frames too short to be Ethernet; they are left out. */
  runts = 0

  private readonly length = new Uint8Array(LENGTH_BYTES)
  private lengthRead = 0
  private frame: Uint8Array | undefined
  private frameRead = 0

  /**
   * Takes a chunk.
   * @returns the frames it completed.
   * @throws NetError if a length is impossible: the stream makes no sense from there on.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = []
    let at = 0
    while (at < chunk.length) {
      if (!this.frame) {
        this.length[this.lengthRead++] = chunk[at++]!
        if (this.lengthRead === LENGTH_BYTES) this.begin()
        continue
      }
      const piece = chunk.subarray(at, at + this.frame.length - this.frameRead)
      this.frame.set(piece, this.frameRead)
      this.frameRead += piece.length
      at += piece.length
      if (this.frameRead === this.frame.length) this.end(frames)
    }
    return frames
  }

  private begin(): void {
    const bytes = new DataView(this.length.buffer).getUint32(0)
    if (bytes > FRAME_BYTES_MAX) {
      throw new NetError(
        `Cannot read a frame of ${bytes} bytes: at most ${FRAME_BYTES_MAX} are sent; ` +
          'the peer does not speak the stream protocol (32-bit big-endian length, then the frame)',
      )
    }
    this.lengthRead = 0
    if (bytes === 0) this.runts += 1
    else {
      this.frame = new Uint8Array(bytes)
      this.frameRead = 0
    }
  }

  private end(frames: Uint8Array[]): void {
    const frame = this.frame!
    this.frame = undefined
    if (frame.length < FRAME_BYTES_MIN) this.runts += 1
    else frames.push(frame)
  }
}
