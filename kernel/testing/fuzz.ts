/**
 * Programs that make random system calls, with arguments that are often nearly right: handles they hold or held, addresses at the
 * edges of what is mapped, sizes around limits. After every few calls the kernel's tables are checked; at the end all tasks but
 * the first are killed, everything is closed, and memory and objects must be what they were.
 *
 *     bun kernel/testing/fuzz.ts SEED CALLS
 */
import { systemCalls } from '../abi/syscalls.ts'
import { checkKernel } from './check.ts'
import { DATA, elfFor, type Program, type Step, TestKernel, type User } from './kernel.ts'
import { Random } from './random.ts'

/** Those that would end the run, and SPAWN, which is made with a right program now and then. */
const LEFT_OUT = ['REBOOT', 'SPAWN', 'EXIT']
const names = systemCalls.map(({ name }) => name).filter((name) => !LEFT_OUT.includes(name))

const ELF_AT = DATA + 0x1000
const BLOCK_AT = DATA + 0x2000
const ENTRIES_AT = DATA + 0x2800
const MOST_TASKS = 12

const NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  7n,
  8n,
  31n,
  32n,
  59n,
  62n,
  63n,
  64n,
  65n,
  66n,
  67n,
  68n,
  70n,
  80n,
  255n,
  256n,
  -1n,
  -2n,
  0xfffn,
  0x1000n,
  0x4000n,
  0x1_0000n,
  0x10_0000n,
  0x8000_0000n,
  0xffff_f000n,
  1n << 40n,
  (1n << 47n) - 4096n,
  1n << 47n,
  (1n << 63n) - 1n,
  1n << 63n,
  BigInt(DATA),
  BigInt(DATA + 0x3ff8),
  BigInt(DATA + 0x10_0000 - 8),
  0xffff_9000_0000_0000n,
  0xffff_0000_4000_0000n,
]

interface Shared {
  readonly random: Random
  calls: number
  /** Handles seen in results, of whatever task. */
  readonly seen: bigint[]
  /** At least as many as process ids were given out. */
  spawned: number
}

function argument(shared: Shared): bigint {
  const { random, seen } = shared
  switch (random.below(8)) {
    case 0:
      return BigInt(random.below(100))
    case 1:
    case 2:
      return BigInt(64 + random.below(24))
    case 3:
      return seen.length > 0 ? random.pick(seen) : 0n
    case 4:
      return BigInt(DATA + random.below(0x1_0000))
    case 5:
      return BigInt(random.next()) * BigInt(random.next())
    default:
      return random.pick(NUMBERS)
  }
}

/** SPAWN with a program that exists, random handles, sometimes a fault handler; the file and the block are sometimes damaged. */
function spawnStep(user: User, shared: Shared): Step {
  const { random } = shared
  shared.spawned++
  const elf = elfFor(1)
  if (random.below(6) === 0) elf[random.below(elf.length)] = random.below(256)
  user.write(ELF_AT, elf)
  const count = random.below(6)
  const entries: bigint[] = []
  for (let i = 0; i < count; i++) {
    entries.push(BigInt(random.below(80)) | (BigInt(64 + random.below(20)) << 32n), 511n)
  }
  user.setWords(ENTRIES_AT, entries)
  user.put(ENTRIES_AT + 0x400, 'name\0argument\0A=1\0')
  const fault = random.below(3) === 0 ? BigInt(64 + random.below(10)) : -1n
  const block: (number | bigint)[] = [
    ENTRIES_AT + 0x400,
    14,
    ENTRIES_AT + 0x40e,
    4,
    ENTRIES_AT,
    count,
    fault,
    random.below(5) - 1,
    random.below(3) * 400,
    0,
    0,
    0,
    0,
  ]
  if (random.below(6) === 0) block[random.below(block.length)] = argument(shared)
  user.setWords(BLOCK_AT, block)
  return ['SPAWN', ELF_AT, 192, random.below(8) === 0 ? 0 : BLOCK_AT]
}

function* randomCalls(
  user: User,
  shared: Shared,
  count: number,
): Generator<Step, undefined, bigint[]> {
  const { random } = shared
  for (let i = 0; i < count && shared.calls > 0; i++) {
    shared.calls--
    let step: Step
    const kind = random.below(40)
    if (kind < 3) step = spawnStep(user, shared)
    else if (kind === 3)
      step = [
        'FAULT',
        random.pick([0x9200_0047n, 0x9200_0007n, 0x8200_0007n, 0x0200_0000n, 0xf200_0001n]),
        argument(shared),
      ]
    else if (kind === 4) step = ['NOTHING', 0]
    else {
      const name = random.pick(names)
      step = [name, ...[0, 1, 2, 3, 4, 5].map(() => argument(shared))]
    }
    const results = yield step
    if (results[0]! <= 0n) continue
    if (shared.seen.length < 64) shared.seen.push(results[0]!)
    else shared.seen[random.below(64)] = results[0]!
  }
}

