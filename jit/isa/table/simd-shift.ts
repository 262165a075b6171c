/**
 * A64 Advanced SIMD and scalar SIMD "shift by immediate" (DDI 0487 C4.1).
 *
 * The highest set bit of immh gives the element size; immh zero belongs to the modified immediates.
 */

import { alias, family, type RowBody } from './row.ts'

type Kind = 'right' | 'left' | 'narrow' | 'long'

/** No 1D, and a size must be there. */
const VECTOR = 'immh != 0 && !(immh >= 8 && Q == 0)'
const NARROW = 'immh != 0 && immh < 8'

type Shift = readonly [id: string, u: 0 | 1, opcode: string, kind: Kind, scalar?: 'd' | 'all']

const SHIFTS: readonly Shift[] = [
  ['SSHR', 0, '00000', 'right', 'd'],
  ['USHR', 1, '00000', 'right', 'd'],
  ['SSRA', 0, '00010', 'right', 'd'],
  ['USRA', 1, '00010', 'right', 'd'],
  ['SRSHR', 0, '00100', 'right', 'd'],
  ['URSHR', 1, '00100', 'right', 'd'],
  ['SRSRA', 0, '00110', 'right', 'd'],
  ['URSRA', 1, '00110', 'right', 'd'],
  ['SRI', 1, '01000', 'right', 'd'],
  ['SHL', 0, '01010', 'left', 'd'],
  ['SLI', 1, '01010', 'left', 'd'],
  ['SQSHLU', 1, '01100', 'left', 'all'],
  ['SQSHL_imm', 0, '01110', 'left', 'all'],
  ['UQSHL_imm', 1, '01110', 'left', 'all'],
  ['SHRN', 0, '10000', 'narrow'],
  ['SQSHRUN', 1, '10000', 'narrow', 'all'],
  ['RSHRN', 0, '10001', 'narrow'],
  ['SQRSHRUN', 1, '10001', 'narrow', 'all'],
  ['SQSHRN', 0, '10010', 'narrow', 'all'],
  ['UQSHRN', 1, '10010', 'narrow', 'all'],
  ['SQRSHRN', 0, '10011', 'narrow', 'all'],
  ['UQRSHRN', 1, '10011', 'narrow', 'all'],
  ['SSHLL', 0, '10100', 'long'],
  ['USHLL', 1, '10100', 'long'],
]

const OPERANDS: Record<Kind, string> = {
  right: ' <Vd.I>, <Vn.I>, #<rshift>',
  left: ' <Vd.I>, <Vn.I>, #<lshift>',
  narrow: '<2> <Vd.I>, <Vn.IW>, #<rshift>',
  long: '<2> <Vd.IW>, <Vn.I>, #<lshift>',
}

const SCALAR_OPERANDS: Record<Exclude<Kind, 'long'>, string> = {
  right: '<Id>, <In>, #<rshift>',
  left: '<Id>, <In>, #<lshift>',
  narrow: '<Id>, <Jn>, #<rshift>',
}

function shift([id, u, opcode, kind, scalar]: Shift): RowBody[] {
  const mnemonic = id.split('_')[0]!.toLowerCase()
  const rows: RowBody[] = [
    {
      id: `${id}_v`,
      pattern: `0 Q ${u} 011110 immh:4 immb:3 ${opcode} 1 Rn:5 Rd:5`,
      asm: `${mnemonic}${OPERANDS[kind]}`,
      where: kind === 'right' || kind === 'left' ? VECTOR : NARROW,
      aliases:
        kind === 'long'
          ? [
              alias(
                'immb == 0 && (immh == 1 || immh == 2 || immh == 4)',
                `${mnemonic[0]}xtl<2> <Vd.IW>, <Vn.I><noshift>`,
              ),
            ]
          : [],
    },
  ]
  if (scalar && kind !== 'long') {
    const all = kind === 'narrow' ? NARROW : 'immh != 0'
    rows.push({
      id: `${id}_sisd`,
      pattern: `01 ${u} 111110 immh:4 immb:3 ${opcode} 1 Rn:5 Rd:5`,
      asm: `${mnemonic} ${SCALAR_OPERANDS[kind]}`,
      where: scalar === 'd' ? 'immh >= 8' : all,
    })
  }
  return rows
}

/** Fixed point to and from floating point; immh 2 and 3 are half precision, 4 to 7 single, 8 to 15 double. */
function fixed(id: string, u: 0 | 1, opcode: string): RowBody[] {
  const mnemonic = id.toLowerCase()
  const vector: RowBody = {
    id: `${id}_v_fix`,
    pattern: `0 Q ${u} 011110 immh:4 immb:3 ${opcode} 1 Rn:5 Rd:5`,
    asm: `${mnemonic} <Vd.I>, <Vn.I>, #<rshift>`,
    where: 'immh >= 4 && !(immh >= 8 && Q == 0)',
  }
  const scalar: RowBody = {
    id: `${id}_sisd_fix`,
    pattern: `01 ${u} 111110 immh:4 immb:3 ${opcode} 1 Rn:5 Rd:5`,
    asm: `${mnemonic} <Id>, <In>, #<rshift>`,
    where: 'immh >= 4',
  }
  const half = { where: 'immh == 2 || immh == 3', feature: 'fp16' }
  return [
    vector,
    { ...vector, id: `${id}_v_fix_h`, ...half },
    scalar,
    { ...scalar, id: `${id}_sisd_fix_h`, ...half },
  ]
}

export const simdShift = family('simd', 'simd', [
  ...SHIFTS.flatMap(shift),
  ...fixed('SCVTF', 0, '11100'),
  ...fixed('UCVTF', 1, '11100'),
  ...fixed('FCVTZS', 0, '11111'),
  ...fixed('FCVTZU', 1, '11111'),
])
