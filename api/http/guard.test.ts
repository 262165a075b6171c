import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { isLoopback } from './guard.ts'
import { TestServer } from './testing.ts'

const TOKEN = 'sixteen-letters-or-more'

let open: TestServer
let guarded: TestServer

beforeAll(async () => {
  open = await TestServer.start({ allowedHosts: ['kenix.example:8080'] })
  guarded = await TestServer.start({ token: TOKEN })
})

afterAll(async () => {
  await open[Symbol.asyncDispose]()
  await guarded[Symbol.asyncDispose]()
})

const get = (headers: Record<string, string>) =>
  open.request('GET', '/v1/images', undefined, headers)

describe('Host', () => {
  test.each([
    'localhost',
    'LOCALHOST:80',
    '127.0.0.1:1',
    '[::1]',
    'kenix.example',
    'kenix.example:1',
  ])('"%s" is ours', async (host) => expect((await get({ host })).status).toBe(200))

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '8.8.8.8',
    '[::2]',
  ])('"%s" is refused, as DNS rebinding would send it', async (host) => {
    const response = await get({ host })
    expect(response.status).toBe(421)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  test('is checked for pages and unknown paths, too', async () => {
    for (const path of ['/', '/docs', '/healthz', '/nothing']) {
      const response = await open.request('GET', path, undefined, { host: 'evil.example' })
      expect(response.status).toBe(421)
    }
  })
})

describe('Origin', () => {
  test('our own is accepted', async () => {
    expect((await get({ origin: open.url })).status).toBe(200)
    const behindProxy = { host: 'kenix.example', origin: 'https://kenix.example' }
    expect((await get(behindProxy)).status).toBe(200)
  })

  test.each([
    'http://evil.example',
    'null',
    '',
    'http://localhost:1',
    'https://127.0.0.1',
    'file://',
    'not a url',
    'http://127.0.0.1.evil.example',
  ])('"%s" is refused', async (origin) => {
    expect((await get({ origin })).status).toBe(403)
    const post = await open.request('POST', '/v1/instances/x/start', undefined, { origin })
    expect(post.status).toBe(403)
  })

  test('a foreign page cannot open a console', async () => {
    await open.create('guarded')
    const url = `${open.url.replace('http', 'ws')}/v1/instances/guarded/consoles/console`
    const headers = { origin: 'http://evil.example' }
    const socket = new WebSocket(url, { headers } as unknown as string[])
    const opened = await new Promise((resolve) => {
      socket.onopen = () => resolve(true)
      socket.onclose = () => resolve(false)
    })
    expect(opened).toBeFalse()
  })
})

describe('token', () => {
  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN} ${TOKEN}`,
    `Bearer ${'x'.repeat(5000)}`,
  ])('Authorization "%s" is refused', async (authorization) => {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await guarded.request('GET', '/v1/instances', undefined, headers)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toStartWith('Bearer')
    expect(await response.text()).not.toContain(TOKEN)
  })

  test('the right one is accepted; health, documents and the page need none', async () => {
    for (const authorization of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`]) {
      const response = await guarded.request('GET', '/v1/instances', undefined, { authorization })
      expect(response.status).toBe(200)
    }
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs', '/']) {
      expect((await guarded.request('GET', path)).status).toBe(200)
    }
  })

  test('is asked for before anything is told, even that nothing is there', async () => {
    for (const path of ['/v1/images/none', '/v1/none', '/v1/instances/none/consoles/console']) {
      expect((await guarded.request('GET', path)).status).toBe(401)
    }
  })
})

test('isLoopback() knows addresses that only this host reaches', () => {
  for (const yes of ['localhost', '127.0.0.1', '127.1.2.3', '::1'])
    expect(isLoopback(yes)).toBeTrue()
  for (const no of ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'example.org', '']) {
    expect(isLoopback(no)).toBeFalse()
  }
})
