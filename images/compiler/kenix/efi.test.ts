/** UEFI applications: the file's form, and relocations. The loader's own tests run one under firmware. */

import { describe, expect, test } from 'bun:test'
import { constant, local, ModuleBuilder } from '../testing/builder.ts'
import { efiApplication } from './efi.ts'

function application(table: boolean): DataView {
  const builder = new ModuleBuilder()
  const call = builder.import('fn64', 'call1', ['i64', 'i64'], ['i64'])
  const main = builder.func(['i64', 'i64'], ['i64'], [], local.get(0), local.get(1), [0x10, call])
  builder.export('efiMain', main)
  if (table) builder.element(main)
  return new DataView(efiApplication(builder.bytes()).buffer)
}

/** The relocation section's address and size, and where it stands in the file. */
function relocations(view: DataView): { size: number; entries: number[] } {
  const size = view.getUint32(64 + 24 + 112 + 5 * 8 + 4, true)
  const count = view.getUint16(64 + 6, true)
  const header = 64 + 24 + 240 + 40 * (count - 1)
  const offset = view.getUint32(header + 20, true)
  const page = view.getUint32(offset, true)
  const entries: number[] = []
  for (let at = offset + 8; at < offset + size; at += 2) {
    const entry = view.getUint16(at, true)
    if (entry >> 12 === 10) entries.push(page + (entry & 0xfff))
  }
  return { size, entries }
}

describe('efiApplication()', () => {
  test('is a PE32+ application for AArch64 whose sections lie on pages', () => {
    const view = application(false)
    expect(view.getUint16(0, true)).toBe(0x5a4d)
    expect(view.getUint32(64, true)).toBe(0x4550)
    expect(view.getUint16(68, true)).toBe(0xaa64)
    expect(view.getUint16(88, true)).toBe(0x20b)
    expect(view.getUint16(88 + 68, true)).toBe(10)
    const count = view.getUint16(70, true)
    for (let i = 0; i < count; i++) {
      const header = 64 + 24 + 240 + 40 * i
      expect(view.getUint32(header + 12, true) % 4096).toBe(0)
      expect(view.getUint32(header + 20, true) % 512).toBe(0)
      const flags = view.getUint32(header + 36, true)
      const [executed, written] = [(flags >>> 29) & 1, flags >>> 31]
      expect(executed + written).toBeLessThan(2)
    }
  })

  test('has relocations for the addresses in its data: the context points to its table, that to records', () => {
    const { size, entries } = relocations(application(true))
    expect(size % 4).toBe(0)
    expect(entries.length).toBeGreaterThan(0)
    expect(entries.every((rva) => rva % 8 === 0)).toBe(true)
  })

  test('refuses a module without efiMain, and one of another type', () => {
    const builder = new ModuleBuilder()
    expect(() => efiApplication(builder.bytes())).toThrow('it must export "efiMain(handle')
    builder.export('efiMain', builder.func([], ['i64'], [], constant('i64', 0n)))
    expect(() => efiApplication(builder.bytes())).toThrow('not [] -> [i64]')
  })
})
