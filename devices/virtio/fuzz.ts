/**
 * A fuzzer for virtio devices: a driver that mixes what drivers do with what none may do, from a seed.
 *
 *     bun devices/virtio/fuzz.ts [--seconds 60] [--seed N]
 *
 * What must hold, whatever a driver does: nothing is thrown, all work ends, an entry in a used ring means that its chain
 * was taken, a device in need of a reset works after one, and a copy restored from a snapshot goes on as the original.
 * A failure names its seed.
 */
import { isDeepStrictEqual } from 'node:util'
import { MemoryStorage } from '../disk/memory.fixture.ts'
import { RawDisk } from '../disk/raw.ts'
import type { NetPort } from '../net/port.ts'
import { StateReader } from '../state.ts'
import { VirtioBlk } from './blk.ts'
import { VirtioConsole } from './console.ts'
import type { VirtioDevice } from './device.ts'
import {
  Driver,
  type DriverQueue,
  FakeHost,
  INDIRECT,
  NEXT,
  RAM_PA,
  WRITE,
} from './driver.fixture.ts'
import { VirtioNet } from './net.ts'
import { VirtioRng } from './rng.ts'

const RAM_BYTES = 0x4_0000
const SECTORS = 32

/** What a run of the fuzzer did, to see that it reaches what it should. */
export interface FuzzReport {
  steps: number
  used: number
  resets: number
  restores: number
  /** How often each reason for a reset came up. */
  reasons: Map<string, number>
}

/** A generator of numbers below a limit (mulberry32). */
type Random = (limit: number) => number

function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b_79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

interface Machine {
  readonly host: FakeHost
  readonly driver: Driver
  readonly queues: DriverQueue[]
  readonly disk: MemoryStorage
}

const KINDS = ['blk', 'blk-readonly', 'net', 'console', 'rng'] as const
type Kind = (typeof KINDS)[number]

function makeDevice(kind: Kind, host: FakeHost, disk: MemoryStorage): VirtioDevice {
  const port: NetPort = {
    counters: { sent: 0, received: 0, dropped: 0 },
    onFrame: undefined,
    send() {},
    close() {},
  }
  switch (kind) {
    case 'blk':
    case 'blk-readonly':
      return new VirtioBlk(host, new RawDisk(disk, kind === 'blk-readonly'), { serial: 'fuzz' })
    case 'net':
      return new VirtioNet(host, { name: 'in', mac: Uint8Array.of(2, 0, 0, 0, 0, 1), port })
    case 'console':
      return new VirtioConsole(host, { name: 'in', output() {} })
    case 'rng':
      return new VirtioRng(host)
  }
}

function makeMachine(kind: Kind, disk: MemoryStorage): Machine {
  const host = new FakeHost(RAM_BYTES)
  return { host, driver: new Driver(host, makeDevice(kind, host, disk)), queues: [], disk }
}

/** Fuzzes one device for `steps` steps. Throws if anything does not hold. */
function fuzzDevice(seed: number, steps: number, report: FuzzReport): void {
  const random = randomFrom(seed)
  const kind = KINDS[random(KINDS.length)]!
  let machine = makeMachine(kind, new MemoryStorage(new Uint8Array(SECTORS * 512).fill(0x11)))
  begin(machine, random)
  for (let step = 0; step < steps; step++) {
    report.steps += 1
    stepOnce(machine, kind, random)
    for (const queue of machine.queues) while (queue.takeUsed()) report.used += 1
    const reason = machine.driver.slot.brokenReason
    if (reason !== undefined) {
      const general = reason.replaceAll(/0x[0-9a-f]+|\d+/g, 'N')
      report.reasons.set(general, (report.reasons.get(general) ?? 0) + 1)
    }
    if (reason !== undefined || random(200) === 0) {
      report.resets += 1
      proveAlive(kind, machine)
      begin(machine, random)
    }
    if (random(100) === 0) {
      report.restores += 1
      machine = restored(machine, kind, random)
    }
    if (kind === 'blk-readonly' && machine.disk.content.some((byte) => byte !== 0x11)) {
      throw new Error('A read-only disk was written')
    }
  }
}

