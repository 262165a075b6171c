/**
 * Learning Ethernet switches for instances on one host, which run in processes of their own: a Unix socket a network,
 * spoken to by the machine library's `stream` back end (u32 big-endian length, then one frame). A port that does not
 * read loses frames, as on any switch; it never slows the others.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Socket, UnixSocketListener } from 'bun'
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN } from '../../devices/net/port.ts'

/** Frames that wait for a port that does not read. */
const MAX_QUEUED = 1 << 20
const MAX_LEARNED = 4096

interface Port {
  rest: Uint8Array
  queue: Uint8Array[]
  queued: number
}

/** The switches of a server, made when first asked for. */
export class Switches {
  #directory: string | undefined
  readonly #switches = new Map<string, { path: string; listener: UnixSocketListener<Port> }>()

  /** The socket of the network `name`. */
  path(name: string): string {
    const existing = this.#switches.get(name)
    if (existing) return existing.path
    // Socket addresses have room for 107 bytes, so they cannot live under an arbitrary state directory.
    this.#directory ??= mkdtempSync(join(tmpdir(), 'kenix-'))
    const path = join(this.#directory, `${this.#switches.size}.sock`)
    this.#switches.set(name, { path, listener: listen(path) })
    return path
  }

  close(): void {
    for (const { listener } of this.#switches.values()) listener.stop(true)
    this.#switches.clear()
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true })
    this.#directory = undefined
  }
}

function listen(path: string): UnixSocketListener<Port> {
  const ports = new Set<Socket<Port>>()
  const learned = new Map<string, Socket<Port>>()
  return Bun.listen<Port>({
    unix: path,
    socket: {
      open(socket) {
        socket.data = { rest: new Uint8Array(0), queue: [], queued: 0 }
        ports.add(socket)
      },
      data(socket, chunk) {
        for (const frame of takeFrames(socket, chunk)) forward(socket, frame, ports, learned)
      },
      drain: sendQueued,
      close(socket) {
        ports.delete(socket)
        for (const [address, port] of learned) if (port === socket) learned.delete(address)
      },
      error(socket) {
        socket.terminate()
      },
    },
  })
}

/** Frames, each with its length in front, that `chunk` completes. A port that sends nonsense is closed. */
function takeFrames(socket: Socket<Port>, chunk: Uint8Array): Uint8Array[] {
  const data = Buffer.concat([socket.data.rest, chunk])
  const frames: Uint8Array[] = []
  let at = 0
  while (data.length - at >= 4) {
    const length = data.readUInt32BE(at)
    if (length < FRAME_BYTES_MIN || length > FRAME_BYTES_MAX) {
      socket.terminate()
      return frames
    }
    if (data.length - at - 4 < length) break
    frames.push(new Uint8Array(data.subarray(at, at + 4 + length)))
    at += 4 + length
  }
  socket.data.rest = new Uint8Array(data.subarray(at))
  return frames
}

function forward(
  from: Socket<Port>,
  frame: Uint8Array,
  ports: Set<Socket<Port>>,
  learned: Map<string, Socket<Port>>,
): void {
  const group = (frame[4]! & 1) === 1
  const source = frame.subarray(10, 16)
  if ((source[0]! & 1) === 0) {
    if (learned.size >= MAX_LEARNED) learned.clear()
    learned.set(source.join(), from)
  }
  const target = group ? undefined : learned.get(frame.subarray(4, 10).join())
  for (const port of target ? [target] : ports) if (port !== from) send(port, frame)
}

function send(port: Socket<Port>, frame: Uint8Array): void {
  const { data } = port
  if (data.queued + frame.length > MAX_QUEUED) return
  data.queue.push(frame)
  data.queued += frame.length
  sendQueued(port)
}

/** Writes what the socket takes; a frame written in part stays first in the queue, so framing holds. */
function sendQueued(port: Socket<Port>): void {
  const { data } = port
  while (data.queue.length > 0) {
    const frame = data.queue[0]!
    const written = Math.max(0, port.write(frame))
    data.queued -= written
    if (written < frame.length) {
      data.queue[0] = frame.subarray(written)
      return
    }
    data.queue.shift()
  }
}
