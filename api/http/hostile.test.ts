/**
 * Requests that are wrong on purpose. Each gets a problem that says what is wrong, and the server goes on.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TestServer } from './testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ maxImageBytes: 1 << 20 })
  await server.create('there')
  await server.request('PUT', '/v1/images/ten', '0123456789')
})

afterAll(() => server[Symbol.asyncDispose]())

afterEach(async () => {
  expect((await server.request('GET', '/readyz')).status).toBe(200)
})

interface Problem {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  errors?: { pointer: string; detail: string }[]
}

/** Checks that an answer is a problem with a status. */
async function problem(response: Response, status: number): Promise<Problem> {
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const body = (await response.json()) as Problem
  expect(body.status).toBe(status)
  expect(body.type).toStartWith('urn:kenix:problem:')
  expect(body.title).not.toBe('')
  expect(body.detail.length).toBeGreaterThan(10)
  expect(body.detail).not.toContain(server.directory)
  return body
}

const json = { 'content-type': 'application/json' }
const boot = { kernel: 'kernel' }

describe('bodies', () => {
  const cases: [title: string, body: unknown, status: number, pointer?: string][] = [
    ['no JSON', '{"boot":', 400],
    ['nothing', '', 400],
    ['null', 'null', 400, ''],
    ['a number', '17', 400, ''],
    ['an array', '[]', 400, ''],
    ['a string', '"boot"', 400, ''],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), 400],
    ['nothing to boot', { boot: {} }, 400, '/boot'],
    ['no boot', {}, 400, '/boot'],
    ['an unknown member', { boot, color: 'red' }, 400, ''],
    ['an unknown member inside', { boot: { ...boot, color: 'red' } }, 400, '/boot'],
    ['a prototype', '{"boot":{"kernel":"kernel"},"__proto__":{"cpus":2}}', 400],
    ['a name that is a path', { boot, name: '../x' }, 400, '/name'],
    ['a name with capitals', { boot, name: 'Builder' }, 400, '/name'],
    ['an empty name', { boot, name: '' }, 400, '/name'],
    ['a name of 64 letters', { boot, name: 'a'.repeat(64) }, 400, '/name'],
    ['a number as name', { boot, name: 7 }, 400, '/name'],
    ['an image that is a path', { boot: { kernel: '../../etc/passwd' } }, 400, '/boot/kernel'],
    ['an image that is absolute', { boot: { kernel: '/etc/passwd' } }, 400, '/boot/kernel'],
    ['an image that does not exist', { boot: { kernel: 'nothing' } }, 400],
    ['a disk that does not exist', { boot, disks: [{ image: 'nothing' }] }, 400],
    [
      'a disk that is a host file',
      { boot, disks: [{ file: '/etc/passwd' }] },
      400,
      '/disks/0/image',
    ],
    [
      'a disk with an overlay on the host',
      { boot, disks: [{ image: 'ten', overlay: '/tmp/x' }] },
      400,
      '/disks/0',
    ],
    ['disks that are no list', { boot, disks: 'ten' }, 400, '/disks'],
    ['too many disks', { boot, disks: Array(100).fill({ image: 'ten' }) }, 400],
    ['a network on a host path', { boot, networks: [{ type: 'stream', path: '/x' }] }, 400],
    [
      'a capture on the host',
      { boot, networks: [{ type: 'none', pcap: '/x' }] },
      400,
      '/networks/0',
    ],
    ['a hub without a name', { boot, networks: [{ type: 'hub' }] }, 400, '/networks/0/name'],
    ['a hub whose name is a path', { boot, networks: [{ type: 'hub', name: '../x' }] }, 400],
    [
      'a multicast MAC address',
      { boot, networks: [{ type: 'hub', name: 'x', mac: '01:00:00:00:00:00' }] },
      400,
      '/networks/0/mac',
    ],
    ['no CPUs', { boot, cpus: 0 }, 400, '/cpus'],
    ['nine CPUs', { boot, cpus: 9 }, 400, '/cpus'],
    ['half a CPU', { boot, cpus: 1.5 }, 400, '/cpus'],
    ['CPUs as text', { boot, cpus: '2' }, 400, '/cpus'],
    ['an unknown CPU', { boot, cpu: 'pentium' }, 400, '/cpu'],
    ['an unknown board', { boot, board: 'toaster' }, 400, '/board'],
    ['little memory', { boot, memory: '1M' }, 400, '/memory'],
    ['much memory', { boot, memory: '1000G' }, 400, '/memory'],
    ['negative memory', { boot, memory: -1 }, 400, '/memory'],
    ['memory in words', { boot, memory: 'plenty' }, 400, '/memory'],
    ['GICv4', { boot, gic: 4 }, 400, '/gic'],
    ['a negative seed', { boot, seed: -1 }, 400, '/seed'],
    ['a time that is none', { boot, rtc: 'yesterday' }, 400, '/rtc'],
    ['a clock that is none', { boot, clock: 'sundial' }, 400, '/clock'],
    ['no time at all', { boot, nsPerInsn: 0 }, 400, '/nsPerInsn'],
    [
      'a zero byte in the command line',
      { boot: { ...boot, cmdline: 'a\0b' } },
      400,
      '/boot/cmdline',
    ],
    ['a command line of 5000 letters', { boot: { ...boot, cmdline: 'a'.repeat(5000) } }, 400],
    ['an initrd without a kernel', { boot: { firmware: 'ten', initrd: 'ten' } }, 400, '/boot'],
    ['a name that is taken', { boot, name: 'there' }, 409],
    ['300 KiB', { boot, name: 'x'.repeat(300 << 10) }, 413],
    ['100,000 brackets', '['.repeat(100_000), 400],
  ]

  // A row that is too short would get the runner's callback.
  const rows = cases.map(
    ([title, body, status, pointer = null]) => [title, body, status, pointer] as const,
  )

  test.each(rows)('an instance of %s is refused', async (_, body, status, pointer) => {
    const response = await server.request('POST', '/v1/instances', body, json)
    const { errors, type } = await problem(response, status)
    expect(type).not.toContain('internal')
    if (pointer !== null) expect(errors?.map((error) => error.pointer)).toContain(pointer)
    expect(server.host.instances.list()).toHaveLength(1)
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'JSON under the name of %s, as a foreign page could send it, is refused',
    async (type) => {
      const headers = { 'content-type': type }
      const body = JSON.stringify({ boot })
      await problem(await server.request('POST', '/v1/instances', body, headers), 415)
      await problem(await server.request('POST', '/v1/instances/there/stop', '{}', headers), 415)
    },
  )

  test.each([
    [{ mode: 'gently' }],
    [{ timeoutSeconds: -1 }],
    [{ timeoutSeconds: 1e9 }],
    [{ timeoutSeconds: '10' }],
    [{ wait: true }],
    [[]],
  ])('a stop with %j is refused', async (body) => {
    await problem(await server.request('POST', '/v1/instances/there/stop', body), 400)
  })

  test('a body in chunks without end is cut off', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 << 10).fill(0x20)),
    })
    const response = await fetch(`${server.url}/v1/instances`, {
      method: 'POST',
      headers: json,
      body,
    })
    await problem(response, 413)
  })
})

