import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Machine } from '../machine.ts'
import { TinyGuests } from './machine.fixture.ts'
import { packet } from './packet.ts'
import { type GdbServer, serveGdb } from './tcp.ts'

/** A connection to a stub. */
class Client {
  text = ''
  closed = false

  private constructor(readonly socket: Bun.Socket) {}

  static async connect(port: number): Promise<Client> {
    let client: Client | undefined
    const socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        data: (_, data) => {
          client!.text += data.toString('latin1')
        },
        close: () => {
          if (client) client.closed = true
        },
      },
    })
    client = new Client(socket)
    return client
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + 5000
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`Waited too long; received "${this.text}"`)
      await Bun.sleep(2)
    }
  }
}

const guests = new TinyGuests()
let machine: Machine
let server: GdbServer

beforeEach(async () => {
  machine = await guests.machine(['add x0, x0, #1', 'b #-4'])
  server = serveGdb(machine, { port: 0 })
})

afterEach(async () => {
  server.close()
  await machine.close()
})

afterAll(() => guests.remove())

const ran = async () => {
  const before = machine.instructions
  await Bun.sleep(30)
  return machine.instructions > before
}

describe('serveGdb()', () => {
  test('lets the machine run until a debugger comes, and when it is gone', async () => {
    void machine.run()
    expect(await ran()).toBe(true)
    const client = await Client.connect(server.port)
    client.socket.write(packet('?'))
    await client.until(() => client.text.includes('$T05thread:01;#'))
    expect(await ran()).toBe(false)
    client.socket.end()
    await client.until(() => !machine.parts.control.held)
    expect(await ran()).toBe(true)
  })

  test('holds the machine from the start if asked to', async () => {
    server.close()
    server = serveGdb(machine, { port: 0, wait: true })
    void machine.run()
    expect(await ran()).toBe(false)
    const client = await Client.connect(server.port)
    client.socket.write(packet('c'))
    await client.until(() => !machine.parts.control.held)
    expect(await ran()).toBe(true)
  })

  test('turns a second debugger away, and keeps the first', async () => {
    const first = await Client.connect(server.port)
    first.socket.write(packet('qAttached'))
    await first.until(() => first.text.includes('$1#31'))
    const second = await Client.connect(server.port)
    await second.until(() => second.closed)
    first.socket.write(packet('qC'))
    await first.until(() => first.text.includes('$QC01#'))
  })

  test('takes a debugger after another', async () => {
    for (let n = 0; n < 3; n++) {
      const client = await Client.connect(server.port)
      client.socket.write(packet('D'))
      await client.until(() => client.closed)
      expect(client.text).toBe('+$OK#9a')
      expect(machine.parts.control.attached).toBe(false)
    }
  })

  test('drops a debugger that asks without reading, and the machine runs on', async () => {
    void machine.run()
    const client = await Client.connect(server.port)
    client.socket.pause()
    const questions = Buffer.from('$g#67'.repeat(2000))
    const deadline = performance.now() + 8000
    await client.until(() => machine.parts.control.attached)
    while (machine.parts.control.attached && performance.now() < deadline) {
      client.socket.write(questions)
      await Bun.sleep(1)
    }
    expect(machine.parts.control.attached).toBe(false)
    expect(await ran()).toBe(true)
    client.socket.terminate()
  })

  test('hangs up on a web page that carries packets in its request', async () => {
    void machine.run()
    const client = await Client.connect(server.port)
    const head = Buffer.from('POST / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    client.socket.write(Buffer.concat([head, packet('M40000000,1:ff')]))
    await client.until(() => client.closed)
    expect(client.text).toBe('')
    expect(machine.readMemory(0x4000_0000, 1)).not.toEqual(Uint8Array.of(0xff))
    await client.until(() => !machine.parts.control.attached)
    expect(await ran()).toBe(true)
  })

  test('says what to do when the port is taken', () => {
    expect(() => serveGdb(machine, { port: server.port })).toThrow(
      `Cannot listen for a debugger at 127.0.0.1:${server.port}`,
    )
  })

  test('lets go of the machine when it is closed', async () => {
    void machine.run()
    await Client.connect(server.port)
    await Bun.sleep(10)
    expect(await ran()).toBe(false)
    server.close()
    expect(await ran()).toBe(true)
  })
})
