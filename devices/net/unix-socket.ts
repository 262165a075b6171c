/** Back end: what every user of Unix sockets has to look after. Source: unix(7). */
import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { NetError } from './port.ts'

/** Room for a path in `sockaddr_un`, without the final zero. */
const PATH_BYTES_MAX = 107

/** @throws NetError if the path is too long for a socket: the system would cut it silently, or refuse. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes === 0 || bytes > PATH_BYTES_MAX || path.includes('\0')) {
    throw new NetError(
      `Cannot use "${path}" as a Unix socket: its path has ${bytes} bytes, 1 to ${PATH_BYTES_MAX} are possible`,
    )
  }
}

/** Connects. Exactly one of the two is called. Returns what stops the attempt. */
export function connectSocket(
  path: string,
  onConnect: (socket: Socket) => void,
  onFail: (code: string) => void,
): () => void {
  const socket = createConnection(path)
  socket.unref()
  let settled = false
  socket.once('connect', () => {
    if (settled) return
    settled = true
    onConnect(socket)
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (settled) return
    settled = true
    onFail(error.code ?? error.message)
  })
  return () => {
    if (settled) return
    settled = true
    socket.destroy()
  }
}

/**
 * Listens, for this user only. The caller knows that no one else does: a socket left over at `path` is removed.
 */
export function listenOnSocket(
  path: string,
  events: {
    onFail(code: string): void
    onConnection(socket: Socket): void
  },
): Server {
  const server = createServer((socket) => events.onConnection(socket))
  server.unref()
  server.on('error', (error: NodeJS.ErrnoException) => events.onFail(error.code ?? error.message))
  rmSync(path, { force: true })
  // The mask covers the moment between bind and listen, in which a mode could not be set yet.
  const mask = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(mask)
  }
  return server
}
