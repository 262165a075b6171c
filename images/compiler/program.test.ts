/** Compiled programs as they are used: the command, arguments, results, and each trap with the specification's text. */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../test/tools/debian.ts'
import { main } from '../wasm2elf.ts'
import { linuxProgram } from './linux/program.ts'
import { access, type Code, constant, END, local, ModuleBuilder, op } from './testing/builder.ts'
import { runProgram } from './testing/differential.ts'
import type { ValueType } from './wasm/module.ts'

const qemu = need('qemu-user-static')

/** A module with identities of all types, traps, and state. */
function sample(): Uint8Array {
  const builder = new ModuleBuilder()
  const add = (name: string, params: ValueType[], results: ValueType[], ...code: Code) => {
    const index = builder.func(params, results, [], ...code)
    builder.export(name, index)
    return index
  }
  for (const type of ['i32', 'i64', 'f32', 'f64', 'v128', 'externref'] as const) {
    add(`same_${type}`, [type], [type], local.get(0))
  }
  const counter = builder.global('i32', 41n)
  add('count', [], ['i32'], [0x23, counter], constant('i32', 1n), op('i32.add'), [
    0x24,
    counter,
    0x23,
    counter,
  ])
  add('both', ['i32', 'i64'], ['i64', 'i32'], local.get(1), local.get(0))
  add('nothing', [], [])
  const many = Array.from({ length: 20 }, (): ValueType => 'i32')
  add('many', many, many, ...many.map((_, i) => local.get(19 - i)))
  add('divide', ['i32', 'i32'], ['i32'], local.get(0), local.get(1), op('i32.div_s'))
  add('truncate', ['f64'], ['i32'], local.get(0), op('i32.trunc_f64_s'))
  add('unreachable', [], [], [0])
  add('load', ['i32'], ['i32'], local.get(0), access('i32.load'))
  const before = add(
    'init',
    ['i32'],
    [],
    local.get(0),
    constant('i32', 0n),
    constant('i32', 9n),
    [0xfc, 11, 0],
  )
  const type = builder.type(['i32'], ['i32'])
  const deep = builder.func(
    ['i32'],
    ['i32'],
    [],
    local.get(0),
    [0x10, before + 1],
    constant('i32', 1n),
    op('i32.add'),
  )
  builder.export('deep', deep)
  builder.element(deep - 1)
  builder.element(0)
  add('indirect', ['i32'], ['i32'], constant('i32', 5n), local.get(0), [0x11, type, 0])
  add('get', ['i32'], ['funcref'], local.get(0), [0x25, 0])
  add('set', ['i32'], [], local.get(0), [0xd0, 0x70, 0x26, 0])
  add('fill', ['i32'], [], local.get(0), constant('i32', 1n), constant('i32', 100n), [0xfc, 11, 0])
  add(
    'loop',
    ['i32'],
    ['i32'],
    [0x03, 0x40],
    local.get(0),
    constant('i32', 1n),
    op('i32.sub'),
    local.tee(0),
    [0x0d, 0, END],
    local.get(0),
  )
  return builder.bytes()
}

