import { describe, expect, test } from 'bun:test'
import { MemoryStorage } from '../disk/memory.fixture.ts'
import { RawDisk } from '../disk/raw.ts'
import { StateReader } from '../state.ts'
import {
  VIRTIO_BLK_F_FLUSH,
  VIRTIO_BLK_F_RO,
  VIRTIO_BLK_S_IOERR,
  VIRTIO_BLK_S_OK,
  VIRTIO_BLK_S_UNSUPP,
  VIRTIO_BLK_T_DISCARD,
  VIRTIO_BLK_T_FLUSH,
  VIRTIO_BLK_T_GET_ID,
  VIRTIO_BLK_T_IN,
  VIRTIO_BLK_T_OUT,
  VIRTIO_BLK_T_WRITE_ZEROES,
  VirtioBlk,
} from './blk.ts'
import { Driver, type DriverQueue, FakeHost, type Piece } from './driver.fixture.ts'

const SECTORS = 64

function header(type: number, sector: number | bigint = 0): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, type, true)
  view.setBigUint64(8, BigInt(sector), true)
  return bytes
}

function range(sector: number | bigint, sectors: number, flags = 0): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(sector), true)
  view.setUint32(8, sectors, true)
  view.setUint32(12, flags, true)
  return bytes
}

function pattern(bytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 8) + seed) & 0xff)
}

interface Bench {
  host: FakeHost
  storage: MemoryStorage
  driver: Driver
  queue: DriverQueue
  errors: string[]
  request(pieces: readonly Piece[]): { status: number; written: number; pas: number[] }
}

function bench(options: { readonly?: boolean; features?: bigint } = {}): Bench {
  const host = new FakeHost()
  const storage = new MemoryStorage(pattern(SECTORS * 512))
  const errors: string[] = []
  const device = new VirtioBlk(host, new RawDisk(storage, options.readonly ?? false), {
    serial: 'disk-7',
    onError: (message) => errors.push(message),
  })
  const driver = new Driver(host, device)
  driver.begin(options.features ?? VIRTIO_BLK_F_FLUSH)
  const queue = driver.queue(0, 64)
  driver.go()
  const request = (pieces: readonly Piece[]) => {
    const { head, pas } = queue.add([...pieces, 1])
    queue.notify()
    host.settle()
    const used = queue.takeUsed()
    if (!used) throw new Error(`Not used: ${driver.slot.brokenReason}`)
    expect(used.head).toBe(head)
    return { status: driver.bytes(pas.at(-1)!, 1)[0]!, written: used.written, pas }
  }
  return { host, storage, driver, queue, errors, request }
}

describe('what a block device tells its driver', () => {
  test('capacity, block size and limits', () => {
    const { driver } = bench()
    expect(driver.read(0x100)).toBe(SECTORS)
    expect(driver.read(0x104)).toBe(0)
    expect(driver.read(0x10c)).toBe(254)
    expect(driver.read(0x114)).toBe(512)
    expect(driver.read(0x122, 2)).toBe(1)
    expect(driver.read(0x138, 1)).toBe(1)
    expect(driver.read(0x1fc)).toBe(0)
  })

  test('a read-only disk offers RO, and neither discard nor write-zeroes', () => {
    const { driver } = bench({ readonly: true })
    expect(driver.offered() & VIRTIO_BLK_F_RO).toBe(VIRTIO_BLK_F_RO)
    expect(driver.offered() & (3n << 13n)).toBe(0n)
    expect(driver.read(0x124)).toBe(0)
  })
})

