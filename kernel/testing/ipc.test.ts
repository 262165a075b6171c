import { expect, test } from 'bun:test'
import { checkKernel } from './check.ts'
import { DATA, elfFor, type Program, type Step, TestKernel, type User } from './kernel.ts'

const [EPERM, ESRCH, EBADF, EAGAIN, EFAULT, EPIPE, EOWNERDEAD] = [
  -1n,
  -3n,
  -9n,
  -11n,
  -14n,
  -32n,
  -130n,
]
const ALL = 511
const SELF = 59
const ELF_AT = DATA + 0x1000
const BLOCK_AT = DATA + 0x2000
const ENTRIES_AT = DATA + 0x2800

/** Spawns a program with handles [slot, handle, rights]; x0 is the task's handle. */
function* spawn(
  user: User,
  program: number,
  handles: readonly (readonly [number, bigint, number])[] = [],
  { fault = -1n, priority = -1, limit = 0 } = {},
): Generator<Step, bigint, bigint[]> {
  user.write(ELF_AT, elfFor(program))
  const entries = handles.flatMap(([slot, handle, rights]) => [
    BigInt(slot) | (handle << 32n),
    BigInt(rights),
  ])
  user.setWords(ENTRIES_AT, entries)
  user.setWords(BLOCK_AT, [
    0,
    0,
    0,
    0,
    ENTRIES_AT,
    handles.length,
    fault,
    priority,
    limit,
    0,
    0,
    0,
    0,
  ])
  const [task] = yield ['SPAWN', ELF_AT, 192, BLOCK_AT]
  return task!
}

async function run(...programs: Program[]): Promise<TestKernel> {
  const kernel = await TestKernel.boot(programs)
  kernel.run()
  checkKernel(kernel)
  return kernel
}

test('a call reaches the server with its words and badge, and the reply the caller', async () => {
  const seen: unknown[] = []
  await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      const [session] = yield ['ENDPOINT_MINT', endpoint!, 77, 4 + 32]
      yield* spawn(user, 1, [[SELF, endpoint!, ALL]])
      seen.push(yield ['CALL', session!, 5, 1, 2, 3, 4])
    } as Program,
    function* () {
      const [sender, ...words] = yield ['RECV', -1]
      seen.push(sender! >> 32n, words)
      yield ['REPLY', 6, 10, 20, 30, 40]
    } as Program,
  )
  expect(seen[0]).toBe(77n)
  expect(seen[1]).toEqual([5n, 1n, 2n, 3n, 4n])
  expect((seen[2] as bigint[]).slice(0, 5)).toEqual([6n, 10n, 20n, 30n, 40n])
})

test('a call to a busy server waits for it, and gets its own reply (the race of the original)', async () => {
  const replies: bigint[] = []
  const client: Program = function* () {
    const [tag] = yield ['CALL', 40, 1]
    replies.push(tag!)
    return 0
  }
  await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      const share = [[40, endpoint!, 4]] as const
      yield* spawn(user, 1, share)
      yield* spawn(user, 1, share)
      yield* spawn(user, 1, share)
      yield ['YIELD']
      const senders: bigint[] = []
      for (let i = 0; i < 3; i++) senders.push((yield ['RECV', endpoint!])[0]!)
      // Deferred, in reverse.
      for (const [i, sender] of senders.reverse().entries()) yield ['REPLY_TO', sender, 100 + i]
      yield ['WAIT', -1]
    } as Program,
    client,
  )
  expect(replies.sort()).toEqual([100n, 101n, 102n])
})

test('who holds no handle can call nobody, whatever number it tries', async () => {
  const results = new Set<bigint>()
  await run(
    function* (user) {
      yield* spawn(user, 1)
      yield ['WAIT', -1]
    } as Program,
    function* () {
      for (const handle of [0, 1, 33, 59, 63, 64, 255, 256, -1, 1n << 40n, (1n << 63n) + 64n]) {
        for (const call of [
          'CALL',
          'SEND',
          'NBSEND',
          'NOTIFY',
          'RECV',
          'IRQ_REGISTER',
          'SHMMAP',
          'DEVICE_MAP',
          'CLOSE',
        ]) {
          if (call === 'RECV' && handle === -1) continue
          results.add((yield [call, handle, 1])[0]!)
        }
      }
    } as Program,
  )
  expect([...results]).toEqual([EBADF])
})