/** Resets the device and sets its queues up, mostly right. */
function begin(machine: Machine, random: Random): void {
  const { driver, host } = machine
  host.memory.ram.fill(0)
  driver.forgetAllocations()
  driver.begin(random(2) ? 0xffff_ffffn : BigInt(random(2 ** 32)))
  machine.queues.length = 0
  const count = driver.slot.queues.length
  for (let index = 0; index < count; index++) {
    machine.queues.push(driver.queue(index, 2 ** (1 + random(3))))
  }
  if (random(20) > 0) driver.go()
}

function stepOnce(machine: Machine, kind: Kind, random: Random): void {
  const { driver, host, queues } = machine
  const queue = queues[random(queues.length)]!
  switch (random(12)) {
    case 0:
      // Any register, any value.
      driver.write(random(0x80) * 4, randomValue(random))
      driver.read(random(0x80) * 4)
      break
    case 1:
      driver.write(0x100 + random(0x100), random(256), 1)
      driver.read(0x100 + random(0x80) * 2, 2)
      break
    case 2:
      // A byte of the rings or of what they point to.
      host.memory.ram[random(2) ? random(0x1400) : random(RAM_BYTES)] = random(256)
      break
    case 3:
      queue.setAvailIndex(random(4) ? queue.availIndex + 1 : random(65_536))
      break
    case 4:
      host.inputs.get('in')?.(new Uint8Array(random(3) ? random(2000) : random(80_000)))
      break
    case 5:
      host.advance(random(200_000))
      break
    case 6:
      host.settle()
      break
    case 7:
      driver.acknowledge()
      break
    default:
      writeChain(machine, queue, kind, random)
      if (random(3) > 0) queue.notify()
  }
}

function randomValue(random: Random): number {
  switch (random(5)) {
    case 0:
      return random(16)
    case 1:
      return RAM_PA + random(RAM_BYTES)
    case 2:
      return 2 ** random(32)
    case 3:
      return 0xffff_ffff - random(16)
    default:
      return random(2 ** 32)
  }
}

/** A chain that is nearly right: each field is wrong once in a while. */
function writeChain(machine: Machine, queue: DriverQueue, kind: Kind, random: Random): void {
  const { host } = machine
  const wrong = () => random(60) === 0
  let table = queue.desc
  let entries = queue.size
  const first = random(queue.size)
  let head = first
  if (random(4) === 0) {
    table = RAM_PA + 0x8000 + random(64) * 16
    entries = 1 + random(6)
    queue.setDesc(first, {
      pa: wrong() ? randomValue(random) : table,
      bytes: wrong() ? randomValue(random) : entries * 16,
      flags: INDIRECT | (wrong() ? random(8) : 0),
      next: random(queue.size),
    })
    head = 0
  }
  const length = wrong() ? entries + 1 : 1 + random(Math.min(entries, 4))
  const writableFrom = kind === 'rng' ? 0 : random(length + 1)
  for (let i = 0; i < length; i++) {
    const index = (head + i) % entries
    const pa = RAM_PA + 0x1_0000 + random(0x2_0000)
    const header = i === 0 && kind.startsWith('blk')
    if (header) writeHeader(host, pa, random)
    const last = i === length - 1
    queue.setDesc(
      index,
      {
        pa: wrong() ? BigInt(randomValue(random)) << BigInt(random(33)) : pa,
        bytes: wrong()
          ? randomValue(random)
          : header
            ? 16
            : [1, 512, 513, 12, random(3000)][random(5)]!,
        flags: wrong() ? random(65_536) : (i >= writableFrom ? WRITE : 0) | (last ? 0 : NEXT),
        next: wrong() ? random(65_536) : (head + i + 1) % entries,
      },
      table,
    )
  }
  queue.offer(wrong() ? random(65_536) : first)
}

