import { expect, test } from 'bun:test'
import { addressOf } from '../assembly/layout.ts'
import { checkKernel } from './check.ts'
import { totalsOf } from './fuzz.ts'
import { DATA, elfFor, type Program, type Step, TestKernel, type User } from './kernel.ts'

const [EPERM, ESRCH, EBADF, ECHILD, EAGAIN, ENOMEM, EFAULT] = [
  -1n,
  -3n,
  -9n,
  -10n,
  -11n,
  -12n,
  -14n,
]
const [EINVAL, EMFILE, ENOEXEC, EEXIST, EACCES] = [-22n, -24n, -8n, -17n, -13n]
const ELF_AT = DATA + 0x1000
const BLOCK_AT = DATA + 0x2000
const STRINGS_AT = DATA + 0x3000
const ROOT = 63

type Calls = Generator<Step, bigint, bigint[]>

function* spawn(
  user: User,
  program: number,
  fields: Partial<Record<number, number | bigint>> = {},
): Calls {
  user.write(ELF_AT, elfFor(program))
  const block: (number | bigint)[] = [0, 0, 0, 0, 0, 0, -1n, -1n, 0, 0, 0, 0, 0]
  for (const [i, value] of Object.entries(fields)) block[Number(i)] = value!
  user.setWords(BLOCK_AT, block)
  return (yield ['SPAWN', ELF_AT, 192, BLOCK_AT])[0]!
}

async function run(...programs: Program[]): Promise<TestKernel> {
  const kernel = await TestKernel.boot(programs)
  kernel.run()
  checkKernel(kernel)
  return kernel
}

const first = (program: (user: User) => Generator<Step, unknown, bigint[]>): Program =>
  program as Program

test('a task starts with its arguments and environment on its stack', async () => {
  const seen: string[] = []
  await run(
    first(function* (user) {
      user.put(STRINGS_AT, 'bin/name\0one\0\0A=b\0')
      yield* spawn(user, 1, { 0: STRINGS_AT, 1: 14, 2: STRINGS_AT + 14, 3: 4 })
      yield ['WAIT', -1]
    }),
    first(function* (user): Generator<Step, void, bigint[]> {
      yield ['YIELD']
      // The block lies somewhere below the strings: its first word is the number of arguments.
      for (let at = 0x3_0000_0000n - 224n; at < 0x3_0000_0000n; at += 8n) {
        if (user.word(at) !== 3n) continue
        const text = (pointer: bigint) => user.text(pointer, 16).split('\0')[0]!
        for (const i of [1n, 2n, 3n]) seen.push(text(user.word(at + 8n * i)))
        expect(user.word(at + 32n)).toBe(0n)
        seen.push(text(user.word(at + 40n)))
        expect([user.word(at + 48n), user.word(at + 56n), user.word(at + 64n)]).toEqual([
          0n,
          6n,
          4096n,
        ])
        break
      }
    }),
  )
  expect(seen).toEqual(['bin/name', 'one', '', 'A=b'])
})

test('exit and wait: the code is told once the task has given everything back', async () => {
  const seen: unknown[] = []
  await run(
    first(function* (user) {
      yield* spawn(user, 1)
      yield ['WAIT', -1]
      yield ['CLOSE', 64]
      const [, , free] = yield ['SYSINFO', 0]
      const task = yield* spawn(user, 1)
      const result = yield ['WAIT', -1]
      yield ['CLOSE', task]
      const [, , later] = yield ['SYSINFO', 0]
      seen.push(result.slice(0, 3), later! - free!, (yield ['WAIT', -1])[0])
    }),
    first(function* (user) {
      yield ['MMAP', 0, 1 << 20, 3]
      yield ['SHMCREATE', 65536]
      yield ['PIPE']
      user.put(0x8000_0000, 'touched')
      return 300 as unknown
    }),
  )
  expect(seen).toEqual([[64n, 44n, 0n], 0n, ECHILD])
})

