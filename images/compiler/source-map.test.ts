/** Source maps and the line tables made from them, which GNU's tools read. */

import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../test/tools/debian.ts'
import { main } from '../wasm2elf.ts'
import { placeOf, readSourceMap } from './source-map.ts'
import { constant, local, ModuleBuilder, op } from './testing/builder.ts'

const map = (mappings: string, sources = ['main.ts', 'other.ts']) =>
  JSON.stringify({ version: 3, sources, names: [], mappings })

describe('readSourceMap()', () => {
  test('adds up the differences of columns, sources and lines', () => {
    // 30 0 4, then +5 +1 -2, then +2 alone, then +100 0 0
    const read = readSourceMap(map('8BAIA,KCFA,E,oGAAA'))
    expect(read.offsets).toEqual([30, 35, 137])
    expect(read.places).toEqual([
      { source: 0, line: 5 },
      { source: 1, line: 3 },
      { source: 1, line: 3 },
    ])
    expect(placeOf(read, 29)).toBeUndefined()
    expect(placeOf(read, 34)).toEqual({ source: 0, line: 5 })
    expect(placeOf(read, 1000)).toEqual({ source: 1, line: 3 })
  })

  test.each<[string, string]>([
    ['no map', '{}'],
    ['another version', '{"version":2,"sources":[],"mappings":""}'],
    ['a digit that is none', map('A!AA')],
    ['a source that is missing', map('AAAA', [])],
  ])('refuses %s', (_, text) => {
    expect(() => readSourceMap(text)).toThrow('Cannot read the source map')
  })
})

describe('wasm2elf with a source map', () => {
  test.skipIf(!need('binutils-aarch64-linux-gnu'))(
    'names the line of each instruction',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wasm2elf-lines-'))
      try {
        const builder = new ModuleBuilder()
        const code = [
          local.get(0),
          constant('i32', 3n),
          op('i32.mul'),
          constant('i32', 7n),
          op('i32.div_u'),
        ]
        builder.export('f', builder.func(['i32'], ['i32'], [], ...code))
        const module = builder.bytes()
        const url = new TextEncoder().encode('m.map')
        const name = new TextEncoder().encode('sourceMappingURL')
        const size = 2 + name.length + url.length
        const custom = [0, size, name.length, ...name, url.length, ...url]
        await Bun.write(join(folder, 'm.wasm'), Uint8Array.from([...module, ...custom]))
        const first = Buffer.from(module).indexOf(Buffer.from([0x20, 0, 0x41, 3, 0x6c]))
        // Line 10 from the first instruction on, line 12 from the second constant on.
        const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
        const column = digits[((first * 2) & 31) | 32]! + digits[(first * 2) >> 5]!
        await Bun.write(join(folder, 'm.map'), map(`${column}ASA,KAEA`))
        const output = join(folder, 'm')
        await main([join(folder, 'm.wasm'), '-o', output])
        const { stdout } = Bun.spawnSync([
          'aarch64-linux-gnu-objdump',
          '--dwarf=decodedline',
          output,
        ])
        const lines = [...stdout.toString().matchAll(/^main\.ts +(\d+) +(0x[0-9a-f]+)/gm)]
        expect(lines.map(([, line]) => Number(line))).toContain(10)
        expect(lines.map(([, line]) => Number(line))).toContain(12)
        expect(lines[0]![2]).toBe('0x401000')
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
})
