/**
 * A64 system instructions: hints, barriers, PSTATE, system registers (DDI 0487 C4.1, "Hints" to "System register move").
 *
 * Every hint is one row, HINT, because what is not implemented must execute as NOP. Transactional memory is left out.
 */

import { OPERATION_MNEMONICS } from '../system-operations.ts'
import { type Alias, alias, family, type RowBody } from './row.ts'

/** Hints by CRm:op2 (C6.2.104 HINT); the rest of the space prints as `hint #n`. */
const HINTS: Record<number, string> = {
  0: 'nop',
  1: 'yield',
  2: 'wfe',
  3: 'wfi',
  4: 'sev',
  5: 'sevl',
  7: 'xpaclri',
  8: 'pacia1716',
  10: 'pacib1716',
  12: 'autia1716',
  14: 'autib1716',
  16: 'esb',
  17: 'psb csync',
  18: 'tsb csync',
  20: 'csdb',
  22: 'clearbhb',
  24: 'paciaz',
  25: 'paciasp',
  26: 'pacibz',
  27: 'pacibsp',
  28: 'autiaz',
  29: 'autiasp',
  30: 'autibz',
  31: 'autibsp',
  32: 'bti',
  34: 'bti c',
  36: 'bti j',
  38: 'bti jc',
}

function barrier(id: string, op2: string, asm: string, aliases: readonly Alias[] = []): RowBody {
  return { id, pattern: `1101010100 0 00 011 0011 CRm:4 ${op2} 11111`, asm, aliases }
}

function pstateOp(id: string, op2: string, feature: string): RowBody {
  return {
    id,
    pattern: `1101010100 0 00 000 0100 (0000) ${op2} 11111`,
    asm: id.toLowerCase(),
    feature,
  }
}

/** op1:op2 of the PSTATE fields that MSR (immediate) can write. */
const PSTATE_WHERE = [
  '(op1 == 0 && (op2 == 3 || op2 == 4 || op2 == 5))',
  '(op1 == 3 && (op2 == 1 || op2 == 2 || op2 == 6 || op2 == 7))',
].join(' || ')

export const system = family('system', 'base', [
  {
    id: 'HINT',
    pattern: '1101010100 0 00 011 0010 CRm:4 op2:3 11111',
    asm: 'hint #<hint>',
    aliases: Object.entries(HINTS).map(([n, text]) =>
      alias(`CRm == ${Number(n) >> 3} && op2 == ${Number(n) & 7}`, text),
    ),
    synonyms: [alias('CRm == 0 && op2 == 6', 'dgh')],
  },
  {
    id: 'WFET',
    pattern: '1101010100 0 00 011 0001 0000 000 Rd:5',
    asm: 'wfet <Xd>',
    feature: 'wfxt',
  },
  {
    id: 'WFIT',
    pattern: '1101010100 0 00 011 0001 0000 001 Rd:5',
    asm: 'wfit <Xd>',
    feature: 'wfxt',
  },
  barrier('CLREX', '010', 'clrex<clrex>'),
  barrier('DSB', '100', 'dsb <barrier>', [alias('CRm == 0', 'ssbb'), alias('CRm == 4', 'pssbb')]),
  {
    id: 'DSB_nXS',
    pattern: '1101010100 0 00 011 0011 imm2:2 10 001 11111',
    asm: 'dsb <barriernxs>',
    feature: 'xs',
  },
  barrier('DMB', '101', 'dmb <barrier>'),
  barrier('ISB', '110', 'isb<isb>'),
  {
    id: 'SB',
    pattern: '1101010100 0 00 011 0011 0000 111 11111',
    asm: 'sb',
    feature: 'sb',
  },
  pstateOp('CFINV', '000', 'flagm'),
  pstateOp('XAFLAG', '001', 'flagm2'),
  pstateOp('AXFLAG', '010', 'flagm2'),
  {
    id: 'MSR_imm',
    pattern: '1101010100 0 00 op1:3 0100 CRm:4 op2:3 11111',
    asm: 'msr <pstate>, #<CRm>',
    where: PSTATE_WHERE,
  },
  {
    id: 'SYS',
    pattern: '1101010100 0 01 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    asm: 'sys #<op1>, C<CRn>, C<Cm>, #<op2><optXt>',
    aliases: OPERATION_MNEMONICS.map((mnemonic, n) =>
      alias(`operation(${n}, op1, CRn, CRm, op2, Rt)`, `${mnemonic} <op:${mnemonic}>`),
    ),
  },
  {
    id: 'SYSL',
    pattern: '1101010100 1 01 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    asm: 'sysl <Xt>, #<op1>, C<CRn>, C<Cm>, #<op2>',
  },
  {
    id: 'MSR_reg',
    pattern: '1101010100 0 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    asm: 'msr <sysregw>, <Xt>',
  },
  {
    id: 'MRS',
    pattern: '1101010100 1 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    asm: 'mrs <Xt>, <sysregr>',
  },
])
