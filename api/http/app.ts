/**
 * The HTTP application: guards, then routes, then problems for all that is left over.
 */
import type { MiddlewareHandler } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Host } from '../host/host.ts'
import { addPage } from '../page/page.ts'
import type { AppEnv } from './env.ts'
import { checkSource, checkToken, type GuardOptions } from './guard.ts'
import { problem, problemOf } from './problem.ts'
import { createRouter } from './router.ts'
import { consoleRoutes } from './routes/consoles.ts'
import { addDocuments } from './routes/documents.ts'
import { healthRoutes } from './routes/health.ts'
import { imageRoutes } from './routes/images.ts'
import { instanceRoutes } from './routes/instances.ts'
import { kenixRoutes } from './routes/kenix.ts'
import { metricsRoutes } from './routes/metrics.ts'

/** Scripts come from this server only; styles also from scripts, since the terminal makes its own. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Makes the application.
 * @param host what it serves.
 * @param options who may use it.
 */
export function createApp(host: Host, options: GuardOptions) {
  const app = createRouter()
  app.use(secureHeaders())
  app.use(checkSource(options))
  app.use('/v1/*', checkToken(options))
  app.use('/metrics', checkToken(options))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) =>
        problem(c, 405, {
          code: 'method-not-allowed',
          detail: `Cannot ${c.req.method} ${c.req.path}: it understands ${methods.join(', ')}`,
          headers: { allow: methods.join(', ') },
        }),
    }),
  )
  app.route('/', healthRoutes(host))
  app.route('/', imageRoutes(host))
  app.route('/', instanceRoutes(host))
  app.route('/', consoleRoutes(host))
  app.route('/', kenixRoutes(host))
  app.route('/', metricsRoutes(host))
  addDocuments(app)
  addPage(app)
  app.notFound((c) =>
    problem(c, 404, {
      code: 'not-found',
      detail: `There is nothing at ${c.req.path}. /docs describes the API`,
    }),
  )
  app.onError(problemOf)
  return app
}

function secureHeaders(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next()
    // An upgraded connection has no response left whose headers could be set.
    if (c.req.header('upgrade') && c.res.ok) return
    c.header('content-security-policy', CONTENT_SECURITY_POLICY)
    c.header('x-content-type-options', 'nosniff')
    c.header('referrer-policy', 'no-referrer')
    c.header('cross-origin-resource-policy', 'same-origin')
  }
}
