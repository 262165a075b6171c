/**
 * Back end: a network over a Unix stream socket, as QEMU's `-netdev stream`, passt and gvproxy speak it.
 *
 * One peer at a time. A lost connection is made again, for ever; frames meanwhile are dropped, as with a cable pulled.
 */
import { existsSync, lstatSync } from 'node:fs'
import type { Server } from 'node:net'
import { FrameLink } from './link.ts'
import { type NetCounters, NetError, type NetPort } from './port.ts'
import { checkSocketPath, connectSocket, listenOnSocket } from './unix-socket.ts'

const RETRY_MIN_MS = 50
const RETRY_MAX_MS = 2_000

/** Where a stream leads. */
export interface StreamOptions {
  readonly path: string
  /** Wait for the peer at `path` instead of connecting to it. */
  readonly listen?: boolean
  /** Told once per loss of the peer, and when it can't be reached at first. */
  readonly onWarning?: (message: string) => void
}

export class StreamPort implements NetPort {
  readonly counters: NetCounters = { sent: 0, received: 0, dropped: 0 }
  onFrame: ((frame: Uint8Array) => void) | undefined

  private link: FrameLink | undefined
  private server: Server | undefined
  private cancel: (() => void) | undefined
  private retryMs = RETRY_MIN_MS
  private warned = false
  private open = true

  /** @throws NetError if the path can't be a socket's. Being unreachable is no error: it tries again. */
  constructor(private readonly options: StreamOptions) {
    checkSocketPath(options.path)
    if (options.listen) this.listen()
    else this.connect()
  }

  /** Whether there is a peer. */
  get connected(): boolean {
    return this.link !== undefined
  }

  send(frame: Uint8Array): void {
    if (this.link?.send(frame)) this.counters.sent += 1
    else this.counters.dropped += 1
  }

  close(): void {
    if (!this.open) return
    this.open = false
    this.cancel?.()
    this.link?.close()
    this.server?.close()
  }

  private connect(): void {
    const { path } = this.options
    this.cancel = connectSocket(
      path,
      (socket) => {
        this.retryMs = RETRY_MIN_MS
        this.warned = false
        this.attach(
          new FrameLink(socket, {
            onFrame: (frame) => this.receive(frame),
            onClose: (reason) => {
              this.link = undefined
              if (!this.open) return
              this.warn(
                `The network at "${path}" is gone${reason ? ` (${reason})` : ''}; trying again`,
              )
              this.retry()
            },
          }),
        )
      },
      (code) => {
        if (!this.open) return
        this.warn(`Cannot reach the network at "${path}" yet (${code}); trying again`)
        this.retry()
      },
    )
  }

  private listen(): void {
    const { path } = this.options
    if (existsSync(path) && !lstatSync(path).isSocket()) {
      throw new NetError(
        `Cannot listen at "${path}": it is there, and no socket; choose another path`,
      )
    }
    // A socket that somebody answers at is in use; one that nobody does was left over.
    this.cancel = connectSocket(
      path,
      (socket) => {
        socket.destroy()
        this.warn(`Cannot listen at "${path}": another process does; choose another path`)
      },
      () => this.serve(path),
    )
  }

  private serve(path: string): void {
    if (!this.open) return
    this.server = listenOnSocket(path, {
      onFail: (code) => this.warn(`Cannot listen at "${path}": ${code}`),
      onConnection: (socket) => {
        // The protocol has one peer; a second one would mix two networks.
        if (this.link || !this.open) {
          socket.destroy()
          return
        }
        this.attach(
          new FrameLink(socket, {
            onFrame: (frame) => this.receive(frame),
            onClose: (reason) => {
              this.link = undefined
              if (reason) this.options.onWarning?.(`The peer at "${path}" is gone (${reason})`)
            },
          }),
        )
      },
    })
  }

  private attach(link: FrameLink): void {
    if (this.open) this.link = link
    else link.close()
  }

  private receive(frame: Uint8Array): void {
    if (!this.onFrame || !this.open) {
      this.counters.dropped += 1
      return
    }
    this.counters.received += 1
    this.onFrame(frame)
  }

  private retry(): void {
    const timer = setTimeout(() => this.connect(), this.retryMs)
    timer.unref()
    this.cancel = () => clearTimeout(timer)
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS)
  }

  private warn(message: string): void {
    if (this.warned) return
    this.warned = true
    this.options.onWarning?.(message)
  }
}
