import { describe, expect, test } from 'bun:test'
import { readSymbols, SymbolTable } from './symbols.ts'

/** An ELF file with a null section, a symbol table and its strings. */
function elf(symbols: readonly { name: string; address: bigint; info?: number }[]): Uint8Array {
  const strings = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`)
  const table = new DataView(new ArrayBuffer(symbols.length * 24))
  let at = 1
  for (const [n, { name, address, info = 2 }] of symbols.entries()) {
    table.setUint32(n * 24, at, true)
    table.setUint8(n * 24 + 4, info)
    table.setUint16(n * 24 + 6, 1, true)
    table.setBigUint64(n * 24 + 8, address, true)
    at += name.length + 1
  }
  const bytes = new Uint8Array(64 + 3 * 64 + table.byteLength + strings.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x7f454c46)
  view.setUint8(4, 2)
  view.setUint8(5, 1)
  view.setBigUint64(40, 64n, true)
  view.setUint16(58, 64, true)
  view.setUint16(60, 3, true)
  const section = (n: number, type: number, link: number, offset: number, size: number) => {
    view.setUint32(64 + n * 64 + 4, type, true)
    view.setBigUint64(64 + n * 64 + 24, BigInt(offset), true)
    view.setBigUint64(64 + n * 64 + 32, BigInt(size), true)
    view.setUint32(64 + n * 64 + 40, link, true)
  }
  section(1, 2, 2, 256, table.byteLength)
  section(2, 3, 0, 256 + table.byteLength, strings.length)
  bytes.set(new Uint8Array(table.buffer), 256)
  bytes.set(strings, 256 + table.byteLength)
  return bytes
}

describe('symbols', () => {
  const functions = [
    { name: 'work', address: 0x4000_1000n },
    { name: 'main', address: 0x4000_0000n },
  ]

  test('name addresses at and behind them, whatever their order in the file', () => {
    const table = new SymbolTable(readSymbols('x.elf', elf(functions)))
    expect(table.at(0x4000_0000n)).toBe('main')
    expect(table.at(0x4000_0ffcn)).toBe('main+0xffc')
    expect(table.at(0x4000_1010n)).toBe('work+0x10')
  })

  test('name no address that is before, or far behind, all of them', () => {
    const table = new SymbolTable(readSymbols('x.elf', elf(functions)))
    expect(table.at(0x3fff_fffcn)).toBeUndefined()
    expect(table.at(0x5000_0000n)).toBeUndefined()
    expect(new SymbolTable([]).at(0n)).toBeUndefined()
  })

  test('are functions and labels, not data or what marks it', () => {
    const data = [
      { name: 'buffer', address: 0x4000_0800n, info: 1 },
      { name: '$x', address: 0x4000_0900n, info: 0 },
      { name: 'label', address: 0x4000_0a00n, info: 0 },
    ]
    const table = new SymbolTable(readSymbols('x.elf', elf([...functions, ...data])))
    expect(table.at(0x4000_0900n)).toBe('main+0x900')
    expect(table.at(0x4000_0a00n)).toBe('label')
  })

  test('can come from a System.map', () => {
    const text = 'ffff800008010000 T _text\nffff800008010040 t helper\nffff800009000000 D data\n'
    const table = new SymbolTable(readSymbols('System.map', Buffer.from(text)))
    expect(table.at(0xffff_8000_0801_0044n)).toBe('helper+0x4')
  })

  test('of damaged files are an error or fewer, never more than that', () => {
    const whole = elf(functions)
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice()
      damaged[at] = 0xff
      try {
        expect(readSymbols('x.elf', damaged).length).toBeLessThanOrEqual(2)
      } catch (error) {
        expect((error as Error).message).toContain('Cannot read symbols from "x.elf"')
      }
    }
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => readSymbols('x.elf', whole.slice(0, length))).toThrow('symbol table')
    }
  })
})
