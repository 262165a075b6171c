import { describe, expect, test } from 'bun:test'
import { EVENT_IDX, INDIRECT, INDIRECT_DESC, NEXT, RAM_PA, WRITE } from './driver.fixture.ts'
import { bench, RAM_END, room } from './rings.fixture.ts'
import { physicalAddress } from './virtqueue.ts'

describe('chains a device must take', () => {
  test('the last byte of memory is memory', () => {
    const { queue, host, driver } = bench()
    queue.setDesc(0, { pa: RAM_END - 64, bytes: 64, flags: WRITE })
    queue.offer(0)
    queue.notify()
    host.settle()
    expect(queue.takeUsed()).toEqual({ head: 0, written: 64 })
    expect(driver.bytes(RAM_END - 1, 1)[0]).toBe(0x5a)
  })

  test('a chain may have as many descriptors as the queue', () => {
    const { queue, host } = bench()
    queue.add(Array.from({ length: 8 }, () => 4))
    queue.notify()
    host.settle()
    expect(queue.takeUsed()).toEqual({ head: 0, written: 32 })
  })

  test('an indirect table is followed, in any order', () => {
    const { queue, host, table } = bench(INDIRECT_DESC)
    const pa = table([
      { ...room, bytes: 3, flags: WRITE | NEXT, next: 2 },
      { pa: 0, bytes: 0 },
      { ...room, bytes: 5, flags: WRITE },
    ])
    queue.setDesc(3, { pa, bytes: 48, flags: INDIRECT | WRITE })
    queue.offer(3)
    queue.notify()
    host.settle()
    expect(queue.takeUsed()).toEqual({ head: 3, written: 8 })
  })

  test('direct descriptors may end in an indirect one', () => {
    const { queue, host, table } = bench(INDIRECT_DESC)
    const pa = table([{ ...room, bytes: 7, flags: WRITE }])
    queue.setDesc(0, { ...room, flags: WRITE | NEXT, next: 1 })
    queue.setDesc(1, { pa, bytes: 16, flags: INDIRECT })
    queue.offer(0)
    queue.notify()
    host.settle()
    expect(queue.takeUsed()).toEqual({ head: 0, written: 71 })
  })

  test('indexes wrap at 65536', () => {
    const { queue, host, driver } = bench()
    for (let round = 0; round < 65_540; round += 8) {
      for (let index = 0; index < 8; index++) {
        queue.setDesc(index, { ...room, bytes: 1, flags: WRITE })
        queue.offer(index)
      }
      queue.notify()
      host.settle()
      for (let index = 0; index < 8; index++) expect(queue.takeUsed()?.head).toBe(index)
    }
    expect(driver.broken).toBe(false)
  })
})

describe('interrupts', () => {
  test('NO_INTERRUPT is respected', () => {
    const { queue, host, driver } = bench()
    host.memory.view.setUint16(queue.avail - RAM_PA, 1, true)
    queue.add([8])
    queue.notify()
    host.settle()
    expect(queue.takeUsed()).toBeDefined()
    expect(driver.line).toBe(false)
  })

  test('with the event index the driver is told when it asked to be', () => {
    const { queue, host, driver } = bench(EVENT_IDX)
    const usedEvent = queue.avail - RAM_PA + 4 + queue.size * 2
    const serve = () => {
      queue.add([8])
      queue.notify()
      host.settle()
      const { line } = driver
      driver.acknowledge()
      return line
    }
    expect(serve()).toBe(true)
    host.memory.view.setUint16(usedEvent, 2, true)
    expect([serve(), serve(), serve()]).toEqual([false, true, false])
  })

  test('with the event index the device asks to be told about the next chain', () => {
    const { queue, host } = bench(EVENT_IDX)
    queue.add([8])
    queue.add([8])
    queue.notify()
    host.settle()
    const availEvent = queue.used - RAM_PA + 4 + queue.size * 8
    expect(host.memory.view.getUint16(availEvent, true)).toBe(2)
  })
})

test('`physicalAddress()` refuses what a number can not hold exactly', () => {
  expect(physicalAddress(0xffff_ffff, 0x1f_ffff)).toBe(2 ** 53 - 1)
  expect(physicalAddress(0, 0x20_0000)).toBeNaN()
})
