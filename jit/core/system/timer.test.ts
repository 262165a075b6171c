/**
 * The generic timers: time from the instruction count, outputs, the next event, access control, the event stream. Arm ARM
 * D11.
 */
import { describe, expect, test } from 'bun:test'
import { encode, L, S, System } from './testing.ts'

const CNTVCT = encode(3, 3, 14, 0, 2)
const CNTPCT = encode(3, 3, 14, 0, 1)
const CNTKCTL = encode(3, 0, 14, 1, 0)
const CNTHCTL = encode(3, 4, 14, 1, 0)
const CNTVOFF = encode(3, 4, 14, 0, 3)
const V = {
  tval: encode(3, 3, 14, 3, 0),
  ctl: encode(3, 3, 14, 3, 1),
  cval: encode(3, 3, 14, 3, 2),
}
const P = {
  tval: encode(3, 3, 14, 2, 0),
  ctl: encode(3, 3, 14, 2, 1),
  cval: encode(3, 3, 14, 2, 2),
}
const HP = { ctl: encode(3, 4, 14, 2, 1), cval: encode(3, 4, 14, 2, 2) }

const NEVER = 0xffff_ffff_ffff_ffffn

const next = (system: System) => BigInt.asUintN(64, system.raw['nextTimerEvent']!() as bigint)
const levels = (system: System) => system.calls.map(({ which, value }) => [which, value])

describe('time', () => {
  test('is 8 ns an instruction, 16 ns a tick, at the default rates', () => {
    const system = new System('cortex-a57')
    system.setCount(1_000_001n)
    expect(system.raw['guestTimeNs']!()).toBe(8_000_008n)
    expect(system.mrs(CNTVCT)).toBe(500_000n)
  })

  test('is exact for any rate and frequency', () => {
    const system = new System('cortex-a57')
    for (const hz of [1_000_000, 19_200_000, 24_000_000, 54_000_000, 62_500_000, 1_000_000_000]) {
      for (const [rate, base, count] of [
        [8n << 32n, 0n, 123_456_789_012n],
        [(5n << 32n) | 0x1234_5678n, 987_654_321_987n, 1n << 45n],
        [0x8000_0001n, 3n, 0xffff_ffff_ffn],
      ] as const) {
        system.mach(L.MACH_CNTFRQ, hz)
        system.view.setBigUint64(L.MACH_BASE + L.MACH_TIME_RATE, rate, true)
        system.view.setBigUint64(L.MACH_BASE + L.MACH_TIME_BASE, base, true)
        system.view.setBigUint64(L.MACH_BASE + L.MACH_TIME_COUNT, 77n, true)
        system.setCount(count)
        const ns = base + (((count - 77n) * rate) >> 32n)
        expect(system.raw['guestTimeNs']!()).toBe(ns)
        expect(system.mrs(CNTPCT)).toBe((ns * BigInt(hz)) / 1_000_000_000n)
      }
    }
  })
})

describe('a timer', () => {
  test('drives its line when the count reaches CVAL, and says when that will be', () => {
    const system = new System('cortex-a57')
    system.msr(V.cval, 1000n)
    system.msr(V.ctl, 1n)
    expect(next(system)).toBe(16_000n)
    system.setCount(1999n)
    system.raw['timersDue']!()
    expect(system.mrs(V.ctl)).toBe(1n)
    expect(levels(system)).toEqual([])
    system.setCount(2000n)
    system.raw['timersDue']!()
    expect(system.mrs(V.ctl)).toBe(5n)
    expect(levels(system)).toEqual([[1, 1]])
    expect(next(system)).toBe(NEVER)
    system.raw['timersDue']!()
    expect(levels(system)).toHaveLength(1)
  })

  test('that is written lowers its line at once and asks for a new plan', () => {
    const system = new System('cortex-a57')
    system.setCount(10n)
    system.msr(P.ctl, 1n)
    expect(levels(system)).toEqual([[0, 1]])
    expect(system.view.getUint32(L.MACH_BASE + L.MACH_EXIT, true)).toBe(L.EXIT_PLAN)
    system.msr(P.cval, 1_000_000n)
    expect(levels(system)).toEqual([
      [0, 1],
      [0, 0],
    ])
  })

  test('masked or disabled drives nothing, and only the enabled one shows ISTATUS', () => {
    const system = new System('cortex-a57')
    system.setCount(100n)
    system.msr(V.ctl, 3n)
    expect(system.mrs(V.ctl)).toBe(7n)
    system.msr(P.ctl, 0n)
    expect(system.mrs(P.ctl)).toBe(0n)
    expect(levels(system)).toEqual([])
    expect(next(system)).toBe(NEVER)
  })

  test('TVAL is what is left, signed, and sets CVAL relative to now', () => {
    const system = new System('cortex-a57')
    system.setCount(2000n) // 1000 ticks
    system.msr(V.tval, 50n)
    expect(system.mrs(V.cval)).toBe(1050n)
    system.msr(V.tval, 0xffff_ffffn)
    expect(system.mrs(V.cval)).toBe(999n)
    expect(system.mrs(V.tval)).toBe(0xffff_ffffn)
  })

  test('with CVAL at the end of time never fires', () => {
    const system = new System('cortex-a57')
    system.msr(V.cval, NEVER)
    system.msr(V.ctl, 1n)
    expect(next(system)).toBe(NEVER)
  })

  test('of 54 MHz is due at the first nanosecond of its tick, not before', () => {
    const system = new System('cortex-a57')
    system.mach(L.MACH_CNTFRQ, 54_000_000)
    system.view.setBigUint64(L.MACH_BASE + L.MACH_TIME_RATE, 1n << 32n, true)
    system.msr(P.cval, 1001n)
    system.msr(P.ctl, 1n)
    const at = next(system)
    expect(at).toBe((1001n * 1_000_000_000n + 53_999_999n) / 54_000_000n)
    system.setCount(at - 1n)
    expect(system.mrs(P.ctl)).toBe(1n)
    system.setCount(at)
    expect(system.mrs(P.ctl)).toBe(5n)
  })

  test('the nearest of all vCPUs comes next', () => {
    const system = new System('cortex-a57', { cpus: 2 })
    system.msr(V.cval, 1000n)
    system.msr(V.ctl, 1n)
    system.cpu += L.CPU_STRIDE
    system.msr(P.cval, 500n)
    system.msr(P.ctl, 1n)
    expect(next(system)).toBe(8000n)
  })

  test('of EL2 has its own line', () => {
    const system = new System('cortex-a57', { el: 2, el2: true })
    system.msr(HP.ctl, 1n)
    expect(levels(system)).toEqual([[2, 1]])
  })

  test('virtual ones run behind by CNTVOFF', () => {
    const system = new System('cortex-a57', { el: 2, el2: true })
    system.setCount(2000n)
    system.msr(CNTVOFF, 400n)
    expect(system.mrs(CNTVCT)).toBe(600n)
    expect(system.mrs(CNTPCT)).toBe(1000n)
    system.msr(V.cval, 700n)
    system.msr(V.ctl, 1n)
    expect(next(system)).toBe(1100n * 16n)
  })

  test('a host at EL2 reads the virtual count without the offset', () => {
    const system = new System('cortex-a76', { el: 2, el2: true })
    system.setCount(2000n)
    system.msr(CNTVOFF, 400n)
    system.set(S.SYS_HCR_EL2, (1n << 34n) | (1n << 31n))
    expect(system.mrs(CNTVCT)).toBe(1000n)
    system.goTo(1)
    expect(system.mrs(CNTVCT)).toBe(600n)
  })
})

