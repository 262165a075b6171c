/**
 * A64 Advanced SIMD and scalar SIMD "three same", its half-precision form and "three same extra" (DDI 0487 C4.1).
 */

import { alias, family, type RowBody } from './row.ts'
import { FLOAT, SCALAR_SIZES, type ScalarSizes, SIZES, type Sizes } from './simd-sizes.ts'

type Integer = readonly [id: string, u: 0 | 1, opcode: string, sizes: Sizes, scalar?: ScalarSizes]

const INTEGER: readonly Integer[] = [
  ['SHADD', 0, '00000', 'bhs'],
  ['UHADD', 1, '00000', 'bhs'],
  ['SQADD', 0, '00001', 'all', 'all'],
  ['UQADD', 1, '00001', 'all', 'all'],
  ['SRHADD', 0, '00010', 'bhs'],
  ['URHADD', 1, '00010', 'bhs'],
  ['SHSUB', 0, '00100', 'bhs'],
  ['UHSUB', 1, '00100', 'bhs'],
  ['SQSUB', 0, '00101', 'all', 'all'],
  ['UQSUB', 1, '00101', 'all', 'all'],
  ['CMGT', 0, '00110', 'all', 'd'],
  ['CMHI', 1, '00110', 'all', 'd'],
  ['CMGE', 0, '00111', 'all', 'd'],
  ['CMHS', 1, '00111', 'all', 'd'],
  ['SSHL', 0, '01000', 'all', 'd'],
  ['USHL', 1, '01000', 'all', 'd'],
  ['SQSHL', 0, '01001', 'all', 'all'],
  ['UQSHL', 1, '01001', 'all', 'all'],
  ['SRSHL', 0, '01010', 'all', 'd'],
  ['URSHL', 1, '01010', 'all', 'd'],
  ['SQRSHL', 0, '01011', 'all', 'all'],
  ['UQRSHL', 1, '01011', 'all', 'all'],
  ['SMAX', 0, '01100', 'bhs'],
  ['UMAX', 1, '01100', 'bhs'],
  ['SMIN', 0, '01101', 'bhs'],
  ['UMIN', 1, '01101', 'bhs'],
  ['SABD', 0, '01110', 'bhs'],
  ['UABD', 1, '01110', 'bhs'],
  ['SABA', 0, '01111', 'bhs'],
  ['UABA', 1, '01111', 'bhs'],
  ['ADD', 0, '10000', 'all', 'd'],
  ['SUB', 1, '10000', 'all', 'd'],
  ['CMTST', 0, '10001', 'all', 'd'],
  ['CMEQ', 1, '10001', 'all', 'd'],
  ['MLA', 0, '10010', 'bhs'],
  ['MLS', 1, '10010', 'bhs'],
  ['MUL', 0, '10011', 'bhs'],
  ['PMUL', 1, '10011', 'b'],
  ['SMAXP', 0, '10100', 'bhs'],
  ['UMAXP', 1, '10100', 'bhs'],
  ['SMINP', 0, '10101', 'bhs'],
  ['UMINP', 1, '10101', 'bhs'],
  ['SQDMULH', 0, '10110', 'hs', 'hs'],
  ['SQRDMULH', 1, '10110', 'hs', 'hs'],
  ['ADDP', 0, '10111', 'all'],
]

/** The shifts by register share their mnemonic with shifts by immediate, so their row says `_reg`. */
const SHIFTS = new Set(['SQSHL', 'UQSHL'])

function integer([name, u, opcode, sizes, scalar]: Integer): RowBody[] {
  const id = SHIFTS.has(name) ? `${name}_reg` : name
  const rows: RowBody[] = [
    {
      id: `${id}_v`,
      pattern: `0 Q ${u} 01110 size:2 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`,
      asm: `${name.toLowerCase()} <Vd.T>, <Vn.T>, <Vm.T>`,
      where: SIZES[sizes],
    },
  ]
  if (scalar) {
    rows.push({
      id: `${id}_sisd`,
      pattern: `01 ${u} 11110 size:2 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`,
      asm: `${name.toLowerCase()} <Zd>, <Zn>, <Zm>`,
      where: SCALAR_SIZES[scalar],
    })
  }
  return rows
}

