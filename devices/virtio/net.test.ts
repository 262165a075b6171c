import { describe, expect, test } from 'bun:test'
import type { NetPort } from '../net/port.ts'
import { StateReader } from '../state.ts'
import { Driver, type DriverQueue, FakeHost, type Piece, RAM_PA, WRITE } from './driver.fixture.ts'
import { VIRTIO_NET_F_MRG_RXBUF, VirtioNet } from './net.ts'

const MAC = Uint8Array.of(0x52, 0x54, 0, 1, 2, 3)
const HEADER = new Uint8Array(12)

function frame(bytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 3 + seed) & 0xff)
}

class FakePort implements NetPort {
  readonly counters = { sent: 0, received: 0, dropped: 0 }
  onFrame: ((frame: Uint8Array) => void) | undefined
  readonly sent: Uint8Array[] = []
  send(frame: Uint8Array): void {
    this.sent.push(frame)
  }
  close(): void {}
}

interface Bench {
  host: FakeHost
  port: FakePort
  device: VirtioNet
  driver: Driver
  rx: DriverQueue
  tx: DriverQueue
  tapped: [Uint8Array, number][]
  receive(frame: Uint8Array): void
}

function bench(features = 0n): Bench {
  const host = new FakeHost()
  const port = new FakePort()
  const tapped: [Uint8Array, number][] = []
  const tap = (frame: Uint8Array, timeNs: number) => tapped.push([frame, timeNs])
  const device = new VirtioNet(host, { name: 'net0', mac: MAC, port, tap })
  const driver = new Driver(host, device)
  driver.begin(features)
  const rx = driver.queue(0, 8)
  const tx = driver.queue(1, 8)
  driver.go()
  host.settle()
  const receive = (bytes: Uint8Array) => port.onFrame!(bytes)
  return { host, port, device, driver, rx, tx, tapped, receive }
}

test('the link is up with a network, and down without', () => {
  expect(bench().driver.read(0x106, 2)).toBe(1)
  const host = new FakeHost()
  const driver = new Driver(host, new VirtioNet(host, { name: 'net0', mac: MAC }))
  expect(driver.read(0x106, 2)).toBe(0)
})

describe('sending', () => {
  test('a frame leaves without its header, a little later', () => {
    const { tx, host, port, tapped } = bench()
    tx.add([HEADER, frame(60)])
    host.clock.nowNs = 1_000_000
    tx.notify()
    expect(port.sent).toEqual([])
    host.settle()
    expect(port.sent).toEqual([frame(60)])
    expect(tapped).toEqual([[frame(60), 1_005_000]])
    expect(tx.takeUsed()).toEqual({ head: 0, written: 0 })
  })

  test('header and frame may be cut anywhere', () => {
    const { tx, host, port } = bench()
    const packet = Uint8Array.of(...HEADER, ...frame(100))
    tx.add([packet.slice(0, 5), packet.slice(5, 40), packet.slice(40)])
    tx.notify()
    host.settle()
    expect(port.sent).toEqual([frame(100)])
  })

  const dropped: [string, Piece[]][] = [
    ['of 13 bytes', [HEADER, frame(13)]],
    ['without content', [HEADER]],
    ['longer than any network carries', [HEADER, frame(69_633)]],
  ]
  for (const [what, pieces] of dropped) {
    test(`a frame ${what} is dropped and counted`, () => {
      const { tx, host, port, device, driver } = bench()
      tx.add(pieces)
      tx.notify()
      host.settle()
      expect(port.sent).toEqual([])
      expect(device.transmitDropped).toBe(1)
      expect(tx.takeUsed()).toBeDefined()
      expect(driver.broken).toBe(false)
    })
  }

  const broken: [string, Piece[]][] = [
    ['with 11 bytes of header', [frame(11)]],
    ['with room to write only', [100]],
  ]
  for (const [what, pieces] of broken) {
    test(`a buffer ${what} makes the device need a reset`, () => {
      const { tx, host, driver } = bench()
      tx.add(pieces)
      tx.notify()
      host.settle()
      expect(driver.broken).toBe(true)
      expect(driver.read(0x60)).toBe(2)
    })
  }
})

