/**
 * WebSockets on Bun, as one handler object a connection. Hono's own adapter hides `drain` and what `send()` returns,
 * without which a slow reader cannot be served honestly.
 */
import type { ServerWebSocket, WebSocketHandler } from 'bun'
import type { Context } from 'hono'
import type { AppEnv } from './env.ts'
import { problem } from './problem.ts'

export type Socket = ServerWebSocket<SocketData>

/** One connection's behaviour. */
export interface SocketHandler {
  open(socket: Socket): void
  message(socket: Socket, data: string | Uint8Array): void
  /** What was queued for a slow reader has been sent. */
  drain(socket: Socket): void
  close(socket: Socket): void
}

export interface SocketData {
  handler: SocketHandler
}

/** Longest message a client may send: typed bytes, or a paste. Bun closes the connection at a longer one. */
export const MAX_MESSAGE = 64 << 10

/** What `Bun.serve` gets. */
export const websocket: WebSocketHandler<SocketData> = {
  maxPayloadLength: MAX_MESSAGE,
  // Viewers watch getBufferedAmount() and stay far below; beyond this limit uWebSockets would drop silently.
  backpressureLimit: 16 << 20,
  idleTimeout: 120,
  sendPings: true,
  open: (socket) => socket.data.handler.open(socket),
  message: (socket, data) => socket.data.handler.message(socket, data),
  drain: (socket) => socket.data.handler.drain(socket),
  close: (socket) => socket.data.handler.close(socket),
}

/** Whether a request asks for a WebSocket. */
export function wantsWebSocket(headers: Headers): boolean {
  return headers.get('upgrade')?.toLowerCase() === 'websocket'
}

/**
 * Upgrades the request to a WebSocket.
 * @param protocol the subprotocol to choose, one the client offered; undefined for none. Left to itself Bun would echo
 *   the first one offered, which may be the token.
 */
export function upgrade(
  c: Context<AppEnv>,
  handler: SocketHandler,
  protocol: string | undefined,
): Response {
  const headers: Record<string, string> = protocol ? { 'sec-websocket-protocol': protocol } : {}
  const done = c.env?.server?.upgrade(c.req.raw, { data: { handler }, headers })
  if (done) return new Response(null)
  return problem(c, 400, {
    code: 'invalid-handshake',
    detail: 'Cannot open a WebSocket: the handshake lacks a valid Sec-WebSocket-Key or version 13',
  })
}
