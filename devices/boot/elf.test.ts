import { describe, expect, test } from 'bun:test'
import { type ElfOptions, elf } from './elf.fixture.ts'
import { isElf, readElf } from './elf.ts'
import { BootError } from './error.ts'

describe('readElf', () => {
  test('gives segments at physical addresses, with their zeros', () => {
    const file = elf({ va: 0xffff_0000, pa: 0x4010_0000, code: Uint8Array.of(1, 2, 3, 4), bss: 12 })
    expect(isElf(file)).toBe(true)
    const { entry, segments } = readElf(file, 'k')
    expect(segments).toHaveLength(1)
    expect(segments[0]).toMatchObject({ pa: 0x4010_0000, bytes: 16 })
    expect([...segments[0]!.data]).toEqual([1, 2, 3, 4])
    // The entry point is virtual; the machine starts without MMU.
    expect(entry).toBe(0x4010_0000)
  })

  const bad: [string, ElfOptions | Uint8Array, string][] = [
    ['a truncated header', elf().subarray(0, 63), 'truncated after 63 bytes'],
    ['a 32-bit file', { patch: [[4, 1]] }, 'not a 64-bit file'],
    ['a big-endian file', { patch: [[5, 2]] }, 'big-endian'],
    ['a file for x86-64', { patch: [[18, 62]] }, 'for machine 62'],
    ['an object file', { patch: [[16, 1]] }, 'type is 1'],
    ['no program headers', { patch: [[56, 0]] }, 'no program headers'],
    ['too many program headers', { patch16: [[56, 0xffff]] }, '65535 program headers'],
    ['odd program headers', { patch: [[54, 32]] }, 'have 32 bytes'],
    ['program headers beyond the end', { patch64: [[32, 2 ** 40]] }, 'headers are truncated'],
    ['program headers at 2^63', { patch64: [[32, 2 ** 63]] }, 'headers are truncated'],
    ['a dynamic linker', { patch: [[64, 3]] }, 'needs a dynamic linker'],
    ['nothing to load', { patch: [[64, 4]] }, 'nothing to load'],
    ['a segment beyond the end', { patch64: [[64 + 8, 2 ** 50]] }, 'segment 0 is truncated'],
    ['a segment larger in the file', { patch64: [[64 + 40, 1]] }, 'more bytes in the file'],
  ]
  test.each(bad)('refuses %s', (_, what, problem) => {
    const file = what instanceof Uint8Array ? what : elf(what)
    expect(() => readElf(file, 'my.elf')).toThrow(BootError)
    expect(() => readElf(file, 'my.elf')).toThrow(problem)
    expect(() => readElf(file, 'my.elf')).toThrow('"my.elf"')
  })

  test('any damaged byte is an error or a program, never anything else', () => {
    const { length } = elf()
    for (let at = 0; at < length; at++) {
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        try {
          readElf(elf({ patch: [[at, value]] }), 'x')
        } catch (error) {
          expect(error).toBeInstanceOf(BootError)
        }
      }
    }
  })
})
