/**
 * A64 Advanced SIMD and scalar SIMD "two-register miscellaneous" with its half-precision form, "across lanes" and
 * "scalar pairwise" (DDI 0487 C4.1).
 */

import { alias, family, type RowBody } from './row.ts'
import { FLOAT, SCALAR_SIZES, type ScalarSizes, SIZES, type Sizes } from './simd-sizes.ts'

function misc(id: string, u: 0 | 1, opcode: string, sizes: Sizes, operands: string): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q ${u} 01110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`,
    asm: `${id.split('_')[0]!.toLowerCase()} ${operands}`,
    where: SIZES[sizes],
  }
}

function scalar(
  id: string,
  u: 0 | 1,
  opcode: string,
  sizes: ScalarSizes,
  operands: string,
): RowBody {
  return {
    id: `${id}_sisd`,
    pattern: `01 ${u} 11110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`,
    asm: `${id.split('_')[0]!.toLowerCase()} ${operands}`,
    where: SCALAR_SIZES[sizes],
  }
}

/** Same width in and out. */
function plain(
  id: string,
  u: 0 | 1,
  opcode: string,
  sizes: Sizes,
  scalars?: ScalarSizes,
): RowBody[] {
  const zero = id.endsWith('_zero') ? ', #0' : ''
  const rows = [misc(id, u, opcode, sizes, `<Vd.T>, <Vn.T>${zero}`)]
  if (scalars) rows.push(scalar(id, u, opcode, scalars, `<Zd>, <Zn>${zero}`))
  return rows
}

/** Twice as wide out, pairs in. */
function pairwiseLong(id: string, u: 0 | 1, opcode: string): RowBody {
  return misc(id, u, opcode, 'bhs', '<Vd.P>, <Vn.T>')
}

/** Half as wide out. */
function narrow(id: string, u: 0 | 1, opcode: string, scalars: boolean): RowBody[] {
  const rows = [{ ...misc(id, u, opcode, 'bhs', ''), asm: `${id.toLowerCase()}<2> <Vd.T>, <Vn.W>` }]
  if (scalars) rows.push(scalar(id, u, opcode, 'bhs', '<Zd>, <Yn>'))
  return rows
}

/** Floating point: U, the bit above sz, opcode, which forms. Half precision has the same opcode in its own space. */
type Float = readonly [
  id: string,
  u: 0 | 1,
  a: 0 | 1,
  opcode: string,
  forms: 'vector' | 'both' | 'scalar',
]

const FLOATS: readonly Float[] = [
  ['FRINTN', 0, 0, '11000', 'vector'],
  ['FRINTA', 1, 0, '11000', 'vector'],
  ['FRINTP', 0, 1, '11000', 'vector'],
  ['FRINTM', 0, 0, '11001', 'vector'],
  ['FRINTX', 1, 0, '11001', 'vector'],
  ['FRINTZ', 0, 1, '11001', 'vector'],
  ['FRINTI', 1, 1, '11001', 'vector'],
  ['FCVTNS', 0, 0, '11010', 'both'],
  ['FCVTNU', 1, 0, '11010', 'both'],
  ['FCVTPS', 0, 1, '11010', 'both'],
  ['FCVTPU', 1, 1, '11010', 'both'],
  ['FCVTMS', 0, 0, '11011', 'both'],
  ['FCVTMU', 1, 0, '11011', 'both'],
  ['FCVTZS', 0, 1, '11011', 'both'],
  ['FCVTZU', 1, 1, '11011', 'both'],
  ['FCVTAS', 0, 0, '11100', 'both'],
  ['FCVTAU', 1, 0, '11100', 'both'],
  ['SCVTF', 0, 0, '11101', 'both'],
  ['UCVTF', 1, 0, '11101', 'both'],
  ['FCMGT_zero', 0, 1, '01100', 'both'],
  ['FCMGE_zero', 1, 1, '01100', 'both'],
  ['FCMEQ_zero', 0, 1, '01101', 'both'],
  ['FCMLE_zero', 1, 1, '01101', 'both'],
  ['FCMLT_zero', 0, 1, '01110', 'both'],
  ['FABS', 0, 1, '01111', 'vector'],
  ['FNEG', 1, 1, '01111', 'vector'],
  ['FRECPE', 0, 1, '11101', 'both'],
  ['FRSQRTE', 1, 1, '11101', 'both'],
  ['FRECPX', 0, 1, '11111', 'scalar'],
  ['FSQRT', 1, 1, '11111', 'vector'],
]

function float([id, u, a, opcode, forms]: Float): RowBody[] {
  const mnemonic = id.split('_')[0]!.toLowerCase()
  const zero = id.endsWith('_zero') ? ', #0.0' : ''
  const rows: RowBody[] = []
  if (forms !== 'scalar') {
    rows.push(
      {
        id: `${id}_v`,
        pattern: `0 Q ${u} 01110 ${a} sz 10000 ${opcode} 10 Rn:5 Rd:5`,
        asm: `${mnemonic} <Vd.F>, <Vn.F>${zero}`,
        where: FLOAT,
      },
      {
        id: `${id}_v_h`,
        pattern: `0 Q ${u} 01110 ${a} 111100 ${opcode} 10 Rn:5 Rd:5`,
        asm: `${mnemonic} <Vd.HQ>, <Vn.HQ>${zero}`,
        feature: 'fp16',
      },
    )
  }
  if (forms !== 'vector') {
    rows.push(
      {
        id: `${id}_sisd`,
        pattern: `01 ${u} 11110 ${a} sz 10000 ${opcode} 10 Rn:5 Rd:5`,
        asm: `${mnemonic} <Fd>, <Fn>${zero}`,
      },
      {
        id: `${id}_sisd_h`,
        pattern: `01 ${u} 11110 ${a} 111100 ${opcode} 10 Rn:5 Rd:5`,
        asm: `${mnemonic} <Hd>, <Hn>${zero}`,
        feature: 'fp16',
      },
    )
  }
  return rows
}

function frintts(id: string, u: number, opcode: string): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q ${u} 01110 0 sz 10000 ${opcode} 10 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Vd.F>, <Vn.F>`,
    where: FLOAT,
    feature: 'frintts',
  }
}