describe('requests', () => {
  test('IN reads sectors into one buffer', () => {
    const { request, driver } = bench()
    const { status, written, pas } = request([header(VIRTIO_BLK_T_IN, 3), 1024])
    expect(status).toBe(VIRTIO_BLK_S_OK)
    expect(written).toBe(1025)
    expect(driver.bytes(pas[1]!, 1024)).toEqual(pattern(SECTORS * 512).slice(1536, 2560))
  })

  test('IN fills pieces of any length', () => {
    const { request, driver } = bench()
    const { pas } = request([header(VIRTIO_BLK_T_IN, 1), 1, 500, 523])
    const got = [driver.bytes(pas[1]!, 1), driver.bytes(pas[2]!, 500), driver.bytes(pas[3]!, 523)]
    expect(got.flatMap((piece) => [...piece])).toEqual([...pattern(SECTORS * 512).slice(512, 1536)])
  })

  test('a status byte may share a piece with data, and a header may be split', () => {
    const { queue, host, driver } = bench()
    const head = header(VIRTIO_BLK_T_IN, 2)
    const { pas } = queue.add([head.slice(0, 5), head.slice(5), 513])
    queue.notify()
    host.settle()
    expect(queue.takeUsed()?.written).toBe(513)
    const bytes = driver.bytes(pas[2]!, 513)
    expect(bytes.slice(0, 512)).toEqual(pattern(SECTORS * 512).slice(1024, 1536))
    expect(bytes[512]).toBe(VIRTIO_BLK_S_OK)
  })

  test('OUT writes sectors, and FLUSH syncs them', () => {
    const { request, storage } = bench()
    const data = pattern(1024, 99)
    expect(
      request([header(VIRTIO_BLK_T_OUT, 10), data.slice(0, 700), data.slice(700)]),
    ).toMatchObject({ status: VIRTIO_BLK_S_OK, written: 1 })
    expect(storage.content.slice(5120, 6144)).toEqual(data)
    expect(storage.syncs).toBe(0)
    expect(request([header(VIRTIO_BLK_T_FLUSH)]).status).toBe(VIRTIO_BLK_S_OK)
    expect(storage.syncs).toBe(1)
  })

  test('without FLUSH a write lasts when it completes', () => {
    const { request, storage } = bench({ features: 0n })
    request([header(VIRTIO_BLK_T_OUT, 10), pattern(512)])
    expect(storage.syncs).toBe(1)
  })

  test('GET_ID gives the serial, padded', () => {
    const { request, driver } = bench()
    const { status, written, pas } = request([header(VIRTIO_BLK_T_GET_ID), 20])
    expect(status).toBe(VIRTIO_BLK_S_OK)
    expect(written).toBe(21)
    expect(Buffer.from(driver.bytes(pas[1]!, 20)).toString()).toBe('disk-7'.padEnd(20, '\0'))
  })

  test('DISCARD takes several ranges, WRITE_ZEROES makes zeros', () => {
    const { request, storage } = bench()
    const discard = [header(VIRTIO_BLK_T_DISCARD), range(0, 1), range(4, 2)]
    expect(request(discard).status).toBe(VIRTIO_BLK_S_OK)
    expect(request([header(VIRTIO_BLK_T_WRITE_ZEROES), range(20, 4, 1)]).status).toBe(0)
    expect(storage.content.slice(20 * 512, 24 * 512).every((byte) => byte === 0)).toBe(true)
    expect(storage.content.slice(19 * 512, 20 * 512)).toEqual(
      pattern(SECTORS * 512).slice(19 * 512, 20 * 512),
    )
  })
})