function bitwise(id: string, u: number, size: string): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q ${u} 01110 ${size} 1 Rm:5 00011 1 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Vd.BQ>, <Vn.BQ>, <Vm.BQ>`,
    aliases: id === 'ORR' ? [alias('Rm == Rn', 'mov <Vd.BQ>, <Vn.BQ>')] : [],
  }
}

/** U, the bit above sz, the opcode, then whether a scalar form exists; half precision has the opcode's low 3 bits. */
type Float = readonly [id: string, u: 0 | 1, a: 0 | 1, opcode: string, scalar?: 'scalar']

const FLOATS: readonly Float[] = [
  ['FMAXNM', 0, 0, '11000'],
  ['FMINNM', 0, 1, '11000'],
  ['FMLA', 0, 0, '11001'],
  ['FMLS', 0, 1, '11001'],
  ['FADD', 0, 0, '11010'],
  ['FSUB', 0, 1, '11010'],
  ['FMULX', 0, 0, '11011', 'scalar'],
  ['FCMEQ', 0, 0, '11100', 'scalar'],
  ['FMAX', 0, 0, '11110'],
  ['FMIN', 0, 1, '11110'],
  ['FRECPS', 0, 0, '11111', 'scalar'],
  ['FRSQRTS', 0, 1, '11111', 'scalar'],
  ['FMAXNMP', 1, 0, '11000'],
  ['FMINNMP', 1, 1, '11000'],
  ['FADDP', 1, 0, '11010'],
  ['FABD', 1, 1, '11010', 'scalar'],
  ['FMUL', 1, 0, '11011'],
  ['FCMGE', 1, 0, '11100', 'scalar'],
  ['FCMGT', 1, 1, '11100', 'scalar'],
  ['FACGE', 1, 0, '11101', 'scalar'],
  ['FACGT', 1, 1, '11101', 'scalar'],
  ['FMAXP', 1, 0, '11110'],
  ['FMINP', 1, 1, '11110'],
  ['FDIV', 1, 0, '11111'],
]

function float([id, u, a, opcode, scalar]: Float): RowBody[] {
  const mnemonic = id.toLowerCase()
  const low = opcode.slice(2)
  const rows: RowBody[] = [
    {
      id: `${id}_v`,
      pattern: `0 Q ${u} 01110 ${a} sz 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`,
      asm: `${mnemonic} <Vd.F>, <Vn.F>, <Vm.F>`,
      where: FLOAT,
    },
    {
      id: `${id}_v_h`,
      pattern: `0 Q ${u} 01110 ${a} 10 Rm:5 00 ${low} 1 Rn:5 Rd:5`,
      asm: `${mnemonic} <Vd.HQ>, <Vn.HQ>, <Vm.HQ>`,
      feature: 'fp16',
    },
  ]
  if (scalar) {
    rows.push(
      {
        id: `${id}_sisd`,
        pattern: `01 ${u} 11110 ${a} sz 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`,
        asm: `${mnemonic} <Fd>, <Fn>, <Fm>`,
      },
      {
        id: `${id}_sisd_h`,
        pattern: `01 ${u} 11110 ${a} 10 Rm:5 00 ${low} 1 Rn:5 Rd:5`,
        asm: `${mnemonic} <Hd>, <Hn>, <Hm>`,
        feature: 'fp16',
      },
    )
  }
  return rows
}

/** FEAT_FHM: half-precision products added to single precision. */
function widening(id: string, u: number, size: string, opcode: string): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q ${u} 01110 ${size} 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Vd.SQ>, <Vn.H2>, <Vm.H2>`,
    feature: 'fhm',
  }
}

