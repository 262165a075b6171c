/**
 * `/v1/instances/{id}/consoles/{port}`: a machine's console as a WebSocket, and its log.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Console } from '../../host/console.ts'
import { HostError } from '../../host/errors.ts'
import type { Host } from '../../host/host.ts'
import type { Instance } from '../../host/instance.ts'
import { PROTOCOL } from '../console-frames.ts'
import { BEARER_PROTOCOL, offeredProtocols } from '../guard.ts'
import { problem, problemResponse } from '../problem.ts'
import { createRouter } from '../router.ts'
import { InstanceParams, wholeNumber } from '../schemas.ts'
import { Viewer } from '../viewer.ts'
import { upgrade, wantsWebSocket } from '../websocket.ts'

const tags = ['consoles']

/** Viewers one console may have. */
const MAX_VIEWERS = 64

const params = InstanceParams.extend({
  port: z.string().max(64).openapi({
    description: "`console` is the board's serial port, `virtio0` ... are virtio consoles",
    example: 'console',
  }),
})
const from = wholeNumber(Number.MAX_SAFE_INTEGER).optional().openapi({
  type: 'integer',
  description: 'Offset of the first byte wanted; default: the oldest that is kept',
})

const attach = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/consoles/{port}',
  tags,
  operationId: 'attachConsole',
  summary: 'Attach to a console (WebSocket)',
  description:
    "Without a subprotocol: the guest's output as binary messages, and any message is typed. With subprotocol `console.v1`: messages with a type byte, see docs/api.md. A token can be given as subprotocol `bearer.TOKEN`. A viewer that reads too slowly never slows the guest: it gets a GAP message, or in raw mode is closed with code 1013.",
  request: {
    params,
    query: z.object({
      mode: z.enum(['read', 'write']).optional().openapi({ description: 'Default write' }),
      from,
    }),
  },
  responses: {
    101: { description: 'A WebSocket' },
    400: problemResponse('Unknown mode or subprotocol'),
    404: problemResponse('No such instance or console'),
    416: problemResponse('The offset is not kept (raw mode)'),
    426: problemResponse('Not a WebSocket handshake'),
    503: problemResponse('Too many viewers'),
  },
})

const log = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/consoles/{port}/log',
  tags,
  operationId: 'getConsoleLog',
  summary: "Read a console's log",
  description:
    'Reading does not consume. Headers kenix-log-from, kenix-log-start and kenix-log-end tell the offset of the first byte sent, of the oldest kept, and after the newest. The log continues over restarts of machine and server; at least the last MiB is kept.',
  request: { params, query: z.object({ from }) },
  responses: {
    200: {
      description: 'The bytes from the offset to the end',
      content: {
        'application/octet-stream': {
          schema: z.any().openapi({ type: 'string', format: 'binary' }),
        },
      },
    },
    404: problemResponse('No such instance or console'),
    416: problemResponse('The offset is not kept, or not yet written'),
  },
})

/** The routes of consoles. */
export function consoleRoutes(host: Host) {
  const app = createRouter()
  const find = (id: string, port: string): { instance: Instance; console: Console } => {
    const instance = host.instances.get(id)
    const console = instance.consoles.get(port)
    if (console) return { instance, console }
    throw new HostError(
      'not-found',
      `Instance "${id}" has no console "${port}". It has: ${[...instance.consoles.keys()].join(', ')}`,
    )
  }
  app.openapi(attach, (c) => {
    const { id, port } = c.req.valid('param')
    const { mode = 'write', from } = c.req.valid('query')
    const { instance, console } = find(id, port)
    const { headers } = c.req.raw
    if (!wantsWebSocket(headers)) {
      return problem(c, 426, {
        code: 'websocket-needed',
        detail: 'A console is a WebSocket. Its log is at /log behind this path',
        headers: { upgrade: 'websocket', connection: 'upgrade' },
      }) as never
    }
    const protocols = offeredProtocols(headers).filter((name) => !name.startsWith(BEARER_PROTOCOL))
    const framed = protocols.includes(PROTOCOL)
    if (protocols.length > 0 && !framed) {
      throw new HostError(
        'invalid',
        `Cannot speak "${protocols.join(', ')}": offer ${PROTOCOL}, or no subprotocol for raw bytes`,
      )
    }
    if (console.listeners >= MAX_VIEWERS) {
      throw new HostError('unavailable', `Console "${port}" has ${MAX_VIEWERS} viewers already`)
    }
    const start = framed ? Math.min(from ?? 0, console.log.end) : offset(console, from)
    const first = from === undefined ? Math.max(start, console.log.start) : start
    const viewer = new Viewer({ instance, console, mode, framed, from: first })
    // The token must not be echoed, but a client that offered only the token needs some answer.
    return upgrade(c, viewer, framed ? PROTOCOL : undefined) as never
  })
  app.openapi(log, (c) => {
    const { id, port } = c.req.valid('param')
    const { console } = find(id, port)
    const first = offset(console, c.req.valid('query').from)
    const { start, end } = console.log
    const bytes = console.log.read(first, end - first)
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: {
        'content-type': 'application/octet-stream',
        'kenix-log-from': String(first),
        'kenix-log-start': String(start),
        'kenix-log-end': String(end),
      },
    }) as never
  })
  return app
}

/** The offset to start at. @throws HostError `offset-not-kept` rather than leave a silent hole. */
function offset({ log, port }: Console, from: number | undefined): number {
  if (from === undefined) return log.start
  if (from >= log.start && from <= log.end) return from
  throw new HostError(
    'offset-not-kept',
    `Cannot read console "${port}" from offset ${from}: bytes ${log.start} to ${log.end} are kept. Leave "from" out for all of them`,
    { start: log.start, end: log.end },
  )
}
