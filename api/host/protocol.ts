/**
 * Frames between the server and an instance's process, over the process's standard input and output: u32 big-endian
 * length of what follows, one byte of type, payload. Both ends are ours, but a process may be damaged: a frame longer
 * than the limit is an error, not an allocation.
 */

/** Server to process: JSON `StartMessage`, once, first. */
export const START = 1
/** Server to process: u8 console, bytes typed there. */
export const INPUT = 2
/** Server to process: JSON `Command`. */
export const COMMAND = 3
/** Process to server: u8 console, bytes of its output. */
export const OUTPUT = 4
/** Process to server: JSON `Event`. */
export const EVENT = 5

/** Longest frame, type included. */
export const MAX_FRAME = 4 << 20

export type Verb = 'pause' | 'resume' | 'reset' | 'power-button' | 'quit'

export interface Command {
  id: number
  verb: Verb
}

export type Event =
  | { type: 'ready' }
  | { type: 'done'; id: number }
  | { type: 'took'; bytes: number }
  | { type: 'stats'; stats: Record<string, unknown> }
  | { type: 'error'; message: string }
  | { type: 'end'; reason: string; status: number; stats: Record<string, unknown> }

/** A frame ready to be written. */
export function encodeFrame(type: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(5 + payload.length)
  new DataView(frame.buffer).setUint32(0, 1 + payload.length)
  frame[4] = type
  frame.set(payload, 5)
  return frame
}

/** A frame of console bytes; `port` is the console's place in `portsOf()`. */
export function encodeBytes(type: number, port: number, bytes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(1 + bytes.length)
  payload[0] = port
  payload.set(bytes, 1)
  return encodeFrame(type, payload)
}

/** A frame with a JSON payload. */
export function encodeJson(type: number, value: unknown): Uint8Array {
  return encodeFrame(type, new TextEncoder().encode(JSON.stringify(value)))
}

/** The JSON of a payload; throws if it is none. */
export function decodeJson(payload: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
}

/** Cuts a byte stream into frames. */
export class FrameDecoder {
  #rest = new Uint8Array(0)

  /**
   * Adds bytes and returns the frames they complete.
   * @throws if a frame is empty or longer than `MAX_FRAME`.
   */
  push(chunk: Uint8Array): { type: number; payload: Uint8Array }[] {
    let data = chunk
    if (this.#rest.length > 0) {
      data = new Uint8Array(this.#rest.length + chunk.length)
      data.set(this.#rest)
      data.set(chunk, this.#rest.length)
    }
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    const frames: { type: number; payload: Uint8Array }[] = []
    let at = 0
    while (data.length - at >= 4) {
      const length = view.getUint32(at)
      if (length === 0 || length > MAX_FRAME) {
        throw new Error(`Frame of ${length} bytes: must be 1 to ${MAX_FRAME}`)
      }
      if (data.length - at - 4 < length) break
      frames.push({ type: data[at + 4]!, payload: data.slice(at + 5, at + 4 + length) })
      at += 4 + length
    }
    this.#rest = data.slice(at)
    return frames
  }
}
