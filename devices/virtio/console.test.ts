import { describe, expect, test } from 'bun:test'
import { StateReader } from '../state.ts'
import { VirtioConsole } from './console.ts'
import { Driver, type DriverQueue, FakeHost } from './driver.fixture.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (string: string) => new TextEncoder().encode(string)

interface Bench {
  host: FakeHost
  device: VirtioConsole
  driver: Driver
  rx: DriverQueue
  tx: DriverQueue
  printed: string[]
}

function bench(): Bench {
  const host = new FakeHost()
  const printed: string[] = []
  const device = new VirtioConsole(host, {
    name: 'virtio0',
    output: (data) => printed.push(text(data)),
    columns: 132,
    rows: 43,
  })
  const driver = new Driver(host, device)
  driver.begin()
  const rx = driver.queue(0, 8)
  const tx = driver.queue(1, 8)
  driver.go()
  host.settle()
  return { host, device, driver, rx, tx, printed }
}

describe('output', () => {
  test('is taken in order, from any number of pieces', () => {
    const { tx, host, printed } = bench()
    tx.add([bytes('Hello, '), bytes('world')])
    tx.add([bytes('!\n')])
    tx.notify()
    host.settle()
    expect(printed).toEqual(['Hello, world', '!\n'])
    expect([tx.takeUsed()?.head, tx.takeUsed()?.head]).toEqual([0, 2])
  })

  test('of a megabyte and more in one buffer makes the device need a reset', () => {
    const { tx, host, driver, printed } = bench()
    tx.add([new Uint8Array(0x10_0001)])
    tx.notify()
    host.settle()
    expect(driver.broken).toBe(true)
    expect(printed).toEqual([])
  })

  test('works before the queues do, by emergency writes', () => {
    const { driver, printed } = bench()
    driver.write(0x108, 0x21)
    driver.write(0x104, 0x3f)
    expect(printed).toEqual(['!'])
  })
})

describe('input', () => {
  test('fills buffers as far as it goes', () => {
    const { device, driver, rx } = bench()
    const first = rx.add([4])
    const second = rx.add([4])
    device.input.post(bytes('ls -l'))
    expect(rx.takeUsed()).toEqual({ head: 0, written: 4 })
    expect(rx.takeUsed()).toEqual({ head: 1, written: 1 })
    expect(text(driver.bytes(first.pas[0]!, 4))).toBe('ls -')
    expect(text(driver.bytes(second.pas[0]!, 1))).toBe('l')
    expect(driver.line).toBe(true)
  })

  test('waits for buffers', () => {
    const { device, driver, host, rx } = bench()
    device.input.post(bytes('ab'))
    device.input.post(bytes('c'))
    const { pas } = rx.add([16])
    rx.notify()
    host.settle()
    expect(text(driver.bytes(pas[0]!, 3))).toBe('abc')
  })

  test('that was typed ahead is there when a driver starts', () => {
    const { device, driver, host } = bench()
    driver.write(0x70, 0)
    device.input.post(bytes('early'))
    driver.begin()
    const rx = driver.queue(0, 8)
    const { pas } = rx.add([16])
    driver.go()
    host.settle()
    expect(text(driver.bytes(pas[0]!, 5))).toBe('early')
  })

  test('that nobody reads is dropped in the end, and counted', () => {
    const { device } = bench()
    device.input.post(new Uint8Array(0x10_0000))
    device.input.post(new Uint8Array(7))
    expect(device.dropped).toBe(7)
  })

  test('into a buffer that can not be written makes the device need a reset', () => {
    const { device, driver, rx } = bench()
    rx.add([bytes('not yours')])
    device.input.post(bytes('a'))
    expect(driver.broken).toBe(true)
    device.input.post(bytes('b'))
  })
})

test('the size is in the configuration', () => {
  const { driver } = bench()
  expect([driver.read(0x100, 2), driver.read(0x102, 2), driver.read(0x104)]).toEqual([132, 43, 1])
})

test('what was typed and not yet read is in a snapshot', () => {
  const { device, driver } = bench()
  device.input.post(bytes('half a line'))
  const restored = bench()
  restored.host.events.restore(new StateReader({ version: 1, sequence: 99 }, 'events'))
  restored.device.restore(new StateReader(device.save(), 'console'))
  const { pas } = restored.rx.add([32])
  restored.rx.notify()
  restored.host.settle()
  expect(text(restored.driver.bytes(pas[0]!, 11))).toBe('half a line')
  expect(driver.broken).toBe(false)
})