/** A block request's header. */
function writeHeader(host: FakeHost, pa: number, random: Random): void {
  const at = pa - RAM_PA
  host.memory.view.setUint32(at, [0, 1, 4, 8, 11, 13, random(2 ** 32)][random(7)]!, true)
  const sector = random(8) ? random(SECTORS + 1) : randomValue(random)
  host.memory.view.setBigUint64(at + 8, BigInt(sector) << BigInt(random(8) ? 0 : random(32)), true)
}

/** After a reset the device does what a driver asks of it. */
function proveAlive(kind: Kind, { driver, host }: Machine): void {
  driver.forgetAllocations()
  driver.begin()
  if (driver.status !== 11) throw new Error(`After a reset the status is ${driver.status}`)
  const index = kind === 'console' || kind === 'net' ? 1 : 0
  const queue = driver.queue(index, 4)
  queue.setAvailIndex(0)
  host.memory.ram.fill(0, queue.used - RAM_PA, queue.used - RAM_PA + 6)
  driver.go()
  if (kind === 'rng') queue.add([32])
  else if (kind === 'blk' || kind === 'blk-readonly') queue.add([new Uint8Array(16), 512, 1])
  else queue.add([new Uint8Array(100)])
  queue.notify()
  host.settle()
  if (!queue.takeUsed()) {
    throw new Error(
      `After a reset a request was not served: ${driver.slot.brokenReason ?? 'no reason'}`,
    )
  }
}

/** A copy made from the machine's saved state, after checking that both go on alike. */
function restored(machine: Machine, kind: Kind, random: Random): Machine {
  const disk = new MemoryStorage(machine.disk.content.slice())
  const copy = makeMachine(kind, disk)
  copy.host.memory.ram.set(machine.host.memory.ram)
  copy.host.clock.nowNs = machine.host.clock.nowNs
  copy.host.events.restore(new StateReader(machine.host.events.save(), 'events'))
  copy.driver.slot.restore(new StateReader(machine.driver.slot.save(), 'slot'))
  const ns = random(300_000)
  for (const { host } of [machine, copy]) host.advance(ns)
  const [before, after] = [machine, copy].map(({ host, driver, disk: { content } }) => ({
    ram: host.memory.ram,
    slot: driver.slot.save(),
    events: host.events.save(),
    content,
  }))
  if (!isDeepStrictEqual(before, after)) throw new Error('A restored device goes on differently')
  copy.driver.adopt(machine.driver)
  for (const queue of machine.queues) copy.queues.push(queue.of(copy.driver))
  return copy
}

/** Fuzzes devices made from `seed` and the seeds after it. Throws with the seed of the one that failed. */
export function fuzz(seed: number, devices: number, steps: number, report: FuzzReport): void {
  for (let index = 0; index < devices; index++) {
    try {
      fuzzDevice(seed + index, steps, report)
    } catch (error) {
      throw new Error(`The virtio fuzzer failed with seed ${seed + index}`, { cause: error })
    }
  }
}

export function newReport(): FuzzReport {
  return { steps: 0, used: 0, resets: 0, restores: 0, reasons: new Map() }
}

if (import.meta.main) {
  const option = (name: string, fallback: number) => {
    const at = process.argv.indexOf(name)
    return at < 0 ? fallback : Number(process.argv[at + 1])
  }
  const end = performance.now() + option('--seconds', 60) * 1000
  const report = newReport()
  let seed = option('--seed', Math.floor(Math.random() * 2 ** 31))
  console.log(`Fuzzing virtio devices from seed ${seed}`)
  for (; performance.now() < end; seed += 10) fuzz(seed, 10, 500, report)
  const { steps, used, resets, restores, reasons } = report
  console.log(
    `${steps} steps, ${used} buffers used, ${resets} resets, ${restores} restores; next seed ${seed}`,
  )
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]))
    console.log(`${count}\t${reason}`)
}
