/**
 * The page at `/`: instances, images and a terminal. Its client is plain TypeScript, bundled on demand and kept; styles
 * and scripts come from disk.
 */
import { join } from 'node:path'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../http/env.ts'
import { serveFile } from '../http/static.ts'

const CLIENT = join(import.meta.dir, 'client')

/** Adds the page and what it loads. */
export function addPage(app: OpenAPIHono<AppEnv>): void {
  app.get('/', () => textFile('index.html', 'text/html; charset=utf-8'))
  app.get('/page/style.css', () => textFile('style.css', 'text/css; charset=utf-8'))
  app.get('/page/icon.svg', () => textFile('icon.svg', 'image/svg+xml'))
  app.get('/page/xterm.css', (c) => serveFile(c, '@xterm/xterm', 'css/xterm.css'))
  app.get('/page/main.js', async (c) => {
    const { text, etag } = await clientBundle()
    const headers = { etag, 'cache-control': 'no-cache', 'content-type': 'text/javascript' }
    if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
    return c.body(text, 200, headers)
  })
}

function textFile(name: string, type: string): Response {
  return new Response(Bun.file(join(CLIENT, name)), {
    headers: { 'content-type': type, 'cache-control': 'no-cache' },
  })
}

let bundle: Promise<{ text: string; etag: string }> | undefined

/** The client as one script; built once a process. */
function clientBundle(): Promise<{ text: string; etag: string }> {
  bundle ??= buildClient().catch((error) => {
    bundle = undefined
    throw error
  })
  return bundle
}

async function buildClient(): Promise<{ text: string; etag: string }> {
  const built = await Bun.build({
    entrypoints: [join(CLIENT, 'main.ts')],
    target: 'browser',
    format: 'esm',
    minify: true,
  })
  const text = await built.outputs[0]!.text()
  return { text, etag: `"${Bun.hash(text).toString(36)}"` }
}
