/**
 * Consoles as WebSockets: raw and `console.v1`, slow viewers, and messages that are wrong on purpose.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  ACK,
  frame,
  GAP,
  IN,
  integerOf,
  OUT,
  PROTOCOL,
  REPLAY_END,
  STATUS,
  WINDOW,
} from './console-frames.ts'
import { TestServer } from './testing.ts'
import { MAX_MESSAGE } from './websocket.ts'

const TOKEN = 'sixteen-letters-or-more'
const KEPT = 1 << 20

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ token: TOKEN })
  const request = server.request.bind(server)
  server.request = (method, path, body, headers = {}) =>
    request(method, path, body, { authorization: `Bearer ${TOKEN}`, ...headers })
})

afterAll(() => server[Symbol.asyncDispose]())

/** A running instance, past its banner. */
async function running(name: string): Promise<void> {
  await server.create(name, { autostart: true })
  await server.prints(name, 'fake> ')
}

interface Options {
  query?: string
  protocols?: string[]
  authorization?: string
}

class Client {
  readonly socket: WebSocket
  readonly messages: Uint8Array[] = []
  closed: { code: number; reason: string } | undefined

  constructor(name: string, { query = '', protocols = [], authorization }: Options = {}) {
    const url = `${server.url.replace('http', 'ws')}/v1/instances/${name}/consoles/console${query}`
    const headers = { authorization: authorization ?? `Bearer ${TOKEN}` }
    this.socket = new WebSocket(url, { protocols, headers } as unknown as string[])
    this.socket.binaryType = 'arraybuffer'
    this.socket.onmessage = ({ data }) => {
      this.messages.push(new Uint8Array(data as ArrayBuffer))
    }
    this.socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason }
    }
  }

  static async open(name: string, options: Options = {}): Promise<Client> {
    const client = new Client(name, options)
    await client.until(() => client.socket.readyState === WebSocket.OPEN || !!client.closed)
    return client
  }

  async until(done: () => boolean): Promise<void> {
    const deadline = Date.now() + 8000
    while (!done()) {
      if (Date.now() > deadline) throw new Error('It did not happen in 8 seconds')
      await Bun.sleep(5)
    }
  }

  get raw(): string {
    return Buffer.concat(this.messages).toString()
  }

  /** Messages of one type. */
  of(type: number): Uint8Array[] {
    return this.messages.filter((message) => message[0] === type)
  }

  /** Bytes of output of a framed console. */
  get sent(): number {
    return this.of(OUT).reduce((sum, message) => sum + message.length - 9, 0)
  }

  /** Output of a framed console, which must follow on without holes. */
  get output(): string {
    const parts: Uint8Array[] = []
    let next: number | undefined
    for (const message of this.of(OUT)) {
      if (next !== undefined) expect(integerOf(message, 0)).toBe(next)
      next = integerOf(message, 0)! + message.length - 9
      parts.push(message.subarray(9))
    }
    return Buffer.concat(parts).toString()
  }

  get status(): unknown[] {
    return this.of(STATUS).map((message) => JSON.parse(Buffer.from(message.subarray(1)).toString()))
  }
}

