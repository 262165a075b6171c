import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Socket } from 'bun'
import { Switches } from './switch.ts'

const switches = new Switches()
const sockets: Socket<undefined>[] = []

afterAll(() => {
  for (const socket of sockets) socket.end()
  switches.close()
})

interface Port {
  socket: Socket<undefined>
  /** All bytes received. */
  received(): Buffer
  closed(): boolean
}

async function plug(network: string): Promise<Port> {
  const chunks: Buffer[] = []
  let closed = false
  const socket = await Bun.connect<undefined>({
    unix: switches.path(network),
    socket: {
      data: (_, chunk) => {
        chunks.push(Buffer.from(chunk))
      },
      close: () => {
        closed = true
      },
    },
  })
  sockets.push(socket)
  return { socket, received: () => Buffer.concat(chunks), closed: () => closed }
}

/** A frame with its length in front. Addresses are the last byte of 02:00:00:00:00:xx; 0xff is everybody. */
function frame(to: number, from: number, text: string): Buffer {
  const head = Buffer.alloc(18)
  head.writeUInt32BE(14 + text.length)
  if (to === 0xff) head.fill(0xff, 4, 10)
  else head.set([2, 0, 0, 0, 0, to], 4)
  head.set([2, 0, 0, 0, 0, from], 10)
  head.writeUInt16BE(0x88b5, 16)
  return Buffer.concat([head, Buffer.from(text)])
}

const settle = () => Bun.sleep(30)

describe('Switches', () => {
  test('a broadcast reaches everybody but its sender; an answer only whom it is for', async () => {
    const [a, b, c] = [await plug('lan'), await plug('lan'), await plug('lan')]
    const other = await plug('other')
    const hello = frame(0xff, 1, 'hello')
    // Cut in the middle: frames are a stream's matter.
    a.socket.write(hello.subarray(0, 7))
    await settle()
    a.socket.write(hello.subarray(7))
    await settle()
    expect(b.received()).toEqual(hello)
    expect(c.received()).toEqual(hello)
    expect(a.received()).toHaveLength(0)
    expect(other.received()).toHaveLength(0)
    const answer = frame(1, 2, 'answer')
    b.socket.write(answer)
    await settle()
    expect(a.received()).toEqual(answer)
    expect(c.received()).toEqual(hello)
  })

  test.each([0, 13, 100_000, 0xffff_ffff])(
    'a port that announces a frame of %i bytes is unplugged, and the others go on',
    async (length) => {
      const [bad, good, peer] = [await plug('lan2'), await plug('lan2'), await plug('lan2')]
      const head = Buffer.alloc(4)
      head.writeUInt32BE(length)
      bad.socket.write(head)
      await settle()
      expect(bad.closed()).toBeTrue()
      const hello = frame(0xff, 1, 'still here')
      good.socket.write(hello)
      await settle()
      expect(peer.received()).toEqual(hello)
      good.socket.end()
      peer.socket.end()
    },
  )

  test('closing removes the sockets', () => {
    const others = new Switches()
    const path = others.path('x')
    expect(others.path('x')).toBe(path)
    expect(existsSync(path)).toBeTrue()
    others.close()
    expect(existsSync(dirname(path))).toBeFalse()
  })
})