describe('requests that fail', () => {
  const cases: [string, Piece[], number, { readonly?: boolean }?][] = [
    ['IN at the end', [header(VIRTIO_BLK_T_IN, SECTORS), 512], VIRTIO_BLK_S_IOERR],
    ['IN across the end', [header(VIRTIO_BLK_T_IN, SECTORS - 1), 1024], VIRTIO_BLK_S_IOERR],
    ['IN at 2^64 - 1', [header(VIRTIO_BLK_T_IN, 2n ** 64n - 1n), 512], VIRTIO_BLK_S_IOERR],
    ['IN at 2^55, whose byte offset overflows', [header(0, 2n ** 55n), 512], VIRTIO_BLK_S_IOERR],
    ['IN of half a sector', [header(VIRTIO_BLK_T_IN, 0), 256], VIRTIO_BLK_S_IOERR],
    [
      'OUT across the end',
      [header(VIRTIO_BLK_T_OUT, SECTORS - 1), pattern(1024)],
      VIRTIO_BLK_S_IOERR,
    ],
    ['OUT of 513 bytes', [header(VIRTIO_BLK_T_OUT, 0), pattern(513)], VIRTIO_BLK_S_IOERR],
    ['OUT to a read-only disk', [header(VIRTIO_BLK_T_OUT, 0), pattern(512)], 1, { readonly: true }],
    [
      'DISCARD of a read-only disk',
      [header(VIRTIO_BLK_T_DISCARD), range(0, 1)],
      1,
      { readonly: true },
    ],
    ['DISCARD without a range', [header(VIRTIO_BLK_T_DISCARD)], VIRTIO_BLK_S_IOERR],
    ['DISCARD of half a range', [header(VIRTIO_BLK_T_DISCARD), range(0, 1).slice(8)], 1],
    ['DISCARD across the end', [header(VIRTIO_BLK_T_DISCARD), range(SECTORS - 1, 2)], 1],
    ['DISCARD at 2^63', [header(VIRTIO_BLK_T_DISCARD), range(2n ** 63n, 1)], VIRTIO_BLK_S_IOERR],
    ['DISCARD with flags', [header(VIRTIO_BLK_T_DISCARD), range(0, 1, 1)], VIRTIO_BLK_S_UNSUPP],
    ['DISCARD of 17 ranges', [header(VIRTIO_BLK_T_DISCARD), new Uint8Array(17 * 16)], 1],
    ['DISCARD of 2^32 - 1 sectors', [header(VIRTIO_BLK_T_DISCARD), range(0, 2 ** 32 - 1)], 1],
    ['WRITE_ZEROES of two ranges', [header(VIRTIO_BLK_T_WRITE_ZEROES), new Uint8Array(32)], 1],
    ['WRITE_ZEROES with unknown flags', [header(VIRTIO_BLK_T_WRITE_ZEROES), range(0, 1, 2)], 2],
    ['WRITE_ZEROES across the end', [header(VIRTIO_BLK_T_WRITE_ZEROES), range(0, SECTORS + 1)], 1],
    ['an unknown type', [header(99)], VIRTIO_BLK_S_UNSUPP],
    ['a type beyond 31 bits', [header(0xffff_ffff), 512], VIRTIO_BLK_S_UNSUPP],
  ]
  for (const [what, pieces, expected, options] of cases) {
    test(`${what} ends with status ${expected} and changes nothing`, () => {
      const { request, storage, driver } = bench(options)
      const before = storage.content.slice()
      expect(request(pieces).status).toBe(expected)
      expect(storage.content).toEqual(before)
      expect(driver.broken).toBe(false)
    })
  }

  test('a host error is an I/O error for the guest and a message for a person', () => {
    const { request, storage, errors } = bench()
    storage.failing.add('read')
    expect(request([header(VIRTIO_BLK_T_IN), 512]).status).toBe(VIRTIO_BLK_S_IOERR)
    expect(errors).toEqual(['Cannot read "memory.img": a test says so'])
    storage.failing.clear()
    expect(request([header(VIRTIO_BLK_T_IN), 512]).status).toBe(VIRTIO_BLK_S_OK)
  })

  test('a failing flush is reported', () => {
    const { request, storage } = bench()
    request([header(VIRTIO_BLK_T_OUT), pattern(512)])
    storage.failing.add('sync')
    expect(request([header(VIRTIO_BLK_T_FLUSH)]).status).toBe(VIRTIO_BLK_S_IOERR)
  })
})

