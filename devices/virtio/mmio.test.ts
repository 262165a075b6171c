import { describe, expect, test } from 'bun:test'
import { StateError, StateReader } from '../state.ts'
import { Driver, FakeHost, INDIRECT_DESC, VERSION_1 } from './driver.fixture.ts'
import { VirtioNet } from './net.ts'
import { VirtioRng } from './rng.ts'

const MAC = Uint8Array.of(0x52, 0x54, 0, 1, 2, 3)

function rng(): { host: FakeHost; driver: Driver } {
  const host = new FakeHost()
  return { host, driver: new Driver(host, new VirtioRng(host)) }
}

function net(): { host: FakeHost; driver: Driver } {
  const host = new FakeHost()
  return { host, driver: new Driver(host, new VirtioNet(host, { name: 'net0', mac: MAC })) }
}

describe('an empty slot', () => {
  test('answers as a virtio slot with device id 0', () => {
    const driver = new Driver(new FakeHost(), undefined)
    expect(driver.read(0)).toBe(0x7472_6976)
    expect(driver.read(4)).toBe(2)
    expect(driver.read(8)).toBe(0)
    expect(driver.read(0xc)).toBe(0x554d_4551)
  })

  test('ignores everything else', () => {
    const driver = new Driver(new FakeHost(), undefined)
    driver.write(0x70, 15)
    driver.write(0x44, 1)
    driver.write(0x50, 0)
    driver.write(0x100, 0xff, 1)
    for (let offset = 0x10; offset < 0x200; offset += 4) expect(driver.read(offset)).toBe(0)
    driver.slot.restore(new StateReader(driver.slot.save(), 'slot'))
  })
})

describe('registers', () => {
  test('identify the device', () => {
    const { driver } = net()
    expect([driver.read(0), driver.read(4), driver.read(8)]).toEqual([0x7472_6976, 2, 1])
  })

  test('only 32-bit accesses reach them', () => {
    const { driver } = rng()
    expect(driver.read(0, 1)).toBe(0)
    expect(driver.read(0, 2)).toBe(0)
    driver.write(0x70, 1, 1)
    driver.write(0x70, 1, 2)
    expect(driver.status).toBe(0)
  })

  test('shared memory regions do not exist', () => {
    const { driver } = rng()
    for (let offset = 0xb0; offset <= 0xbc; offset += 4) {
      expect(driver.read(offset)).toBe(0xffff_ffff)
    }
  })

  test('configuration is read in bytes, halves and words', () => {
    const { driver } = net()
    expect(driver.read(0x100, 1)).toBe(0x52)
    expect(driver.read(0x102, 2)).toBe(0x0100)
    expect(driver.read(0x100, 4)).toBe(0x0100_5452)
    expect(driver.read(0x104, 4)).toBe(0x0000_0302)
    expect(driver.read(0x1fc)).toBe(0)
  })

  test('queues beyond the last do not exist', () => {
    const { driver } = rng()
    for (const index of [1, 0xffff, 0xffff_ffff]) {
      driver.write(0x30, index)
      expect(driver.read(0x34)).toBe(0)
      driver.write(0x38, 8)
      driver.write(0x44, 1)
      expect(driver.read(0x44)).toBe(0)
    }
    driver.begin()
    driver.go()
    for (const index of [0, 1, 0xffff_ffff]) driver.write(0x50, index)
    expect(driver.broken).toBe(false)
  })

  test('a ready queue can not be changed', () => {
    const { driver } = rng()
    driver.begin()
    const queue = driver.queue(0, 8)
    driver.go()
    driver.write(0x38, 0)
    driver.writeAddress(0x80, 0)
    driver.writeAddress(0xa0, 0)
    queue.add([8])
    queue.notify()
    expect(driver.broken).toBe(false)
    expect(driver.read(0x44)).toBe(1)
  })
})

describe('features', () => {
  test('the selector chooses a half; others are zero', () => {
    const { driver } = net()
    expect(driver.offered()).toBe(VERSION_1 | (3n << 28n) | (1n << 5n) | (1n << 15n) | (1n << 16n))
    for (const select of [2, 63, 0xffff_ffff]) {
      driver.write(0x14, select)
      expect(driver.read(0x10)).toBe(0)
    }
  })

  const refused: [string, bigint][] = [
    ['nothing, a legacy driver', 0n],
    ['what was not offered', VERSION_1 | 1n],
    ['a packed ring', VERSION_1 | (1n << 34n)],
    ['bit 63', VERSION_1 | (1n << 63n)],
  ]
  for (const [what, features] of refused) {
    test(`FEATURES_OK is refused to a driver that accepts ${what}`, () => {
      const { driver } = net()
      driver.write(0x70, 3)
      driver.accept(features)
      driver.write(0x70, 11)
      expect(driver.status).toBe(3)
      driver.write(0x70, 15)
      expect(driver.status).toBe(3)
    })
  }

  test('are settled by FEATURES_OK', () => {
    const { driver } = net()
    driver.begin(INDIRECT_DESC)
    driver.accept(1n)
    driver.go()
    expect(driver.status).toBe(15)
    expect(driver.slot.negotiated(INDIRECT_DESC)).toBe(true)
    expect(driver.slot.negotiated(1n)).toBe(false)
  })
})

