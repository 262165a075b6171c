/**
 * The page at `/`.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../http/env.ts'
export function addPage(app: OpenAPIHono<AppEnv>): void {
  app.get('/', (c) => c.text('Kenix'))
}