/** What a run of the fuzzer found at its end, for comparison with its start. */
export interface Totals {
  readonly free: number
  readonly endpoints: number
  readonly sessions: number
  readonly shms: number
  readonly pipes: number
}

export function totalsOf(kernel: TestKernel): Totals {
  return {
    free: kernel.count('freeFrames'),
    endpoints: kernel.count('endpointCount'),
    sessions: kernel.count('sessionCount'),
    shms: kernel.count('shmCount'),
    pipes: kernel.count('pipeCount'),
  }
}

/** Makes random system calls; throws when the kernel breaks a rule. */
export async function fuzzKernel(
  seed: number,
  calls: number,
): Promise<{ before: Totals; after: Totals; log: string }> {
  const shared: Shared = { random: new Random(seed), calls, seen: [], spawned: 1 }
  let before: Totals | undefined
  let after: Totals | undefined
  let kernel: TestKernel
  const first: Program = function* (user) {
    // The stack and the pages of scratch are touched, so that they count on both sides.
    user.setWords(ELF_AT, [0])
    user.setWords(BLOCK_AT, [0])
    user.setWords(DATA, [0])
    yield ['YIELD']
    before = totalsOf(kernel)
    const tasks: bigint[] = []
    while (shared.calls > 0) {
      if (tasks.length < MOST_TASKS) {
        shared.spawned++
        user.write(ELF_AT, elfFor(1))
        const [endpoint] = yield ['ENDPOINT_CREATE']
        const [device] = yield [
          'DEVICE_CREATE',
          63,
          0x0a00_0000 + shared.random.below(8) * 0x200,
          0x200,
          48 + shared.random.below(8),
          1,
        ]
        user.setWords(ENTRIES_AT, [
          59n | (endpoint! << 32n),
          511n,
          64n | (endpoint! << 32n),
          511n,
          65n | (device! << 32n),
          511n,
        ])
        user.setWords(BLOCK_AT, [
          0,
          0,
          0,
          0,
          ENTRIES_AT,
          device! < 0n ? 2 : 3,
          -1n,
          shared.random.below(4),
          1500,
          0,
          0,
          0,
          0,
        ])
        const [task] = yield ['SPAWN', ELF_AT, 192, BLOCK_AT]
        if (task! >= 0n) tasks.push(task!)
        yield ['CLOSE', endpoint!]
        if (device! >= 0n) yield ['CLOSE', device!]
      }
      yield ['NANOSLEEP', 1000]
      yield ['WAIT', -1, 1]
      if (shared.random.below(4) === 0 && tasks.length > 0) {
        const [victim] = tasks.splice(shared.random.below(tasks.length), 1)
        yield ['KILL', victim!, 9]
        yield ['CLOSE', victim!]
      }
    }
    // End all that is left, the children of children included.
    for (let round = 0; round < 20; round++) {
      const [, , , count] = yield ['SYSINFO', 0]
      if (count === 1n) break
      for (let pid = 2; pid < 2 + shared.spawned; pid++) {
        const [task] = yield ['TASK_OPEN', 63, pid]
        if (task! < 0n) continue
        yield ['KILL', task!, 9]
        yield ['WAIT', task!]
        yield ['CLOSE', task!]
      }
    }
    for (let slot = 64; slot < 256; slot++) yield ['CLOSE', slot]
    // DMA memory waits for the reset of its device.
    for (let i = 0; i < 8; i++) {
      for (let interrupt = 48; interrupt < 56; interrupt++) {
        const [device] = yield ['DEVICE_CREATE', 63, 0x0a00_0000 + i * 0x200, 0x200, interrupt, 1]
        if (device! < 0n) continue
        yield ['DEVICE_RESET_DONE', device!]
        yield ['CLOSE', device!]
      }
    }
    yield ['YIELD']
    after = totalsOf(kernel)
    return 0
  }
  const other: Program = (user) => randomCalls(user, shared, 200)
  kernel = await TestKernel.boot([first, other], { memory: 32 << 20 })
  for (let i = 0; i < 100_000; i++) {
    const state = kernel.run(40)
    if (shared.calls > 0 || after) checkKernel(kernel)
    if (state !== 'running' || after) break
  }
  if (!before || !after) throw new Error(`Seed ${seed}: the first task never came to its end`)
  return { before, after, log: kernel.log }
}

if (import.meta.main) {
  const seed = Number(process.argv[2] ?? 1)
  const calls = Number(process.argv[3] ?? 5000)
  const { before, after } = await fuzzKernel(seed, calls)
  process.stdout.write(`seed ${seed}: ${JSON.stringify(before)} ${JSON.stringify(after)}\n`)
}
