/**
 * A router whose validation errors are problems.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './env.ts'
import { invalidInput } from './problem.ts'

/** An empty router. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => {
      if (!result.success) return invalidInput(c, result.target, result.error.issues)
    },
  })
}