describe('raw mode', () => {
  test('shows the past and the present, and types text and bytes', async () => {
    await running('raw')
    const client = await Client.open('raw')
    expect(client.socket.protocol).toBe('')
    client.socket.send('he')
    client.socket.send(new TextEncoder().encode('llo\r'))
    await client.until(() => client.raw.includes('you said hello'))
    expect(client.raw).toStartWith('fake guest with 1 cpu\r\n')
  })

  test('starts at an offset, and refuses one that is not kept or not yet written', async () => {
    await running('offset')
    const client = await Client.open('offset', { query: '?from=5' })
    await client.until(() => client.raw.length > 0)
    expect(client.raw).toStartWith('guest')
    for (const query of ['?from=1000', '?from=-1', '?mode=both', '?from=x']) {
      expect((await Client.open('offset', { query })).closed).toBeDefined()
    }
    server.type('offset', `flood ${KEPT + 1000}`)
    await server.prints('offset', 'flooded')
    expect((await Client.open('offset', { query: '?from=5' })).closed).toBeDefined()
  })

  test('a viewer in mode read sees all, and is told when it types', async () => {
    await running('reader')
    const reader = await Client.open('reader', { query: '?mode=read' })
    const writer = await Client.open('reader')
    writer.socket.send('hello\r')
    await reader.until(() => reader.raw.includes('you said hello'))
    reader.socket.send('poweroff\r')
    await reader.until(() => reader.closed !== undefined)
    expect(reader.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('mode=read'),
    })
    expect(server.host.instances.get('reader').state).toBe('running')
  })

  test('stays attached over stop and start, until the instance is deleted', async () => {
    await running('survivor')
    const client = await Client.open('survivor')
    await server.act('survivor', 'stop')
    client.socket.send('typed into the void\r')
    await server.act('survivor', 'start')
    await client.until(() => client.raw.split('fake guest').length === 3)
    expect(client.raw).not.toContain('void')
    await server.request('DELETE', '/v1/instances/survivor?force=true')
    await client.until(() => client.closed !== undefined)
    expect(client.closed?.code).toBe(1001)
  })

  test('a viewer that does not read never stalls the guest, and is closed rather than left with a hole', async () => {
    await running('stalled')
    const slow = await Client.open('stalled')
    const { socket } = slow as unknown as { socket: { pause(): void; resume(): void } }
    socket.pause()
    for (let round = 0; round < 12; round++) {
      server.type('stalled', 'flood 1000000')
      await Bun.sleep(30)
    }
    server.type('stalled', 'alive')
    await server.prints('stalled', 'you said alive')
    const seen = slow.raw.length
    socket.resume()
    await slow.until(() => slow.closed !== undefined)
    expect(slow.closed).toMatchObject({
      code: 1013,
      reason: expect.stringContaining('no longer kept'),
    })
    expect(slow.raw.length).toBeGreaterThanOrEqual(seen)
    expect(server.host.instances.get('stalled').consoles.get('console')?.listeners).toBe(0)
  }, 20_000)
})

describe('console.v1', () => {
  test('tells state, past, end of the past, present, and changes', async () => {
    await running('framed')
    const client = await Client.open('framed', { protocols: [PROTOCOL] })
    expect(client.socket.protocol).toBe(PROTOCOL)
    await client.until(() => client.of(REPLAY_END).length === 1)
    expect(client.status).toMatchObject([{ state: 'running', mode: 'write' }])
    expect(client.messages.map(([type]) => type)).toEqual([STATUS, OUT, REPLAY_END])
    expect(integerOf(client.of(REPLAY_END)[0]!, 0)).toBe(client.output.length)
    client.socket.send(frame(IN, [], new TextEncoder().encode('hello\r')))
    await client.until(() => client.output.includes('you said hello'))
    await server.act('framed', 'pause')
    await server.act('framed', 'resume')
    await server.act('framed', 'stop')
    await client.until(() => client.status.length >= 5)
    expect(client.status.map((status) => (status as { state: string }).state)).toEqual([
      'running',
      'paused',
      'running',
      'stopping',
      'stopped',
    ])
  })

  test('replay ends at once for one who starts at the end', async () => {
    await server.create('quiet')
    const client = await Client.open('quiet', { protocols: [PROTOCOL] })
    await client.until(() => client.of(REPLAY_END).length === 1)
    expect(client.of(OUT)).toHaveLength(0)
  })

  test('sends a window, then waits to be told that it was shown; what is lost meanwhile is a GAP', async () => {
    await running('window')
    const client = await Client.open('window', { protocols: [PROTOCOL] })
    server.type('window', `flood ${3 * WINDOW}`)
    await server.prints('window', 'flooded')
    await client.until(() => client.sent >= WINDOW)
    await Bun.sleep(50)
    expect(client.sent).toBe(WINDOW)
    expect(client.of(GAP)).toHaveLength(0)
    const half = WINDOW / 2
    client.socket.send(frame(ACK, [half]))
    await client.until(() => client.sent >= WINDOW + half)
    await Bun.sleep(50)
    expect(client.sent).toBe(WINDOW + half)
    const [gap] = client.of(GAP)
    expect(integerOf(gap!, 0)).toBe(WINDOW)
    const next = client.of(OUT).find((message) => integerOf(message, 0)! >= WINDOW)
    expect(integerOf(next!, 0)).toBe(integerOf(gap!, 1)!)
  })

  test('an offset that is no longer kept is a GAP', async () => {
    await running('gap')
    server.type('gap', `flood ${KEPT + 5000}`)
    await server.prints('gap', 'flooded')
    const client = await Client.open('gap', { protocols: [PROTOCOL], query: '?from=10' })
    await client.until(() => client.of(OUT).length > 0)
    const [gap] = client.of(GAP)
    expect(integerOf(gap!, 0)).toBe(10)
    expect(integerOf(client.of(OUT)[0]!, 0)).toBe(integerOf(gap!, 1)!)
  })

  test('the token may come as a subprotocol, and never comes back', async () => {
    await server.create('token')
    const protocols = [`bearer.${TOKEN}`, PROTOCOL]
    const client = await Client.open('token', { protocols, authorization: '' })
    expect(client.closed).toBeUndefined()
    expect(client.socket.protocol).toBe(PROTOCOL)
    const wrong = { protocols: [`bearer.${TOKEN}x`, PROTOCOL], authorization: '' }
    expect((await Client.open('token', wrong)).closed).toBeDefined()
  })

  const hostile: [title: string, message: string | Uint8Array, code: number][] = [
    ['text', 'hello', 1003],
    ['nothing', new Uint8Array(0), 1002],
    ['an unknown type', new Uint8Array([0x7f, 1, 2]), 1002],
    ["the server's own type", frame(OUT, [0]), 1002],
    ['an acknowledgement without offset', new Uint8Array([ACK]), 1002],
    ['an acknowledgement that is too short', new Uint8Array([ACK, 0, 0, 0]), 1002],
    ['an acknowledgement that is too long', frame(ACK, [0, 0]), 1002],
    ['an acknowledgement of the future', frame(ACK, [2 ** 40]), 1002],
    ['an acknowledgement beyond numbers', new Uint8Array([ACK, ...Array(8).fill(0xff)]), 1002],
    ['a message of 1 MiB', new Uint8Array(1 << 20).fill(IN), 1006],
    ['a message one byte too long', new Uint8Array(MAX_MESSAGE + 1).fill(IN), 1006],
  ]

  test.each(hostile)('%s ends the connection, and only that', async (_, message, code) => {
    if (!server.host.instances.list().some(({ record }) => record.name === 'hostile')) {
      await running('hostile')
    }
    const client = await Client.open('hostile', { protocols: [PROTOCOL] })
    client.socket.send(message)
    await client.until(() => client.closed !== undefined)
    expect([code, 1009]).toContain(client.closed!.code)
    server.type('hostile', 'ping')
    await server.prints('hostile', 'you said ping')
  })

  test.each([[['console.v2']], [['tty', 'mqtt']], [['bearer']]])(
    'an offer of only %s is refused',
    async (protocols) => {
      await server.create('polyglot')
      expect((await Client.open('polyglot', { protocols })).closed).toBeDefined()
    },
  )
})

