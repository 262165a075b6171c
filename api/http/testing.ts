/**
 * A server with a fake guest, for tests: a state directory of its own, any free port, everything removed afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Host, type HostOptions } from '../host/host.ts'
import type { GuardOptions } from './guard.ts'
import { serve } from './server.ts'

/** The program of a fake instance; see `api/host/testing/fake-instance.ts`. */
export const FAKE_COMMAND = [
  process.execPath,
  join(import.meta.dir, '../host/testing/fake-instance.ts'),
]

export interface TestServer extends AsyncDisposable {
  host: Host
  /** Without a slash at its end. */
  url: string
  directory: string
  /** Sends a request; a body that is no string or bytes is sent as JSON. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>
}

/** Starts a server. */
export async function startTestServer(
  options: Partial<HostOptions & GuardOptions> = {},
): Promise<TestServer> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'kenix-test-')))
  const host = await Host.open({ command: FAKE_COMMAND, ...options, directory })
  const server = serve(host, { hostname: '127.0.0.1', port: 0, ...options })
  const url = `http://127.0.0.1:${server.port}`
  return {
    host,
    url,
    directory,
    request: (method, path, body, headers = {}) => {
      const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
      const all = new Headers(headers)
      if (!raw && !all.has('content-type')) all.set('content-type', 'application/json')
      return fetch(url + path, {
        method,
        headers: all,
        ...(body === undefined ? {} : { body: (raw ? body : JSON.stringify(body)) as string }),
      })
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true)
      await host.close()
      if (!options.directory) await rm(directory, { recursive: true, force: true })
    },
  }
}
