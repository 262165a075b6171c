/**
 * Errors as RFC 9457 `application/problem+json`, for everything this server answers with 4xx or 5xx. `type` is a stable
 * name that `docs/api.md` explains; `errors` lists what is wrong with a body, by JSON pointer (RFC 6901).
 */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { HostError, type HostErrorCode } from '../host/errors.ts'
import { report } from '../host/report.ts'

const STATUS_OF: Record<HostErrorCode, ContentfulStatusCode> = {
  'not-found': 404,
  exists: 409,
  'in-use': 409,
  'wrong-state': 409,
  invalid: 400,
  'digest-mismatch': 400,
  'incomplete-upload': 400,
  'too-large': 413,
  'no-space': 507,
  'offset-not-kept': 416,
  unavailable: 503,
}

const TITLE_OF: Partial<Record<number, string>> = {
  400: 'Bad request',
  401: 'Token needed',
  403: 'Refused',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  416: 'Range not satisfiable',
  421: 'Unknown host name',
  426: 'WebSocket needed',
  500: 'Internal error',
  503: 'Unavailable',
  507: 'Disk full',
}

export const ProblemSchema = z
  .looseObject({
    type: z.string().openapi({ example: 'urn:kenix:problem:not-found' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem')

/** One OpenAPI response entry for problems. */
export function problemResponse(description: string) {
  return { description, content: { 'application/problem+json': { schema: ProblemSchema } } }
}

/** What to tell: see `problem()`. */
export interface ProblemOptions {
  code: string
  detail: string
  extensions?: Record<string, unknown>
  headers?: Record<string, string>
}

/** A problem response. `code` is the last part of its type. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  { code, detail, extensions = {}, headers = {} }: ProblemOptions,
): Response {
  const body = {
    ...extensions,
    type: `urn:kenix:problem:${code}`,
    title: TITLE_OF[status] ?? 'Error',
    status,
    detail,
    instance: c.req.path,
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  })
}

/** Renders whatever a handler threw. What we did not expect is logged and told without its innards. */
export function problemOf(error: unknown, c: Context): Response {
  if (error instanceof HostError) {
    const headers: Record<string, string> = {}
    const { end } = error.extensions
    if (error.code === 'offset-not-kept') headers['content-range'] = `bytes */${end}`
    const { code, message, extensions } = error
    return problem(c, STATUS_OF[code], { code, detail: message, extensions, headers })
  }
  if (error instanceof HTTPException) {
    const code = error.status === 400 ? 'invalid' : `http-${error.status}`
    const detail =
      error.status === 400 ? 'Cannot read the request body: it is not valid JSON' : error.message
    return problem(c, error.status as ContentfulStatusCode, { code, detail })
  }
  if ((error as { code?: string }).code === 'SQLITE_FULL') {
    const detail =
      "Cannot store that: the state directory's disk is full. Delete images or instances, or use --state DIR on a larger disk"
    return problem(c, STATUS_OF['no-space'], { code: 'no-space', detail })
  }
  report(error)
  return problem(c, 500, {
    code: 'internal',
    detail: 'Something went wrong that should not; the server printed what. Please report it',
  })
}

/** What zod tells of one fault. */
interface Issue {
  path: PropertyKey[]
  message: string
}

/** A 400 problem for input that does not fit its schema. `where` is `json`, `query`, `param` ... */
export function invalidInput(c: Context, where: string, issues: readonly Issue[]): Response {
  // The same fault may be found by a member's schema and by that of the whole.
  const errors = [
    ...new Map(
      issues.map(({ path, message }) => {
        const error = { pointer: pointerOf(path), detail: message }
        return [JSON.stringify(error), error]
      }),
    ).values(),
  ]
  const first = errors[0]
  const place = where === 'json' ? 'body' : where === 'param' ? 'path' : where
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return problem(c, 400, {
    code: 'invalid',
    detail: `Cannot accept the ${place}: ${first?.pointer || 'as a whole'}: ${first?.detail}${more}`,
    extensions: { errors },
  })
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
