/**
 * `/openapi.json`, made from the routes' schemas, and `/docs`, Swagger UI served from disk: an appliance may have no way
 * to a content delivery network.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import packageJson from '../../../package.json'
import type { AppEnv } from '../env.ts'
import { serveFile } from '../static.ts'

const DIST = 'swagger-ui-dist'
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kenix API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true })\n`

/** Adds the document of all of `app`'s routes, and the page that shows it. */
export function addDocuments(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
  })
  let document: string | undefined
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: packageJson.name,
          version: packageJson.version,
          description: packageJson.description,
          license: { name: packageJson.license },
        },
        security: [{}, { token: [] }],
      }),
    )
    return c.body(document, 200, { 'content-type': 'application/json' })
  })
  app.get('/docs', (c) => c.html(PAGE))
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'content-type': 'text/javascript' }))
  for (const file of FILES) app.get(`/docs/${file}`, (c) => serveFile(c, DIST, file))
}
