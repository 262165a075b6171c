import { expect, setDefaultTimeout, test } from 'bun:test'
import { FakeKernel, type Obj } from '../servers/testing/kernel.fixture.ts'
import { compileGuest } from '../testing/compile.ts'

// The first test also waits for the compiler.
setDefaultTimeout(60_000)

const wasm = compileGuest('pipeserv/testing/guest/pipeserv.ts')
const [CREATE, READ, WRITE, CLOSE, DUP, ATTACH, OPEN] = [500, 501, 502, 503, 504, 505, 506]
const [STREAM_READ, STREAM_WRITE, CLOSED] = [600, 601, 602]
const [EPERM, EBADF, EINVAL, ENFILE, ESPIPE, EPIPE] = [-1, -9, -22, -23, -29, -32]

async function start() {
  const kernel = new FakeKernel()
  expect(await kernel.start(await wasm)).toBe(0)
  return kernel
}

const text = (lease: Uint8Array) => new TextDecoder().decode(lease)
const bytes = (data: string) => new TextEncoder().encode(data)

function write(kernel: FakeKernel, id: number, data: string | Uint8Array, pid = 2) {
  const lease = typeof data === 'string' ? bytes(data) : data
  return kernel.send(WRITE, { words: [id, 0, lease.length], lease, pid })
}

function read(kernel: FakeKernel, id: number, length: number, pid = 2) {
  const lease = new Uint8Array(length)
  return { lease, call: kernel.send(READ, { words: [id, 0, length], lease, pid }) }
}

test('what is written is read, and readers wait for it', async () => {
  const kernel = await start()
  const id = kernel.call(CREATE).tag
  expect(id).toBeGreaterThan(0)
  expect(write(kernel, id, 'hello').reply?.tag).toBe(5)
  const first = read(kernel, id, 3)
  expect([first.call.reply?.tag, text(first.lease)]).toEqual([3, 'hel'])
  expect(read(kernel, id, 100).call.reply?.tag).toBe(2)
  const waiting = read(kernel, id, 10)
  const second = read(kernel, id, 10)
  expect(waiting.call.reply).toBeUndefined()
  expect(write(kernel, id, 'late').reply?.tag).toBe(4)
  expect([waiting.call.reply?.tag, text(waiting.lease.subarray(0, 4))]).toEqual([4, 'late'])
  expect(second.call.reply).toBeUndefined()
  expect(kernel.call(CLOSE, { words: [id, 0] }).tag).toBe(0)
  expect(second.call.reply?.tag).toBe(0)
})

test('writers wait for room, and what they write is not mixed', async () => {
  const kernel = await start()
  const id = kernel.call(CREATE).tag
  const a = write(kernel, id, new Uint8Array(10_000).fill(1))
  const b = write(kernel, id, new Uint8Array(5000).fill(2))
  expect(a.reply).toBeUndefined()
  let all: number[] = []
  while (all.length < 15_000) {
    const { lease, call } = read(kernel, id, 777)
    all = all.concat([...lease.subarray(0, call.reply!.tag)])
  }
  expect(a.reply?.tag).toBe(10_000)
  expect(b.reply?.tag).toBe(5000)
  expect(all).toEqual([...Array(10_000).fill(1), ...Array(5000).fill(2)])
})

test('a pipe nobody reads any more gives EPIPE, or what was written so far', async () => {
  const kernel = await start()
  const id = kernel.call(CREATE).tag
  const waiting = write(kernel, id, new Uint8Array(5000))
  expect(kernel.call(CLOSE, { words: [id, 1] }).tag).toBe(0)
  expect(waiting.reply?.tag).toBe(4096)
  expect(write(kernel, id, 'x').reply?.tag).toBe(EPIPE)
  expect(kernel.call(CLOSE, { words: [id, 1] }).tag).toBe(EBADF)
  expect(kernel.call(CLOSE, { words: [id, 0] }).tag).toBe(0)
  expect(write(kernel, id, 'x').reply?.tag).toBe(EBADF)
})

test('DUP keeps an end open', async () => {
  const kernel = await start()
  const id = kernel.call(CREATE).tag
  expect(kernel.call(DUP, { words: [id, 0] }).tag).toBe(0)
  expect(kernel.call(CLOSE, { words: [id, 0] }).tag).toBe(0)
  const waiting = read(kernel, id, 10)
  expect(waiting.call.reply).toBeUndefined()
  expect(kernel.call(CLOSE, { words: [id, 0] }).tag).toBe(0)
  expect(waiting.call.reply?.tag).toBe(0)
})

