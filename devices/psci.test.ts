import { describe, expect, test } from 'bun:test'
import { type PsciMachine, psciCall } from './psci.ts'

const INVALID = -2n
const NOT_SUPPORTED = -1n

function make(cpus = 2) {
  const x = Array.from({ length: cpus }, () => new BigUint64Array(4))
  const off = new Set([...Array(cpus).keys()].slice(1))
  const log: string[] = []
  const machine: PsciMachine = {
    cpus,
    getX: (cpu, n) => x[cpu]![n]!,
    setX: (cpu, n, value) => {
      x[cpu]![n] = value
    },
    isOff: (cpu) => off.has(cpu),
    cpuOn: (cpu, entry, context) => {
      off.delete(cpu)
      log.push(`on ${cpu} ${entry.toString(16)} ${context}`)
    },
    cpuOff: (cpu) => {
      off.add(cpu)
      log.push(`off ${cpu}`)
    },
    systemOff: () => log.push('system off'),
    systemReset: () => log.push('system reset'),
  }
  /** Calls as a guest does. Returns x0, signed. */
  const call = (...values: (number | bigint)[]) => {
    for (const [n, value] of values.entries()) x[0]![n] = BigInt(value)
    psciCall(machine, 0)
    return BigInt.asIntN(64, x[0]![0]!)
  }
  return { call, log }
}

describe('PSCI', () => {
  test('says its version and what it supports', () => {
    const { call } = make()
    expect(call(0x8400_0000)).toBe(0x1_0001n)
    expect(call(0x8400_0006)).toBe(2n)
    expect(call(0x8400_000a, 0xc400_0003)).toBe(0n)
    expect(call(0x8400_000a, 0x8400_0012)).toBe(NOT_SUPPORTED)
  })

  test('starts a CPU once', () => {
    const { call, log } = make()
    expect(call(0xc400_0003, 1, 0x4000_0000_0000n, 7)).toBe(0n)
    expect(log).toEqual(['on 1 400000000000 7'])
    expect(call(0xc400_0003, 1, 0x4000_0000, 7)).toBe(-4n)
  })

  test('arguments of 32-bit functions have 32 bits', () => {
    const { call, log } = make()
    expect(call(0x8400_0003, 0xffff_ffff_0000_0001n, 0x1_4000_0000n, 2n ** 40n + 3n)).toBe(0n)
    expect(log).toEqual(['on 1 40000000 3'])
  })

  test.each([
    ['a CPU that does not exist', 2, 0x1000],
    ['another cluster', 0x100, 0x1000],
    ['an affinity beyond 32 bits', 2n ** 32n, 0x1000],
    ['an entry that is not aligned', 1, 0x1002],
  ])('refuses to start %s', (_, target, entry) => {
    const { call, log } = make()
    expect(call(0xc400_0003, target, entry, 0)).toBe(INVALID)
    expect(log).toEqual([])
  })

  test('tells which CPUs are on', () => {
    const { call } = make()
    expect(call(0xc400_0004, 0, 0)).toBe(0n)
    expect(call(0xc400_0004, 1, 0)).toBe(1n)
    expect(call(0xc400_0004, 1, 1)).toBe(0n)
    expect(call(0xc400_0004, 1, 9)).toBe(INVALID)
    expect(call(0xc400_0004, 7, 0)).toBe(INVALID)
  })

  test('switches CPU and system off, and resets', () => {
    const { call, log } = make()
    call(0x8400_0002)
    call(0x8400_0008)
    call(0x8400_0009)
    expect(log).toEqual(['off 0', 'system off', 'system reset'])
  })

  test.each([0, 0x8000_0000, 0x8400_0005, 0xc400_0012, 0xffff_ffff])(
    'does not know function 0x%p',
    (fn) => {
      expect(make().call(fn)).toBe(NOT_SUPPORTED)
    },
  )

  test('ignores the upper half of x0', () => {
    expect(make().call(0xdead_beef_8400_0000n)).toBe(0x1_0001n)
  })
})
