import { expect, test } from 'bun:test'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { compileExpression, fieldNames, parseExpression } from './expression.ts'
import { fields, parsePattern, type Row, rowById, rows } from './rows.ts'
import { random32, randomWord } from './testing.ts'

test('row ids are unique and follow the naming rules', () => {
  const ids = rows.map((row) => row.id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[A-Z][A-Z0-9]*(_[a-z0-9]+|_nXS)*$/)
})

test('a pattern must have exactly 32 bits, fields and fixed bits only', () => {
  expect(() => parsePattern('0101 Rn:5')).toThrow('has 9 bits, a word has 32')
  expect(() => parsePattern('01 Rn: 5')).toThrow('"Rn:" is no field and no bits')
  expect(parsePattern('11111111 a:8 (0000) 0000 b:7 c')).toMatchObject({
    mask: 0xff000f00,
    value: 0xff000000,
    shouldMask: 0xf000,
    should: 0,
  })
})

test('columns name only fields the row has, each once', () => {
  for (const row of rows) {
    const names = row.fields.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const used = [row.where ?? '', row.unpredictable ?? '']
      .concat((row.aliases ?? []).map(({ when }) => when))
      .flatMap((text) => [...fieldNames(parseExpression(text))])
    for (const name of used) expect([row.id, names.includes(name)]).toEqual([row.id, true])
  }
})

/** Bits of the word that a row's constraint reads. */
function constraintBits(row: Row): number {
  if (!row.constraint) return 0
  const names = fieldNames(row.constraint)
  return row.fields
    .filter(({ name }) => names.has(name))
    .reduce((bits, { shift, width }) => bits | ((2 ** width - 1) * 2 ** shift), 0)
}

/** Calls `visit` with every word whose bits under `mask` vary and whose others are `base`. */
function everyWord(mask: number, base: number, visit: (word: number) => void): void {
  let bits = 0
  do {
    visit((base | bits) >>> 0)
    bits = (bits - mask) & mask
  } while (bits !== 0)
}

test('no word belongs to two rows', () => {
  let compared = 0
  for (const [i, a] of rows.entries()) {
    for (const b of rows.slice(i + 1)) {
      if (((a.value ^ b.value) & a.mask & b.mask) !== 0) continue
      // The patterns overlap, so the constraints must exclude each other: all that they read is tried.
      const free = (constraintBits(a) | constraintBits(b)) & ~(a.mask | b.mask)
      everyWord(free, a.value | b.value, (word) => {
        compared++
        if (a.matches(word) && b.matches(word)) {
          throw new Error(`0x${word.toString(16)} is ${a.id} and ${b.id}`)
        }
      })
    }
  }
  expect(compared).toBeGreaterThan(0)
})

test('every row decodes to itself and encodes back to the same word', () => {
  const random = random32(2)
  for (const row of rows) {
    for (let i = 0; i < 50; i++) {
      const word = randomWord(row, random)
      expect(decode(word)?.id).toBe(row.id)
      expect(encode(row.id, fields(row, word))).toBe(word)
    }
  }
})

test('the decision tree finds what a search through all rows finds', () => {
  const random = random32(3)
  for (let i = 0; i < 10_000; i++) {
    const word = random()
    const found = rows.filter((row) => row.matches(word))
    expect(found.length).toBeLessThan(2)
    expect(decode(word)).toBe(found[0])
  }
})

test.each([
  ['all ones', 0xffffffff],
  ['SVE', 0x04200000],
  ['32-bit logical immediate with N', 0x12400000],
  ['logical immediate of all ones', 0x9200fc00],
  ['32-bit shift by 32 and more', 0x0b008000],
  ['MOVZ W with hw 2', 0x52c00000],
  ['vector of one doubleword', 0x0ee08400],
  ['CASP with an odd register', 0x48217c00],
  ['STP of SIMD registers with opc 3', 0xec000000],
  ['FMOV between W and D', 0x1e660000],
  ['STG, memory tagging', 0xd9200800],
])('%s is unallocated', (_, word) => {
  expect(decode(word)).toBeUndefined()
})

test.each([
  ['load pair of one register', 'LDP', 0xa9400401],
  ['writeback to the register loaded', 'LDR_post', 0xf8408421],
  ['status register is the data register', 'STXR', 0xc8017c01],
  ['status register is the base', 'STXR', 0xc8017c22],
  ['should-be-one bits clear', 'LDXR', 0xc8400020],
])('%s is CONSTRAINED UNPREDICTABLE', (_, id, word) => {
  const row = rowById(id)
  expect(decode(word)).toBe(row)
  expect(row.isUnpredictable(word)).toBe(true)
})

test('usual operands are not CONSTRAINED UNPREDICTABLE', () => {
  expect(rowById('LDP').isUnpredictable(0xa9400400)).toBe(false)
  expect(rowById('LDR_post').isUnpredictable(0xf8408420)).toBe(false)
  expect(rowById('LDR_post').isUnpredictable(0xf84087ff)).toBe(false)
  expect(rowById('LDXR').isUnpredictable(0xc85f7c20)).toBe(false)
})

test('expressions follow C', () => {
  const value = (text: string, values = {}) => compileExpression(parseExpression(text))(values)
  expect(value('')).toBe(1)
  expect(value('1 + 2 * 3 == 7 && !(2 < 1)')).toBe(1)
  expect(value('(a & 3) != 0 || b >> 1 == 1', { a: 4, b: 3 })).toBe(1)
  expect(value('a | 0x10 & 0b11', { a: 4 })).toBe(4)
  expect(() => parseExpression('a == ')).toThrow('expected a value, found "the end"')
  expect(() => parseExpression('a $ b')).toThrow('column 2')
  expect(() => parseExpression('(a')).toThrow('expected ")"')
  expect(() => value('b', { a: 1 })).toThrow('"b", which is no field')
})
