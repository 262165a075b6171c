/**
 * A64 scalar floating point (DDI 0487 C4.1 "Floating-point data-processing" and its conversions).
 *
 * Single and double precision share a row with field sz (0 single, 1 double); half precision (FEAT_FP16) is a row of
 * its own, suffix _h.
 */

import { family, type RowBody } from './row.ts'

/** A row for single and double, and one for half precision. `?` in the pattern stands for the ftype bits. */
function precisions(id: string, pattern: string, asm: string, where = ''): RowBody[] {
  const half = asm.replaceAll(/<F([dnma])>/g, '<H$1>')
  return [
    { id, pattern: pattern.replace('?', '0 sz'), asm, where },
    { id: `${id}_h`, pattern: pattern.replace('?', '11'), asm: half, where, feature: 'fp16' },
  ]
}

function one(id: string, opcode: string): RowBody[] {
  return precisions(
    `${id}_s`,
    `000 11110 ? 1 ${opcode} 10000 Rn:5 Rd:5`,
    `${id.toLowerCase()} <Fd>, <Fn>`,
  )
}

function frintts(id: string, opcode: string): RowBody {
  return {
    id: `${id}_s`,
    pattern: `000 11110 0 sz 1 ${opcode} 10000 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Fd>, <Fn>`,
    feature: 'frintts',
  }
}

function two(id: string, opcode: string): RowBody[] {
  return precisions(
    `${id}_s`,
    `000 11110 ? 1 Rm:5 ${opcode} 10 Rn:5 Rd:5`,
    `${id.toLowerCase()} <Fd>, <Fn>, <Fm>`,
  )
}

function three(id: string, o1: string, o0: string): RowBody[] {
  return precisions(
    `${id}_s`,
    `000 11111 ? ${o1} Rm:5 ${o0} Ra:5 Rn:5 Rd:5`,
    `${id.toLowerCase()} <Fd>, <Fn>, <Fm>, <Fa>`,
  )
}

function compare(id: string, e: string): RowBody[] {
  const mnemonic = id.toLowerCase()
  return [
    ...precisions(
      `${id}_s`,
      `000 11110 ? 1 Rm:5 00 1000 Rn:5 ${e} 0 000`,
      `${mnemonic} <Fn>, <Fm>`,
    ),
    ...precisions(
      `${id}_zero_s`,
      `000 11110 ? 1 (00000) 00 1000 Rn:5 ${e} 1 000`,
      `${mnemonic} <Fn>, #0.0`,
    ),
  ]
}

function conditionalCompare(id: string, e: string): RowBody[] {
  return precisions(
    `${id}_s`,
    `000 11110 ? 1 Rm:5 cond:4 01 Rn:5 ${e} nzcv:4`,
    `${id.toLowerCase()} <Fn>, <Fm>, #<nzcv>, <cond>`,
  )
}

/** Conversion to a general register, integer. */
function toInteger(id: string, bits: string): RowBody[] {
  return precisions(
    `${id}_s`,
    `sf 00 11110 ? 1 ${bits} 000000 Rn:5 Rd:5`,
    `${id.toLowerCase()} <Rd>, <Fn>`,
  )
}

function fromInteger(id: string, bits: string): RowBody[] {
  return precisions(
    `${id}_s`,
    `sf 00 11110 ? 1 ${bits} 000000 Rn:5 Rd:5`,
    `${id.toLowerCase()} <Fd>, <Rn>`,
  )
}

/** Conversion to or from a fixed-point general register: scale holds 64 - fraction bits. */
function fixed(id: string, bits: string, operands: string): RowBody[] {
  return precisions(
    `${id}_s_fix`,
    `sf 00 11110 ? 0 ${bits} scale:6 Rn:5 Rd:5`,
    `${id.toLowerCase()} ${operands}, #<fbits>`,
    'sf == 1 || scale >= 32',
  )
}