test('a task that is killed in the middle of a wait leaves nothing behind', async () => {
  let before: unknown
  let after: unknown
  let kernel: TestKernel
  const waits: Step[] = [
    ['RECV', 64],
    ['CALL', 40],
    ['WAIT_NOTIFY', 0],
    ['NANOSLEEP', 1n << 60n],
    ['READ', 0, DATA, 1],
  ]
  let turn = 0
  const boot = first(function* (user) {
    yield* spawn(user, 1)
    yield ['KILL', 64, 1]
    yield ['WAIT', 64]
    yield ['CLOSE', 64]
    before = totalsOf(kernel)
    for (turn = 0; turn < waits.length; turn++) {
      const task = yield* spawn(user, 1)
      yield ['NANOSLEEP', 1000]
      expect((yield ['KILL', task, 7])[0]).toBe(0n)
      expect((yield ['WAIT', task]).slice(1, 3)).toEqual([7n, 2n])
      expect((yield ['KILL', task, 7])[0]).toBe(ESRCH)
      yield ['CLOSE', task]
    }
    after = totalsOf(kernel)
  })
  const waiter = first(function* (): Generator<Step, void, bigint[]> {
    const [endpoint] = yield ['ENDPOINT_CREATE']
    yield ['DUP2', endpoint!, 40]
    yield ['PIPE']
    yield waits[turn]!
  })
  kernel = await TestKernel.boot([boot, waiter])
  kernel.run()
  checkKernel(kernel)
  expect(after).toEqual(before)
})

test('bad pointers give EFAULT in every call that takes one, and the kernel goes on', async () => {
  const seen = new Set<bigint>()
  const addresses = [
    0,
    8,
    0x3f_fff0,
    0x7fff_ffff_f000n,
    addressOf('USER_END'),
    addressOf('DIRECT_MAP') + 0x4000_0000n,
    addressOf('LINEAR_BASE'),
    -1,
  ]
  await run(
    first(function* () {
      const [reader, writer] = yield ['PIPE']
      yield ['WRITE', writer!, DATA, 100]
      for (const address of addresses) {
        for (const step of [
          ['READ', reader!, address, 100],
          ['WRITE', writer!, address, 100],
          ['SPAWN', address, 192, 0],
          ['TASKINFO', 0, address],
          ['LOG_READ', 60, 0, address, 100],
        ] as Step[]) {
          seen.add((yield step)[0]!)
        }
      }
      // Code cannot be written, and what lies between memory and a bad page is not enough.
      seen.add((yield ['READ', reader!, 0x40_0000, 1])[0]!)
      seen.add((yield ['WRITE', writer!, DATA + 0xf_ff00, 0x200])[0]!)
    }),
  )
  expect([...seen]).toEqual([EFAULT])
})

test('only programs that cannot harm are loaded', async () => {
  const results: bigint[] = []
  const damage: [string, (view: DataView) => void][] = [
    ['magic', (v) => v.setUint8(0, 0)],
    ['machine', (v) => v.setUint16(18, 62, true)],
    ['dynamic', (v) => v.setUint16(16, 3, true)],
    ['entry in the kernel', (v) => v.setBigUint64(24, 1n << 63n, true)],
    ['too many headers', (v) => v.setUint16(56, 60_000, true)],
    ['header outside', (v) => v.setBigUint64(32, 1n << 40n, true)],
    ['interpreter', (v) => v.setUint32(64, 3, true)],
    ['writable code', (v) => v.setUint32(68, 7, true)],
    ['page 0', (v) => v.setBigUint64(80, 0n, true)],
    ['kernel address', (v) => v.setBigUint64(80, addressOf('DIRECT_MAP'), true)],
    ['overlap', (v) => v.setBigUint64(136, 0x40_0000n, true)],
    ['content outside', (v) => v.setBigUint64(96, 5000n, true)],
    ['endless', (v) => v.setBigUint64(104, (1n << 64n) - 1n, true)],
  ]
  await run(
    first(function* (user) {
      for (const [, change] of damage) {
        const elf = elfFor(1)
        change(new DataView(elf.buffer))
        user.write(ELF_AT, elf)
        results.push((yield ['SPAWN', ELF_AT, 192, 0])[0]!)
      }
      const [, , , tasks] = yield ['SYSINFO', 0]
      results.push(tasks!)
    }),
  )
  expect(results).toEqual([...damage.map(() => ENOEXEC), 1n])
})

