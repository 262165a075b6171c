/**
 * A viewer of a console: follows the log with a cursor of its own, as fast as its socket takes it, and types. The guest
 * never waits for a viewer; one that falls behind what is kept learns so: by a GAP message in `console.v1`, by the end of
 * the connection in raw mode.
 */
import type { Console, ConsoleListener } from '../host/console.ts'
import type { Instance } from '../host/instance.ts'
import {
  ACK,
  frame,
  GAP,
  IN,
  integerOf,
  OUT,
  REPLAY_END,
  STATUS,
  WINDOW,
} from './console-frames.ts'
import type { Socket, SocketHandler } from './websocket.ts'

/** Bytes that may wait in the socket's buffer. */
const HIGH_WATER = 256 << 10
const CHUNK = 32 << 10

/** Close codes of RFC 6455, section 7.4.1. */
const GOING_AWAY = 1001
const PROTOCOL_ERROR = 1002
const UNSUPPORTED_DATA = 1003
const POLICY_VIOLATION = 1008
const TRY_AGAIN_LATER = 1013

export type Mode = 'read' | 'write'

export interface ViewerOptions {
  instance: Instance
  console: Console
  mode: Mode
  /** Offset to start at; within the log for raw mode. */
  from: number
  /** `console.v1` rather than raw bytes. */
  framed: boolean
}

/** The handler of one console connection. */
export class Viewer implements SocketHandler, ConsoleListener {
  readonly #instance: Instance
  readonly #console: Console
  readonly #mode: Mode
  readonly #framed: boolean
  #cursor: number
  #acknowledged: number
  /** What was passed over beyond the acknowledged offset. */
  #gaps: { from: number; to: number }[] = []
  /** Where the past ends; undefined once REPLAY_END was sent. */
  #replayEnd: number | undefined
  #socket: Socket | undefined
  #unlisten: (() => void) | undefined

  constructor({ instance, console, mode, from, framed }: ViewerOptions) {
    this.#instance = instance
    this.#console = console
    this.#mode = mode
    this.#framed = framed
    this.#cursor = from
    this.#acknowledged = from
  }

  open(socket: Socket): void {
    this.#socket = socket
    this.#unlisten = this.#console.listen(this)
    this.#replayEnd = this.#console.log.end
    this.status()
    this.output()
  }

  close(): void {
    this.#socket = undefined
    this.#unlisten?.()
  }

  drain(): void {
    this.output()
  }

  gone(reason: string): void {
    this.#end(GOING_AWAY, reason)
  }

  status(): void {
    if (!this.#framed) return
    const { state, reason, detail } = this.#instance.record
    const text = JSON.stringify({ state, reason, detail, mode: this.#mode })
    this.#socket?.sendBinary(frame(STATUS, [], new TextEncoder().encode(text)))
  }

  /** Sends what there is, until the socket, the window or the log is exhausted. */
  output(): void {
    const { log } = this.#console
    while (this.#socket && this.#socket.getBufferedAmount() <= HIGH_WATER) {
      const window = this.#framed ? WINDOW - this.#unacknowledged : CHUNK
      if (window <= 0) return
      if (this.#cursor < log.start && !this.#skip(log.start)) return
      this.#endReplay()
      const bytes = log.read(this.#cursor, Math.min(CHUNK, window))
      if (bytes.length === 0) return
      this.#socket.sendBinary(this.#framed ? frame(OUT, [this.#cursor], bytes) : bytes)
      this.#cursor += bytes.length
      this.#endReplay()
    }
  }

  /** Bytes sent that the viewer has not shown. */
  get #unacknowledged(): number {
    const skipped = this.#gaps.reduce((sum, { from, to }) => sum + to - from, 0)
    return this.#cursor - this.#acknowledged - skipped
  }

  message(_: Socket, data: string | Uint8Array): void {
    if (this.#framed) this.#command(data)
    else this.#type(typeof data === 'string' ? new TextEncoder().encode(data) : data)
  }

  /** Passes over what is no longer kept. @returns false if that ended the connection. */
  #skip(to: number): boolean {
    if (!this.#framed) {
      this.#end(TRY_AGAIN_LATER, `Too slow: bytes ${this.#cursor} to ${to} are no longer kept`)
      return false
    }
    this.#socket?.sendBinary(frame(GAP, [this.#cursor, to]))
    this.#gaps.push({ from: this.#cursor, to })
    this.#cursor = to
    return true
  }

  #endReplay(): void {
    if (this.#replayEnd === undefined || this.#cursor < this.#replayEnd) return
    this.#replayEnd = undefined
    if (this.#framed) this.#socket?.sendBinary(frame(REPLAY_END, [this.#cursor]))
  }

  #command(data: string | Uint8Array): void {
    if (typeof data === 'string') {
      this.#end(UNSUPPORTED_DATA, 'console.v1 has binary messages only')
    } else if (data[0] === IN) {
      this.#type(data.subarray(1))
    } else if (data[0] === ACK) {
      this.#acknowledge(data.length === 9 ? integerOf(data, 0) : undefined)
    } else {
      this.#end(PROTOCOL_ERROR, `console.v1 has no message of type ${data[0] ?? 'nothing'}`)
    }
  }

  #acknowledge(offset: number | undefined): void {
    if (offset === undefined || offset > this.#cursor) {
      this.#end(PROTOCOL_ERROR, `Acknowledged ${offset}, but only ${this.#cursor} was sent`)
      return
    }
    this.#acknowledged = Math.max(this.#acknowledged, offset)
    this.#gaps = this.#gaps.filter(({ to }) => to > offset)
    this.output()
  }

  /** Types at the guest. What is typed while nothing runs is lost, as on a cable to a machine without power. */
  #type(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#mode === 'read') {
      this.#end(POLICY_VIOLATION, 'This connection only reads (mode=read)')
    } else if (this.#console.type(bytes) === 'busy') {
      this.#end(TRY_AGAIN_LATER, 'The guest does not read what was typed')
    }
  }

  #end(code: number, reason: string): void {
    const socket = this.#socket
    this.close()
    socket?.close(code, reason)
  }
}