/** "Three same extra": bit 15 set. */
function extra(
  id: string,
  u: number,
  size: string,
  opcode: string,
  rest: Partial<RowBody>,
): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q ${u} 01110 ${size} 0 Rm:5 1 ${opcode} 1 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Vd.SQ>, <Vn.BQ>, <Vm.BQ>`,
    ...rest,
  }
}

const MATRIX = '<Vd>.4s, <Vn>.16b, <Vm>.16b'

function matrix(id: string, u: number, size: string, opcode: string, operands: string): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 1 ${u} 01110 ${size} 0 Rm:5 1 ${opcode} 1 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} ${operands}`,
    feature: id.startsWith('BF') ? 'bf16' : 'i8mm',
  }
}

const COMPLEX = '(size == 1 || size == 2 || size == 3) && !(size == 3 && Q == 0)'

export const simdThreeSame = family('simd', 'simd', [
  ...INTEGER.flatMap(integer),
  bitwise('AND', 0, '00'),
  bitwise('BIC', 0, '01'),
  bitwise('ORR', 0, '10'),
  bitwise('ORN', 0, '11'),
  bitwise('EOR', 1, '00'),
  bitwise('BSL', 1, '01'),
  bitwise('BIT', 1, '10'),
  bitwise('BIF', 1, '11'),
  ...FLOATS.flatMap(float),
  widening('FMLAL', 0, '00', '11101'),
  widening('FMLSL', 0, '10', '11101'),
  widening('FMLAL2', 1, '00', '11001'),
  widening('FMLSL2', 1, '10', '11001'),
  ...['SQRDMLAH', 'SQRDMLSH'].flatMap((id, s): RowBody[] => [
    extra(id, 1, 'size:2', `000${s}`, {
      asm: `${id.toLowerCase()} <Vd.T>, <Vn.T>, <Vm.T>`,
      where: SIZES.hs,
      feature: 'rdm',
    }),
    {
      id: `${id}_sisd`,
      pattern: `01 1 11110 size:2 0 Rm:5 1 000${s} 1 Rn:5 Rd:5`,
      asm: `${id.toLowerCase()} <Zd>, <Zn>, <Zm>`,
      where: SCALAR_SIZES.hs,
      feature: 'rdm',
    },
  ]),
  extra('SDOT', 0, '10', '0010', { feature: 'dotprod' }),
  extra('UDOT', 1, '10', '0010', { feature: 'dotprod' }),
  extra('USDOT', 0, '10', '0011', { feature: 'i8mm' }),
  extra('BFDOT', 1, '01', '1111', {
    asm: 'bfdot <Vd.SQ>, <Vn.HQ>, <Vm.HQ>',
    feature: 'bf16',
  }),
  {
    id: 'BFMLAL_v',
    pattern: '0 Q 1 01110 11 0 Rm:5 1 1111 1 Rn:5 Rd:5',
    asm: 'bfmlal<bt> <Vd>.4s, <Vn>.8h, <Vm>.8h',
    feature: 'bf16',
  },
  matrix('SMMLA', 0, '10', '0100', MATRIX),
  matrix('UMMLA', 1, '10', '0100', MATRIX),
  matrix('USMMLA', 0, '10', '0101', MATRIX),
  matrix('BFMMLA', 1, '01', '1101', '<Vd>.4s, <Vn>.8h, <Vm>.8h'),
  extra('FCMLA', 1, 'size:2', '10 rot:2', {
    asm: 'fcmla <Vd.T>, <Vn.T>, <Vm.T>, #<rot90>',
    where: COMPLEX,
    feature: 'fcma',
  }),
  extra('FCADD', 1, 'size:2', '11 rot 0', {
    asm: 'fcadd <Vd.T>, <Vn.T>, <Vm.T>, #<rot180>',
    where: COMPLEX,
    feature: 'fcma',
  }),
])
