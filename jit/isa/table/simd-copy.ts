/**
 * A64 Advanced SIMD "copy", "extract", "table lookup", "permute" and "modified immediate" (DDI 0487 C4.1).
 */

import { alias, family, type RowBody } from './row.ts'

/** The lowest set bit of imm5 gives the element size: none, no instruction. */
const SIZED = '(imm5 & 15) != 0'
const SIZED_VECTOR = '(imm5 & 15) != 0 && !((imm5 & 15) == 8 && Q == 0)'

function permute(id: string, opcode: string): RowBody {
  return {
    id: `${id}_v`,
    pattern: `0 Q 001110 size:2 0 Rm:5 0 ${opcode} 10 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Vd.T>, <Vn.T>, <Vm.T>`,
    where: '!(size == 3 && Q == 0)',
  }
}

function modified(
  id: string,
  op: string,
  cmode: string,
  asm: string,
  rest: Partial<RowBody> = {},
): RowBody {
  return {
    id,
    pattern: `0 Q ${op} 0111100000 abc:3 ${cmode} 0 1 defgh:5 Rd:5`,
    asm: `${id.split('_')[0]!.toLowerCase()} ${asm}`,
    ...rest,
  }
}

export const simdCopy = family('simd', 'simd', [
  {
    id: 'DUP_elem_v',
    pattern: '0 Q 0 01110000 imm5:5 0 0000 1 Rn:5 Rd:5',
    asm: 'dup <Vd.imm5>, <Vn[imm5]>',
    where: SIZED_VECTOR,
  },
  {
    id: 'DUP_elem_sisd',
    pattern: '01 0 11110000 imm5:5 0 0000 1 Rn:5 Rd:5',
    asm: 'dup <imm5d>, <Vn[imm5]>',
    where: SIZED,
    aliases: [alias('', 'mov <imm5d>, <Vn[imm5]>')],
  },
  {
    id: 'DUP_gen',
    pattern: '0 Q 0 01110000 imm5:5 0 0001 1 Rn:5 Rd:5',
    asm: 'dup <Vd.imm5>, <imm5Rn>',
    where: SIZED_VECTOR,
  },
  {
    id: 'SMOV',
    pattern: '0 Q 0 01110000 imm5:5 0 0101 1 Rn:5 Rd:5',
    asm: 'smov <RQd>, <Vn[imm5]>',
    where: '(imm5 & 3) != 0 || (Q == 1 && (imm5 & 7) == 4)',
  },
  {
    id: 'UMOV',
    pattern: '0 Q 0 01110000 imm5:5 0 0111 1 Rn:5 Rd:5',
    asm: 'umov <RQd>, <Vn[imm5]>',
    where: '(Q == 0 && (imm5 & 7) != 0) || (Q == 1 && (imm5 & 15) == 8)',
    aliases: [
      alias('(imm5 & 7) == 4 && Q == 0', 'mov <RQd>, <Vn[imm5]>'),
      alias('(imm5 & 15) == 8 && Q == 1', 'mov <RQd>, <Vn[imm5]>'),
    ],
  },
  {
    id: 'INS_gen',
    pattern: '0 1 0 01110000 imm5:5 0 0011 1 Rn:5 Rd:5',
    asm: 'ins <Vd[imm5]>, <imm5Rn>',
    where: SIZED,
    aliases: [alias('', 'mov <Vd[imm5]>, <imm5Rn>')],
  },
  {
    id: 'INS_elem',
    pattern: '0 1 1 01110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5',
    asm: 'ins <Vd[imm5]>, <Vn[imm4]>',
    where: SIZED,
    aliases: [alias('', 'mov <Vd[imm5]>, <Vn[imm4]>')],
  },
  {
    id: 'EXT_v',
    pattern: '0 Q 1 01110 00 0 Rm:5 0 imm4:4 0 Rn:5 Rd:5',
    asm: 'ext <Vd.BQ>, <Vn.BQ>, <Vm.BQ>, #<imm4>',
    where: 'Q == 1 || imm4 < 8',
  },
  ...['TBL', 'TBX'].map(
    (id, op): RowBody => ({
      id: `${id}_v`,
      pattern: `0 Q 0 01110 00 0 Rm:5 0 len:2 ${op} 00 Rn:5 Rd:5`,
      asm: `${id.toLowerCase()} <Vd.BQ>, <tablelist>, <Vm.BQ>`,
    }),
  ),
  permute('UZP1', '001'),
  permute('TRN1', '010'),
  permute('ZIP1', '011'),
  permute('UZP2', '101'),
  permute('TRN2', '110'),
  permute('ZIP2', '111'),
  modified('MOVI_32', '0', '0 shift:2 0', '<Vd.SQ>, #<imm8><lslimm>'),
  modified('ORR_32', '0', '0 shift:2 1', '<Vd.SQ>, #<imm8><lslimm>'),
  modified('MOVI_16', '0', '10 shift 0', '<Vd.HQ>, #<imm8><lslimm>'),
  modified('ORR_16', '0', '10 shift 1', '<Vd.HQ>, #<imm8><lslimm>'),
  modified('MOVI_msl', '0', '110 shift', '<Vd.SQ>, #<imm8><msl>'),
  modified('MOVI_8', '0', '1110', '<Vd.BQ>, #<imm8>'),
  modified('FMOV_imm_v', '0', '1111', '<Vd.SQ>, #<fpabc>'),
  {
    id: 'FMOV_imm_v_h',
    pattern: '0 Q 0 0111100000 abc:3 1111 1 1 defgh:5 Rd:5',
    asm: 'fmov <Vd.HQ>, #<fpabc>',
    feature: 'fp16',
  },
  modified('MVNI_32', '1', '0 shift:2 0', '<Vd.SQ>, #<imm8><lslimm>'),
  modified('BIC_32', '1', '0 shift:2 1', '<Vd.SQ>, #<imm8><lslimm>'),
  modified('MVNI_16', '1', '10 shift 0', '<Vd.HQ>, #<imm8><lslimm>'),
  modified('BIC_16', '1', '10 shift 1', '<Vd.HQ>, #<imm8><lslimm>'),
  modified('MVNI_msl', '1', '110 shift', '<Vd.SQ>, #<imm8><msl>'),
  modified('MOVI_64', '1', '1110', '<Vd.2dOrD>, #<imm64>'),
  {
    id: 'FMOV_imm_v_d',
    pattern: '0 1 1 0111100000 abc:3 1111 0 1 defgh:5 Rd:5',
    asm: 'fmov <Vd>.2d, #<fpabc>',
  },
])
