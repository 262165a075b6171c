/**
 * Kenix programs. The system calls they make here, 64 and 93 (write and exit), are Linux's, too, so they run under
 * qemu-user; growth of memory needs the kernel.
 */

import { describe, expect, test } from 'bun:test'
import { need } from '../../../test/tools/debian.ts'
import { stripElf } from '../object/elf.ts'
import { access, type Code, constant, local, ModuleBuilder, op } from '../testing/builder.ts'
import { runProgram } from '../testing/differential.ts'
import type { ValueType } from '../wasm/module.ts'
import { kenixProgram, MEMORY_BASE, TEXT } from './program.ts'

const qemu = need('qemu-user-static')
const calls = { exit: 93, brk: 214 }
const i32 = (value: number) => constant('i32', BigInt(value))
const i64 = (value: number) => constant('i64', BigInt(value))

interface Parts {
  readonly text?: string
  readonly main: (write: Code, builder: ModuleBuilder) => Code
  readonly prepare?: (builder: ModuleBuilder) => void
}

/** A program whose `main` may write its data, `text`, to standard output. */
function program({ text = 'hello\n', main, prepare }: Parts): Uint8Array {
  const builder = new ModuleBuilder()
  builder.memory = { min: 2, max: 4 }
  const types: ValueType[] = ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64']
  const call = builder.import('svc', 'call', types, ['i64'])
  builder.data(MEMORY_BASE, [...new TextEncoder().encode(text)])
  prepare?.(builder)
  const rest = [i64(0), i64(0), i64(0)]
  const write = [i64(64), i64(1), i64(MEMORY_BASE), i64(text.length), ...rest, [0x10, call, 0x1a]]
  builder.export('main', builder.func([], ['i32'], ['i32'], ...main(write, builder)))
  return kenixProgram(builder.bytes(), { calls })
}

describe('kenixProgram()', () => {
  test.skipIf(!qemu)('starts, calls the system and exits with what main gives', () => {
    const ran = runProgram(program({ main: (write) => [...write, i32(7)] }), [])
    expect(ran).toEqual({ output: 'hello\n', exitCode: 7 })
  })

  test.skipIf(!qemu)('runs the start function and the export kenixStart before main', () => {
    const bytes = program({
      text: '??\n',
      prepare: (builder) => {
        builder.start = builder.func([], [], [], i32(MEMORY_BASE), i32(65), access('i32.store8'))
        const begin = builder.func(
          ['i64'],
          [],
          [],
          i32(MEMORY_BASE + 1),
          i32(66),
          access('i32.store8'),
        )
        builder.export('kenixStart', begin)
      },
      main: (write) => [...write, i32(0)],
    })
    expect(runProgram(bytes, []).output).toBe('AB\n')
  })

  test.skipIf(!qemu)('runs without its sections as well', () => {
    const whole = program({ main: (write) => [...write, i32(7)] })
    const stripped = stripElf(whole)
    expect(stripped.length).toBeLessThan(whole.length)
    expect(runProgram(stripped, [])).toEqual({ output: 'hello\n', exitCode: 7 })
  })

  test.skipIf(!qemu)('gives the exit code to kenixExit, and keeps it', () => {
    const bytes = program({
      prepare: (builder) => {
        const code = [i32(MEMORY_BASE), local.get(0), access('i32.store8')]
        builder.export('kenixExit', builder.func(['i32'], [], [], ...code, i32(99), [0x1a]))
      },
      main: () => [i32(12)],
    })
    expect(runProgram(bytes, []).exitCode).toBe(12)
  })

  test.skipIf(!qemu)('fills and copies memory, and keeps to its bounds', () => {
    const bytes = program({
      main: (write) => [
        [...i32(MEMORY_BASE), ...i32(45), ...i32(4), 0xfc, 11, 0],
        [...i32(MEMORY_BASE + 2), ...i32(MEMORY_BASE + 4), ...i32(2), 0xfc, 10, 0, 0],
        ...write,
        [...i32(0x1fffe), ...i32(1), ...i32(4), 0xfc, 11, 0],
        i32(0),
      ],
    })
    const { output, exitCode } = runProgram(bytes, [])
    expect(output).toBe('--o\no\n')
    expect(exitCode).not.toBe(0)
  })

  test.skipIf(!qemu)('calls through its table, which was filled before the start', () => {
    const bytes = program({
      prepare: (builder) => builder.element(builder.func([], ['i32'], [], i32(33))),
      main: (_, builder) => [i32(0), [0x11, builder.type([], ['i32']), 0]],
    })
    expect(runProgram(bytes, []).exitCode).toBe(33)
  })

  test('places code out of reach of any index, and maps nothing below 64 KiB', () => {
    const bytes = program({ main: (write) => [...write, i32(0)] })
    const view = new DataView(bytes.buffer)
    const count = view.getUint16(56, true)
    const segments = Array.from({ length: count }, (_, i) => ({
      type: view.getUint32(64 + 56 * i, true),
      flags: view.getUint32(68 + 56 * i, true),
      address: view.getBigUint64(80 + 56 * i, true),
      size: view.getBigUint64(104 + 56 * i, true),
    }))
    const loaded = segments.filter(({ type }) => type === 1)
    expect(loaded[0]).toMatchObject({ flags: 6, address: BigInt(MEMORY_BASE), size: 0x10000n })
    for (const { address } of loaded.slice(1)) expect(address).toBeGreaterThanOrEqual(TEXT)
    for (const { flags } of loaded) expect(flags & 3).not.toBe(3)
    expect(view.getBigUint64(24, true)).toBeGreaterThan(TEXT)
  })

  test('refuses data below 64 KiB', () => {
    const prepare = (builder: ModuleBuilder) => builder.data(1024, [1])
    expect(() => program({ prepare, main: () => [i32(0)] })).toThrow('use asc --memoryBase 65536')
  })

  test('refuses data behind the end of memory', () => {
    const prepare = (builder: ModuleBuilder) => builder.data(0x1fffe, [1, 2, 3])
    expect(() => program({ prepare, main: () => [i32(0)] })).toThrow('memory ends at 131072')
  })

  test('refuses a module without main, and a main that takes arguments', () => {
    const builder = new ModuleBuilder()
    builder.export('other', builder.func([], [], []))
    expect(() => kenixProgram(builder.bytes(), { calls })).toThrow('it must export "main(): i32"')
    builder.export('main', builder.func(['i32'], ['i32'], [], local.get(0), op('i32.eqz')))
    expect(() => kenixProgram(builder.bytes(), { calls })).toThrow('its type must be [] -> [i32]')
  })
})
