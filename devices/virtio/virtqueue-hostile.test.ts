import { describe, expect, test } from 'bun:test'
import {
  Driver,
  FakeHost,
  FakeMemory,
  INDIRECT,
  INDIRECT_DESC,
  NEXT,
  RAM_PA,
  WRITE,
} from './driver.fixture.ts'
import { type Bench, bench, RAM_END, room } from './rings.fixture.ts'
import { VirtioRng } from './rng.ts'
import { Virtqueue } from './virtqueue.ts'

/** Each writes something no driver may write, and offers it. */
const hostile: [string, RegExp, (bench: Bench) => void, bigint?][] = [
  [
    'a descriptor that is its own next',
    /has no end/,
    ({ queue }) => {
      queue.setDesc(0, { ...room, flags: WRITE | NEXT, next: 0 })
      queue.offer(0)
    },
  ],
  [
    'two descriptors in a loop',
    /has no end/,
    ({ queue }) => {
      queue.setDesc(0, { ...room, flags: WRITE | NEXT, next: 1 })
      queue.setDesc(1, { ...room, flags: WRITE | NEXT, next: 0 })
      queue.offer(0)
    },
  ],
  [
    'a loop that its head is not in',
    /has no end/,
    ({ queue }) => {
      for (let i = 0; i < 8; i++) {
        queue.setDesc(i, { ...room, flags: WRITE | NEXT, next: i === 7 ? 3 : i + 1 })
      }
      queue.offer(0)
    },
  ],
  [
    'a head at the queue size',
    /head 8 is not below the queue size 8/,
    ({ queue }) => queue.offer(8),
  ],
  ['a head of 65535', /head 65535 is not below/, ({ queue }) => queue.offer(0xffff)],
  [
    'a next at the queue size',
    /descriptor 8 is not below 8/,
    ({ queue }) => {
      queue.setDesc(0, { ...room, flags: WRITE | NEXT, next: 8 })
      queue.offer(0)
    },
  ],
  [
    'a next of 65535',
    /descriptor 65535 is not below 8/,
    ({ queue }) => {
      queue.setDesc(0, { ...room, flags: WRITE | NEXT, next: 0xffff })
      queue.offer(0)
    },
  ],
  [
    'an empty descriptor',
    /has no length/,
    ({ queue }) => {
      queue.setDesc(0, { ...room, bytes: 0, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer at address 0',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: 0, bytes: 8, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer just below memory',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_PA - 1, bytes: 8, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer across the end of memory',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_END - 4, bytes: 8, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer behind memory',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_END, bytes: 1, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer of 4 GiB - 1',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_PA, bytes: 0xffff_ffff, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer whose end wraps at 2^32',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: 0xffff_fff0, bytes: 0x4000_0040, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer whose end wraps at 2^64',
    /beyond 2\^53/,
    ({ queue }) => {
      queue.setDesc(0, { pa: 0xffff_ffff_ffff_fff0n, bytes: 0x20, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer at memory plus 2^32',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_PA + 2 ** 32, bytes: 8, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer at memory plus 2^53',
    /beyond 2\^53/,
    ({ queue }) => {
      queue.setDesc(0, { pa: BigInt(RAM_PA) + 2n ** 53n, bytes: 8, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer in a device window',
    /leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: 0x0a00_3e00, bytes: 0x200, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a buffer in read-only memory',
    /not writable memory/,
    ({ queue, host }) => {
      queue.setDesc(0, { pa: host.memory.romPa, bytes: 64, flags: WRITE })
      queue.offer(0)
    },
  ],
  [
    'a readable descriptor after a writable one',
    /readable, after a writable/,
    ({ queue }) => {
      queue.setDesc(0, { ...room, flags: WRITE | NEXT, next: 1 })
      queue.setDesc(1, room)
      queue.offer(0)
    },
  ],
  [
    'a chain without room for the device',
    /not writable/,
    ({ queue }) => {
      queue.setDesc(0, room)
      queue.offer(0)
    },
  ],
  ['an available index one too far', /is 9 ahead/, ({ queue }) => queue.setAvailIndex(9)],
  [
    'an available index that went back',
    /is 65535 ahead/,
    ({ queue }) => queue.setAvailIndex(0xffff),
  ],
  [
    'an available index half way round',
    /is 32768 ahead/,
    ({ queue }) => queue.setAvailIndex(0x8000),
  ],
  [
    'an indirect descriptor without the feature',
    /was not negotiated/,
    ({ queue, table }) => {
      queue.setDesc(0, { pa: table([{ ...room, flags: WRITE }]), bytes: 16, flags: INDIRECT })
      queue.offer(0)
    },
  ],
  [
    'an indirect table in an indirect table',
    /holds an indirect/,
    ({ queue, table }) => {
      const inner = table([{ ...room, flags: WRITE }])
      const outer = table([{ pa: inner, bytes: 16, flags: INDIRECT }])
      queue.setDesc(0, { pa: outer, bytes: 16, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an indirect table that holds itself',
    /holds an indirect/,
    ({ queue, driver }) => {
      const pa = driver.allocate(16, 16)
      queue.setDesc(0, { pa, bytes: 16, flags: INDIRECT }, pa)
      queue.setDesc(0, { pa, bytes: 16, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an indirect descriptor with a next one',
    /has a next one/,
    ({ queue, table }) => {
      const pa = table([{ ...room, flags: WRITE }])
      queue.setDesc(0, { pa, bytes: 16, flags: INDIRECT | NEXT, next: 1 })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an empty indirect table',
    /0 bytes is not a whole number/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_PA, bytes: 0, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an indirect table of 17 bytes',
    /17 bytes is not a whole number/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_PA, bytes: 17, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an indirect table outside memory',
    /indirect table.*leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_END - 16, bytes: 32, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an indirect table of 4 GiB - 16',
    /indirect table.*leaves memory/,
    ({ queue }) => {
      queue.setDesc(0, { pa: RAM_PA, bytes: 0xffff_fff0, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an indirect chain that leaves its table',
    /descriptor 1 is not below 1/,
    ({ queue, table }) => {
      const pa = table([{ ...room, flags: WRITE | NEXT, next: 1 }])
      queue.setDesc(0, { pa, bytes: 16, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'a loop in an indirect table',
    /has no end/,
    ({ queue, table }) => {
      const pa = table([
        { ...room, flags: WRITE | NEXT, next: 1 },
        { ...room, flags: WRITE | NEXT, next: 0 },
      ])
      queue.setDesc(0, { pa, bytes: 32, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'a loop in a huge indirect table',
    /has no end/,
    ({ queue, table }) => {
      const pa = table([{ ...room, flags: WRITE | NEXT, next: 0 }])
      queue.setDesc(0, { pa, bytes: 0x10_0000, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'an indirect chain longer than the queue can be',
    /has no end, or more than 8/,
    ({ queue, table }) => {
      const entries = Array.from({ length: 9 }, (_, i) => ({
        ...room,
        flags: WRITE | NEXT,
        next: i + 1,
      }))
      entries.push({ ...room, flags: WRITE, next: 0 })
      queue.setDesc(0, { pa: table(entries), bytes: 160, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
  [
    'a table inside its own buffer',
    /.*/,
    ({ queue, driver }) => {
      // The device overwrites the table it reads from, with bytes that are no descriptors, in the middle of it.
      const pa = driver.allocate(48, 16)
      queue.setDesc(0, { pa, bytes: 48, flags: WRITE | NEXT, next: 1 }, pa)
      queue.setDesc(1, { pa: RAM_END, bytes: 48, flags: WRITE }, pa)
      queue.setDesc(0, { pa, bytes: 32, flags: INDIRECT })
      queue.offer(0)
    },
    INDIRECT_DESC,
  ],
]

describe('rings no driver may write', () => {
  for (const [what, reason, write, features] of hostile) {
    test(`${what}: the device needs a reset, says so, and works after it`, () => {
      const b = bench(features)
      write(b)
      b.queue.notify()
      b.host.settle()
      expect(b.driver.slot.brokenReason).toMatch(reason)
      expect(b.driver.broken).toBe(true)
      expect(b.driver.read(0x60)).toBe(2)
      expect(b.driver.line).toBe(true)
      expect(b.queue.takeUsed()).toBeUndefined()
      // A broken device takes nothing more.
      b.queue.notify()
      expect(b.host.settle()).toBe(0)

      b.driver.begin(features ?? 0n)
      expect(b.driver.broken).toBe(false)
      expect(b.driver.line).toBe(false)
      const queue = b.driver.queue(0, 8)
      b.driver.go()
      queue.add([16])
      queue.notify()
      b.host.settle()
      expect(queue.takeUsed()).toEqual({ head: 0, written: 16 })
    })
  }

  test('more chains than the queue has entries are not taken, however they are offered', () => {
    const memory = new FakeMemory()
    const queue = new Virtqueue(memory, 8)
    queue.descriptors.low = RAM_PA
    queue.driver.low = RAM_PA + 0x1000
    queue.device.low = RAM_PA + 0x2000
    queue.enable()
    memory.view.setUint16(0x1002, 8, true)
    for (let i = 0; i < 8; i++) expect(queue.popHead()).toBe(0)
    memory.view.setUint16(0x1002, 9, true)
    expect(() => queue.popHead()).toThrow('1 ahead, in a queue of 8 entries with 8 in use')
  })
})

describe('queues no driver may set up', () => {
  const cases: [string, RegExp, (driver: Driver) => void][] = [
    ['of size 0', /size 0 is not a power of two/, (driver) => driver.write(0x38, 0)],
    ['of size 3', /size 3 is not a power of two/, (driver) => driver.write(0x38, 3)],
    ['larger than the device allows', /size 16 is not/, (driver) => driver.write(0x38, 16)],
    ['of size 2^31', /size 2147483648 is not/, (driver) => driver.write(0x38, 2 ** 31)],
    ['of size 65544, which is 8 in 16 bits', /size 65544/, (driver) => driver.write(0x38, 65_544)],
    ['with descriptors at 0', /descriptor table.*leaves memory/, (d) => d.writeAddress(0x80, 0)],
    ['with descriptors off by 8', /not aligned to 16/, (d) => d.writeAddress(0x80, RAM_PA + 8)],
    ['with an odd available ring', /not aligned to 2/, (d) => d.writeAddress(0x90, RAM_PA + 1)],
    ['with a used ring off by 2', /not aligned to 4/, (d) => d.writeAddress(0xa0, RAM_PA + 2)],
    ['with descriptors across the end', /leaves memory/, (d) => d.writeAddress(0x80, RAM_END - 16)],
    ['with an available ring across the end', /leaves/, (d) => d.writeAddress(0x90, RAM_END - 4)],
    ['with a used ring across the end', /leaves memory/, (d) => d.writeAddress(0xa0, RAM_END - 8)],
    ['with a high half that moves it out', /leaves memory/, (driver) => driver.write(0x84, 1)],
    ['with a high half of all ones', /beyond 2\^53/, (driver) => driver.write(0xa4, 0xffff_ffff)],
  ]
  for (const [what, reason, spoil] of cases) {
    test(`a queue ${what} does not become ready`, () => {
      const host = new FakeHost()
      const driver = new Driver(host, new VirtioRng(host))
      driver.begin()
      driver.queue(0, 8)
      driver.write(0x44, 0)
      spoil(driver)
      driver.write(0x44, 1)
      expect(driver.read(0x44)).toBe(0)
      expect(driver.slot.brokenReason).toMatch(reason)
      expect(driver.broken).toBe(true)
      // No interrupt before DRIVER_OK.
      expect(driver.line).toBe(false)
      driver.go()
      driver.write(0x50, 0)
      expect(host.settle()).toBe(0)
    })
  }

  test('a queue in read-only memory breaks when the device writes to it', () => {
    const { driver, queue, host } = bench()
    driver.write(0x44, 0)
    driver.writeAddress(0xa0, host.memory.romPa)
    driver.write(0x44, 1)
    queue.setAvailIndex(0)
    queue.add([8])
    queue.notify()
    host.settle()
    expect(driver.slot.brokenReason).toMatch(/not in writable memory/)
  })
})