describe('status', () => {
  test('bits are added one after another, and only a reset takes them away', () => {
    const { driver } = rng()
    driver.write(0x70, 1)
    driver.write(0x70, 2)
    expect(driver.status).toBe(3)
    driver.accept(VERSION_1)
    driver.write(0x70, 8)
    driver.write(0x70, 4)
    expect(driver.status).toBe(15)
    driver.write(0x70, 0x80)
    expect(driver.status).toBe(0x8f)
    driver.write(0x70, 0)
    expect(driver.status).toBe(0)
  })

  test('a driver can not claim that the device needs a reset', () => {
    const { driver } = rng()
    driver.write(0x70, 0x40)
    expect(driver.status).toBe(0)
  })

  test('nothing is taken before DRIVER_OK, and what waits is taken with it', () => {
    const { host, driver } = rng()
    driver.begin()
    const queue = driver.queue(0, 8)
    queue.add([8])
    queue.notify()
    expect(host.settle()).toBe(0)
    driver.go()
    host.settle()
    expect(queue.takeUsed()).toEqual({ head: 0, written: 8 })
  })

  test('a reset takes back queues, features, the interrupt and what is under way', () => {
    const { host, driver } = rng()
    driver.begin()
    const queue = driver.queue(0, 8)
    driver.go()
    queue.add([8])
    queue.notify()
    host.settle()
    expect(driver.line).toBe(true)
    queue.add([8])
    queue.notify()
    driver.write(0x70, 0)
    expect(driver.line).toBe(false)
    expect(driver.read(0x60)).toBe(0)
    expect(driver.read(0x44)).toBe(0)
    expect(driver.slot.negotiated(VERSION_1)).toBe(false)
    expect(host.settle()).toBe(0)
  })

  test('a queue that is disabled and enabled starts anew', () => {
    const { host, driver } = rng()
    driver.begin()
    const queue = driver.queue(0, 8)
    driver.go()
    queue.add([8])
    queue.notify()
    driver.write(0x44, 0)
    expect(host.settle()).toBe(0)
    expect(queue.takeUsed()).toBeUndefined()
    const again = driver.queue(0, 4)
    again.add([8])
    again.notify()
    host.settle()
    expect(again.takeUsed()).toEqual({ head: 0, written: 8 })
  })
})

describe('the interrupt line', () => {
  test('follows InterruptStatus, and rises once for what is not acknowledged', () => {
    const { host, driver } = rng()
    driver.begin()
    const queue = driver.queue(0, 8)
    driver.go()
    for (let i = 0; i < 3; i++) {
      queue.add([8])
      queue.notify()
      host.settle()
    }
    expect(driver.interrupts).toBe(1)
    driver.write(0x64, 2)
    expect(driver.line).toBe(true)
    expect(driver.acknowledge()).toBe(1)
    expect(driver.line).toBe(false)
  })
})

describe('snapshots', () => {
  test('a saved slot continues where it was', () => {
    const first = rng()
    first.driver.begin()
    const queue = first.driver.queue(0, 8)
    first.driver.go()
    queue.add([8])
    queue.notify()
    const { host, driver } = rng()
    host.memory.ram.set(first.host.memory.ram)
    host.events.restore(new StateReader(first.host.events.save(), 'events'))
    driver.slot.restore(new StateReader(first.driver.slot.save(), 'slot'))
    host.settle()
    first.host.settle()
    expect(driver.line).toBe(true)
    expect(host.memory.ram).toEqual(first.host.memory.ram)
    expect(driver.slot.save()).toEqual(first.driver.slot.save())
  })

  const saved = () => {
    const { driver } = rng()
    driver.begin()
    driver.queue(0, 8)
    driver.go()
    return driver.slot.save() as Record<string, unknown>
  }
  const queues = (change: object) => [{ ...(saved()['queues'] as object[])[0], ...change }]
  const broken: [string, object][] = [
    ['of another version', { version: 2 }],
    ['of another device', { device: 'virtio-blk' }],
    ['of an empty slot', { device: 'none' }],
    ['without a queue', { queues: [] }],
    ['with two queues', { queues: [...queues({}), ...queues({})] }],
    ['with a queue of 3 entries', { queues: queues({ size: 3 }) }],
    ['with a queue of 4096 entries', { queues: queues({ size: 4096 }) }],
    ['with rings outside memory', { queues: queues({ addresses: [0, 0, 0, 0, 0, 0] }) }],
    ['with an index beyond 16 bits', { queues: queues({ nextAvail: 65_536 }) }],
    ['with a status of a string', { status: 'ok' }],
    ['with a third interrupt cause', { interruptStatus: 4 }],
    ['with half a feature set', { accepted: [1] }],
    ['without device state', { state: null }],
  ]
  for (const [what, change] of broken) {
    test(`a state ${what} is refused`, () => {
      const { driver } = rng()
      const state = { ...saved(), ...change } as ReturnType<typeof driver.slot.save>
      expect(() => driver.slot.restore(new StateReader(state, 'slot'))).toThrow(StateError)
    })
  }
})