test('a right that a handle lacks cannot be used, and copies never gain one', async () => {
  const results: bigint[] = []
  await run(function* (): Generator<Step, undefined, bigint[]> {
    const [endpoint] = yield ['ENDPOINT_CREATE']
    const [weak] = yield ['HANDLE_COPY', endpoint!, 8, -1]
    results.push((yield ['CALL', weak!])[0]!)
    const [again] = yield ['HANDLE_COPY', weak!, ALL, -1]
    results.push((yield ['CALL', again!])[0]!, (yield ['HANDLE_ATTACH', again!, ALL])[0]!)
    results.push((yield ['ENDPOINT_MINT', again!, 1, 4])[0]!)
  } as Program)
  expect(results).toEqual([EPERM, EPERM, EPERM, EPERM])
})

test('a server that ends before it replies gives its caller EOWNERDEAD; one that waits stays for the next server', async () => {
  const seen: bigint[] = []
  await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      const first = yield* spawn(user, 1, [[SELF, endpoint!, ALL]])
      yield* spawn(user, 2, [[40, endpoint!, 4]])
      yield ['WAIT', first]
      yield* spawn(user, 3, [[SELF, endpoint!, ALL]])
      yield ['WAIT', -1]
    } as Program,
    function* () {
      yield ['RECV', -1]
    } as Program,
    function* () {
      seen.push((yield ['CALL', 40, 1])[0]!)
      seen.push((yield ['CALL', 40, 2])[0]!)
    } as Program,
    function* () {
      yield ['RECV', -1]
      yield ['REPLY', 9]
    } as Program,
  )
  expect(seen).toEqual([EOWNERDEAD, 9n])
})

test('an endpoint without a receiver answers EPIPE, also to those who wait already', async () => {
  const seen: bigint[] = []
  await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      yield* spawn(user, 1, [[40, endpoint!, 4]])
      yield ['YIELD']
      yield ['CLOSE', endpoint!]
      yield ['WAIT', -1]
    } as Program,
    function* () {
      seen.push((yield ['CALL', 40, 1])[0]!, (yield ['SEND', 40, 1])[0]!)
    } as Program,
  )
  expect(seen).toEqual([EPIPE, EPIPE])
})

test('the last copy of a session tells the server with its badge', async () => {
  const seen: bigint[] = []
  await run(function* (): Generator<Step, undefined, bigint[]> {
    const [endpoint] = yield ['ENDPOINT_CREATE']
    const [session] = yield ['ENDPOINT_MINT', endpoint!, 5, 4]
    const [copy] = yield ['DUP', session!]
    yield ['CLOSE', session!]
    seen.push((yield ['NBRECV', endpoint!])[0]!)
    yield ['CLOSE', copy!]
    const message = yield ['NBRECV', endpoint!]
    seen.push(message[0]!, message[1]!)
  } as Program)
  expect(seen).toEqual([EAGAIN, 5n << 32n, 602n])
})

test('a handle travels with a message, is taken once, and a moved one leaves its sender', async () => {
  const seen: bigint[] = []
  await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      yield* spawn(user, 1, [[SELF, endpoint!, ALL]])
      const [shm] = yield ['SHMCREATE', 8192]
      yield ['HANDLE_ATTACH', shm!, 1, 1]
      seen.push((yield ['CALL', endpoint!, 1])[0]!)
      seen.push((yield ['HANDLE_INFO', shm!])[0]!)
    } as Program,
    function* () {
      yield ['RECV', -1]
      const [taken] = yield ['HANDLE_TAKE', -1]
      const info = yield ['HANDLE_INFO', taken!]
      seen.push((yield ['HANDLE_TAKE', -1])[0]!, info[0]!, info[1]!, info[2]!)
      yield ['REPLY', 1]
    } as Program,
  )
  expect(seen).toEqual([-2n, 2n, 1n, 8192n, 1n, EBADF])
})

