import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApp } from './app.ts'
import { OPENAPI_PATH, openApiDocument } from './openapi.ts'
import { TestServer } from './testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start()
})

afterAll(() => server[Symbol.asyncDispose]())

describe('images', () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000))
  const digest = createHash('sha256').update(bytes).digest()

  test('come back as they went in, whole or in part, with their digest', async () => {
    const sent = { 'content-digest': `sha-256=:${digest.toString('base64')}:` }
    const put = await server.request('PUT', '/v1/images/blob', bytes, sent)
    expect(put.status).toBe(201)
    expect(put.headers.get('location')).toBe('/v1/images/blob')
    const image = { name: 'blob', size: 60_000, sha256: digest.toString('hex') }
    expect(await put.json()).toMatchObject(image)
    const list = await (await server.request('GET', '/v1/images')).json()
    expect(list).toMatchObject({ images: [image] })

    const whole = await server.request('GET', '/v1/images/blob')
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes)
    expect(whole.headers.get('etag')).toBe(`"${digest.toString('hex')}"`)
    expect(whole.headers.get('accept-ranges')).toBe('bytes')
    expect(whole.headers.get('content-length')).toBe('60000')

    for (const [range, first, last] of [
      ['bytes=0-0', 0, 0],
      ['bytes=100-199', 100, 199],
      ['bytes=59000-', 59_000, 59_999],
      ['bytes=-500', 59_500, 59_999],
      ['bytes=59999-99999', 59_999, 59_999],
      ['bytes=-99999', 0, 59_999],
    ] as const) {
      const part = await server.request('GET', '/v1/images/blob', undefined, { range })
      expect(part.status).toBe(206)
      expect(part.headers.get('content-range')).toBe(`bytes ${first}-${last}/60000`)
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(first, last + 1))
    }
  })

  test('answer HEAD, If-None-Match and If-Range', async () => {
    const head = await server.request('HEAD', '/v1/images/blob')
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(head.headers.get('content-length')).toBe('60000')
    const etag = head.headers.get('etag')!
    const same = await server.request('GET', '/v1/images/blob', undefined, {
      'if-none-match': etag,
    })
    expect(same.status).toBe(304)
    const range = 'bytes=0-9'
    const stale = { range, 'if-range': '"other"' }
    expect((await server.request('GET', '/v1/images/blob', undefined, stale)).status).toBe(200)
    const fresh = { range, 'if-range': etag }
    expect((await server.request('GET', '/v1/images/blob', undefined, fresh)).status).toBe(206)
  })

  test('are kept while an instance uses them', async () => {
    await server.create('user')
    const refused = await server.request('DELETE', '/v1/images/kernel')
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ instances: [expect.any(String)] })
    await server.request('DELETE', '/v1/instances/user')
    expect((await server.request('DELETE', '/v1/images/kernel')).status).toBe(204)
    expect((await server.request('DELETE', '/v1/images/kernel')).status).toBe(404)
  })

  test('of 600 MiB pass without being held in memory', async () => {
    const chunk = new Uint8Array(1 << 20)
    let left = 600
    const body = new ReadableStream({
      pull: (controller) => {
        if (left-- > 0) controller.enqueue(chunk)
        else controller.close()
      },
    })
    // What is garbage by then may be collected late: the bound is far below the body, not tight.
    Bun.gc(true)
    const before = process.memoryUsage.rss()
    const put = await fetch(`${server.url}/v1/images/large`, { method: 'PUT', body })
    expect(await put.json()).toMatchObject({ size: 600 << 20 })
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 << 20)
    await server.request('DELETE', '/v1/images/large')
  }, 60_000)
})