test('full tables are errors, and what was taken before the error is given back', async () => {
  const results: bigint[] = []
  await run(
    first(function* (user) {
      for (;;) {
        const [handle] = yield ['ENDPOINT_CREATE']
        if (handle! < 0n) {
          results.push(handle!)
          break
        }
      }
      for (let slot = 64; slot < 256; slot++) yield ['CLOSE', slot]
      while ((yield ['DUP', 60])[0]! >= 0n);
      results.push((yield ['PIPE'])[0]!, (yield ['DUP', 60])[0]!)
      results.push(yield* spawn(user, 1, { 8: 3 }))
      results.push((yield ['MMAP', 0, 1n << 40n, 3])[0]!, (yield ['SHMCREATE', 60 << 20])[0]!)
    }),
    first(function* () {
      yield ['YIELD']
    }),
  )
  expect(results).toEqual([EMFILE, EMFILE, EMFILE, ENOMEM, ENOMEM, ENOMEM])
})

test('the heap grows, shrinks and is zero when it grows again', async () => {
  const results: bigint[] = []
  await run(
    first(function* (user) {
      const [start] = yield ['BRK', 0]
      results.push((yield ['BRK', start! + 5000n])[0]! - start!)
      user.setWords(start! + 4096n, [77])
      results.push((yield ['BRK', start!])[0]! - start!)
      yield ['BRK', start! + 8192n]
      results.push(user.word(start! + 4096n))
      results.push((yield ['BRK', start! - 4096n])[0]!, (yield ['BRK', 1n << 33n])[0]!)
    }),
  )
  expect(results).toEqual([8192n, 0n, 0n, EINVAL, EINVAL])
})

test('memory is never writable and executable, and protection can be changed page by page', async () => {
  const results: bigint[] = []
  await run(
    first(function* (user) {
      results.push((yield ['MMAP', 0, 4096, 7])[0]!, (yield ['MPROTECT', DATA, 4096, 6])[0]!)
      const [at] = yield ['MMAP', 0, 3 * 4096, 3]
      user.setWords(at! + 4096n, [5])
      results.push((yield ['MPROTECT', at! + 4096n, 4096, 5])[0]!, user.word(at! + 4096n))
      const [reader, writer] = yield ['PIPE']
      yield ['WRITE', writer!, DATA, 1]
      results.push((yield ['READ', reader!, at! + 4096n, 1])[0]!)
      results.push((yield ['READ', reader!, at!, 1])[0]!)
      results.push((yield ['MMAP', at!, 4096, 3])[0]!, (yield ['MMAP', at! + 1n, 4096, 3])[0]!)
      const [shm] = yield ['SHMCREATE', 4096]
      const [mapped] = yield ['SHMMAP', shm!, 0, 0]
      results.push((yield ['MPROTECT', mapped!, 4096, 1])[0]!)
    }),
  )
  expect(results).toEqual([EINVAL, EINVAL, 0n, 5n, EFAULT, 1n, EEXIST, EINVAL, EACCES])
})

