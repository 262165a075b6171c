import { expect, setDefaultTimeout, test } from 'bun:test'
import { MemoryStorage } from '../../devices/disk/memory.fixture.ts'
import { RawDisk } from '../../devices/disk/raw.ts'
import { VirtioBlk } from '../../devices/virtio/blk.ts'
import { VirtioMmio } from '../../devices/virtio/mmio.ts'
import { FakeKernel, READ, WRITE } from '../servers/testing/kernel.fixture.ts'
import { LegacyRegisters } from '../servers/testing/legacy.fixture.ts'
import { compileGuest } from '../testing/compile.ts'

// The first test also waits for the compiler.
setDefaultTimeout(60_000)

const wasm = compileGuest('blkdev/testing/guest/blkdev.ts')
const SECTORS = 1024
const [READ_SECTORS, WRITE_SECTORS, INFO, ATTACH, FLUSH] = [200, 201, 202, 203, 204]
const [EIO, EBADF, EINVAL, EROFS, ENFILE, EFAULT, EPERM] = [-5, -9, -22, -30, -23, -14, -1]

const pattern = (bytes: number, seed = 1) =>
  Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 8) + seed) & 0xff)

async function bench(options: { legacy?: boolean; readonly?: boolean } = {}) {
  const kernel = new FakeKernel()
  const storage = new MemoryStorage(pattern(SECTORS * 512))
  const device = new VirtioBlk(kernel.deviceHost, new RawDisk(storage, options.readonly ?? false))
  const mmio = new VirtioMmio(kernel.deviceHost.memory, kernel.irq, device)
  const legacy = new LegacyRegisters(mmio)
  kernel.registers = options.legacy ? legacy : mmio
  expect(await kernel.start(await wasm)).toBe(0)
  const read = (sector: number, count: number) => {
    const lease = new Uint8Array(count * 512)
    return { ...kernel.call(READ_SECTORS, { words: [sector, count], lease, access: WRITE }), lease }
  }
  const write = (sector: number, data: Uint8Array) =>
    kernel.call(WRITE_SECTORS, { words: [sector, data.length / 512], lease: data, access: READ })
  return { kernel, storage, mmio, legacy, read, write }
}

for (const legacy of [false, true]) {
  test(`sectors are read and written by interrupt (${legacy ? 'legacy' : 'modern'})`, async () => {
    const { kernel, read, write, legacy: registers } = await bench({ legacy })
    const whole = pattern(SECTORS * 512)
    const info = kernel.call(INFO)
    expect(info).toEqual({ tag: 0, words: [SECTORS, 512, 2, 0], handle: undefined })
    expect(read(0, 1).lease).toEqual(whole.slice(0, 512))
    expect(read(SECTORS - 128, 128).lease).toEqual(whole.slice(-128 * 512))
    expect(read(3, 2).tag).toBe(1024)
    const data = pattern(128 * 512, 99)
    expect(write(100, data).tag).toBe(data.length)
    expect(read(100, 128).lease).toEqual(data)
    expect(read(99, 1).lease).toEqual(whole.slice(99 * 512, 100 * 512))
    expect(read(228, 1).lease).toEqual(whole.slice(228 * 512, 229 * 512))
    expect(kernel.call(FLUSH).tag).toBe(0)
    expect(registers.faults).toEqual([])
    expect(kernel.resets).toBe(1)
  })
}

test('many requests at once are all answered, in turn', async () => {
  const { kernel } = await bench()
  const calls = Array.from({ length: 50 }, (_, i) => {
    const lease = new Uint8Array(512)
    return { lease, call: kernel.post(READ_SECTORS, { words: [i, 1], lease, pid: i + 1 }) }
  })
  kernel.run()
  const whole = pattern(SECTORS * 512)
  for (const [i, { lease, call }] of calls.entries()) {
    expect(call.reply?.tag).toBe(512)
    expect(lease).toEqual(whole.slice(i * 512, i * 512 + 512))
  }
})

test('requests beyond the disk, or of impossible sizes, are refused', async () => {
  const { kernel } = await bench()
  const cases: (number | bigint)[][] = [
    [0, 0],
    [0, 129],
    [0, -1],
    [0, 2n ** 32n],
    [SECTORS, 1],
    [SECTORS - 1, 2],
    [-1, 1],
    [2n ** 63n - 1n, 1],
    [2n ** 55n, 1],
  ]
  for (const words of cases) {
    const lease = new Uint8Array(65536)
    expect(kernel.call(READ_SECTORS, { words, lease }).tag).toBe(EINVAL)
    expect(kernel.call(WRITE_SECTORS, { words, lease }).tag).toBe(EINVAL)
  }
  expect(kernel.call(999).tag).toBe(-38)
})

test('a lease that is missing, short or of the wrong kind is the error of its client', async () => {
  const { kernel, storage, read } = await bench()
  const before = storage.content.slice()
  const short = new Uint8Array(700)
  expect(kernel.call(READ_SECTORS, { words: [0, 2], lease: short }).tag).toBe(EINVAL)
  expect(kernel.call(WRITE_SECTORS, { words: [0, 2], lease: short }).tag).toBe(EINVAL)
  expect(kernel.call(READ_SECTORS, { words: [0, 1] }).tag).toBe(EPERM)
  const lease = new Uint8Array(512)
  expect(kernel.call(READ_SECTORS, { words: [0, 1], lease, access: READ }).tag).toBe(EPERM)
  expect(kernel.call(WRITE_SECTORS, { words: [0, 1], lease, access: WRITE }).tag).toBe(EPERM)
  expect(read(0, 1).lease).toEqual(pattern(512))
  expect(storage.content).toEqual(before)
})

