/** A device whose only way to be wrong is in its rings, for tests of virtqueues. */
import { type Desc, Driver, type DriverQueue, FakeHost, RAM_PA } from './driver.fixture.ts'
import { VirtioRng } from './rng.ts'

/** The first address behind memory. */
export const RAM_END = RAM_PA + 0x40_0000

export interface Bench {
  host: FakeHost
  driver: Driver
  queue: DriverQueue
  /** Writes an indirect table; returns its address. */
  table(entries: readonly Desc[]): number
}

/** An entropy device: any writable chain is right for it, so only the rings can be wrong. */
export function bench(features = 0n, size = 8): Bench {
  const host = new FakeHost()
  const driver = new Driver(host, new VirtioRng(host))
  driver.begin(features)
  const queue = driver.queue(0, size)
  driver.go()
  const table = (entries: readonly Desc[]) => {
    const pa = driver.allocate(entries.length * 16, 16)
    for (const [index, entry] of entries.entries()) queue.setDesc(index, entry, pa)
    return pa
  }
  return { host, driver, queue, table }
}

/** Memory for a buffer. */
export const room = { pa: RAM_PA + 0x8_0000, bytes: 64 }