describe('chains no driver may send', () => {
  const cases: [string, Piece[]][] = [
    ['without a header', [1]],
    ['with a header of 15 bytes', [header(0).slice(1), 513]],
    ['without a status byte', [header(VIRTIO_BLK_T_OUT), pattern(512)]],
  ]
  for (const [what, pieces] of cases) {
    test(`a request ${what} makes the device need a reset, with a configuration interrupt`, () => {
      const { driver, queue, host } = bench()
      queue.add(pieces)
      queue.notify()
      host.settle()
      expect(driver.broken).toBe(true)
      expect(driver.line).toBe(true)
      expect(driver.read(0x60)).toBe(2)
      expect(queue.takeUsed()).toBeUndefined()
      driver.begin()
      const again = driver.queue(0)
      driver.go()
      const { pas } = again.add([header(VIRTIO_BLK_T_IN), 512, 1])
      again.notify()
      host.settle()
      expect(driver.bytes(pas[2]!, 1)[0]).toBe(VIRTIO_BLK_S_OK)
    })
  }

  test('a read into read-only memory makes the device need a reset', () => {
    const { driver, queue, host } = bench()
    const at = driver.allocate(16, 1)
    host.memory.dmaWrite(at, header(VIRTIO_BLK_T_IN))
    queue.setDesc(0, { pa: at, bytes: 16, flags: 1, next: 1 })
    queue.setDesc(1, { pa: host.memory.romPa, bytes: 513, flags: 2 })
    queue.offer(0)
    queue.notify()
    host.settle()
    expect(driver.broken).toBe(true)
  })

  test('a chain that changes between notification and completion can do no harm', () => {
    const { driver, queue, host } = bench()
    queue.add([header(VIRTIO_BLK_T_IN), 512, 1])
    queue.notify()
    host.advance(20_000)
    queue.setDesc(1, { pa: 0xffff_ffff_ffff_fff0n, bytes: 0xffff_ffff, flags: 2 })
    host.settle()
    expect(driver.broken).toBe(true)
  })
})

describe('time', () => {
  test('a request completes a fixed guest time after its notification', () => {
    const { queue, host, driver } = bench()
    queue.add([header(VIRTIO_BLK_T_IN), 512, 1])
    queue.notify()
    expect(queue.takeUsed()).toBeUndefined()
    host.advance(50_528)
    expect(queue.takeUsed()).toBeUndefined()
    expect(driver.line).toBe(false)
    host.advance(1)
    expect(queue.takeUsed()).toBeDefined()
    expect(driver.line).toBe(true)
    expect(driver.acknowledge()).toBe(1)
    expect(driver.line).toBe(false)
  })

  test('requests made together share the latency, and complete in order', () => {
    const { queue, host } = bench()
    const heads = [0, 1, 2].map(
      (sector) => queue.add([header(VIRTIO_BLK_T_IN, sector), 512, 1]).head,
    )
    queue.notify()
    host.advance(50_000 + 3 * 529)
    expect(heads.map(() => queue.takeUsed()?.head)).toEqual(heads)
  })

  test('a reset forgets what is in flight', () => {
    const { queue, host, driver } = bench()
    queue.add([header(VIRTIO_BLK_T_OUT), pattern(512, 5), 1])
    queue.notify()
    host.advance(10_000)
    driver.write(0x70, 0)
    host.settle()
    expect(queue.takeUsed()).toBeUndefined()
    expect(driver.line).toBe(false)
  })
})

describe('snapshots', () => {
  test('a request in flight completes at the same time in the restored machine', () => {
    const first = bench()
    first.queue.add([header(VIRTIO_BLK_T_IN, 5), 512, 1])
    first.queue.notify()
    first.host.advance(30_000)
    const state = first.driver.slot.save()

    const host = new FakeHost()
    host.memory.ram.set(first.host.memory.ram)
    host.clock.nowNs = first.host.clock.nowNs
    host.events.restore(new StateReader(first.host.events.save(), 'events'))
    const driver = new Driver(host, new VirtioBlk(host, new RawDisk(first.storage, false)))
    driver.slot.restore(new StateReader(state, 'slot'))
    for (const bench of [first.host, host]) bench.advance(20_528)
    expect(driver.line).toBe(false)
    for (const bench of [first.host, host]) bench.advance(1)
    expect(driver.line).toBe(true)
    expect(host.memory.ram).toEqual(first.host.memory.ram)
    expect(driver.slot.save()).toEqual(first.driver.slot.save())
  })

  test('a snapshot of another disk is refused', () => {
    const { driver } = bench()
    const host = new FakeHost()
    const other = new RawDisk(new MemoryStorage(new Uint8Array(512)), false)
    const slot = new Driver(host, new VirtioBlk(host, other)).slot
    expect(() => slot.restore(new StateReader(driver.slot.save(), 'slot'))).toThrow(
      'Cannot read slot.state: the disk had 32768 bytes, now it has 512',
    )
  })
})