function across(id: string, u: 0 | 1, opcode: string, d: 'Z' | 'Y'): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q ${u} 01110 size:2 11000 ${opcode} 10 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <${d}d>, <Vn.T>`,
    where: 'size != 3 && !(size == 2 && Q == 0)',
  }
}

function acrossFloat(id: string, a: 0 | 1, opcode: string): RowBody[] {
  return [
    {
      id: `${id}_v`,
      pattern: `0 1 1 01110 ${a} 0 11000 ${opcode} 10 Rn:5 Rd:5`,
      asm: `${id.toLowerCase()} <Sd>, <Vn>.4s`,
    },
    {
      id: `${id}_v_h`,
      pattern: `0 Q 0 01110 ${a} 0 11000 ${opcode} 10 Rn:5 Rd:5`,
      asm: `${id.toLowerCase()} <Hd>, <Vn.HQ>`,
      feature: 'fp16',
    },
  ]
}

/** Both elements of one vector into a scalar. */
function pairwise(id: string, a: 0 | 1, opcode: string): RowBody[] {
  const mnemonic = id.toLowerCase()
  return [
    {
      id: `${id}_sisd`,
      pattern: `01 1 11110 ${a} sz 11000 ${opcode} 10 Rn:5 Rd:5`,
      asm: `${mnemonic} <Fd>, <Vn.F2>`,
    },
    {
      id: `${id}_sisd_h`,
      pattern: `01 0 11110 ${a} 0 11000 ${opcode} 10 Rn:5 Rd:5`,
      asm: `${mnemonic} <Hd>, <Vn>.2h`,
      feature: 'fp16',
    },
  ]
}

export const simdTwoMisc = family('simd', 'simd', [
  ...plain('REV64', 0, '00000', 'bhs'),
  ...plain('REV32', 1, '00000', 'bh'),
  ...plain('REV16', 0, '00001', 'b'),
  pairwiseLong('SADDLP', 0, '00010'),
  pairwiseLong('UADDLP', 1, '00010'),
  ...plain('SUQADD', 0, '00011', 'all', 'all'),
  ...plain('USQADD', 1, '00011', 'all', 'all'),
  ...plain('CLS', 0, '00100', 'bhs'),
  ...plain('CLZ', 1, '00100', 'bhs'),
  ...plain('CNT', 0, '00101', 'b'),
  {
    id: 'NOT_v',
    pattern: '0 Q 1 01110 00 10000 00101 10 Rn:5 Rd:5',
    asm: 'not <Vd.BQ>, <Vn.BQ>',
    aliases: [alias('', 'mvn <Vd.BQ>, <Vn.BQ>')],
  },
  {
    id: 'RBIT_v',
    pattern: '0 Q 1 01110 01 10000 00101 10 Rn:5 Rd:5',
    asm: 'rbit <Vd.BQ>, <Vn.BQ>',
  },
  pairwiseLong('SADALP', 0, '00110'),
  pairwiseLong('UADALP', 1, '00110'),
  ...plain('SQABS', 0, '00111', 'all', 'all'),
  ...plain('SQNEG', 1, '00111', 'all', 'all'),
  ...plain('CMGT_zero', 0, '01000', 'all', 'd'),
  ...plain('CMGE_zero', 1, '01000', 'all', 'd'),
  ...plain('CMEQ_zero', 0, '01001', 'all', 'd'),
  ...plain('CMLE_zero', 1, '01001', 'all', 'd'),
  ...plain('CMLT_zero', 0, '01010', 'all', 'd'),
  ...plain('ABS', 0, '01011', 'all', 'd'),
  ...plain('NEG', 1, '01011', 'all', 'd'),
  ...narrow('XTN', 0, '10010', false),
  ...narrow('SQXTUN', 1, '10010', true),
  {
    ...misc('SHLL', 1, '10011', 'bhs', ''),
    asm: 'shll<2> <Vd.W>, <Vn.T>, #<sizebits>',
  },
  ...narrow('SQXTN', 0, '10100', true),
  ...narrow('UQXTN', 1, '10100', true),
  {
    id: 'FCVTN_v',
    pattern: '0 Q 0 01110 0 sz 10000 10110 10 Rn:5 Rd:5',
    asm: 'fcvtn<2> <Vd.FN>, <Vn.FW>',
  },
  {
    id: 'FCVTL_v',
    pattern: '0 Q 0 01110 0 sz 10000 10111 10 Rn:5 Rd:5',
    asm: 'fcvtl<2> <Vd.FW>, <Vn.FN>',
  },
  {
    id: 'FCVTXN_v',
    pattern: '0 Q 1 01110 01 10000 10110 10 Rn:5 Rd:5',
    asm: 'fcvtxn<2> <Vd.SQ>, <Vn>.2d',
  },
  {
    id: 'FCVTXN_sisd',
    pattern: '01 1 11110 01 10000 10110 10 Rn:5 Rd:5',
    asm: 'fcvtxn <Sd>, <Dn>',
  },
  {
    id: 'BFCVTN_v',
    pattern: '0 Q 0 01110 10 10000 10110 10 Rn:5 Rd:5',
    asm: 'bfcvtn<2> <Vd.HQ>, <Vn>.4s',
    feature: 'bf16',
  },
  ...FLOATS.flatMap(float),
  frintts('FRINT32Z', 0, '11110'),
  frintts('FRINT32X', 1, '11110'),
  frintts('FRINT64Z', 0, '11111'),
  frintts('FRINT64X', 1, '11111'),
  {
    id: 'URECPE_v',
    pattern: '0 Q 0 01110 10 10000 11100 10 Rn:5 Rd:5',
    asm: 'urecpe <Vd.SQ>, <Vn.SQ>',
  },
  {
    id: 'URSQRTE_v',
    pattern: '0 Q 1 01110 10 10000 11100 10 Rn:5 Rd:5',
    asm: 'ursqrte <Vd.SQ>, <Vn.SQ>',
  },
  across('SADDLV', 0, '00011', 'Y'),
  across('UADDLV', 1, '00011', 'Y'),
  across('SMAXV', 0, '01010', 'Z'),
  across('UMAXV', 1, '01010', 'Z'),
  across('SMINV', 0, '11010', 'Z'),
  across('UMINV', 1, '11010', 'Z'),
  across('ADDV', 0, '11011', 'Z'),
  ...acrossFloat('FMAXNMV', 0, '01100'),
  ...acrossFloat('FMINNMV', 1, '01100'),
  ...acrossFloat('FMAXV', 0, '01111'),
  ...acrossFloat('FMINV', 1, '01111'),
  {
    id: 'ADDP_sisd',
    pattern: '01 0 11110 11 11000 11011 10 Rn:5 Rd:5',
    asm: 'addp <Dd>, <Vn>.2d',
  },
  ...pairwise('FMAXNMP', 0, '01100'),
  ...pairwise('FMINNMP', 1, '01100'),
  ...pairwise('FADDP', 0, '01101'),
  ...pairwise('FMAXP', 0, '01111'),
  ...pairwise('FMINP', 1, '01111'),
])