describe('paths, methods and queries', () => {
  test.each([
    ['GET', '/v2/images', 404],
    ['GET', '/v1', 404],
    ['GET', '/v1/images/none', 404],
    ['DELETE', '/v1/images/none', 404],
    ['GET', '/v1/images/..%2F..%2Fetc%2Fpasswd', 400],
    ['PUT', '/v1/images/..%2Fkenix.sqlite', 400],
    ['PUT', '/v1/images/.hidden', 400],
    ['PUT', '/v1/images/a%00b', 400],
    ['PUT', '/v1/images/%E2%82%AC', 400],
    ['PUT', '/v1/images/a%20b', 400],
    ['PUT', `/v1/images/${'a'.repeat(129)}`, 400],
    ['DELETE', '/v1/images/%2e%2e%2fkenix.sqlite', 400],
    ['GET', '/page/..%2f..%2fpackage.json', 404],
    ['GET', '/docs/..%2f..%2fpackage.json', 404],
    ['GET', '/v1/instances/none', 404],
    ['GET', `/v1/instances/${'x'.repeat(1000)}`, 400],
    ['DELETE', '/v1/instances/there?force=yes', 400],
    ['POST', '/v1/instances/none/start', 404],
    ['POST', '/v1/instances/there/explode', 404],
    ['GET', '/v1/instances/there/wait', 400],
    ['GET', '/v1/instances/there/wait?state=happy', 400],
    ['GET', '/v1/instances/there/wait?state=', 400],
    ['GET', '/v1/instances/there/wait?state=created&timeout=301', 400],
    ['GET', '/v1/instances/there/wait?state=created&timeout=-1', 400],
    ['GET', '/v1/instances/there/wait?state=created&timeout=soon', 400],
    ['GET', '/v1/instances/there/consoles/none', 404],
    ['GET', '/v1/instances/there/consoles/console', 426],
    ['GET', '/v1/instances/there/consoles/__proto__/log', 404],
    ['GET', '/v1/instances/there/consoles/console/log?from=1', 416],
    ['GET', '/v1/instances/there/consoles/console/log?from=-1', 400],
    ['GET', '/v1/instances/there/consoles/console/log?from=99999999999999999999', 400],
    ['PATCH', '/v1/images', 405],
    ['POST', '/v1/images/ten', 405],
    ['GET', '/v1/instances/there/start', 405],
    ['DELETE', '/healthz', 405],
    ['OPTIONS', '/v1/instances', 405],
    ['PUT', '/v1/instances/there/consoles/console', 405],
  ])('%s %s is answered %i', async (method, path, status) => {
    const response = await server.request(method, path)
    if (status === 405) expect(response.headers.get('allow')).toMatch(/^[A-Z, ]+$/)
    await problem(response, status)
  })
})

