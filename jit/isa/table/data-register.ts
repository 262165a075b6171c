/**
 * A64 data processing, register (DDI 0487 C4.1 "Data Processing -- Register").
 *
 * Memory tagging's SUBP, IRG and GMI are left out.
 */

import { type Alias, alias, family, type RowBody } from './row.ts'

function logical(id: string, opc: string, n: string, aliases: readonly Alias[] = []): RowBody {
  return {
    id: `${id}_shift`,
    pattern: `sf ${opc} 01010 shift:2 ${n} Rm:5 imm6:6 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Rd>, <Rn>, <Rm><shift>`,
    where: 'sf == 1 || imm6 < 32',
    aliases,
  }
}

function addSub(
  id: string,
  bits: string,
  shifted: Alias[] = [],
  extended: Alias[] = [],
): RowBody[] {
  const mnemonic = id.toLowerCase()
  return [
    {
      id: `${id}_shift`,
      pattern: `sf ${bits} 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5`,
      asm: `${mnemonic} <Rd>, <Rn>, <Rm><shift>`,
      where: 'shift != 3 && (sf == 1 || imm6 < 32)',
      aliases: shifted,
    },
    {
      id: `${id}_ext`,
      pattern: `sf ${bits} 01011 00 1 Rm:5 option:3 imm3:3 Rn:5 Rd:5`,
      asm: `${mnemonic} <Rd${id.endsWith('S') ? '' : '|sp'}>, <Rn|sp>, <Rmext:${id.endsWith('S') ? 'Rn == 31' : 'Rn == 31 || Rd == 31'}>`,
      where: 'imm3 < 5',
      aliases: extended,
    },
  ]
}

function carry(id: string, bits: string, aliases: readonly Alias[] = []): RowBody {
  return {
    id,
    pattern: `sf ${bits} 11010000 Rm:5 000000 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Rd>, <Rn>, <Rm>`,
    aliases,
  }
}

function select(id: string, op: string, op2: string, aliases: readonly Alias[] = []): RowBody {
  return {
    id,
    pattern: `sf ${op} 0 11010100 Rm:5 cond:4 ${op2} Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Rd>, <Rn>, <Rm>, <cond>`,
    aliases,
  }
}

function one(id: string, opcode: string): RowBody {
  return {
    id,
    pattern: `sf 1 0 11010110 00000 ${opcode} Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Rd>, <Rn>`,
  }
}

function two(id: string, opcode: string, aliases: readonly Alias[] = []): RowBody {
  return {
    id,
    pattern: `sf 0 0 11010110 Rm:5 ${opcode} Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Rd>, <Rn>, <Rm>`,
    aliases,
  }
}

/** LSLV and its like are always written as the shift they are. */
function variableShift(id: string, opcode: string): RowBody {
  return two(id, opcode, [alias('', `${id.slice(0, 3).toLowerCase()} <Rd>, <Rn>, <Rm>`)])
}

/** MADD, MSUB and the widening forms; `plain` is the alias without the addend. */
function three(id: string, bits: string, plain: string, operands: string): RowBody {
  return {
    id,
    pattern: `${bits} Ra:5 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} ${operands}, ${operands.startsWith('<X') ? '<Xa>' : '<Ra>'}`,
    aliases: [alias('Ra == 31', `${plain} ${operands}`)],
  }
}

/** Pointer authentication with one operand: with a modifier, and with a zero modifier. */
function pauth(id: string, opcode: string): RowBody[] {
  return [
    {
      id,
      pattern: `1 1 0 11010110 00001 000 ${opcode} Rn:5 Rd:5`,
      asm: `${id.toLowerCase()} <Xd>, <Xn|sp>`,
      feature: 'pauth',
    },
    {
      id: `${id.slice(0, 4)}Z${id[4]}`,
      pattern: `1 1 0 11010110 00001 001 ${opcode} 11111 Rd:5`,
      asm: `${id.slice(0, 4).toLowerCase()}z${id[4]!.toLowerCase()} <Xd>`,
      feature: 'pauth',
    },
  ]
}