describe.skipIf(!qemu)('a compiled program', () => {
  const program = linuxProgram(sample())
  const call = (...args: string[]) => runProgram(program, args)

  test.each<[string, string[], string]>([
    ['a negative number', ['same_i32', '-5'], '-5'],
    ['an unsigned number, written signed', ['same_i32', '4294967295'], '-1'],
    ['the least number of 64 bits', ['same_i64', '-9223372036854775808'], '-9223372036854775808'],
    ['the largest number of 64 bits', ['same_i64', '18446744073709551615'], '-1'],
    ['bits of an f32', ['same_f32', '0x7fa00001'], '0x7fa00001'],
    ['bits of an f64 without 0x', ['same_f64', '3FF0000000000000'], '0x3ff0000000000000'],
    [
      'a v128',
      ['same_v128', '0x0123456789abcdef00112233445566ff'],
      '0x0123456789abcdef00112233445566ff',
    ],
    ['a reference', ['same_externref', '7'], '7'],
    ['null', ['same_externref', 'null'], 'null'],
    ['two results, each on a line', ['both', '1', '2'], '2\n1'],
    ['a function of a table', ['get', '0'], 'function'],
    [
      'more values than registers',
      ['many', ...Array.from({ length: 20 }, (_, i) => `${i}`)],
      Array.from({ length: 20 }, (_, i) => 19 - i).join('\n'),
    ],
  ])('takes and gives %s', (_, args, expected) => {
    expect(call(...args)).toEqual({ output: `${expected}\n`, exitCode: 0 })
  })

  test('writes nothing for a function without results', () => {
    expect(call('nothing')).toEqual({ output: '', exitCode: 0 })
  })

  test.each<[string[], string]>([
    [['divide', '1', '0'], 'integer divide by zero'],
    [['divide', '-2147483648', '-1'], 'integer overflow'],
    [['truncate', '0x41e0000000000000'], 'integer overflow'],
    [['truncate', '0x7ff8000000000000'], 'invalid conversion to integer'],
    [['unreachable'], 'unreachable'],
    [['load', '65533'], 'out of bounds memory access'],
    [['load', '-1'], 'out of bounds memory access'],
    [['fill', '65500'], 'out of bounds memory access'],
    [['get', '100'], 'out of bounds table access'],
    [['set', '4294967295'], 'out of bounds table access'],
    [['indirect', '100'], 'undefined element'],
    [['indirect', '2'], 'uninitialized element'],
    [['indirect', '0'], 'indirect call type mismatch'],
    [['deep', '1'], 'call stack exhausted'],
  ])('%p traps: %s', (args, text) => {
    expect(call(...args)).toEqual({ output: `trap: ${text}\n`, exitCode: 134 })
  })

  test.each<[string[], string]>([
    [['nowhere'], 'no exported function'],
    [['same_i32'], 'another number of arguments'],
    [['same_i32', '1', '2'], 'another number of arguments'],
    [['same_i32', ''], 'no number of its type'],
    [['same_i32', '4294967296'], 'no number of its type'],
    [['same_i32', '-2147483649'], 'no number of its type'],
    [['same_i64', '18446744073709551616'], 'no number of its type'],
    [['same_i32', '0x10'], 'no number of its type'],
    [['same_f32', '100000000'], 'no number of its type'],
    [['same_f64', '0x'], 'no number of its type'],
    [['same_v128', '0x100000000000000000000000000000000'], 'no number of its type'],
  ])('refuses %p: %s', (args, text) => {
    const { output, exitCode } = call(...args)
    expect(output).toStartWith('error: ')
    expect(output).toContain(text)
    expect(exitCode).toBe(2)
  })

  test('asks for an export when it gets none', () => {
    expect(call()).toEqual({ output: '', exitCode: 2 })
  })

  test('keeps one instance for the calls of standard input, traps between them', () => {
    const input =
      'count\n\ndivide 1 0\n  count  \ndeep 1\ncount\nnowhere\nload 65536\nindirect 9\ncount'
    const { output, exitCode } = runProgram(program, ['-'], input)
    expect(output.split('\n')).toEqual([
      '42',
      'trap: integer divide by zero',
      '43',
      'trap: call stack exhausted',
      '44',
      'error: there is no exported function of that name',
      'trap: out of bounds memory access',
      'trap: undefined element',
      '45',
      '',
    ])
    expect(exitCode).toBe(0)
  })

  test('reads lines that come in pieces larger than its buffer', () => {
    const line = `same_i64 ${'0'.repeat(300)}12\n`
    const { output } = runProgram(program, ['-'], line.repeat(1000))
    expect(output).toBe('12\n'.repeat(1000))
  })
})

describe.skipIf(!qemu)('a program whose start traps', () => {
  test('says so before any call', () => {
    const builder = new ModuleBuilder()
    builder.start = builder.func([], [], [], [0])
    builder.export('start', 0)
    const program = linuxProgram(builder.bytes())
    const answer = { output: 'trap: unreachable\n', exitCode: 134 }
    expect(runProgram(program, ['start'])).toEqual(answer)
    expect(runProgram(program, ['-'], 'start\n')).toEqual(answer)
  })

  test('refuses data that do not fit memory', () => {
    const builder = new ModuleBuilder()
    builder.data(65535, [1, 2])
    builder.export('f', builder.func([], [], []))
    const answer = { output: 'trap: out of bounds memory access\n', exitCode: 134 }
    expect(runProgram(linuxProgram(builder.bytes()), ['f'])).toEqual(answer)
  })
})

describe('wasm2elf', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wasm2elf-test-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('writes an executable, with names for a disassembler', async () => {
    const [module, output] = [join(folder, 'm.wasm'), join(folder, 'out/m')]
    await Bun.write(module, sample())
    expect(await main([module, '-o', output])).toBe(0)
    const file = Bun.file(output)
    expect((await file.stat()).mode & 0o111).toBe(0o111)
    const bytes = Buffer.from(await file.arrayBuffer())
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('\x7fELF')
    expect(bytes.includes('same_v128\0')).toBe(true)
  })

  test.each<[string[], string]>([
    [[], 'module is not named'],
    [['a.wasm', '-o'], 'needs the name of a file'],
    [['a.wasm', 'b.wasm'], 'One module'],
    [['--fast', 'a.wasm'], 'no option "--fast"'],
    [['/nowhere/a.wasm'], 'there is no such file'],
  ])('refuses %p', (args, text) => {
    expect(main(args)).rejects.toThrow(text)
  })

  test('refuses what is no module', async () => {
    const module = join(folder, 'bad.wasm')
    await Bun.write(module, 'text')
    expect(main([module])).rejects.toThrow('This is no WebAssembly module')
  })
})
