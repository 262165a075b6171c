/**
 * `/metrics`: numbers of the server and its machines for Prometheus and what understands its text format. Needs a token where
 * the API does.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Host } from '../../host/host.ts'
import { METRICS_TYPE, metricsText } from '../../host/metrics.ts'
import { problemResponse } from '../problem.ts'
import { createRouter } from '../router.ts'

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['health'],
  operationId: 'getMetrics',
  summary: 'Numbers for Prometheus',
  description:
    'Prometheus text format. Labels `instance` and, if it has one, `name` tell whose a number is; those of a machine begin anew with each start.',
  responses: {
    200: {
      description: 'The numbers',
      content: { 'text/plain': { schema: z.string() } },
    },
    401: problemResponse('A token is needed'),
  },
})

/** The route of metrics. */
export function metricsRoutes(host: Host) {
  const app = createRouter()
  app.openapi(
    metrics,
    () =>
      new Response(metricsText(host.instances.list()), {
        headers: { 'content-type': METRICS_TYPE },
      }) as never,
  )
  return app
}