test('revoked shared memory is gone for others at once, and stays for its owner', async () => {
  const seen: unknown[] = []
  await run(
    first(function* (user) {
      const [shm] = yield ['SHMCREATE', 8192]
      const [at] = yield ['SHMMAP', shm!, 0, 0]
      user.put(at!, 'secret')
      const task = yield* spawn(user, 1)
      seen.push((yield ['SHMGRANT', shm!, task, 1])[0])
      yield ['NANOSLEEP', 1000]
      yield ['SHMREVOKE', shm!]
      seen.push(user.text(at!, 6))
      seen.push((yield ['WAIT', task]).slice(1, 3))
      yield ['SHMDESTROY', shm!]
      seen.push((yield ['SHMMAP', shm!])[0])
    }),
    first(function* (user) {
      const [at] = yield ['SHMMAP', 64, 0, 0]
      seen.push(user.text(at!, 6), (yield ['SHMMAP', 64, 0, 3])[0])
      yield ['NANOSLEEP', 5000]
      seen.push((yield ['SHMMAP', 64, 0, 0])[0])
      user.text(at!, 6)
    }),
  )
  expect(seen).toEqual([64n, 'secret', EPERM, 'secret', EBADF, [139n, 1n], EBADF])
})

test('a fault goes to its handler, which can map what was missing; without one it ends the task alone', async () => {
  const seen: unknown[] = []
  const kernel = await run(
    first(function* (user) {
      const [endpoint] = yield ['ENDPOINT_CREATE']
      const [shm] = yield ['SHMCREATE', 4096]
      const [at] = yield ['SHMMAP', shm!, 0, 0]
      user.put(at!, 'mapped')
      const task = yield* spawn(user, 1, { 6: endpoint! })
      const message = yield ['RECV', endpoint!]
      seen.push(message[1], message[3])
      yield ['TASK_MAP', task, shm!, 0x7000_0000, 1]
      yield ['REPLY_TO', message[0]!, 0]
      yield ['RECV', endpoint!]
      yield ['REPLY', 1]
      seen.push((yield ['WAIT', task]).slice(1, 3))
      const other = yield* spawn(user, 2)
      seen.push((yield ['WAIT', other]).slice(1, 3))
    }),
    first(function* (user) {
      yield ['FAULT', 0x9200_0006, 0x7000_0000]
      seen.push(user.text(0x7000_0000, 6))
      yield ['FAULT', 0x0200_0000, 0]
    }),
    first(function* () {
      yield ['FAULT', 0xf200_0100, 0]
    }),
  )
  expect(seen).toEqual([800n, 0x7000_0000n, 'mapped', [132n, 1n], [133n, 3n]])
  expect(kernel.log).toContain('fault: ESR f2000100')
})

test('an interrupt reaches the driver that registered it, once for each acknowledgement', async () => {
  const seen: bigint[] = []
  let kernel: TestKernel
  const driver = first(function* (): Generator<Step, void, bigint[]> {
    const [device] = yield ['DEVICE_CREATE', ROOT, 0xa00_0000, 0x200, 48, 0]
    seen.push((yield ['IRQ_WAIT', device!])[0]!)
    yield ['IRQ_REGISTER', device!, 2]
    seen.push((yield ['RECV', -1, 2])[2]!)
    yield ['IRQ_ACK', device!]
    seen.push((yield ['RECV', -1, 2])[2]!)
  })
  kernel = await TestKernel.boot([driver])
  expect(kernel.run()).toBe('halted')
  kernel.interrupt(48)
  expect(kernel.run()).toBe('halted')
  expect(seen).toEqual([EPERM, 2n])
  kernel.interrupt(48)
  kernel.run()
  expect(seen).toEqual([EPERM, 2n, 2n])
})

test('devices are made by the root handle alone, and never over memory or the interrupt controller', async () => {
  const results: bigint[] = []
  await run(
    first(function* () {
      const [weak] = yield ['HANDLE_COPY', ROOT, 3, -1]
      for (const step of [
        ['DEVICE_CREATE', weak!, 0xa00_0000, 0x200, -1],
        ['DEVICE_CREATE', 60, 0xa00_0000, 0x200, -1],
        ['DEVICE_CREATE', ROOT, 0x4000_0000, 0x200, -1],
        ['DEVICE_CREATE', ROOT, 0x800_0000, 0x1000, -1],
        ['DEVICE_CREATE', ROOT, 0xa00_0000, 0x200, 27],
        ['DEVICE_CREATE', ROOT, 0xa00_0000, 0x200, 5000],
      ] as Step[]) {
        results.push((yield step)[0]!)
      }
    }),
  )
  expect(results).toEqual([EPERM, EPERM, EINVAL, EINVAL, EINVAL, EINVAL])
})