export const fp = family('fp', 'fp', [
  ...one('FMOV', '000000'),
  ...one('FABS', '000001'),
  ...one('FNEG', '000010'),
  ...one('FSQRT', '000011'),
  {
    id: 'FCVT_s',
    pattern: '000 11110 ftype:2 1 0001 opc:2 10000 Rn:5 Rd:5',
    asm: 'fcvt <opcd>, <ftypen>',
    where: 'ftype != 2 && opc != 2 && ftype != opc',
  },
  ...one('FRINTN', '001000'),
  ...one('FRINTP', '001001'),
  ...one('FRINTM', '001010'),
  ...one('FRINTZ', '001011'),
  ...one('FRINTA', '001100'),
  ...one('FRINTX', '001110'),
  ...one('FRINTI', '001111'),
  frintts('FRINT32Z', '010000'),
  frintts('FRINT32X', '010001'),
  frintts('FRINT64Z', '010010'),
  frintts('FRINT64X', '010011'),
  {
    id: 'BFCVT_s',
    pattern: '000 11110 01 1 000110 10000 Rn:5 Rd:5',
    asm: 'bfcvt <Hd>, <Sn>',
    feature: 'bf16',
  },
  ...two('FMUL', '0000'),
  ...two('FDIV', '0001'),
  ...two('FADD', '0010'),
  ...two('FSUB', '0011'),
  ...two('FMAX', '0100'),
  ...two('FMIN', '0101'),
  ...two('FMAXNM', '0110'),
  ...two('FMINNM', '0111'),
  ...two('FNMUL', '1000'),
  ...three('FMADD', '0', '0'),
  ...three('FMSUB', '0', '1'),
  ...three('FNMADD', '1', '0'),
  ...three('FNMSUB', '1', '1'),
  ...compare('FCMP', '0'),
  ...compare('FCMPE', '1'),
  ...conditionalCompare('FCCMP', '0'),
  ...conditionalCompare('FCCMPE', '1'),
  ...precisions(
    'FCSEL_s',
    '000 11110 ? 1 Rm:5 cond:4 11 Rn:5 Rd:5',
    'fcsel <Fd>, <Fn>, <Fm>, <cond>',
  ),
  ...precisions('FMOV_imm_s', '000 11110 ? 1 imm8:8 100 00000 Rd:5', 'fmov <Fd>, #<fpimm8>'),
  ...toInteger('FCVTNS', '00 000'),
  ...toInteger('FCVTNU', '00 001'),
  ...toInteger('FCVTAS', '00 100'),
  ...toInteger('FCVTAU', '00 101'),
  ...toInteger('FCVTPS', '01 000'),
  ...toInteger('FCVTPU', '01 001'),
  ...toInteger('FCVTMS', '10 000'),
  ...toInteger('FCVTMU', '10 001'),
  ...toInteger('FCVTZS', '11 000'),
  ...toInteger('FCVTZU', '11 001'),
  ...fromInteger('SCVTF', '00 010'),
  ...fromInteger('UCVTF', '00 011'),
  {
    id: 'FMOV_to_gp',
    pattern: 'sf 00 11110 0 sz 1 00 110 000000 Rn:5 Rd:5',
    asm: 'fmov <Rd>, <Fn>',
    where: 'sf == sz',
  },
  {
    id: 'FMOV_from_gp',
    pattern: 'sf 00 11110 0 sz 1 00 111 000000 Rn:5 Rd:5',
    asm: 'fmov <Fd>, <Rn>',
    where: 'sf == sz',
  },
  {
    id: 'FMOV_to_gp_h',
    pattern: 'sf 00 11110 11 1 00 110 000000 Rn:5 Rd:5',
    asm: 'fmov <Rd>, <Hn>',
    feature: 'fp16',
  },
  {
    id: 'FMOV_from_gp_h',
    pattern: 'sf 00 11110 11 1 00 111 000000 Rn:5 Rd:5',
    asm: 'fmov <Hd>, <Rn>',
    feature: 'fp16',
  },
  {
    id: 'FMOV_to_gp_top',
    pattern: '1 00 11110 10 1 01 110 000000 Rn:5 Rd:5',
    asm: 'fmov <Xd>, <Vn>.d[1]',
  },
  {
    id: 'FMOV_from_gp_top',
    pattern: '1 00 11110 10 1 01 111 000000 Rn:5 Rd:5',
    asm: 'fmov <Vd>.d[1], <Xn>',
  },
  {
    id: 'FJCVTZS',
    pattern: '0 00 11110 01 1 11 110 000000 Rn:5 Rd:5',
    asm: 'fjcvtzs <Wd>, <Dn>',
    feature: 'jscvt',
  },
  ...fixed('SCVTF', '00 010', '<Fd>, <Rn>'),
  ...fixed('UCVTF', '00 011', '<Fd>, <Rn>'),
  ...fixed('FCVTZS', '11 000', '<Rd>, <Fn>'),
  ...fixed('FCVTZU', '11 001', '<Rd>, <Fn>'),
])
