/**
 * Back end: a hub that machines in different processes of one user share, by name.
 *
 * The processes meet in a directory. Who holds the lock on `NAME.lock` listens at `NAME.sock` and switches frames for
 * all; the others connect. When the holder ends, however it ends, the system drops its lock: one of the others gets it
 * and takes over, the rest connect to that one. Inside a process there is one switch per name, and one connection.
 */
import { closeSync, lstatSync, mkdirSync, openSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { canLockFiles, lockFile } from '../disk/libc.ts'
import { checkHubName, HubPort } from './hub.ts'
import { FrameLink } from './link.ts'
import { NetError, type NetPort } from './port.ts'
import { EthernetSwitch } from './switch.ts'
import { checkSocketPath, connectSocket, listenOnSocket } from './unix-socket.ts'

/** Between two attempts to reach or replace the holder. */
const RETRY_MS = 50

const hubs = new Map<string, SharedHub>()

/**
 * Plugs into the hub `name` that all processes share which use `directory`.
 * @param directory made if it does not exist; must be this user's alone.
 * @throws NetError if the name or the directory can't be used.
 */
export function plugIntoSharedHub(directory: string, name: string): NetPort {
  checkHubName(name)
  if (!canLockFiles()) {
    throw new NetError(
      `Cannot share the hub "${name}" between processes on this system: connect machines with --net stream:PATH`,
    )
  }
  prepareDirectory(directory)
  const path = join(directory, name)
  checkSocketPath(`${path}.sock`)
  let hub = hubs.get(path)
  if (!hub) {
    hub = new SharedHub(path, () => hubs.delete(path))
    hubs.set(path, hub)
  }
  return hub.plug()
}

/** Where this user's processes meet: `$XDG_RUNTIME_DIR/kenix`, else a directory of the user's in `/tmp`. */
export function runtimeDirectory(): string {
  const runtime = process.env['XDG_RUNTIME_DIR']
  return runtime ? join(runtime, 'kenix') : `/tmp/kenix-${process.getuid?.() ?? 0}`
}

class SharedHub {
  private readonly network = new EthernetSwitch()
  private users = 0
  private lock: number | undefined
  private server: Server | undefined
  private readonly links = new Set<FrameLink>()
  private cancel: (() => void) | undefined
  private open = true

  constructor(
    private readonly path: string,
    private readonly onClose: () => void,
  ) {
    this.meet()
  }

  plug(): NetPort {
    this.users += 1
    return new HubPort(this.network, () => {
      this.users -= 1
      if (this.users === 0) this.close()
    })
  }

  /** Becomes the holder, or connects to it. */
  private meet(): void {
    let lock: number
    try {
      lock = openSync(`${this.path}.lock`, 'a', 0o600)
    } catch {
      // The directory may be gone for a moment, as when temporary files are cleaned up.
      this.retry()
      return
    }
    if (lockFile(lock, true)) {
      this.lock = lock
      this.serve()
    } else {
      closeSync(lock)
      this.connect()
    }
  }

  private serve(): void {
    this.server = listenOnSocket(`${this.path}.sock`, {
      onFail: () => {
        this.release()
        this.retry()
      },
      onConnection: (socket) => {
        if (this.open)
          this.attach(
            (events) => new FrameLink(socket, events),
            () => {},
          )
        else socket.destroy()
      },
    })
  }

  private connect(): void {
    this.cancel = connectSocket(
      `${this.path}.sock`,
      (socket) => {
        if (this.open)
          this.attach(
            (events) => new FrameLink(socket, events),
            () => this.retry(),
          )
        else socket.destroy()
      },
      () => this.retry(),
    )
  }

  /** Joins a link to the switch until it closes. */
  private attach(
    makeLink: (events: { onFrame(frame: Uint8Array): void; onClose(): void }) => FrameLink,
    onClose: () => void,
  ): void {
    const plug = this.network.plug((frame) => link.send(frame))
    const link = makeLink({
      onFrame: (frame) => plug.send(frame),
      onClose: () => {
        plug.close()
        this.links.delete(link)
        onClose()
      },
    })
    this.links.add(link)
  }

  private retry(): void {
    if (!this.open) return
    const timer = setTimeout(() => this.meet(), RETRY_MS)
    timer.unref()
    this.cancel = () => clearTimeout(timer)
  }

  private close(): void {
    this.open = false
    this.cancel?.()
    for (const link of this.links) link.close()
    this.release()
    this.onClose()
  }

  /** Stops being the holder: first the socket goes, then the lock, so that no one removes a successor's socket. */
  private release(): void {
    if (this.lock === undefined) return
    this.server?.close()
    rmSync(`${this.path}.sock`, { force: true })
    closeSync(this.lock)
    this.lock = undefined
  }
}

/** Frames are as good as physical access: nobody else may reach the sockets. */
function prepareDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const stat = lstatSync(directory)
    const mine = process.getuid === undefined || stat.uid === process.getuid()
    if (stat.isDirectory() && mine && (stat.mode & 0o022) === 0) return
  } catch (error) {
    const reason = error instanceof Error ? error.message : `${error}`
    throw new NetError(`Cannot use "${directory}" for shared hubs: ${reason}`)
  }
  throw new NetError(
    `Cannot use "${directory}" for shared hubs: it must be a directory of this user that no one ` +
      'else can write to; remove it, or set XDG_RUNTIME_DIR to another place',
  )
}