describe('receiving', () => {
  test('a frame arrives with a header that says one buffer', () => {
    const { rx, driver, receive, tapped } = bench()
    const { pas } = rx.add([12, 1514])
    receive(frame(60))
    expect(rx.takeUsed()).toEqual({ head: 0, written: 72 })
    expect(driver.bytes(pas[0]!, 12)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0))
    expect(driver.bytes(pas[1]!, 60)).toEqual(frame(60))
    expect(driver.line).toBe(true)
    expect(tapped.length).toBe(1)
  })

  test('frames wait for buffers, in order', () => {
    const { rx, host, receive, driver } = bench()
    receive(frame(60, 1))
    receive(frame(60, 2))
    expect(rx.takeUsed()).toBeUndefined()
    const first = rx.add([200])
    const second = rx.add([200])
    rx.notify()
    host.settle()
    expect(driver.bytes(first.pas[0]! + 12, 60)).toEqual(frame(60, 1))
    expect(driver.bytes(second.pas[0]! + 12, 60)).toEqual(frame(60, 2))
  })

  test('what waits too long is dropped and counted', () => {
    const { device, receive } = bench()
    for (let i = 0; i < 300; i++) receive(frame(60))
    expect(device.receiveDropped).toBe(44)
  })

  test('without mergeable buffers a frame that is too long is dropped, and its buffer kept', () => {
    const { rx, device, receive } = bench()
    rx.add([100])
    receive(frame(200))
    expect(device.receiveDropped).toBe(1)
    receive(frame(60))
    expect(rx.takeUsed()).toEqual({ head: 0, written: 72 })
  })

  test('mergeable buffers share a long frame, seen at once', () => {
    const { rx, driver, receive } = bench(VIRTIO_NET_F_MRG_RXBUF)
    const pas = [0, 1, 2].map(() => rx.add([100]).pas[0]!)
    receive(frame(250))
    expect([0, 1, 2].map(() => rx.takeUsed()?.written)).toEqual([100, 100, 62])
    expect(driver.bytes(pas[0]!, 12)[10]).toBe(3)
    const got = [...driver.bytes(pas[0]! + 12, 88), ...driver.bytes(pas[1]!, 100)]
    expect(Uint8Array.from([...got, ...driver.bytes(pas[2]!, 62)])).toEqual(frame(250))
  })

  test('mergeable buffers that are too few are kept until there are enough', () => {
    const { rx, host, receive } = bench(VIRTIO_NET_F_MRG_RXBUF)
    rx.add([100])
    receive(frame(150))
    expect(rx.takeUsed()).toBeUndefined()
    rx.add([100])
    rx.notify()
    host.settle()
    expect([rx.takeUsed()?.written, rx.takeUsed()?.written]).toEqual([100, 62])
  })

  test('a frame that a full queue of small buffers can not hold is dropped', () => {
    const { rx, device, receive } = bench(VIRTIO_NET_F_MRG_RXBUF)
    for (let i = 0; i < 8; i++) rx.add([12])
    receive(frame(200))
    expect(device.receiveDropped).toBe(1)
    receive(frame(60))
    expect(rx.takeUsed()?.written).toBe(12)
  })

  test('a flood from the network does not fill the memory of a paused machine', () => {
    const host = new FakeHost()
    const held: Uint8Array[] = []
    let deliver = (_: Uint8Array) => {}
    host.input = (_name, take) => {
      deliver = take
      return { post: (data) => held.push(data) }
    }
    const port = new FakePort()
    const device = new VirtioNet(host, { name: 'net0', mac: MAC, port })
    const driver = new Driver(host, device)
    for (let i = 0; i < 5000; i++) port.onFrame!(frame(60))
    expect([held.length, device.overrun]).toEqual([1024, 3976])
    // When it runs again, so does its network.
    for (const data of held.splice(0)) deliver(data)
    port.onFrame!(frame(60))
    expect([held.length, driver.broken]).toEqual([1, false])
  })

  test('a card without a driver hears nothing', () => {
    const { driver, device, receive } = bench()
    driver.write(0x70, 0)
    receive(frame(60))
    expect(device.receiveDropped).toBe(1)
    driver.begin()
    const rx = driver.queue(0, 8)
    driver.go()
    rx.add([200])
    receive(frame(60))
    expect(rx.takeUsed()).toBeDefined()
  })

  const noFrames: [string, Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['13 bytes', frame(13)],
    ['70,000 bytes', frame(70_000)],
  ]
  for (const [what, bytes] of noFrames) {
    test(`${what} from a network is dropped`, () => {
      const { rx, device, receive } = bench()
      rx.add([2000])
      receive(bytes)
      expect(device.receiveDropped).toBe(1)
      expect(rx.takeUsed()).toBeUndefined()
    })
  }

  const broken: [string, (bench: Bench) => void][] = [
    ['too small for a header', ({ rx }) => rx.add([11])],
    ['that can not be written', ({ rx }) => rx.add([frame(200)])],
    [
      'in read-only memory',
      ({ rx, host }) => {
        rx.setDesc(0, { pa: host.memory.romPa, bytes: 200, flags: WRITE })
        rx.offer(0)
      },
    ],
    [
      'outside memory',
      ({ rx }) => {
        rx.setDesc(0, { pa: RAM_PA - 4096, bytes: 200, flags: WRITE })
        rx.offer(0)
      },
    ],
  ]
  for (const [what, add] of broken) {
    test(`a buffer ${what} makes the device need a reset when a frame comes`, () => {
      const b = bench()
      add(b)
      b.receive(frame(60))
      expect(b.driver.broken).toBe(true)
      b.receive(frame(60))
      b.host.settle()
    })
  }
})

test('frames that wait, and the address, are in a snapshot', () => {
  const first = bench()
  first.receive(frame(60, 9))
  const host = new FakeHost()
  const other = Uint8Array.of(0x52, 0x54, 0, 9, 9, 9)
  const driver = new Driver(host, new VirtioNet(host, { name: 'net0', mac: other }))
  host.memory.ram.set(first.host.memory.ram)
  host.events.restore(new StateReader(first.host.events.save(), 'events'))
  driver.slot.restore(new StateReader(first.driver.slot.save(), 'slot'))
  expect(driver.read(0x105, 1)).toBe(3)
  const pa = RAM_PA + 0x10_0000
  host.memory.view.setBigUint64(first.rx.desc - RAM_PA, BigInt(pa), true)
  host.memory.view.setUint32(first.rx.desc - RAM_PA + 8, 200, true)
  host.memory.view.setUint16(first.rx.desc - RAM_PA + 12, WRITE, true)
  host.memory.view.setUint16(first.rx.avail - RAM_PA + 2, 1, true)
  driver.write(0x50, 0)
  host.settle()
  expect(driver.bytes(pa + 12, 60)).toEqual(frame(60, 9))
})
