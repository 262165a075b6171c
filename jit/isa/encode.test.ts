import { expect, test } from 'bun:test'
import { assemble } from './assemble.ts'
import { encode } from './encode.ts'
import {
  decodeBitmask,
  decodeByteMask,
  decodeFloat,
  encodeBitmask,
  encodeByteMask,
  encodeFloat,
} from './immediates.ts'

test('`encode()` takes fields by name and refuses what does not fit', () => {
  expect(encode('ADD_imm', { sf: 1, sh: 0, imm12: 8, Rn: 1, Rd: 0 })).toBe(0x91002020)
  expect(encode('B', { imm26: -1 })).toBe(0x17ffffff)
  expect(() => encode('ADD_imm', { sf: 1, sh: 0, imm12: 4096, Rn: 1, Rd: 0 })).toThrow(
    'imm12 = 4096 does not fit 12 bits',
  )
  expect(() => encode('ADD_imm', { sf: 1, sh: 0, Rn: 1, Rd: 0 })).toThrow('"imm12" is not given')
  expect(() => encode('B', { imm26: 0, cond: 1 })).toThrow('no field "cond"')
  expect(() => encode('MOVZ', { sf: 0, hw: 2, imm16: 0, Rd: 0 })).toThrow('sf == 1 || hw < 2')
  expect(() => encode('FROB', {})).toThrow('no row "FROB"')
})

test('`encodeBitmask()` finds every value that `decodeBitmask()` gives, and no other', () => {
  let count = 0
  for (const width of [32, 64] as const) {
    const values = new Set<bigint>()
    for (let code = 0; code < 8192; code++) {
      const parts = { N: code >> 12, immr: (code >> 6) & 63, imms: code & 63 }
      const value = decodeBitmask(parts, width)
      if (value === undefined) continue
      values.add(value)
      const found = encodeBitmask(value, width)!
      expect(decodeBitmask(found, width)).toBe(value)
      count++
    }
    expect(values.size).toBe(width === 64 ? 5334 : 1302)
  }
  expect(count).toBeGreaterThan(6636)
  expect(encodeBitmask(-2n, 64)).toEqual({ N: 1, immr: 63, imms: 62 })
  for (const value of [0n, -1n, 5n, 0x1234n]) expect(encodeBitmask(value, 64)).toBeUndefined()
  expect(encodeBitmask(0x1_0000_0001n, 32)).toBeUndefined()
})

test('floating-point and byte-mask immediates round-trip', () => {
  for (let imm8 = 0; imm8 < 256; imm8++) {
    expect(encodeFloat(decodeFloat(imm8))).toBe(imm8)
    expect(encodeByteMask(decodeByteMask(imm8))).toBe(imm8)
  }
  expect(decodeFloat(0x70)).toBe(1)
  expect(decodeFloat(0xff)).toBe(-1.9375)
  expect(encodeFloat(0)).toBeUndefined()
  expect(encodeFloat(0.1)).toBeUndefined()
  expect(encodeByteMask(0x80n)).toBeUndefined()
})

test.each([
  ['add x0, x1, #4096', 0x91400420],
  ['ADD  W3 , w4,w5,  LSL #3 // comment', 0x0b050c83],
  ['mov x0, sp', 0x910003e0],
  ['mov x1, x2', 0xaa0203e1],
  ['mov x1, #-1', 0x92800001],
  ['mov w1, #0xff00ff', 0x32009fe1],
  ['cmp x1, w2, uxtw #2', 0xeb22483f],
  ['lsl x1, x2, #3', 0xd37df041],
  ['lsl x1, x2, x3', 0x9ac32041],
  ['cset w0, eq', 0x1a9f17e0],
  ['b.hs 8', 0x54000042],
  ['ldr x0, [x1, #8]', 0xf9400420],
  ['ldr x0, [x1, #255]', 0xf84ff020],
  ['ldr q0, [x1, #-1]', 0x3cdff020],
  ['ldr x0, [x1, x2, lsl #3]', 0xf8627820],
  ['ldp x29, x30, [sp], #16', 0xa8c17bfd],
  ['stp q0, q1, [x2, #32]', 0xad010440],
  ['ldaddal w1, w2, [x3]', 0xb8e10062],
  ['msr daifset, #2', 0xd50342df],
  ['mrs x0, esr_el1', 0xd5385200],
  ['msr s3_0_c15_c2_0, x1', 0xd518f201],
  ['tlbi vmalle1is', 0xd508831f],
  ['dc zva, x3', 0xd50b7423],
  ['dsb sy', 0xd5033f9f],
  ['isb', 0xd5033fdf],
  ['fmov d0, #1.0', 0x1e6e1000],
  ['fcvt h1, d2', 0x1e63c041],
  ['movi v0.2d, #0', 0x6f00e400],
  ['ld1 {v0.16b - v3.16b}, [x0], #64', 0x4cdf2000],
  ['ld1 {v0.16b, v1.16b, v2.16b, v3.16b}, [x0], #64', 0x4cdf2000],
  ['mov v1.s[2], w3', 0x4e141c61],
  ['.inst 0xd4200000', 0xd4200000],
] as [string, number][])('assembles %s', (text, word) => {
  expect(assemble(text).toString(16)).toBe(word.toString(16))
})

test.each([
  ['frob x0', 'there is no instruction "frob"'],
  ['add x0, x1', 'fit none of ADD_imm'],
  ['add x0, w1, w2', 'fit none of'],
  ['add x0, x1, #5000', 'fit none of'],
  ['ldr x0, [x1, #40000]', 'fit none of'],
  ['ldr x0, [w1]', 'fit none of'],
  ['and x0, x1, #5', 'fit none of AND_imm'],
  ['b nowhere', 'a label fit none of B'],
  ['b 6', 'fit none of B'],
  ['tbz w0, #32, 8', 'fit none of'],
  ['add v0.1d, v1.1d, v2.1d', 'fit none of'],
  ['mov x32, x1', 'fit none of'],
  ['ld2 {v0.8b, v2.8b}, [x0]', 'fit none of'],
  ['fmov s0, #0.1', 'fit none of'],
  ['', 'there is no instruction ""'],
])('refuses to assemble %p', (text, message) => {
  expect(() => assemble(text)).toThrow(message)
})
