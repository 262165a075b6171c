/**
 * A64 Advanced SIMD and scalar SIMD "three different" (DDI 0487 C4.1): operands of two widths.
 *
 * The forms that use the upper half of their narrow operands (mnemonic suffix 2) are the same row with Q set. PMULL of
 * doublewords is in `crypto.ts`.
 */

import { family, type RowBody } from './row.ts'
import { SIZES } from './simd-sizes.ts'

type Shape = 'long' | 'wide' | 'narrow'

const OPERANDS: Record<Shape, string> = {
  long: '<Vd.W>, <Vn.T>, <Vm.T>',
  wide: '<Vd.W>, <Vn.W>, <Vm.T>',
  narrow: '<Vd.T>, <Vn.W>, <Vm.W>',
}

function different(id: string, u: 0 | 1, opcode: string, shape: Shape, where: string): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q ${u} 01110 size:2 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()}<2> ${OPERANDS[shape]}`,
    where,
  }
}

/** Signed and unsigned forms of one operation; `?` stands for the letter. */
function both(id: string, opcode: string, shape: Shape): RowBody[] {
  return [
    different(id.replace('?', 'S'), 0, opcode, shape, SIZES.bhs),
    different(id.replace('?', 'U'), 1, opcode, shape, SIZES.bhs),
  ]
}

function doubling(id: string, opcode: string): RowBody[] {
  return [
    different(id, 0, opcode, 'long', SIZES.hs),
    {
      id: `${id}_sisd`,
      pattern: `01 0 11110 size:2 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`,
      asm: `${id.toLowerCase()} <Yd>, <Zn>, <Zm>`,
      where: SIZES.hs,
    },
  ]
}

export const simdThreeDifferent = family('simd', 'simd', [
  ...both('?ADDL', '0000', 'long'),
  ...both('?ADDW', '0001', 'wide'),
  ...both('?SUBL', '0010', 'long'),
  ...both('?SUBW', '0011', 'wide'),
  different('ADDHN', 0, '0100', 'narrow', SIZES.bhs),
  different('RADDHN', 1, '0100', 'narrow', SIZES.bhs),
  ...both('?ABAL', '0101', 'long'),
  different('SUBHN', 0, '0110', 'narrow', SIZES.bhs),
  different('RSUBHN', 1, '0110', 'narrow', SIZES.bhs),
  ...both('?ABDL', '0111', 'long'),
  ...both('?MLAL', '1000', 'long'),
  ...doubling('SQDMLAL', '1001'),
  ...both('?MLSL', '1010', 'long'),
  ...doubling('SQDMLSL', '1011'),
  ...both('?MULL', '1100', 'long'),
  ...doubling('SQDMULL', '1101'),
  different('PMULL', 0, '1110', 'long', SIZES.b),
])
