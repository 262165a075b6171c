/**
 * Back end: frames over one connected socket. A peer that does not read loses frames; it never blocks the sender, and
 * never gets half a frame. A peer that breaks the protocol is disconnected.
 */
import type { Socket } from 'node:net'
import { encodeFrame, FrameDecoder } from './framing.ts'
import { isFrame } from './port.ts'

/** What may wait for a peer that does not read. */
const QUEUED_BYTES_MAX = 4 << 20

/** What happens on a link. Neither may throw. */
export interface LinkEvents {
  onFrame(frame: Uint8Array): void
  /** Called once. `reason` is there if it did not just end. */
  onClose(reason: string | undefined): void
}

export class FrameLink {
  private readonly decoder = new FrameDecoder()
  private reason: string | undefined
  private open = true

  /** Takes a connected socket over. */
  constructor(
    private readonly socket: Socket,
    private readonly events: LinkEvents,
  ) {
    // The machine, not its network, decides how long the process lives.
    socket.unref()
    socket.on('data', (chunk: Buffer) => this.receive(chunk))
    socket.on('error', (error) => {
      this.reason ??= error.message
    })
    socket.on('close', () => this.end())
  }

  /** Sends a frame. Returns false if it was dropped. */
  send(frame: Uint8Array): boolean {
    if (!this.open || !isFrame(frame) || this.socket.writableLength > QUEUED_BYTES_MAX) return false
    this.socket.write(encodeFrame(frame))
    return true
  }

  close(): void {
    this.socket.destroy()
    this.end()
  }

  private receive(chunk: Uint8Array): void {
    if (!this.open) return
    try {
      for (const frame of this.decoder.push(chunk)) this.events.onFrame(frame)
    } catch (error) {
      this.reason = error instanceof Error ? error.message : `${error}`
      this.close()
    }
  }

  private end(): void {
    if (!this.open) return
    this.open = false
    this.events.onClose(this.reason)
  }
}