export const dataRegister = family('int', 'base', [
  logical('AND', '00', '0'),
  logical('BIC', '00', '1'),
  logical('ORR', '01', '0', [alias('shift == 0 && imm6 == 0 && Rn == 31', 'mov <Rd>, <Rm>')]),
  logical('ORN', '01', '1', [alias('Rn == 31', 'mvn <Rd>, <Rm><shift>')]),
  logical('EOR', '10', '0'),
  logical('EON', '10', '1'),
  logical('ANDS', '11', '0', [alias('Rd == 31', 'tst <Rn>, <Rm><shift>')]),
  logical('BICS', '11', '1'),
  ...addSub('ADD', '0 0'),
  ...addSub(
    'ADDS',
    '0 1',
    [alias('Rd == 31', 'cmn <Rn>, <Rm><shift>')],
    [alias('Rd == 31', 'cmn <Rn|sp>, <Rmext:Rn == 31>')],
  ),
  ...addSub('SUB', '1 0', [alias('Rn == 31', 'neg <Rd>, <Rm><shift>')]),
  ...addSub(
    'SUBS',
    '1 1',
    [alias('Rd == 31', 'cmp <Rn>, <Rm><shift>'), alias('Rn == 31', 'negs <Rd>, <Rm><shift>')],
    [alias('Rd == 31', 'cmp <Rn|sp>, <Rmext:Rn == 31>')],
  ),
  carry('ADC', '0 0'),
  carry('ADCS', '0 1'),
  carry('SBC', '1 0', [alias('Rn == 31', 'ngc <Rd>, <Rm>')]),
  carry('SBCS', '1 1', [alias('Rn == 31', 'ngcs <Rd>, <Rm>')]),
  {
    id: 'RMIF',
    pattern: '1 0 1 11010000 imm6:6 00001 Rn:5 0 mask:4',
    asm: 'rmif <Xn>, #<imm6>, #<mask>',
    feature: 'flagm',
  },
  {
    id: 'SETF8',
    pattern: '0 0 1 11010000 000000 0 0010 Rn:5 0 1101',
    asm: 'setf8 <Wn>',
    feature: 'flagm',
  },
  {
    id: 'SETF16',
    pattern: '0 0 1 11010000 000000 1 0010 Rn:5 0 1101',
    asm: 'setf16 <Wn>',
    feature: 'flagm',
  },
  ...['CCMN', 'CCMP'].flatMap((id, op): RowBody[] => [
    {
      id: `${id}_imm`,
      pattern: `sf ${op} 1 11010010 imm5:5 cond:4 1 0 Rn:5 0 nzcv:4`,
      asm: `${id.toLowerCase()} <Rn>, #<imm5>, #<nzcv>, <cond>`,
    },
    {
      id: `${id}_reg`,
      pattern: `sf ${op} 1 11010010 Rm:5 cond:4 0 0 Rn:5 0 nzcv:4`,
      asm: `${id.toLowerCase()} <Rn>, <Rm>, #<nzcv>, <cond>`,
    },
  ]),
  select('CSEL', '0', '00'),
  select('CSINC', '0', '01', [
    alias('Rm == 31 && Rn == 31 && cond < 14', 'cset <Rd>, <invcond>'),
    alias('Rm == Rn && Rn != 31 && cond < 14', 'cinc <Rd>, <Rn>, <invcond>'),
  ]),
  select('CSINV', '1', '00', [
    alias('Rm == 31 && Rn == 31 && cond < 14', 'csetm <Rd>, <invcond>'),
    alias('Rm == Rn && Rn != 31 && cond < 14', 'cinv <Rd>, <Rn>, <invcond>'),
  ]),
  select('CSNEG', '1', '01', [alias('Rm == Rn && cond < 14', 'cneg <Rd>, <Rn>, <invcond>')]),
  one('RBIT', '000000'),
  one('REV16', '000001'),
  {
    id: 'REV32',
    pattern: 'sf 1 0 11010110 00000 000010 Rn:5 Rd:5',
    asm: 'rev32 <Rd>, <Rn>',
    aliases: [alias('sf == 0', 'rev <Wd>, <Wn>')],
  },
  {
    id: 'REV',
    pattern: '1 1 0 11010110 00000 000011 Rn:5 Rd:5',
    asm: 'rev <Xd>, <Xn>',
    synonyms: [alias('', 'rev64 <Xd>, <Xn>')],
  },
  one('CLZ', '000100'),
  one('CLS', '000101'),
  two('UDIV', '000010'),
  two('SDIV', '000011'),
  variableShift('LSLV', '001000'),
  variableShift('LSRV', '001001'),
  variableShift('ASRV', '001010'),
  variableShift('RORV', '001011'),
  ...['CRC32', 'CRC32C'].map(
    (id, c): RowBody => ({
      id,
      pattern: `sf 0 0 11010110 Rm:5 010 ${c} sz:2 Rn:5 Rd:5`,
      asm: `${id.toLowerCase()}<bhwx> <Wd>, <Wn>, <Rm>`,
      where: '(sf == 1 && sz == 3) || (sf == 0 && sz != 3)',
      feature: 'crc32',
    }),
  ),
  three('MADD', 'sf 00 11011 000 Rm:5 0', 'mul', '<Rd>, <Rn>, <Rm>'),
  three('MSUB', 'sf 00 11011 000 Rm:5 1', 'mneg', '<Rd>, <Rn>, <Rm>'),
  three('SMADDL', '1 00 11011 001 Rm:5 0', 'smull', '<Xd>, <Wn>, <Wm>'),
  three('SMSUBL', '1 00 11011 001 Rm:5 1', 'smnegl', '<Xd>, <Wn>, <Wm>'),
  {
    id: 'SMULH',
    pattern: '1 00 11011 010 Rm:5 0 (11111) Rn:5 Rd:5',
    asm: 'smulh <Xd>, <Xn>, <Xm>',
  },
  three('UMADDL', '1 00 11011 101 Rm:5 0', 'umull', '<Xd>, <Wn>, <Wm>'),
  three('UMSUBL', '1 00 11011 101 Rm:5 1', 'umnegl', '<Xd>, <Wn>, <Wm>'),
  {
    id: 'UMULH',
    pattern: '1 00 11011 110 Rm:5 0 (11111) Rn:5 Rd:5',
    asm: 'umulh <Xd>, <Xn>, <Xm>',
  },
  ...pauth('PACIA', '000'),
  ...pauth('PACIB', '001'),
  ...pauth('PACDA', '010'),
  ...pauth('PACDB', '011'),
  ...pauth('AUTIA', '100'),
  ...pauth('AUTIB', '101'),
  ...pauth('AUTDA', '110'),
  ...pauth('AUTDB', '111'),
  {
    id: 'XPACI',
    pattern: '1 1 0 11010110 00001 010000 11111 Rd:5',
    asm: 'xpaci <Xd>',
    feature: 'pauth',
  },
  {
    id: 'XPACD',
    pattern: '1 1 0 11010110 00001 010001 11111 Rd:5',
    asm: 'xpacd <Xd>',
    feature: 'pauth',
  },
  {
    id: 'PACGA',
    pattern: '1 0 0 11010110 Rm:5 001100 Rn:5 Rd:5',
    asm: 'pacga <Xd>, <Xn>, <Xm|sp>',
    feature: 'pauth',
  },
])
