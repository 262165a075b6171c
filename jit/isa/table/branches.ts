/**
 * A64 branches and exception generation (DDI 0487 C4.1 "Branches, Exception Generating and System instructions").
 *
 * The system half of that class is in `system.ts`. Transactional memory's TCANCEL is left out.
 */

import { alias, family, type RowBody } from './row.ts'

function branchRegister(id: string, opc: string, asm: string): RowBody {
  return { id, pattern: `1101011 ${opc} 11111 000000 Rn:5 00000`, asm }
}

/** Branches with pointer authentication, key A and key B. */
function authenticated(id: string, z: string, opc: string): RowBody[] {
  const mnemonic = id.toLowerCase()
  return ['A', 'B'].map((key, m) => {
    const suffix = key.toLowerCase()
    return z === '0'
      ? {
          id: `${id}${key}Z`,
          pattern: `1101011 0${opc} 11111 00001 ${m} Rn:5 11111`,
          asm: `${mnemonic}${suffix}z <Xn>`,
          feature: 'pauth',
        }
      : {
          id: `${id}${key}`,
          pattern: `1101011 1${opc} 11111 00001 ${m} Rn:5 Rm:5`,
          asm: `${mnemonic}${suffix} <Xn>, <Xm|sp>`,
          feature: 'pauth',
        }
  })
}

function authenticatedReturn(id: string, opc: string): RowBody[] {
  return ['A', 'B'].map((key, m) => ({
    id: `${id}${key}`,
    pattern: `1101011 ${opc} 11111 00001 ${m} 11111 11111`,
    asm: `${id.toLowerCase()}${key.toLowerCase()}`,
    feature: 'pauth',
  }))
}

function exception(id: string, opc: string, ll: string, operand = ' #<imm16>'): RowBody {
  return {
    id,
    pattern: `11010100 ${opc} imm16:16 000 ${ll}`,
    asm: `${id.toLowerCase()}${operand}`,
  }
}

export const branches = family('branch', 'base', [
  { id: 'B_cond', pattern: '01010100 imm19:19 0 cond:4', asm: 'b.<cond> <label19>' },
  { id: 'B', pattern: '000101 imm26:26', asm: 'b <label26>' },
  { id: 'BL', pattern: '100101 imm26:26', asm: 'bl <label26>' },
  { id: 'CBZ', pattern: 'sf 011010 0 imm19:19 Rt:5', asm: 'cbz <Rt>, <label19>' },
  { id: 'CBNZ', pattern: 'sf 011010 1 imm19:19 Rt:5', asm: 'cbnz <Rt>, <label19>' },
  { id: 'TBZ', pattern: 'b5 011011 0 b40:5 imm14:14 Rt:5', asm: 'tbz <Rtb>, #<bit>, <label14>' },
  { id: 'TBNZ', pattern: 'b5 011011 1 b40:5 imm14:14 Rt:5', asm: 'tbnz <Rtb>, #<bit>, <label14>' },
  branchRegister('BR', '0000', 'br <Xn>'),
  branchRegister('BLR', '0001', 'blr <Xn>'),
  {
    ...branchRegister('RET', '0010', 'ret <Xn>'),
    aliases: [alias('Rn == 30', 'ret')],
  },
  ...authenticated('BRA', '0', '000'),
  ...authenticated('BRA', '1', '000'),
  ...authenticated('BLRA', '0', '001'),
  ...authenticated('BLRA', '1', '001'),
  ...authenticatedReturn('RETA', '0010'),
  ...authenticatedReturn('ERETA', '0100'),
  { id: 'ERET', pattern: '1101011 0100 11111 000000 11111 00000', asm: 'eret' },
  { id: 'DRPS', pattern: '1101011 0101 11111 000000 11111 00000', asm: 'drps' },
  exception('SVC', '000', '01'),
  exception('HVC', '000', '10'),
  exception('SMC', '000', '11'),
  exception('BRK', '001', '00'),
  exception('HLT', '010', '00'),
  exception('DCPS1', '101', '01', '<dcps>'),
  exception('DCPS2', '101', '10', '<dcps>'),
  exception('DCPS3', '101', '11', '<dcps>'),
  { id: 'UDF', pattern: '0000000000000000 imm16:16', asm: 'udf #<udf>' },
])
