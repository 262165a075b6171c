/**
 * The application on a port.
 */
import type { Server } from 'bun'
import type { Host } from '../host/host.ts'
import { report } from '../host/report.ts'
import { createApp } from './app.ts'
import type { GuardOptions } from './guard.ts'
import { type SocketData, websocket } from './websocket.ts'

/** Uploads are limited by the image store, which answers with a problem; Bun's own refusal would be empty. */
const NO_LIMIT = 2 ** 50

export interface ServeOptions extends GuardOptions {
  /** 0 for any free one. */
  port: number
}

/** Serves `host` until `stop()`. @throws if the address cannot be bound. */
export function serve(host: Host, options: ServeOptions): Server<SocketData> {
  const app = createApp(host, options)
  return Bun.serve<SocketData>({
    hostname: options.hostname,
    port: options.port,
    maxRequestBodySize: NO_LIMIT,
    fetch: (request, server) => app.fetch(request, { server }),
    websocket,
    error: (error) => {
      report(error)
      return new Response(null, { status: 500 })
    },
  })
}
