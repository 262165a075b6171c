/**
 * `/healthz`: the process answers. `/readyz`: the store answers, too. Neither needs a token.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { HostError } from '../../host/errors.ts'
import type { Host } from '../../host/host.ts'
import { problemResponse } from '../problem.ts'
import { createRouter } from '../router.ts'

const schema = z.object({ status: z.literal('ok') }).openapi('Health')
const ok = { description: 'Yes', content: { 'application/json': { schema } } }
const tags = ['health']

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  tags,
  operationId: 'getHealth',
  summary: 'Is the server alive?',
  responses: { 200: ok },
})
const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags,
  operationId: 'getReadiness',
  summary: 'Can the server do its work?',
  responses: { 200: ok, 503: problemResponse('The store does not answer') },
})

/** The routes of health checks. */
export function healthRoutes(host: Host) {
  const app = createRouter()
  app.openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200))
  app.openapi(readyz, (c) => {
    try {
      host.check()
    } catch (error) {
      throw new HostError('unavailable', `The store does not answer: ${(error as Error).message}`)
    }
    return c.json({ status: 'ok' as const }, 200)
  })
  return app
}