describe('access', () => {
  const user = (kctl: bigint) => {
    const system = new System('cortex-a57')
    system.msr(CNTKCTL, kctl)
    system.goTo(0)
    return system
  }

  test('of EL0 is granted by CNTKCTL_EL1', () => {
    for (const [enc, bit] of [
      [CNTPCT, 0n],
      [CNTVCT, 1n],
      [V.ctl, 8n],
      [P.ctl, 9n],
    ] as const) {
      const denied = user(0n)
      expect(denied.mrs(enc)).toBeUndefined()
      expect(denied.syndrome(1).ec).toBe(0x18)
      expect(user(1n << bit).mrs(enc)).toBeDefined()
    }
    expect(user(0n).mrs(encode(3, 3, 14, 0, 0))).toBeUndefined()
    expect(user(2n).mrs(encode(3, 3, 14, 0, 0))).toBeDefined()
  })

  test('of EL1 to the physical timer is granted by CNTHCTL_EL2', () => {
    const guest = (hctl: bigint, hcr = 0n) => {
      const system = new System('cortex-a76', { el: 2, el2: true })
      system.set(S.SYS_HCR_EL2, (1n << 31n) | hcr)
      system.msr(CNTHCTL, hctl)
      system.goTo(1)
      return system
    }
    expect(guest(0n).mrs(CNTPCT)).toBeUndefined()
    expect(guest(1n).mrs(CNTPCT)).toBeDefined()
    expect(guest(1n).mrs(P.ctl)).toBeUndefined()
    expect(guest(2n).mrs(P.ctl)).toBeDefined()
    expect(guest(0n).mrs(CNTVCT)).toBeDefined()
    const E2H = 1n << 34n
    expect(guest(3n, E2H).mrs(CNTPCT)).toBeUndefined()
    expect(guest(1n << 10n, E2H).mrs(CNTPCT)).toBeDefined()
    expect(guest(1n << 11n, E2H).mrs(P.ctl)).toBeDefined()
  })
})

describe('the event stream', () => {
  const EVNTEN = 1n << 2n

  test('wakes WFE at the next transition of its bit', () => {
    const system = new System('cortex-a57')
    system.msr(CNTKCTL, EVNTEN | (4n << 4n)) // bit 4 rises every 32 ticks, first at 16
    system.raw['timersDue']!()
    system.setField(L.CPU_WAIT, L.WAIT_WFE)
    expect(next(system)).toBe(16n * 16n)
    system.setCount(31n)
    system.raw['timersDue']!()
    expect(system.field(L.CPU_WAIT)).toBe(L.WAIT_WFE)
    system.setCount(32n)
    system.raw['timersDue']!()
    expect(system.field(L.CPU_WAIT)).toBe(L.WAIT_NONE)
    system.setField(L.CPU_WAIT, L.WAIT_WFE)
    expect(next(system)).toBe(48n * 16n)
  })

  test('falls with EVNTDIR, and plans nothing for a vCPU that does not wait', () => {
    const system = new System('cortex-a57')
    system.msr(CNTKCTL, EVNTEN | (1n << 3n) | (4n << 4n))
    expect(next(system)).toBe(NEVER)
    system.setField(L.CPU_WAIT, L.WAIT_WFE)
    expect(next(system)).toBe(32n * 16n)
  })
})
