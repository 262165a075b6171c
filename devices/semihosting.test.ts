import { describe, expect, test } from 'bun:test'
import { type SemihostingMachine, semihostingCall } from './semihosting.ts'

const BASE = 0x1000

function make() {
  const memory = new Uint8Array(0x1000)
  const view = new DataView(memory.buffer)
  const x = new BigUint64Array(2)
  let output = ''
  const exits: number[] = []
  const machine: SemihostingMachine = {
    getX: (_, n) => x[n]!,
    setX: (_, n, value) => {
      x[n] = value
    },
    readVirtual: (_, address, bytes) => {
      const at = Number(address) - BASE
      if (at < 0 || at + bytes > memory.length) return undefined
      return memory.slice(at, at + bytes)
    },
    writeConsole: (byte) => {
      output += String.fromCharCode(byte)
    },
    exit: (status) => exits.push(status),
  }
  const call = (operation: number, parameter: number | bigint) => {
    x[0] = BigInt(operation)
    x[1] = BigInt(parameter)
    semihostingCall(machine, 0)
    return Number(BigInt.asIntN(64, x[0]!))
  }
  const words = (at: number, ...values: number[]) => {
    for (const [n, value] of values.entries()) view.setBigUint64(at + n * 8, BigInt(value), true)
    return BASE + at
  }
  const put = (at: number, text: string) => {
    memory.set(new TextEncoder().encode(text), at)
    return BASE + at
  }
  return { call, words, put, memory, exits, output: () => output }
}

describe('semihosting', () => {
  test('writes a character, a string, and a buffer', () => {
    const { call, put, words, output } = make()
    call(3, put(0, 'a'))
    call(4, put(0, 'bcd\0'))
    expect(call(5, words(0x100, 1, put(0, 'efgh'), 3))).toBe(0)
    expect(output()).toBe('abcdefg')
  })

  test('opens the console, and nothing else', () => {
    const { call, put, words } = make()
    expect(call(1, words(0x100, put(0, ':tt\0'), 4, 3))).toBe(1)
    expect(call(1, words(0x100, put(0, '/etc/passwd\0'), 0, 11))).toBe(-1)
    expect(call(9, words(0x100, 1))).toBe(1)
    expect(call(2, words(0x100, 1))).toBe(0)
  })

  test('ends the machine with the status of the application', () => {
    const { call, words, exits } = make()
    call(0x18, words(0, 0x20026, 42))
    call(0x20, words(0, 0x20026, 0))
    call(0x18, words(0, 0x20023, 0))
    expect(exits).toEqual([42, 0, 1])
  })

  test.each([
    ['an unknown operation', 0x15, BASE],
    ['a text outside of memory', 4, 0],
    ['a block outside of memory', 5, 2n ** 63n],
    ['a text without end', 4, BASE],
  ])('refuses %s', (_, operation, parameter) => {
    const { call, memory } = make()
    memory.fill(0x41)
    expect(call(operation, parameter)).toBe(-1)
  })

  test('writes at most 64 KiB a call and says what is left', () => {
    const { call, words } = make()
    expect(call(5, words(0, 1, BASE, 0x2000))).toBe(0x2000)
    expect(call(5, words(0, 7, BASE, 1))).toBe(-1)
  })
})