test('DMA memory of a driver that ended is kept aside until its device was reset', async () => {
  const seen: unknown[] = []
  await run(
    first(function* (user) {
      const [device] = yield ['DEVICE_CREATE', ROOT, 0xa00_0000, 0x200, 48, 0]
      yield ['DUP2', device!, 57]
      const task = yield* spawnWithDevice(user)
      yield ['WAIT', task]
      seen.push((yield ['SYSINFO', 0])[5])
      const [dma] = yield ['DMA_CREATE', device!, 8192, 0]
      const [physical] = yield ['DMA_PHYSICAL', dma!]
      seen.push(
        physical! > 0n,
        (yield ['DEVICE_RESET_DONE', device!])[0],
        (yield ['SYSINFO', 0])[5],
      )
    }),
    first(function* (user) {
      const [dma] = yield ['DMA_CREATE', 57, 5000, 0]
      const [at] = yield ['SHMMAP', dma!, 0, 0]
      user.put(at!, 'x')
    }),
  )
  expect(seen).toEqual([2n, true, 2n, 0n])
})

function* spawnWithDevice(user: User): Calls {
  user.setWords(DATA + 0x2800, [57n | (57n << 32n), 511])
  return yield* spawn(user, 1, { 4: DATA + 0x2800, 5: 1 })
}

test('tasks of one priority take turns; a higher one goes first', async () => {
  const order: number[] = []
  const worker = (name: number): Program =>
    first(function* () {
      for (let i = 0; i < 3; i++) {
        order.push(name)
        yield ['YIELD']
      }
    })
  await run(
    first(function* (user) {
      yield ['TASK_PRIORITY', -1, 3]
      yield* spawn(user, 1, { 7: 1 })
      yield* spawn(user, 2, { 7: 1 })
      yield* spawn(user, 3, { 7: 2 })
      expect((yield ['TASK_PRIORITY', -1, 4])[0]).toBe(EPERM)
      for (let i = 0; i < 3; i++) yield ['WAIT', 64 + i]
    }),
    worker(1),
    worker(2),
    worker(3),
  )
  expect(order).toEqual([3, 3, 3, 1, 2, 1, 2, 1, 2])
})

test('sleeps and timers end when they are due, without drift', async () => {
  const times: bigint[] = []
  await run(
    first(function* () {
      const [start] = yield ['CLOCK', 1]
      for (const i of [1n, 2n, 3n]) {
        yield ['TIMER_SET', start! + i * 1_000_000n, 4]
        const message = yield ['RECV', -1, 4]
        times.push(message[2]!, (yield ['CLOCK', 1])[0]! - start!)
      }
      yield ['NANOSLEEP', 5000]
      times.push((yield ['CLOCK', 1])[0]! - start!)
    }),
  )
  expect(times).toEqual([4n, 1_000_000n, 4n, 2_000_000n, 4n, 3_000_000n, 3_005_000n])
})

test('numbers that no call has give ENOSYS, and waiting without anything to wait for does not wait', async () => {
  const results: bigint[] = []
  await run(
    first(function* () {
      results.push(
        (yield ['NOTHING'])[0]!,
        (yield ['WAIT', -1])[0]!,
        (yield ['RECV', -1, 0])[0]!,
        (yield ['NBRECV', -1, 1])[0]!,
      )
    }),
  )
  expect(results).toEqual([-38n, ECHILD, EBADF, EAGAIN])
})
