import { describe, expect, test } from 'bun:test'
import { GuestClock } from './guest-clock.ts'

/** Time as the core counts it. */
class FakeCore {
  count = 0
  private base = 0
  private from = 0
  rate = 1
  get timeNs(): number {
    return this.base + Math.floor((this.count - this.from) * this.rate)
  }
  setTime(ns: number, count: number, nsPerInsn: number): void {
    this.base = Math.round(ns)
    this.from = count
    this.rate = nsPerInsn
  }
}

function make(realtime: boolean, nsPerInsn = 8) {
  const core = new FakeCore()
  const host = { ms: 1000 }
  const steered: number[] = []
  const clock = new GuestClock(
    core,
    realtime,
    nsPerInsn,
    (count) => steered.push(count),
    () => host.ms,
  )
  clock.start()
  return { core, host, steered, clock }
}

describe('GuestClock', () => {
  test('in virtual mode time is instructions, whatever the host does', () => {
    const { core, host, steered, clock } = make(false)
    core.count = 1000
    host.ms += 5000
    clock.steer()
    expect(clock.nowNs).toBe(8000)
    expect(steered).toEqual([])
  })

  test('says after how many instructions a time is reached, at least one', () => {
    const { core, clock } = make(false)
    core.count = 10
    expect(clock.instructionsUntil(160)).toBe(10)
    expect(clock.instructionsUntil(161)).toBe(11)
    expect(clock.instructionsUntil(0)).toBe(1)
    expect(clock.instructionsUntil(Infinity)).toBe(Infinity)
  })

  test('jumps forward only', () => {
    const { core, clock } = make(false)
    core.count = 100
    clock.jumpTo(5000)
    expect(clock.nowNs).toBe(5000)
    clock.jumpTo(10)
    expect(clock.nowNs).toBe(5000)
  })

  test('in realtime mode guest time follows the host, at any speed of instructions', () => {
    for (const perMs of [10_000, 125_000, 400_000]) {
      const { core, host, steered, clock } = make(true)
      let before = clock.nowNs
      for (let n = 0; n < 200; n++) {
        core.count += 5 * perMs
        host.ms += 5
        clock.steer()
        expect(clock.nowNs).toBeGreaterThanOrEqual(before)
        before = clock.nowNs
      }
      expect(Math.abs(clock.nowNs - 1000e6)).toBeLessThan(20e6)
      expect(steered.length).toBe(200)
    }
  })

  test('a host that stood still is caught up with at once', () => {
    const { core, host, clock } = make(true)
    core.count += 1000
    host.ms += 3000
    clock.steer()
    expect(Math.abs(clock.nowNs - 3000e6)).toBeLessThan(1e6)
  })

  test('no time passes for a machine that does not run', () => {
    const { core, host, clock } = make(true)
    core.count += 1000
    const now = clock.nowNs
    host.ms += 60_000
    clock.start()
    expect(clock.nowNs).toBe(now)
    expect(clock.wantedNs).toBe(now)
    expect(clock.msUntil(now + 5e6)).toBe(5)
  })
})
