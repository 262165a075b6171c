/**
 * Who may ask. Every request's Host must be a name of this server, which ends DNS rebinding; an Origin, if there is one,
 * must be ours, which ends requests by foreign pages, WebSockets too (they know no CORS); and if a token is set, every
 * request under /v1 and for /metrics needs it, from loopback too, since a proxy on this host would make everybody loopback.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './env.ts'
import { problem } from './problem.ts'

/** Subprotocol that carries the token where a browser cannot set Authorization. */
export const BEARER_PROTOCOL = 'bearer.'

/** A token that fits into a header and a subprotocol, and is long enough not to be guessed. */
export const TOKEN = /^[A-Za-z0-9._~+-]{16,256}$/

export interface GuardOptions {
  /** The address the server is bound to. */
  hostname: string
  token?: string | undefined
  /** Further names this server is known by. */
  allowedHosts?: readonly string[] | undefined
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Whether an address can be reached from this host only. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** Checks Host and Origin of every request. */
export function checkSource(options: GuardOptions): MiddlewareHandler<AppEnv> {
  const names = knownNames(options)
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host
    if (!names.has(nameOf(host))) {
      return problem(c, 421, {
        code: 'unknown-host',
        detail: `This server is not known as "${host}". Use one of ${[...names].join(', ')}, or start it with --allow-host NAME`,
      })
    }
    const origin = c.req.header('origin')
    if (origin !== undefined && !sameHost(origin, host)) {
      return problem(c, 403, {
        code: 'foreign-origin',
        detail: `A page of "${origin}" may not use this server: only its own pages may`,
      })
    }
    return next()
  }
}

/** Checks the token, if there is one to check. */
export function checkToken({ token }: GuardOptions): MiddlewareHandler<AppEnv> {
  if (token === undefined) return (_, next) => next()
  const expected = digest(token)
  return async (c, next) => {
    const given = givenToken(c.req.raw.headers)
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next()
    return problem(c, 401, {
      code: given === undefined ? 'token-needed' : 'wrong-token',
      detail:
        given === undefined
          ? 'This server needs a token: send "Authorization: Bearer TOKEN"'
          : 'The token is not the one that this server was started with',
      headers: { 'www-authenticate': 'Bearer realm="kenix"' },
    })
  }
}

function givenToken(headers: Headers): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')
  if (bearer) return bearer[1]
  return offeredProtocols(headers)
    .find((name) => name.startsWith(BEARER_PROTOCOL))
    ?.slice(BEARER_PROTOCOL.length)
}

/** The subprotocols that a WebSocket's client offers. */
export function offeredProtocols(headers: Headers): string[] {
  return (headers.get('sec-websocket-protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function knownNames({ hostname, allowedHosts = [] }: GuardOptions): Set<string> {
  const names = new Set([...LOOPBACK, bracketed(hostname), ...allowedHosts.map(nameOf)])
  if (hostname === '0.0.0.0' || hostname === '::') {
    for (const addresses of Object.values(networkInterfaces())) {
      for (const { address } of addresses ?? []) names.add(bracketed(address))
    }
  }
  return names
}

function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address.toLowerCase()
}

/** A Host header's name, without its port. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}

function sameHost(origin: string, host: string): boolean {
  const url = URL.parse(origin)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false
  return url.host === host.toLowerCase().replace(url.protocol === 'https:' ? /:443$/ : /:80$/, '')
}
