/**
 * A server with a fake guest, for tests: a state directory of its own, any free port, everything removed afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from '@hono/zod-openapi'
import { Host, type HostOptions } from '../host/host.ts'
import type { State } from '../host/instance.ts'
import type { GuardOptions } from './guard.ts'
import type { InstanceView } from './schemas.ts'
import { serve } from './server.ts'

/** The program of a fake instance; see `api/host/testing/fake-instance.ts`. */
export const FAKE_COMMAND = [
  process.execPath,
  join(import.meta.dir, '../host/testing/fake-instance.ts'),
]

export type InstanceJson = z.infer<typeof InstanceView>

export class TestServer implements AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string
  readonly #server: ReturnType<typeof serve>

  private constructor(
    readonly host: Host,
    readonly directory: string,
    options: Partial<GuardOptions>,
    private readonly keep: boolean,
  ) {
    this.#server = serve(host, { hostname: '127.0.0.1', port: 0, ...options })
    this.url = `http://127.0.0.1:${this.#server.port}`
  }

  /** Starts a server. A directory that is given stays. */
  static async start(options: Partial<HostOptions & GuardOptions> = {}): Promise<TestServer> {
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'kenix-test-')))
    const host = await Host.open({ command: FAKE_COMMAND, ...options, directory })
    return new TestServer(host, directory, options, options.directory !== undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true)
    await this.host.close()
    if (!this.keep) await rm(this.directory, { recursive: true, force: true })
  }

  /** Sends a request; a body that is no string or bytes is sent as JSON. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
    const all = new Headers(headers)
    if (!raw && !all.has('content-type')) all.set('content-type', 'application/json')
    return fetch(this.url + path, {
      method,
      headers: all,
      ...(body === undefined ? {} : { body: (raw ? body : JSON.stringify(body)) as string }),
    })
  }

  /** Stores an image and makes an instance that boots it. */
  async create(name: string, more: Record<string, unknown> = {}): Promise<InstanceJson> {
    await this.request('PUT', '/v1/images/kernel', 'kernel')
    const spec = { name, boot: { kernel: 'kernel' }, ...more }
    const response = await this.request('POST', '/v1/instances', spec)
    return (await response.json()) as InstanceJson
  }

  /** Sends a state call and returns the instance. */
  async act(name: string, verb: string, body?: unknown): Promise<InstanceJson> {
    const response = await this.request('POST', `/v1/instances/${name}/${verb}`, body)
    return (await response.json()) as InstanceJson
  }

  /** Waits for a state, and says which it is in. */
  async wait(name: string, state: State, seconds = 10): Promise<InstanceJson> {
    const path = `/v1/instances/${name}/wait?state=${state}&timeout=${seconds}`
    const { instance } = (await (await this.request('GET', path)).json()) as {
      instance: InstanceJson
    }
    return instance
  }

  /** Types a line at an instance's console. */
  type(name: string, line: string): void {
    const console = this.host.instances.get(name).consoles.get('console')
    console?.type(new TextEncoder().encode(`${line}\r`))
  }

  /** A console's log. */
  async log(name: string): Promise<string> {
    return (await this.request('GET', `/v1/instances/${name}/consoles/console/log`)).text()
  }

  /** Waits until a console's log contains a text. */
  async prints(name: string, text: string): Promise<void> {
    const deadline = Date.now() + 10_000
    while (!(await this.log(name)).includes(text)) {
      if (Date.now() > deadline) throw new Error(`"${name}" did not print "${text}"`)
      await Bun.sleep(10)
    }
  }
}
