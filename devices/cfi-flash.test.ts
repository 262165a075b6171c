import { describe, expect, test } from 'bun:test'
import { BLOCK_BYTES, CfiFlash } from './cfi-flash.ts'
import { reader } from './host.fixture.ts'

const BANK = 4 * BLOCK_BYTES
/** A command for both chips. */
const both = (command: number) => (command << 16) | command
const READY = both(0x80)

function make() {
  const bytes = new Uint8Array(BANK)
  const changes: [number, number][] = []
  const modes: boolean[] = []
  const flash = new CfiFlash({
    bytes,
    setArrayMode: (on) => modes.push(on),
    changed: (offset, length) => changes.push([offset, length]),
  })
  const word = (offset: number) => new DataView(bytes.buffer).getUint32(offset, true)
  const erase = (offset: number) => {
    flash.write(offset, 4, both(0x20))
    flash.write(offset, 4, both(0xd0))
  }
  return { bytes, changes, modes, flash, word, erase }
}

describe('CfiFlash', () => {
  test('is memory in array mode, and only then', () => {
    const { flash, modes } = make()
    expect(modes).toEqual([true])
    flash.write(0, 4, both(0x70))
    flash.write(0, 4, both(0xff))
    expect(modes).toEqual([true, false, true])
  })

  test('shows its identity and unlocked blocks', () => {
    const { flash } = make()
    flash.write(0, 4, both(0x90))
    expect([0, 4, 8].map((at) => flash.read(at, 4))).toEqual([both(0x89), both(0x18), 0])
    expect(flash.read(BLOCK_BYTES, 4)).toBe(both(0x89))
  })

  test('answers the CFI query as U-Boot asks it, by any width', () => {
    const { flash } = make()
    flash.write(0x154, 1, 0x98)
    const text = [0x10, 0x11, 0x12].map((n) => String.fromCharCode(flash.read(n * 4, 1) & 0xff))
    expect(text.join('')).toBe('QRY')
    expect(flash.read(0x10 * 4, 2) & 0xffff).toBe(0x51)
    // Log2 of a chip, blocks - 1, block size / 256.
    expect(flash.read(0x27 * 4, 4)).toBe(both(Math.log2(BANK / 2)))
    expect(flash.read(0x2d * 4, 4)).toBe(both(3))
    expect(flash.read(0x30 * 4, 4)).toBe(both(2))
    flash.write(0, 1, 0xf0)
    expect(flash.read(0, 4)).toBe(0)
  })

  test('erases a block to ones and reports it', () => {
    const { flash, bytes, changes, erase } = make()
    erase(BLOCK_BYTES + 0x1234)
    expect(changes).toEqual([[BLOCK_BYTES, BLOCK_BYTES]])
    expect(bytes[BLOCK_BYTES - 1]).toBe(0)
    expect(bytes[BLOCK_BYTES]).toBe(0xff)
    expect(bytes[2 * BLOCK_BYTES - 1]).toBe(0xff)
    expect(bytes[2 * BLOCK_BYTES]).toBe(0)
    expect(flash.read(0, 4)).toBe(READY)
  })

  test('programs words, and can only clear bits', () => {
    const { flash, word, erase } = make()
    erase(0)
    flash.write(8, 4, both(0x40))
    flash.write(8, 4, 0x1234_5678)
    expect(word(8)).toBe(0x1234_5678)
    flash.write(8, 4, both(0x10))
    flash.write(8, 4, 0xffff_0000)
    expect(word(8)).toBe(0x1234_0000)
  })

  test('programs a buffer on confirmation', () => {
    const { flash, word, erase } = make()
    erase(0)
    flash.write(0x100, 4, both(0xe8))
    expect(flash.read(0x100, 4)).toBe(READY)
    flash.write(0x100, 4, both(1))
    flash.write(0x100, 4, 0x1111_1111)
    flash.write(0x104, 4, 0x2222_2222)
    expect(word(0x100)).toBe(0xffff_ffff)
    flash.write(0x100, 4, both(0xd0))
    expect([word(0x100), word(0x104)]).toEqual([0x1111_1111, 0x2222_2222])
    expect(flash.read(0, 4)).toBe(READY)
  })

  test.each([
    ['an erase that is not confirmed', [both(0x20), both(0xff)]],
    ['a buffer that is not confirmed', [both(0xe8), 0, 0x1234, both(0xff)]],
    ['a buffer larger than the chips have', [both(0xe8), both(0xffff)]],
  ])('refuses %s: nothing changes, and the status says so until it is cleared', (_, writes) => {
    const { flash, changes } = make()
    for (const value of writes) flash.write(0, 4, value)
    expect(changes).toEqual([])
    flash.write(0, 4, both(0x70))
    expect(flash.read(0, 4)).toBe(both(0xb0))
    flash.write(0, 4, both(0x50))
    expect(flash.read(0, 4)).toBe(READY)
  })

  test('refuses a buffer that spans two blocks', () => {
    const { flash, changes } = make()
    flash.write(0, 4, both(0xe8))
    flash.write(0, 4, both(1))
    flash.write(BLOCK_BYTES - 4, 4, 0)
    flash.write(BLOCK_BYTES, 4, 0)
    flash.write(0, 4, both(0xd0))
    expect(changes).toEqual([])
  })

  test('ignores stray writes in array mode', () => {
    const { flash, changes, modes } = make()
    flash.write(0, 4, 0)
    expect({ changes, modes }).toEqual({ changes: [], modes: [true] })
  })

  test('a restored one finishes a command that was begun', () => {
    const first = make()
    first.erase(0)
    first.flash.write(0, 4, both(0xe8))
    first.flash.write(0, 4, both(0))
    first.flash.write(0, 4, 0xabcd_ef01)
    const second = make()
    second.bytes.set(first.bytes)
    second.flash.restore(reader(first.flash.save()))
    second.flash.write(0, 4, both(0xd0))
    expect(second.word(0)).toBe(0xabcd_ef01)
  })

  test.each([
    ['an unknown mode', { mode: 'dreaming' }],
    ['a buffer outside of the bank', { buffer: [BANK, 4, 0] }],
    ['a buffer with odd accesses', { buffer: [1, 4, 0] }],
    ['half a buffer entry', { buffer: [0, 4] }],
  ])('refuses a snapshot with %s', (_, change) => {
    const { flash } = make()
    expect(() => flash.restore(reader({ ...flash.save(), ...change }))).toThrow('unknown mode')
  })
})
