/**
 * Limits of JSON bodies, checked before they are read.
 */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AppEnv } from './env.ts'
import { problem } from './problem.ts'

/** Largest JSON body. */
const MAX_JSON = 256 << 10

/** Refuses bodies that are too large (413) or not called JSON (415). Without a body nothing is checked. */
export function jsonBody(): MiddlewareHandler<AppEnv>[] {
  return [
    bodyLimit({
      maxSize: MAX_JSON,
      onError: (c) =>
        problem(c, 413, {
          code: 'too-large',
          detail: `Cannot read the request body: it is larger than ${MAX_JSON} bytes`,
        }),
    }),
    (c, next) => {
      const type = c.req.header('content-type')
      if (type === undefined ? !c.req.raw.body : /^application\/json\s*(;|$)/i.test(type)) {
        return next()
      }
      return Promise.resolve(
        problem(c, 415, {
          code: 'not-json',
          detail: `Cannot read a body of type "${type ?? 'unknown'}": send application/json`,
        }),
      )
    },
  ]
}