test('a read-only disk says so and refuses writes', async () => {
  const { kernel, read, write } = await bench({ readonly: true })
  expect(kernel.call(INFO).words[2]! & 1).toBe(1)
  expect(write(0, new Uint8Array(512)).tag).toBe(EROFS)
  expect(read(0, 1).tag).toBe(512)
})

test('shared memory belongs to who gave it, and has a size', async () => {
  const { kernel } = await bench()
  const shm = kernel.share(8192)
  const id = kernel.call(ATTACH, { handle: shm, pid: 3 }).tag
  expect(id).toBeGreaterThan(0)
  const ask = (words: number[], pid = 3) => kernel.call(READ_SECTORS, { words, pid }).tag
  expect(ask([1, 8, id, 4096])).toBe(4096)
  const view = () => kernel.memory.slice(shm.address, shm.address + 8192)
  expect(view().slice(4096)).toEqual(pattern(SECTORS * 512).slice(512, 512 + 4096))
  expect(ask([1, 8, id, 4097])).toBe(EINVAL)
  expect(ask([1, 8, id, -1])).toBe(EINVAL)
  expect(ask([1, 17, id, 0])).toBe(EINVAL)
  expect(ask([1, 1, id, 0], 4)).toBe(EINVAL)
  expect(ask([1, 1, id + 1, 0])).toBe(EINVAL)
  expect(ask([1, 1, 33, 0])).toBe(EINVAL)
  expect(ask([1, 1, -1, 0])).toBe(EINVAL)
  kernel.memory.fill(0x77, shm.address, shm.address + 512)
  expect(kernel.call(WRITE_SECTORS, { words: [5, 1, id, 0], pid: 3 }).tag).toBe(512)
  const lease = new Uint8Array(512)
  kernel.call(READ_SECTORS, { words: [5, 1], lease })
  expect(lease).toEqual(new Uint8Array(512).fill(0x77))
})

test('shared memory that is taken away does not take the server with it', async () => {
  const { kernel, read } = await bench()
  const shm = kernel.share(65536)
  const id = kernel.call(ATTACH, { handle: shm, pid: 3 }).tag
  shm.revoked = true
  expect(kernel.call(READ_SECTORS, { words: [0, 8, id, 0], pid: 3 }).tag).toBe(EFAULT)
  expect(kernel.call(WRITE_SECTORS, { words: [0, 8, id, 0], pid: 3 }).tag).toBe(EFAULT)
  expect(read(0, 1).lease).toEqual(pattern(512))
})

test('attached memory has a limit for each client, and goes with those that ended', async () => {
  const { kernel } = await bench()
  const attach = (pid: number) => kernel.call(ATTACH, { handle: kernel.share(4096), pid }).tag
  for (let i = 0; i < 4; i++) expect(attach(3)).toBeGreaterThan(0)
  expect(attach(3)).toBe(ENFILE)
  for (let pid = 4; pid <= 10; pid++)
    for (let i = 0; i < 4; i++) expect(attach(pid)).toBeGreaterThan(0)
  expect(attach(1)).toBe(ENFILE)
  const handles = kernel.handles.size
  kernel.end(5)
  expect(attach(1)).toBeGreaterThan(0)
  expect(kernel.handles.size).toBeLessThan(handles)
  expect(kernel.call(ATTACH, { pid: 2 }).tag).toBe(EINVAL)
  expect(kernel.call(ATTACH, { pid: 2, handle: { kind: 'pipe' } }).tag).toBe(EINVAL)
  expect(kernel.handles.size).toBeLessThan(handles)
})

test('a client that ends while it waits harms nobody', async () => {
  const { kernel, read } = await bench()
  for (let i = 0; i < 10; i++) {
    const gone = kernel.post(READ_SECTORS, { words: [i, 1], lease: new Uint8Array(512), pid: 7 })
    kernel.guest.call('run')
    kernel.end(7)
    kernel.run()
    expect(gone.reply).toBeUndefined()
  }
  expect(read(0, 1).tag).toBe(512)
})

test('a disk that fails gives EIO, and works again when it is back', async () => {
  const { kernel, storage, read, write } = await bench()
  storage.failing.add('read')
  expect(read(0, 1).tag).toBe(EIO)
  storage.failing.clear()
  expect(read(0, 1).tag).toBe(512)
  expect(write(0, new Uint8Array(512)).tag).toBe(512)
  expect(kernel.call(INFO).tag).toBe(0)
})

test('a device that needs a reset is started again', async () => {
  const { kernel, mmio, read } = await bench()
  const lost = kernel.post(READ_SECTORS, { words: [0, 1], lease: new Uint8Array(512) })
  kernel.guest.call('run')
  ;(mmio as unknown as { fail(reason: string): void }).fail('a test')
  kernel.run()
  expect(lost.reply?.tag).toBe(EIO)
  expect(read(0, 1).tag).toBe(512)
})

test('a slot with another device, or none, is refused', async () => {
  for (const [id, magic, version] of [
    [1, 0x7472_6976, 2],
    [0, 0x7472_6976, 2],
    [2, 0, 2],
    [2, 0x7472_6976, 3],
  ] as const) {
    const kernel = new FakeKernel()
    kernel.registers = {
      read: (offset) => [magic, version, id][offset / 4] ?? 0,
      write() {},
    }
    expect(await kernel.start(await wasm)).toBe(-19)
    kernel.guest.call('refuse', -19)
    for (const tag of [READ_SECTORS, WRITE_SECTORS, INFO, ATTACH, FLUSH]) {
      expect(kernel.call(tag, { words: [0, 1] }).tag).toBe(-19)
    }
  }
  expect(await new FakeKernel().start(await wasm)).toBe(EBADF)
})