test('a lease is what the caller lent, as long as it waits, with the access it gave', async () => {
  const seen: (bigint | string)[] = []
  await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      yield* spawn(user, 1, [[SELF, endpoint!, ALL]])
      user.put(DATA + 0x4ff0, 'lent across a page boundary')
      yield ['LEASE', DATA + 0x4ff0, 27, 1]
      yield ['CALL', endpoint!, 1]
      seen.push((yield ['LEASE', 1n << 50n, 10, 1])[0]!)
      yield ['LEASE', 0x9000_0000, 10, 3]
      yield ['CALL', endpoint!, 1]
    } as Program,
    function* (user) {
      let [sender] = yield ['RECV', -1]
      seen.push((yield ['LEASE_READ', sender!, 5, DATA, 100])[0]!, user.text(DATA, 22))
      seen.push((yield ['LEASE_WRITE', sender!, 0, DATA, 1])[0]!)
      seen.push((yield ['LEASE_READ', sender!, 27, DATA, 1])[0]!)
      seen.push((yield ['LEASE_READ', sender!, 0, 0, 5])[0]!)
      const late = sender!
      yield ['REPLY', 0]
      seen.push((yield ['LEASE_READ', late, 0, DATA, 1])[0]!)
      ;[sender] = yield ['RECV', -1]
      seen.push((yield ['LEASE_READ', sender!, 0, DATA, 5])[0]!)
      yield ['REPLY', 0]
    } as Program,
  )
  expect(seen).toEqual([22n, 'across a page boundary', EPERM, 0n, EFAULT, ESRCH, EFAULT, -5n])
})

test('notifications gather bits, respect masks, and end a wait', async () => {
  const seen: bigint[] = []
  await run(
    function* (user) {
      const [notification] = yield ['NOTIFICATION_CREATE', 0b110]
      yield* spawn(user, 1, [[40, notification!, ALL]])
      seen.push((yield ['WAIT_NOTIFY', 0])[0]!)
      const message = yield ['RECV', -1, 0b100]
      seen.push(message[0]!, message[2]!)
      yield ['WAIT', -1]
    } as Program,
    function* () {
      yield ['NOTIFY', 40, 0b011]
      yield ['NOTIFY', 40, 0b111]
      seen.push((yield ['NOTIFY', 40, 1n << 63n])[0]!)
    } as Program,
  )
  expect(seen.filter((value) => value !== 0n)).toContain(2n)
  expect(seen).toContain(4n)
})

test('read on an endpoint is a stream request with the buffer lent', async () => {
  const seen: (bigint | string)[] = []
  await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      yield* spawn(user, 1, [[SELF, endpoint!, ALL]])
      seen.push((yield ['READ', endpoint!, DATA, 10])[0]!, user.text(DATA, 5))
    } as Program,
    function* (user) {
      const message = yield ['RECV', -1]
      seen.push(message[1]!, message[2]!)
      user.put(DATA, 'hello')
      seen.push((yield ['LEASE_WRITE', message[0]!, 0, DATA, 5])[0]!)
      yield ['REPLY', 5]
    } as Program,
  )
  expect(seen).toEqual([600n, 10n, 5n, 5n, 'hello'])
})

test('pipes carry bytes between tasks, wait for room and for bytes, and end', async () => {
  let received = ''
  const seen: bigint[] = []
  await run(
    function* (user) {
      const [reader, writer] = yield ['PIPE']
      yield* spawn(user, 1, [[1, writer!, ALL]])
      yield ['CLOSE', writer!]
      for (;;) {
        const [count] = yield ['READ', reader!, DATA + 0x8000, 3000]
        if (count! <= 0n) break
        received += user.text(DATA + 0x8000, Number(count))
      }
      const pipe = yield ['PIPE']
      yield ['CLOSE', pipe[0]!]
      seen.push((yield ['WRITE', pipe[1]!, DATA, 1])[0]!)
      seen.push((yield ['READ', 2, 0x10, 1])[0]!, (yield ['WRITE', 2, 0x10, 1])[0]!)
    } as Program,
    function* (user) {
      user.put(DATA + 0x8000, 'x'.repeat(10_000))
      seen.push((yield ['WRITE', 1, DATA + 0x8000, 10_000])[0]!)
    } as Program,
  )
  expect(received).toBe('x'.repeat(10_000))
  expect(seen[0]).toBe(10_000n)
  expect(seen[1]).toBe(EPIPE)
})

test('chains of faulting handlers and abandoned endpoints do not need more stack than one', async () => {
  // Each task handles the faults of the next one; the last one faults, then the first is killed.
  const kernel = await run(
    function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      let fault = endpoint!
      let last = 0n
      for (let i = 0; i < 20; i++) {
        const [own] = yield ['ENDPOINT_CREATE']
        last = yield* spawn(user, 1, [[SELF, own!, ALL]], { fault })
        if (fault !== endpoint) yield ['CLOSE', fault]
        fault = own!
      }
      for (let i = 0; i < 20; i++) yield ['YIELD']
      yield ['CLOSE', endpoint!]
      yield ['WAIT', last]
    } as Program,
    function* () {
      yield ['FAULT', 0x9200_0006, 0xdead_0000]
    } as Program,
  )
  expect(kernel.count('endpointCount')).toBe(0)
})
