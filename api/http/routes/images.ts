/**
 * `/v1/images`: immutable files that machines boot from.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Host } from '../../host/host.ts'
import type { Image } from '../../host/images.ts'
import { ImageName } from '../../host/spec.ts'
import type { AppEnv } from '../env.ts'
import { problem, problemResponse } from '../problem.ts'
import { parseRange } from '../range.ts'
import { createRouter } from '../router.ts'
import { ImageList, ImageView } from '../schemas.ts'

const tags = ['images']
const params = z.object({ name: ImageName })
const binary = {
  'application/octet-stream': { schema: z.any().openapi({ format: 'binary', type: 'string' }) },
}

/** Seconds an upload or download may make no progress. */
const IDLE_SECONDS = 120

const list = createRoute({
  method: 'get',
  path: '/v1/images',
  tags,
  operationId: 'listImages',
  summary: 'List images',
  responses: {
    200: { description: 'All images', content: { 'application/json': { schema: ImageList } } },
  },
})

const put = createRoute({
  method: 'put',
  path: '/v1/images/{name}',
  tags,
  operationId: 'putImage',
  summary: 'Store an image',
  description:
    'Prerequisites: the name is free, or holds the same bytes. Effect: the body is stored under the name, all or nothing. Failure: nothing is stored.',
  request: {
    params,
    headers: z.object({
      'content-digest': z.string().optional().openapi({
        description: 'RFC 9530, `sha-256=:BASE64:`; checked before the image is accepted',
      }),
    }),
    body: { description: 'The raw bytes', content: binary },
  },
  responses: {
    200: {
      description: 'The same image was there',
      content: { 'application/json': { schema: ImageView } },
    },
    201: { description: 'Stored', content: { 'application/json': { schema: ImageView } } },
    400: problemResponse('The upload broke off, or the digest differs'),
    409: problemResponse('The name holds other bytes'),
    413: problemResponse('Larger than the server accepts'),
    507: problemResponse('The disk is full'),
  },
})

const get = createRoute({
  method: 'get',
  path: '/v1/images/{name}',
  tags,
  operationId: 'getImage',
  summary: 'Download an image',
  description: 'Understands one range of bytes (RFC 9110, section 14). The ETag is the digest.',
  request: { params, headers: z.object({ range: z.string().optional() }) },
  responses: {
    200: { description: 'The bytes', content: binary },
    206: { description: 'The range asked for', content: binary },
    304: { description: 'Not modified' },
    404: problemResponse('No such image'),
    416: problemResponse('The range is outside the image'),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/images/{name}',
  tags,
  operationId: 'deleteImage',
  summary: 'Delete an image',
  request: { params },
  responses: {
    204: { description: 'Deleted' },
    404: problemResponse('No such image'),
    409: problemResponse('An instance uses it'),
  },
})

/** The routes of images. */
export function imageRoutes(host: Host) {
  const app = createRouter()
  app.openapi(list, (c) => c.json({ images: host.images.list() }, 200))
  app.openapi(put, async (c) => {
    const { name } = c.req.valid('param')
    c.env?.server?.timeout(c.req.raw, IDLE_SECONDS)
    const sha256 = expectedDigest(c.req.header('content-digest'))
    if (sha256 === null) {
      return problem(c, 400, {
        code: 'invalid',
        detail:
          'Cannot understand Content-Digest: give it as sha-256=:BASE64: with 32 bytes, or leave it out',
      }) as never
    }
    const length = c.req.header('content-length')
    const size = length === undefined ? undefined : Number(length)
    const body = c.req.raw.body ?? new Blob([]).stream()
    const { image, created } = await host.images.put(name, body, { size, sha256 })
    c.header('location', `/v1/images/${name}`)
    return c.json(image, created ? 201 : 200)
  })
  app.openapi(get, (c) => {
    const { name } = c.req.valid('param')
    const image = host.images.get(name)
    c.env?.server?.timeout(c.req.raw, IDLE_SECONDS)
    return download(c, image, host.images.path(name)) as never
  })
  app.openapi(remove, async (c) => {
    await host.images.delete(c.req.valid('param').name)
    return c.body(null, 204)
  })
  return app
}

function download(c: Context<AppEnv>, image: Image, path: string): Response {
  const etag = `"${image.sha256}"`
  const digest = Buffer.from(image.sha256, 'hex').toString('base64')
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    etag,
    'repr-digest': `sha-256=:${digest}:`,
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${image.name}"`,
  }
  if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
  const condition = c.req.header('if-range')
  const header = condition === undefined || condition === etag ? c.req.header('range') : undefined
  const range = parseRange(header, image.size)
  if (range === 'unsatisfiable') {
    return problem(c, 416, {
      code: 'range-not-satisfiable',
      detail: `Cannot send the range "${header}": image "${image.name}" has ${image.size} bytes`,
      headers: { 'content-range': `bytes */${image.size}` },
    })
  }
  const file = Bun.file(path)
  if (range === 'whole') {
    return new Response(file.stream(), {
      headers: { ...headers, 'content-length': String(image.size) },
    })
  }
  const { first, last } = range
  return new Response(file.slice(first, last + 1).stream(), {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${first}-${last}/${image.size}`,
      'content-length': String(last - first + 1),
    },
  })
}

/** The digest of a Content-Digest header in hexadecimal; undefined without one, null if it cannot be read. */
function expectedDigest(header: string | undefined): string | undefined | null {
  if (header === undefined) return undefined
  const match = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header)
  return match ? Buffer.from(match[1]!, 'base64').toString('hex') : null
}
