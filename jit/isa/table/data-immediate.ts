/**
 * A64 data processing, immediate (DDI 0487 C4.1 "Data Processing -- Immediate").
 *
 * Memory tagging's ADDG and SUBG are left out.
 */

import { alias, family, type RowBody } from './row.ts'

/** C5.5 of the manual, DecodeBitMasks: immr is free, imms must not be all ones for its element size. */
const BITMASK =
  '(sf == 1 || N == 0) && imms != 63 && (N == 1 || (imms != 31 && imms != 47 && imms != 55 && imms != 59 && imms != 61 && imms != 62))'

const BITFIELD = 'N == sf && (sf == 1 || (immr < 32 && imms < 32))'

function addSub(id: string, bits: string, aliases: RowBody['aliases'] = []): RowBody {
  const flags = id.endsWith('S_imm')
  const mnemonic = id.slice(0, -4).toLowerCase()
  return {
    id,
    pattern: `sf ${bits} 100010 sh imm12:12 Rn:5 Rd:5`,
    asm: `${mnemonic} <Rd${flags ? '' : '|sp'}>, <Rn|sp>, <imm12sh>`,
    aliases,
  }
}

function logical(id: string, opc: string, aliases: RowBody['aliases'] = []): RowBody {
  const mnemonic = id.slice(0, -4).toLowerCase()
  return {
    id,
    pattern: `sf ${opc} 100100 N immr:6 imms:6 Rn:5 Rd:5`,
    asm: `${mnemonic} <Rd${id === 'ANDS_imm' ? '' : '|sp'}>, <Rn>, <bitmask>`,
    where: BITMASK,
    aliases,
  }
}

export const dataImmediate = family('int', 'base', [
  { id: 'ADR', pattern: '0 immlo:2 10000 immhi:19 Rd:5', asm: 'adr <Xd>, <adr>' },
  { id: 'ADRP', pattern: '1 immlo:2 10000 immhi:19 Rd:5', asm: 'adrp <Xd>, <adrp>' },
  addSub('ADD_imm', '0 0', [
    alias('sh == 0 && imm12 == 0 && (Rd == 31 || Rn == 31)', 'mov <Rd|sp>, <Rn|sp>'),
  ]),
  addSub('ADDS_imm', '0 1', [alias('Rd == 31', 'cmn <Rn|sp>, <imm12sh>')]),
  addSub('SUB_imm', '1 0'),
  addSub('SUBS_imm', '1 1', [alias('Rd == 31', 'cmp <Rn|sp>, <imm12sh>')]),
  logical('AND_imm', '00'),
  logical('ORR_imm', '01', [
    alias('Rn == 31 && (Rd == 31 || !movewide(sf, N, immr, imms))', 'mov <Rd|sp>, <bitmask>'),
  ]),
  logical('EOR_imm', '10'),
  logical('ANDS_imm', '11', [alias('Rd == 31', 'tst <Rn>, <bitmask>')]),
  {
    id: 'MOVN',
    pattern: 'sf 00 100101 hw:2 imm16:16 Rd:5',
    asm: 'movn <Rd>, <imm16hw>',
    where: 'sf == 1 || hw < 2',
    aliases: [
      alias('!(imm16 == 0 && hw != 0) && !(sf == 0 && imm16 == 0xffff)', 'mov <Rd>, <movn>'),
    ],
  },
  {
    id: 'MOVZ',
    pattern: 'sf 10 100101 hw:2 imm16:16 Rd:5',
    asm: 'movz <Rd>, <imm16hw>',
    where: 'sf == 1 || hw < 2',
    aliases: [alias('!(imm16 == 0 && hw != 0)', 'mov <Rd>, <movz>')],
  },
  {
    id: 'MOVK',
    pattern: 'sf 11 100101 hw:2 imm16:16 Rd:5',
    asm: 'movk <Rd>, <imm16hw>',
    where: 'sf == 1 || hw < 2',
  },
  {
    id: 'SBFM',
    pattern: 'sf 00 100110 N immr:6 imms:6 Rn:5 Rd:5',
    asm: 'sbfm <Rd>, <Rn>, #<immr>, #<imms>',
    where: BITFIELD,
    aliases: [
      alias('imms == 31 && sf == 0', 'asr <Rd>, <Rn>, #<immr>'),
      alias('imms == 63 && sf == 1', 'asr <Rd>, <Rn>, #<immr>'),
      alias('immr == 0 && imms == 7', 'sxtb <Rd>, <Wn>'),
      alias('immr == 0 && imms == 15', 'sxth <Rd>, <Wn>'),
      alias('immr == 0 && imms == 31 && sf == 1', 'sxtw <Xd>, <Wn>'),
      alias('imms < immr', 'sbfiz <Rd>, <Rn>, #<bfizlsb>, #<bfizwidth>'),
      alias('imms >= immr', 'sbfx <Rd>, <Rn>, #<immr>, #<bfxwidth>'),
    ],
  },
  {
    id: 'BFM',
    pattern: 'sf 01 100110 N immr:6 imms:6 Rn:5 Rd:5',
    asm: 'bfm <Rd>, <Rn>, #<immr>, #<imms>',
    where: BITFIELD,
    aliases: [
      alias('imms < immr && Rn == 31', 'bfc <Rd>, #<bfizlsb>, #<bfizwidth>'),
      alias('imms < immr', 'bfi <Rd>, <Rn>, #<bfizlsb>, #<bfizwidth>'),
      alias('imms >= immr', 'bfxil <Rd>, <Rn>, #<immr>, #<bfxwidth>'),
    ],
  },
  {
    id: 'UBFM',
    pattern: 'sf 10 100110 N immr:6 imms:6 Rn:5 Rd:5',
    asm: 'ubfm <Rd>, <Rn>, #<immr>, #<imms>',
    where: BITFIELD,
    aliases: [
      alias('imms == 31 && sf == 0', 'lsr <Rd>, <Rn>, #<immr>'),
      alias('imms == 63 && sf == 1', 'lsr <Rd>, <Rn>, #<immr>'),
      alias('imms + 1 == immr', 'lsl <Rd>, <Rn>, #<lslshift>'),
      alias('immr == 0 && imms == 7 && sf == 0', 'uxtb <Wd>, <Wn>'),
      alias('immr == 0 && imms == 15 && sf == 0', 'uxth <Wd>, <Wn>'),
      alias('imms < immr', 'ubfiz <Rd>, <Rn>, #<bfizlsb>, #<bfizwidth>'),
      alias('imms >= immr', 'ubfx <Rd>, <Rn>, #<immr>, #<bfxwidth>'),
    ],
  },
  {
    id: 'EXTR',
    pattern: 'sf 00 100111 N 0 Rm:5 imms:6 Rn:5 Rd:5',
    asm: 'extr <Rd>, <Rn>, <Rm>, #<imms>',
    where: 'N == sf && (sf == 1 || imms < 32)',
    aliases: [alias('Rn == Rm', 'ror <Rd>, <Rn>, #<imms>')],
  },
])
