/**
 * One console over `console.v1`. A connection that breaks is made again from where it was, so nothing is shown twice.
 */
import {
  ACK,
  frame,
  GAP,
  IN,
  integerOf,
  OUT,
  PROTOCOL,
  REPLAY_END,
  STATUS,
} from '../../http/console-frames.ts'
import { token } from './api.ts'

export interface ConsoleEvents {
  /** Output of the guest; call `done` when it has been shown. */
  output(bytes: Uint8Array, done: () => void): void
  gap(bytes: number): void
  /** Everything before was the past. */
  replayEnd(): void
  status(status: { state: string; reason: string; detail: string | null }): void
  /** Connected, or not. */
  connection(open: boolean): void
}

/** Acknowledge at least this often. */
const ACK_EVERY = 64 << 10
const RETRY_MS = [300, 1000, 3000]

export class ConsoleClient {
  #socket: WebSocket | undefined
  #next: number | undefined
  #acknowledged = 0
  #retries = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(
    readonly id: string,
    readonly events: ConsoleEvents,
  ) {
    this.#connect()
  }

  /** Types at the guest. */
  type(bytes: Uint8Array): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame(IN, [], bytes))
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#socket?.close()
  }

  #connect(): void {
    const url = new URL(`/v1/instances/${this.id}/consoles/console`, location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    if (this.#next !== undefined) url.searchParams.set('from', String(this.#next))
    const used = token()
    const socket = new WebSocket(url, used ? [PROTOCOL, `bearer.${used}`] : [PROTOCOL])
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      this.#retries = 0
      this.events.connection(true)
    }
    socket.onmessage = ({ data }) => {
      if (!this.#closed) this.#take(new Uint8Array(data as ArrayBuffer))
    }
    socket.onclose = () => {
      if (this.#closed) return
      this.events.connection(false)
      const delay = RETRY_MS[Math.min(this.#retries++, RETRY_MS.length - 1)]
      this.#retry = setTimeout(() => this.#connect(), delay)
    }
    this.#socket = socket
  }

  #take(message: Uint8Array): void {
    const [type] = message
    if (type === OUT) {
      const offset = integerOf(message, 0) ?? 0
      const bytes = message.subarray(9)
      const end = offset + bytes.length
      this.#next = end
      const socket = this.#socket
      this.events.output(bytes, () => {
        if (socket === this.#socket) this.#acknowledge(end)
      })
    } else if (type === GAP) {
      const from = integerOf(message, 0) ?? 0
      const to = integerOf(message, 1) ?? 0
      this.#next = to
      this.events.gap(to - from)
    } else if (type === REPLAY_END) {
      this.#next = integerOf(message, 0) ?? this.#next
      this.events.replayEnd()
    } else if (type === STATUS) {
      this.events.status(JSON.parse(new TextDecoder().decode(message.subarray(1))))
    }
  }

  #acknowledge(offset: number): void {
    if (offset - this.#acknowledged < ACK_EVERY && offset >= this.#acknowledged) return
    this.#acknowledged = offset
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame(ACK, [offset]))
  }
}
