import { expect, test } from 'bun:test'
import { Driver, FakeHost } from './driver.fixture.ts'
import { VirtioRng } from './rng.ts'

function bench() {
  const host = new FakeHost()
  const driver = new Driver(host, new VirtioRng(host))
  driver.begin()
  const queue = driver.queue(0, 8)
  driver.go()
  host.settle()
  return { host, driver, queue }
}

test('buffers are filled with bytes of the machine, each piece of them', () => {
  const { host, driver, queue } = bench()
  const { pas } = queue.add([5, 3])
  queue.notify()
  host.settle()
  expect(queue.takeUsed()).toEqual({ head: 0, written: 8 })
  expect(driver.bytes(pas[0]!, 5)).toEqual(new Uint8Array(5).fill(0x5a))
  expect(driver.bytes(pas[1]!, 3)).toEqual(new Uint8Array(3).fill(0x5a))
  expect(driver.acknowledge()).toBe(1)
})

test('a huge request is answered in part', () => {
  const { host, queue } = bench()
  queue.add([0x20_0000])
  queue.notify()
  host.settle()
  expect(queue.takeUsed()?.written).toBe(0x1_0000)
})

test('many notifications are one look at the queue', () => {
  const { host, queue } = bench()
  queue.add([8])
  for (let i = 0; i < 1000; i++) queue.notify()
  expect(host.settle()).toBe(1)
})
