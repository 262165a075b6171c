/** What the compiler makes of code: the instructions that are expected of a good selection, seen by the disassembler. */

import { describe, expect, test } from 'bun:test'
import { Assembler } from '../../jit/isa/assembler.ts'
import { disassemble } from '../../jit/isa/disassemble.ts'
import { compile } from './compile.ts'
import { access, type Code, constant, END, local, ModuleBuilder, op } from './testing/builder.ts'
import type { ValueType } from './wasm/module.ts'

/** The instructions of a function with these parameters. */
function compiled(params: ValueType[], results: ValueType[], ...code: Code): string[] {
  const builder = new ModuleBuilder()
  builder.export('f', builder.func(params, results, ['i32', 'i32'], ...code))
  const asm = new Assembler()
  compile(builder.bytes(), asm)
  const bytes = asm.finish()
  return [...new Uint32Array(bytes.buffer, 0, bytes.length / 4)].map((word) =>
    disassemble(word).replace('\t', ' '),
  )
}

const [a, b, c] = [local.get(0), local.get(1), local.get(2)]
const i32 = (value: number) => constant('i32', BigInt(value))
const i64 = (value: number) => constant('i64', BigInt(value))

describe('compile()', () => {
  test.each<[string, string[], string[]]>([
    ['a sum', compiled(['i32', 'i32'], ['i32'], a, b, op('i32.add')), ['add w0, w0, w1']],
    [
      'a negative constant',
      compiled(['i32'], ['i32'], a, i32(-5), op('i32.add')),
      ['sub w0, w0, #0x5'],
    ],
    [
      'a shifted operand',
      compiled(['i64', 'i64'], ['i64'], a, b, i64(4), op('i64.shl'), op('i64.add')),
      ['add x0, x0, x1, lsl #4'],
    ],
    [
      'an extended operand',
      compiled(['i64', 'i32'], ['i64'], a, b, op('i64.extend_i32_s'), op('i64.add')),
      ['add x0, x0, w1, sxtw'],
    ],
    [
      'a product added',
      compiled(['i32', 'i32', 'i32'], ['i32'], a, b, c, op('i32.mul'), op('i32.add')),
      ['madd w0, w1, w2, w0'],
    ],
    [
      'a product of words',
      compiled(
        ['i32', 'i32'],
        ['i64'],
        a,
        op('i64.extend_i32_u'),
        b,
        op('i64.extend_i32_u'),
        op('i64.mul'),
      ),
      ['umull x0, w0, w1'],
    ],
    [
      'a bit field',
      compiled(['i32'], ['i32'], a, i32(7), op('i32.shr_u'), i32(31), op('i32.and')),
      ['ubfx w0, w0, #7, #5'],
    ],
    [
      'a signed bit field',
      compiled(['i32'], ['i32'], a, i32(8), op('i32.shl'), i32(20), op('i32.shr_s')),
      ['sbfx w0, w0, #12, #12'],
    ],
    [
      'a rotation made of two shifts',
      compiled(
        ['i32', 'i32'],
        ['i32'],
        ...[a, i32(7), op('i32.shr_u'), a, i32(25), op('i32.shl'), op('i32.or')],
        b,
        op('i32.xor'),
      ),
      ['eor w0, w1, w0, ror #7'],
    ],
    ['a mask', compiled(['i64'], ['i64'], a, i64(255), op('i64.and')), ['and x0, x0, #0xff']],
    [
      'an inverted mask',
      compiled(['i64', 'i64'], ['i64'], a, b, i64(-1), op('i64.xor'), op('i64.and')),
      ['bic x0, x0, x1'],
    ],
    [
      'division by a constant, unchecked',
      compiled(['i32'], ['i32'], a, i32(8), op('i32.div_u')),
      ['lsr w0, w0, #3'],
    ],
    [
      'a load by index',
      compiled(['i32'], ['i32'], a, access('i32.load')),
      ['ldr w0, [x28, w0, uxtw]'],
    ],
    [
      'a load at an address',
      compiled([], ['i32'], i32(64), access('i32.load8_u', 3)),
      ['ldrb w0, [x28, #67]'],
    ],
    [
      'a store of zero',
      compiled(['i32'], [], a, i32(0), access('i32.store')),
      ['str wzr, [x28, w0, uxtw]'],
    ],
    [
      'a choice',
      compiled(['i32', 'i32'], ['i32'], a, b, a, b, op('i32.lt_s'), [0x1b]),
      ['cmp w0, w1', 'csel w0, w0, w1, lt'],
    ],
    [
      'two comparisons of which one must hold',
      compiled(
        ['i32', 'i64'],
        ['i32'],
        ...[a, i32(3), op('i32.lt_u'), b, i64(40), op('i64.gt_s'), op('i32.or')],
      ),
      ['mov x8, #0x28', 'cmp w0, #3', 'ccmp x1, x8, #0x0, cs', 'cset w0, gt'],
    ],
    ['a constant folded', compiled([], ['i32'], i32(6), i32(7), op('i32.mul')), ['mov w0, #0x2a']],
  ])('makes the best of %s', (_, actual, expected) => {
    const plain = (text: string) =>
      text.replaceAll(/#(0x[0-9a-f]+|\d+)/g, (_, n: string) => `#${Number(n)}`)
    expect(actual.map(plain)).toEqual([...expected, 'ret'].map(plain))
  })

  test('computes an address once for several fields', () => {
    const code = compiled(
      ['i32'],
      ['i32'],
      a,
      access('i32.load', 8),
      a,
      access('i32.load', 12),
      op('i32.add'),
    )
    expect(code.filter((text) => text.startsWith('add x'))).toHaveLength(1)
  })

  test('tests a bit and branches in one instruction', () => {
    const code = compiled(
      ['i32'],
      [],
      a,
      i32(16),
      op('i32.and'),
      [0x04, 0x40],
      i32(0),
      i32(1),
      access('i32.store'),
      [END],
    )
    expect(code[0]).toMatch(/^tbn?z w0, #4/)
  })

  test('takes one branch for each turn of a loop', () => {
    // loop { if (--n == 0) return }
    const code = compiled(['i32'], [], [0x03, 0x40], a, i32(1), op('i32.sub'), local.tee(0), [
      0x0d,
      0,
      END,
    ])
    expect(code.filter((text) => /^(b|cb)/.test(text))).toHaveLength(1)
  })

  test('branches on both parts of a condition without making it a value', () => {
    // if (a ? b : 0) store
    const condition = [a, [0x04, 0x7f], b, [0x05], i32(0), [END]].flat()
    const code = compiled(
      ['i32', 'i32'],
      [],
      condition,
      [0x04, 0x40],
      i32(0),
      i32(1),
      access('i32.store'),
      [END],
    )
    expect(code.filter((text) => text.startsWith('cb'))).toHaveLength(2)
    expect(code.join()).not.toContain('cset')
  })

  test('moves what does not change out of a loop', () => {
    // do { store8(n, x * y) } while (--n)
    const code = compiled(
      ['i32', 'i32', 'i32'],
      [],
      [0x03, 0x40],
      a,
      b,
      c,
      op('i32.mul'),
      access('i32.store8'),
      a,
      i32(1),
      op('i32.sub'),
      local.tee(0),
      [0x0d, 0, END],
    )
    expect(code[0]).toStartWith('mul')
  })

  test('keeps more values than there are registers', () => {
    const values = Array.from({ length: 60 }, (_, i) => i)
    const loads = values.flatMap((i) => [...i32(4 * i), ...access('i32.load')])
    const sums = values.slice(1).flatMap(() => op('i32.add'))
    expect(compiled([], ['i32'], loads, sums).at(-1)).toBe('ret')
  })
})