describe('no WebSocket', () => {
  /** Sends bytes behind a valid handshake, and returns what comes back. */
  async function speak(handshake: string, bytes: Uint8Array): Promise<string> {
    let answer = ''
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port: Number(new URL(server.url).port),
      socket: {
        data: (_, chunk) => {
          answer += chunk.toString('latin1')
        },
      },
    })
    socket.write(handshake)
    await Bun.sleep(40)
    socket.write(bytes)
    await Bun.sleep(40)
    socket.end()
    return answer
  }

  const head = (name: string, more: string) =>
    `GET /v1/instances/${name}/consoles/console HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`
  const valid = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

  test.each([
    ['no key', 'Sec-WebSocket-Version: 13\r\n'],
    ['an empty key', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \r\n'],
  ])('a handshake with %s is refused', async (_, more) => {
    await server.create('handshake')
    expect(await speak(head('handshake', more), new Uint8Array(0))).toContain('400')
  })

  test.each([
    ['no mask', [0x82, 0x01, 0x41]],
    ['a reserved bit', [0xf2, 0x81, 0, 0, 0, 0, 0x41]],
    ['an unknown opcode', [0x83, 0x81, 0, 0, 0, 0, 0x41]],
    ['a continuation of nothing', [0x80, 0x81, 0, 0, 0, 0, 0x41]],
    ['a long ping', [0x89, 0xfe, 0x00, 0xff, 0, 0, 0, 0]],
    ['a length of 2^63', [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
    ['text that is no UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]],
    ['half a frame', [0x82]],
    ['noise', [0x00, 0x13, 0x37, 0xff, 0xee, 0x42, 0x00, 0x00]],
  ])('a frame with %s does no harm', async (_, bytes) => {
    const known = server.host.instances.list().some(({ record }) => record.name === 'frames')
    if (!known) await running('frames')
    const answer = await speak(head('frames', valid), new Uint8Array(bytes))
    expect(answer).toContain('101')
    server.type('frames', 'ping')
    await server.prints('frames', 'you said ping')
  })
})