describe('instances', () => {
  test('show what was asked for, with what was left out filled in', async () => {
    await server.request('PUT', '/v1/images/kernel', 'kernel')
    const response = await server.request('POST', '/v1/instances', {
      name: 'shown',
      boot: { kernel: 'kernel', cmdline: 'console=ttyAMA0' },
      memory: '1G',
      consoles: [{ type: 'virtio' }],
      networks: [{ type: 'hub', name: 'lan' }],
    })
    expect(response.status).toBe(201)
    const made = (await response.json()) as { id: string }
    expect(response.headers.get('location')).toBe(`/v1/instances/${made.id}`)
    expect(made).toMatchObject({
      name: 'shown',
      state: 'created',
      autostart: false,
      spec: {
        board: 'virt',
        cpu: 'cortex-a57',
        memory: 2 ** 30,
        clock: 'realtime',
        boot: { kernel: 'kernel', cmdline: 'console=ttyAMA0' },
        networks: [{ type: 'hub', name: 'lan' }],
        seed: expect.any(Number),
      },
      consoles: [
        { port: 'console', logStart: 0, logEnd: 0, viewers: 0 },
        { port: 'virtio0', logStart: 0, logEnd: 0, viewers: 0 },
      ],
    })
    for (const key of ['shown', made.id]) {
      expect(await (await server.request('GET', `/v1/instances/${key}`)).json()).toEqual(made)
    }
  })

  test('can be awaited for longer than the server lets others be idle', async () => {
    await server.create('patient')
    const begin = performance.now()
    const response = await server.request(
      'GET',
      '/v1/instances/patient/wait?state=failed&timeout=12',
    )
    expect(await response.json()).toMatchObject({ matched: false })
    expect(performance.now() - begin).toBeGreaterThan(11_900)
  }, 20_000)

  test('tell of their log where it begins and ends', async () => {
    await server.create('logged', { autostart: true })
    await server.prints('logged', 'fake> ')
    const path = '/v1/instances/logged/consoles/console/log'
    const tail = await server.request('GET', `${path}?from=5`)
    expect(await tail.text()).toBe('guest with 1 cpu\r\nfake> ')
    expect(tail.headers.get('kenix-log-from')).toBe('5')
    expect(tail.headers.get('kenix-log-start')).toBe('0')
    const end = tail.headers.get('kenix-log-end')
    const nothing = await server.request('GET', `${path}?from=${end}`)
    expect([nothing.status, await nothing.text()]).toEqual([200, ''])
  })
})

describe('documents', () => {
  test('docs/openapi.json is what the server says: run `bun api/http/openapi.ts`', async () => {
    expect(JSON.parse(readFileSync(OPENAPI_PATH, 'utf8'))).toEqual(await openApiDocument())
  })

  test('the description is OpenAPI 3.1 in which every reference leads somewhere', async () => {
    const text = await (await server.request('GET', '/openapi.json')).text()
    const document = JSON.parse(text)
    expect(document.openapi).toBe('3.1.0')
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name!)
    }
    const operations = Object.values(document.paths).flatMap((path) =>
      Object.values(path as Record<string, { operationId?: string; tags?: string[] }>),
    )
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids).not.toContain(undefined)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('pages bring their own scripts, from here only', async () => {
    for (const path of ['/', '/docs']) {
      const response = await server.request('GET', path)
      expect(response.headers.get('content-type')).toContain('text/html')
      const policy = response.headers.get('content-security-policy')!
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      const html = await response.text()
      expect(html).not.toMatch(/https?:\/\//)
      for (const [, url] of html.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css|svg|png))"/g)) {
        const file = await server.request('GET', url!)
        expect([url, file.status]).toEqual([url, 200])
        expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(50)
      }
    }
  }, 20_000)

  test('unchanged scripts are not sent twice', async () => {
    const first = await server.request('GET', '/page/main.js')
    const headers = { 'if-none-match': first.headers.get('etag')! }
    const second = await server.request('GET', '/page/main.js', undefined, headers)
    expect([second.status, await second.text()]).toEqual([304, ''])
  })
})

test('the application answers without a server, for tests in one process', async () => {
  const app = createApp(server.host, { hostname: '127.0.0.1' })
  const response = await app.request('http://127.0.0.1/v1/images')
  expect(response.status).toBe(200)
  const socket = { upgrade: 'websocket' }
  await server.create('serverless')
  const console = '/v1/instances/serverless/consoles/console'
  expect((await app.request(console, { headers: socket })).status).toBe(400)
})

test.each(['../cli/run.ts', '../host/instance-main.ts'])(
  '%s starts without the HTTP server',
  async (entry) => {
    const built = await Bun.build({
      entrypoints: [join(import.meta.dir, entry)],
      target: 'bun',
      packages: 'external',
    })
    expect(await built.outputs[0]!.text()).not.toMatch(/from ?"(@hono|hono)/)
  },
)