describe('uploads', () => {
  const files = () => readdirSync(join(server.directory, 'images')).length

  test('one larger than the limit leaves nothing', async () => {
    const before = files()
    await problem(await server.request('PUT', '/v1/images/large', new Uint8Array(2 << 20)), 413)
    expect(files()).toBe(before)
  })

  test('one whose digest is another leaves nothing', async () => {
    const wrong = { 'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` }
    await problem(await server.request('PUT', '/v1/images/other', 'x', wrong), 400)
    const nonsense = { 'content-digest': 'sha-256=hello' }
    await problem(await server.request('PUT', '/v1/images/other', 'x', nonsense), 400)
    await problem(await server.request('GET', '/v1/images/other'), 404)
  })

  test('one that breaks off leaves nothing', async () => {
    const before = files()
    const head =
      'PUT /v1/images/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf'
    const chunked =
      'PUT /v1/images/half HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'
    for (const text of [head, chunked]) {
      const socket = await connect(() => {})
      socket.write(text)
      await Bun.sleep(50)
      socket.end()
      await Bun.sleep(50)
    }
    expect(files()).toBe(before)
    await problem(await server.request('GET', '/v1/images/half'), 404)
  })

  test.each([
    ['bytes=10-', 416],
    ['bytes=99-100', 416],
    ['bytes=-0', 416],
    ['bytes=4-2', 200],
    ['bytes=a-b', 200],
    ['bytes=0-1,3-4', 200],
    ['lines=0-1', 200],
    ['bytes=--1', 200],
    ['bytes=0-99999999999999999999', 200],
  ])('the range "%s" is answered %i', async (range, status) => {
    const response = await server.request('GET', '/v1/images/ten', undefined, { range })
    expect(response.status).toBe(status)
    if (status === 416) expect(response.headers.get('content-range')).toBe('bytes */10')
    else expect(await response.text()).toBe('0123456789')
  })
})

/** Opens a connection that speaks for itself. */
function connect(data: (text: string) => void) {
  return Bun.connect<undefined>({
    hostname: '127.0.0.1',
    port: Number(new URL(server.url).port),
    socket: { data: (_, chunk) => data(chunk.toString()) },
  })
}

describe('no HTTP', () => {
  test.each([
    ['noise', '\x00\x01\x02\xff\r\n\r\n'],
    [
      'a header of 100 KiB',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    ],
    [
      'two lengths',
      'POST /v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
    ],
    [
      'a negative length',
      'POST /v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
    ],
    [
      'both length and chunks',
      'POST /v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no Host', 'GET /v1/images HTTP/1.1\r\n\r\n'],
  ])('%s does no harm', async (_, text) => {
    let answer = ''
    const socket = await connect((chunk) => {
      answer += chunk
    })
    socket.write(text)
    await Bun.sleep(50)
    socket.end()
    expect(answer).not.toContain(' 200 ')
    expect(server.host.instances.list()).toHaveLength(1)
  })
})
