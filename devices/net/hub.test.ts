import { describe, expect, test } from 'bun:test'
import { plugIntoHub } from './hub.ts'
import { defaultMac, NetError, type NetPort, parseMac } from './port.ts'
import { EthernetSwitch } from './switch.ts'

function formatMac(mac: Uint8Array): string {
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

const BROADCAST = 'ff:ff:ff:ff:ff:ff'

function mac(last: number): string {
  return `52:54:00:00:00:${last.toString(16).padStart(2, '0')}`
}

function frame(to: string, from: string, bytes = 60): Uint8Array {
  const out = new Uint8Array(bytes)
  const put = (address: string, at: number) =>
    out.set(
      address.split(':').map((byte) => Number.parseInt(byte, 16)),
      at,
    )
  put(to, 0)
  put(from, 6)
  return out
}

/** A port that keeps what it hears. */
function listen(port: NetPort): Uint8Array[] {
  const heard: Uint8Array[] = []
  port.onFrame = (bytes) => heard.push(bytes)
  return heard
}

describe('a hub', () => {
  test('carries a broadcast to all but its sender', () => {
    const ports = [1, 2, 3].map(() => plugIntoHub('broadcast'))
    const heard = ports.map(listen)
    ports[0]!.send(frame(BROADCAST, mac(1)))
    expect(heard.map((frames) => frames.length)).toEqual([0, 1, 1])
    for (const port of ports) port.close()
  })

  test('learns where stations are', () => {
    const ports = [1, 2, 3].map(() => plugIntoHub('learn'))
    const heard = ports.map(listen)
    ports[1]!.send(frame(BROADCAST, mac(2)))
    ports[0]!.send(frame(mac(2), mac(1)))
    expect(heard.map((frames) => frames.length)).toEqual([1, 1, 1])
    // A station that moved is found at its new port.
    ports[2]!.send(frame(BROADCAST, mac(2)))
    ports[0]!.send(frame(mac(2), mac(1)))
    expect(heard.map((frames) => frames.length)).toEqual([2, 2, 2])
    for (const port of ports) port.close()
  })

  test('gives each its own copy', () => {
    const ports = [1, 2, 3].map(() => plugIntoHub('copy'))
    const heard = ports.map(listen)
    const sent = frame(BROADCAST, mac(1))
    ports[0]!.send(sent)
    heard[1]![0]!.fill(9)
    expect(heard[2]![0]).toEqual(sent as Uint8Array<ArrayBuffer>)
    expect(sent[20]).toBe(0)
    for (const port of ports) port.close()
  })

  test('of another name is another network', () => {
    const [a, b] = [plugIntoHub('here'), plugIntoHub('there')]
    const heard = listen(b)
    a.send(frame(BROADCAST, mac(1)))
    expect(heard).toEqual([])
    a.close()
    b.close()
  })

  test('forgets who is gone: nothing is sent to it, nor heard from it', () => {
    const [a, b, c] = [plugIntoHub('gone'), plugIntoHub('gone'), plugIntoHub('gone')]
    const heard = [listen(b), listen(c)]
    b.send(frame(BROADCAST, mac(2)))
    b.close()
    b.close()
    a.send(frame(mac(2), mac(1)))
    b.send(frame(BROADCAST, mac(2)))
    expect(heard.map((frames) => frames.length)).toEqual([0, 2])
    expect(b.counters.dropped).toBe(1)
    a.close()
    c.close()
  })

  test('counts', () => {
    const [a, b] = [plugIntoHub('count'), plugIntoHub('count')]
    a.send(frame(BROADCAST, mac(1)))
    listen(b)
    a.send(frame(BROADCAST, mac(1)))
    expect(a.counters).toEqual({ sent: 2, received: 0, dropped: 0 })
    expect(b.counters).toEqual({ sent: 0, received: 1, dropped: 1 })
    a.close()
    b.close()
  })

  const noFrames: [string, number][] = [
    ['nothing', 0],
    ['13 bytes', 13],
    ['69,633 bytes', 69_633],
  ]
  for (const [what, bytes] of noFrames) {
    test(`does not carry ${what}`, () => {
      const [a, b] = [plugIntoHub('length'), plugIntoHub('length')]
      const heard = listen(b)
      a.send(new Uint8Array(bytes))
      expect([heard.length, a.counters.dropped]).toEqual([0, 1])
      a.close()
      b.close()
    })
  }

  for (const name of ['', '../evil', 'a/b', '.hidden', 'x'.repeat(65), 'a b', 'a\0b']) {
    test(`can not be named ${JSON.stringify(name.slice(0, 12))}`, () => {
      expect(() => plugIntoHub(name)).toThrow(NetError)
    })
  }
})

test('a switch remembers a bounded number of stations, and still delivers', () => {
  const network = new EthernetSwitch()
  let heard = 0
  network.plug(() => heard++)
  const port = network.plug(() => {})
  for (let i = 0; i < 10_000; i++) {
    const bytes = frame(BROADCAST, '52:54:00:00:00:00')
    bytes[9] = i >> 16
    bytes[10] = (i >> 8) & 0xff
    bytes[11] = i & 0xff
    port.send(bytes)
  }
  expect(heard).toBe(10_000)
  expect((network as unknown as { stations: Map<number, unknown> }).stations.size).toBe(4096)
})

test('a switch does not learn group addresses', () => {
  const network = new EthernetSwitch()
  const heard = [0, 0]
  const ports = heard.map((_, index) => network.plug(() => heard[index]!++))
  ports[0]!.send(frame(mac(9), BROADCAST))
  ports[1]!.send(frame(BROADCAST, mac(2)))
  expect(heard).toEqual([1, 1])
})

describe('MAC addresses', () => {
  test('are by default those of QEMU, and others for other seeds', () => {
    expect([0, 1].map((index) => formatMac(defaultMac(0, index)))).toEqual([
      '52:54:00:12:34:56',
      '52:54:00:12:34:57',
    ])
    const seeds = [...Array.from({ length: 200 }, (_, i) => i), 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]
    const macs = seeds.flatMap((seed) => [0, 1].map((index) => formatMac(defaultMac(seed, index))))
    expect(new Set(macs).size).toBe(macs.length)
    expect(macs.every((text) => parseMac(text) !== undefined)).toBe(true)
  })
  test('are read and written', () => {
    expect(formatMac(parseMac('52:54:00:AB:cd:0f')!)).toBe('52:54:00:ab:cd:0f')
  })
  for (const text of [
    '',
    '52:54:00:ab:cd',
    '52-54-00-ab-cd-0f',
    '01:00:5e:00:00:01',
    '00:00:00:00:00:00',
    `${BROADCAST}`,
    '52:54:00:ab:cd:0g',
  ]) {
    test(`"${text}" is none for a machine`, () => expect(parseMac(text)).toBeUndefined())
  }
})
