/**
 * `/v1/kenix`: how far the instance `kenix` is, which the server makes by itself.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Host } from '../../host/host.ts'
import { createRouter } from '../router.ts'

const KenixView = z
  .object({
    state: z.enum(['building', 'ready', 'failed', 'off']).openapi({
      description:
        '`off`: the server makes no such instance, as it was deleted, or the server was told not to',
    }),
    detail: z
      .string()
      .nullable()
      .openapi({ description: 'What is being done, or what went wrong, for people' }),
    instance: z.uuid().nullable().openapi({ description: "The instance's id, while there is one" }),
  })
  .openapi('Kenix')

const get = createRoute({
  method: 'get',
  path: '/v1/kenix',
  tags: ['instances'],
  operationId: 'getKenix',
  summary: 'Ask how far the instance kenix is',
  description:
    'On its first start a server builds Kenix and makes an instance of it, named `kenix`. Later it builds again what has changed, and starts the instance if it ran when the server ended.',
  responses: {
    200: { description: 'How far it is', content: { 'application/json': { schema: KenixView } } },
  },
})

/** The route of the default instance. */
export function kenixRoutes(host: Host) {
  const app = createRouter()
  app.openapi(get, (c) =>
    c.json(host.kenix?.status ?? { state: 'off' as const, detail: null, instance: null }, 200),
  )
  return app
}
