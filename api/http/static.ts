/**
 * Files of installed packages, named in code: no part of a request ever becomes part of a path.
 */
import { dirname, join } from 'node:path'
import type { Context } from 'hono'

/** Answers with a file of an installed package. */
export function serveFile(c: Context, packageName: string, path: string): Response {
  const root = dirname(Bun.resolveSync(`${packageName}/package.json`, import.meta.dir))
  const file = Bun.file(join(root, path))
  const etag = `"${packageName}-${file.size}-${file.lastModified}"`
  const headers = { etag, 'cache-control': 'no-cache' }
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
  return new Response(file, { headers: { ...headers, 'content-type': file.type } })
}