test('ends opened as streams may be anywhere, and end with their last handle', async () => {
  const kernel = await start()
  const { handle: reader, tag: id } = kernel.call(OPEN, { words: [0] })
  const { handle: writer } = kernel.call(OPEN, { words: [id] })
  const ask = (end: Obj, tag: number, lease: Uint8Array, pid: number) =>
    kernel.send(tag, { words: [lease.length], lease, badge: end.badge!, pid })
  const lease = new Uint8Array(10)
  const waiting = ask(reader!, STREAM_READ, lease, 5)
  expect(ask(writer!, STREAM_WRITE, bytes('over there'), 6).reply?.tag).toBe(10)
  expect(waiting.reply?.tag).toBe(10)
  expect(text(lease)).toBe('over there')
  expect(ask(reader!, STREAM_WRITE, lease, 5).reply?.tag).toBe(EPERM)
  expect(ask(writer!, STREAM_READ, lease, 5).reply?.tag).toBe(EPERM)
  expect(kernel.call(603, { badge: reader!.badge! }).tag).toBe(ESPIPE)
  const again = ask(reader!, STREAM_READ, lease, 5)
  kernel.closeSession(writer)
  expect(again.reply?.tag).toBe(0)
  kernel.closeSession(reader)
  expect(ask(reader!, STREAM_READ, lease, 5).reply?.tag).toBe(EBADF)
  expect(kernel.call(OPEN, { words: [id] }).tag).toBe(EBADF)
})

test('a client that ends closes its ends, and what it waited for goes to others', async () => {
  const kernel = await start()
  const id = kernel.call(CREATE, { pid: 7 }).tag
  const gone = read(kernel, id, 10, 7)
  kernel.end(7)
  kernel.pids.push(7)
  write(kernel, id, 'kept', 7)
  expect(gone.call.reply).toBeUndefined()
  const other = read(kernel, id, 10, 7)
  expect(other.call.reply?.tag).toBe(4)

  const { handle: reader, tag: stream } = kernel.call(OPEN, { words: [0], pid: 8 })
  const waiting = kernel.send(STREAM_READ, {
    words: [4],
    lease: new Uint8Array(4),
    badge: reader!.badge!,
    pid: 9,
  })
  kernel.fireTimer()
  expect(waiting.reply).toBeUndefined()
  kernel.end(8)
  kernel.fireTimer()
  expect(waiting.reply?.tag).toBe(0)
  expect(kernel.call(OPEN, { words: [stream], pid: 8 }).tag).toBe(EBADF)
})

test('a client that dies before it gets its stream leaves none', async () => {
  const kernel = await start()
  const handles = kernel.handles.size
  const dying = kernel.dying(OPEN, { words: [0], pid: 7 })
  expect(dying.reply).toBeUndefined()
  expect(kernel.handles.size).toBe(handles)
})

test('numbers, lengths and leases of clients are checked', async () => {
  const kernel = await start()
  const id = kernel.call(CREATE, { pid: 3 }).tag
  for (const tag of [READ, WRITE, CLOSE, DUP]) {
    for (const [number, pid] of [
      [id, 4],
      [id + 1, 3],
      [0, 3],
      [-1, 3],
      [2 ** 40, 3],
    ] as const) {
      expect(kernel.call(tag, { words: [number, 0, 1], pid, lease: new Uint8Array(1) }).tag).toBe(
        EBADF,
      )
    }
  }
  expect(kernel.call(OPEN, { words: [id], pid: 4 }).tag).toBe(EBADF)
  expect(kernel.call(READ, { words: [id, 0, -1], pid: 3 }).tag).toBe(EINVAL)
  expect(kernel.call(READ, { words: [id, 0, 0], pid: 3 }).tag).toBe(0)
  expect(kernel.call(READ, { words: [id, 0, 10], pid: 3, lease: new Uint8Array(5) }).tag).toBe(
    EINVAL,
  )
  expect(kernel.call(WRITE, { words: [id, 0, 10], pid: 3 }).tag).toBe(EINVAL)
  expect(kernel.call(WRITE, { words: [id, 9, 10], pid: 3 }).tag).toBe(EINVAL)
  expect(kernel.call(CLOSE, { words: [id, 2], pid: 3 }).tag).toBe(EINVAL)
  expect(kernel.call(DUP, { words: [id, -1], pid: 3 }).tag).toBe(EINVAL)
  expect(kernel.call(CLOSED, { badge: 5 }).tag).toBe(EPERM)
  const shm = kernel.share(4096)
  const region = kernel.call(ATTACH, { handle: shm, pid: 3 }).tag
  kernel.memory.set(bytes('shared'), shm.address)
  expect(kernel.call(WRITE, { words: [id, region, 6], pid: 3 }).tag).toBe(6)
  expect(kernel.call(WRITE, { words: [id, region, 4097], pid: 3 }).tag).toBe(EINVAL)
  const { lease } = read(kernel, id, 6, 3)
  expect(text(lease)).toBe('shared')
})

test('no client has more pipes than its share', async () => {
  const kernel = await start()
  const made = Array.from({ length: 100 }, () => kernel.call(CREATE, { pid: 3 }).tag)
  expect(made.filter((tag) => tag > 0).length).toBe(64)
  expect(made.at(-1)).toBe(ENFILE)
  expect(kernel.call(CREATE, { pid: 4 }).tag).toBeGreaterThan(0)
})
