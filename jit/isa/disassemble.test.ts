import { expect, test } from 'bun:test'
import { assemble } from './assemble.ts'
import { disassemble } from './disassemble.ts'
import { rows } from './rows.ts'
import { random32, randomWord } from './testing.ts'

const PC = 0xffff_8000_0000_0000n

/** Rows with bits that mean nothing, so that several words read alike and the assembler makes one of them. */
const IGNORED_BITS: Readonly<Record<string, string>> = {
  AND_imm: 'immr beyond the element size',
  ORR_imm: 'immr beyond the element size',
  EOR_imm: 'immr beyond the element size',
  ANDS_imm: 'immr beyond the element size',
  DUP_gen: 'imm5 above its lowest set bit',
  INS_elem: 'imm4 below the element size',
}

test('every row reads back: the text assembles to the same word', () => {
  const random = random32(21)
  for (const row of rows) {
    for (let i = 0; i < 10; i++) {
      const word = randomWord(row, random)
      const text = disassemble(word, PC)
      const again = assemble(text, { pc: PC })
      expect(disassemble(again, PC)).toBe(text)
      if (!(row.id in IGNORED_BITS)) {
        expect(`${text} ${again.toString(16)}`).toBe(`${text} ${word.toString(16)}`)
      }
    }
  }
})

test.each([
  [0xd10083ff, 'sub\tsp, sp, #0x20'],
  [0xaa0103e0, 'mov\tx0, x1'],
  [0x97ffffff, 'bl\t0xffff7ffffffffffc'],
  [0x54000041, 'b.ne\t0xffff800000000008'],
  [0xd65f03c0, 'ret'],
  [0xd503233f, 'paciasp'],
  [0xd5033bbf, 'dmb\tish'],
  [0xd538d080, 'mrs\tx0, tpidr_el1'],
  [0xd50b7523, 'ic\tivau, x3'],
  [0xd508831f, 'tlbi\tvmalle1is'],
  [0x4cdf2000, 'ld1\t{v0.16b-v3.16b}, [x0], #64'],
  [0x1e6e1000, 'fmov\td0, #1.000000000000000000e+00'],
  [0x6e205800, 'mvn\tv0.16b, v0.16b'],
])('0x%x', (word, text) => {
  expect(disassemble(word, PC)).toBe(text)
})

test('an unallocated word prints as .inst, whatever the sign of the number', () => {
  expect(disassemble(0xffffffff)).toBe('.inst\t0xffffffff')
  expect(disassemble(-1)).toBe('.inst\t0xffffffff')
})
