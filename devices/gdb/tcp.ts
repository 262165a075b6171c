/**
 * The GDB stub of a machine, at a TCP port of this computer.
 *
 * One debugger at a time; a second one is turned away. A debugger can read and change everything in the machine, so the
 * port is open on the loopback interface only, and hangs up on what a web page may send there.
 */
import type { Machine } from '../machine.ts'
import { MachineTarget } from './machine-target.ts'
import { GdbSession } from './session.ts'

const HOST = '127.0.0.1'
/** Replies that a debugger did not read; it is gone or mad if there are more. */
const MAX_WAITING = 1 << 20
/** What a debugger's first byte can be: `+`, `-`, `$` or an interrupt. A web page's request begins with a letter. */
const FIRST_BYTES: readonly (number | undefined)[] = [0x2b, 0x2d, 0x24, 0x03]

export interface GdbOptions {
  /** TCP port; 0 takes a free one. */
  readonly port: number
  /** Hold the machine until a debugger lets it run. */
  readonly wait?: boolean
  /** The debugger wants the machine to end (`kill`, `monitor quit`). Default: it is paused. */
  readonly onKill?: () => void
}

/** A stub that listens. */
export interface GdbServer {
  readonly port: number
  /** Drops the debugger, if there is one, and listens no more. The machine runs on. */
  close(): void
}

/**
 * Serves a machine to debuggers. The machine runs until one connects, unless `wait` is set; it advances inside `run` and
 * `expect` only, whatever the debugger wants.
 * @throws Error if the port cannot be opened.
 */
export function serveGdb(machine: Machine, options: GdbOptions): GdbServer {
  const target = new MachineTarget(machine, options.onKill ?? (() => void machine.pause()))
  let current: Connection | undefined
  const listener = listen(options.port, {
    open(socket) {
      if (current || machine.parts.control.attached) {
        socket.end()
        return
      }
      current = new Connection(socket)
      current.session = new GdbSession(target, current)
    },
    data(socket, data) {
      if (current?.socket === socket) current.receive(data)
    },
    drain(socket) {
      if (current?.socket === socket) current.flush()
    },
    close(socket) {
      if (current?.socket !== socket) return
      current.session?.close()
      current = undefined
    },
    error(socket) {
      socket.terminate()
    },
  })
  if (options.wait) machine.parts.control.hold()
  return {
    port: listener.port,
    close() {
      current?.session?.close()
      // Does not wait for what the debugger has not read.
      listener.stop(true)
    },
  }
}

/** Sends what the socket takes, and keeps the rest. */
class Connection {
  session: GdbSession | undefined
  private waiting: Uint8Array[] = []
  private waitingBytes = 0
  private ending = false
  private greeted = false

  constructor(readonly socket: Bun.Socket) {}

  receive(data: Uint8Array): void {
    this.greeted ||= FIRST_BYTES.includes(data[0])
    if (this.greeted) this.session?.receive(data)
    else this.socket.terminate()
  }

  send(bytes: Uint8Array): void {
    this.waiting.push(bytes)
    this.waitingBytes += bytes.length
    if (this.waitingBytes > MAX_WAITING) this.socket.terminate()
    else this.flush()
  }

  end(): void {
    this.ending = true
    this.flush()
  }

  flush(): void {
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const sent = Math.max(0, this.socket.write(first))
      this.waitingBytes -= sent
      if (sent < first.length) {
        this.waiting[0] = first.subarray(sent)
        return
      }
      this.waiting.shift()
    }
    if (this.ending) this.socket.end()
  }
}

function listen(
  port: number,
  socket: Parameters<typeof Bun.listen<undefined>>[0]['socket'],
): Bun.TCPSocketListener {
  try {
    return Bun.listen({ hostname: HOST, port, socket })
  } catch (error) {
    throw new Error(
      `Cannot listen for a debugger at ${HOST}:${port}: ${(error as Error).message}. Is the port in use?`,
      { cause: error },
    )
  }
}
