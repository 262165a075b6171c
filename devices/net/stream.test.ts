import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeFrame } from './framing.ts'
import { NetError } from './port.ts'
import { StreamPort } from './stream.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

function socketPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kenix-net-'))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 's')
}

function open(
  path: string,
  listen = false,
): { port: StreamPort; heard: Uint8Array[]; warnings: string[] } {
  const warnings: string[] = []
  const port = new StreamPort({ path, listen, onWarning: (message) => warnings.push(message) })
  const heard: Uint8Array[] = []
  port.onFrame = (bytes) => heard.push(bytes)
  cleanups.push(() => port.close())
  return { port, heard, warnings }
}

async function serve(path: string, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  cleanups.push(() => server.close())
  return server
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 2000) throw new Error('It did not happen within seconds')
    await Bun.sleep(2)
  }
}

function frame(bytes: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i + seed) & 0xff)
}

describe('a stream', () => {
  test('connects two machines', async () => {
    const path = socketPath()
    const server = open(path, true)
    const client = open(path)
    await until(() => server.port.connected && client.port.connected)
    client.port.send(frame(60, 1))
    client.port.send(frame(1514, 2))
    server.port.send(frame(42, 3))
    await until(() => server.heard.length === 2 && client.heard.length === 1)
    expect(server.heard).toEqual([frame(60, 1), frame(1514, 2)])
    expect(client.heard).toEqual([frame(42, 3)])
    expect(client.port.counters).toEqual({ sent: 2, received: 1, dropped: 0 })
  })

  test('waits for a peer that comes later, dropping frames meanwhile', async () => {
    const path = socketPath()
    const client = open(path)
    client.port.send(frame(60))
    expect(client.port.counters.dropped).toBe(1)
    await until(() => client.warnings.length === 1)
    const server = open(path, true)
    await until(() => client.port.connected && server.port.connected)
    expect(client.warnings[0]).toContain('Cannot reach the network')
  })

  test('comes back after its peer was gone', async () => {
    const path = socketPath()
    const first = open(path, true)
    const client = open(path)
    await until(() => client.port.connected)
    first.port.close()
    await until(() => !client.port.connected)
    expect(client.warnings.at(-1)).toContain('is gone')
    const second = open(path, true)
    await until(() => client.port.connected && second.port.connected)
    second.port.send(frame(60))
    await until(() => client.heard.length === 1)
  })

  test('takes the place of a socket left over by a killed process, which only its user can reach', async () => {
    const path = socketPath()
    const killed = Bun.spawn(
      [
        process.execPath,
        '-e',
        `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up')); setInterval(() => {}, 1000)`,
      ],
      { stdout: 'pipe' },
    )
    await killed.stdout.getReader().read()
    killed.kill('SIGKILL')
    await killed.exited
    const server = open(path, true)
    const client = open(path)
    await until(() => client.port.connected && server.port.connected)
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  test('has one peer at a time', async () => {
    const path = socketPath()
    const server = open(path, true)
    const client = open(path)
    await until(() => client.port.connected && server.port.connected)
    let closed = false
    const second = createConnection(path)
    second.on('close', () => {
      closed = true
    })
    await until(() => closed)
    expect(client.port.connected).toBe(true)
  })

  test('does not take a path from a process that listens there, nor from a file', async () => {
    const path = socketPath()
    open(path, true)
    await Bun.sleep(20)
    const second = open(path, true)
    await until(() => second.warnings.length === 1)
    expect(second.warnings[0]).toContain('another process does')
    const file = socketPath()
    writeFileSync(file, 'precious')
    expect(() => open(file, true)).toThrow('no socket; choose another path')
  })

  test('never sends half a frame, nor waits, when its peer does not read', async () => {
    const path = socketPath()
    await serve(path, (socket) => socket.pause())
    const client = open(path)
    await until(() => client.port.connected)
    for (let i = 0; i < 10_000; i++) client.port.send(frame(1514))
    expect(client.port.counters.dropped).toBeGreaterThan(5_000)
    expect(client.port.counters.sent).toBeGreaterThan(1_000)
  })

  test('is over when it is closed', async () => {
    const path = socketPath()
    const server = open(path, true)
    const client = open(path)
    await until(() => client.port.connected && server.port.connected)
    client.port.close()
    client.port.close()
    client.port.send(frame(60))
    await until(() => !server.port.connected)
    expect([client.heard.length, server.heard.length, client.port.counters.dropped]).toEqual([
      0, 0, 1,
    ])
  })
})

describe('a hostile peer', () => {
  const cases: [string, Uint8Array][] = [
    ['that announces 4 GiB', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3)],
    ['that announces one byte too many', Uint8Array.of(0, 1, 0x10, 1)],
    ['that speaks HTTP', new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['that sends random bytes', frame(5000, 0x77)],
    ['that stops in a length', Uint8Array.of(0, 0)],
    ['that stops in a frame', encodeFrame(frame(60)).subarray(0, 20)],
    ['that says nothing', new Uint8Array(0)],
  ]
  for (const [what, bytes] of cases) {
    test(`${what} is disconnected or ignored, and the next connection works`, async () => {
      const path = socketPath()
      let connections = 0
      await serve(path, (socket) => {
        connections += 1
        if (connections === 1) socket.end(bytes)
        else socket.write(encodeFrame(frame(60, 7)))
      })
      const client = open(path)
      await until(() => client.heard.length > 0)
      expect(client.heard).toEqual([frame(60, 7)])
    })
  }

  test('that sends frames too short for Ethernet is heard no word of', async () => {
    const path = socketPath()
    await serve(path, (socket) => {
      socket.write(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3))
      socket.write(encodeFrame(frame(14)))
    })
    const client = open(path)
    await until(() => client.heard.length > 0)
    expect(client.heard).toEqual([frame(14)])
  })
})

for (const path of ['', `/tmp/${'x'.repeat(110)}`, '/tmp/a\0b']) {
  test(`${path.length} characters that can not be a socket's path are refused`, () => {
    expect(() => new StreamPort({ path })).toThrow(NetError)
  })
}
