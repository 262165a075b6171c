/**
 * A64 cryptographic instructions (DDI 0487 C4.1 "Cryptographic AES" to "Cryptographic four-register"), and PMULL of
 * 64-bit polynomials.
 */

import { family, type RowBody } from './row.ts'

function aes(id: string, opcode: string): RowBody {
  return {
    id,
    pattern: `01001110 00 10100 ${opcode} 10 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} <Vd>.16b, <Vn>.16b`,
    feature: 'aes',
  }
}

function sha3(id: string, opcode: string, operands: string, feature: string): RowBody {
  return {
    id,
    pattern: `01011110 00 0 Rm:5 0 ${opcode} 00 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} ${operands}`,
    feature,
  }
}

function sha2(id: string, opcode: string, operands: string, feature: string): RowBody {
  return {
    id,
    pattern: `01011110 00 10100 ${opcode} 10 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} ${operands}`,
    feature,
  }
}

/** The 0xce space: SHA512, SHA3, SM3, SM4. */
function newer(id: string, bits: string, operands: string, feature: string): RowBody {
  return {
    id,
    pattern: `11001110 ${bits} Rn:5 Rd:5`,
    asm: `${id.toLowerCase()} ${operands}`,
    feature,
  }
}

const WORDS = '<Vd>.4s, <Vn>.4s, <Vm>.4s'

export const crypto = family('crypto', 'simd', [
  aes('AESE', '00100'),
  aes('AESD', '00101'),
  aes('AESMC', '00110'),
  aes('AESIMC', '00111'),
  sha3('SHA1C', '000', '<Qd>, <Sn>, <Vm>.4s', 'sha1'),
  sha3('SHA1P', '001', '<Qd>, <Sn>, <Vm>.4s', 'sha1'),
  sha3('SHA1M', '010', '<Qd>, <Sn>, <Vm>.4s', 'sha1'),
  sha3('SHA1SU0', '011', WORDS, 'sha1'),
  sha3('SHA256H', '100', '<Qd>, <Qn>, <Vm>.4s', 'sha256'),
  sha3('SHA256H2', '101', '<Qd>, <Qn>, <Vm>.4s', 'sha256'),
  sha3('SHA256SU1', '110', WORDS, 'sha256'),
  sha2('SHA1H', '00000', '<Sd>, <Sn>', 'sha1'),
  sha2('SHA1SU1', '00001', '<Vd>.4s, <Vn>.4s', 'sha1'),
  sha2('SHA256SU0', '00010', '<Vd>.4s, <Vn>.4s', 'sha256'),
  {
    id: 'PMULL_1q',
    pattern: '0 Q 0 01110 11 1 Rm:5 1110 00 Rn:5 Rd:5',
    asm: 'pmull<2> <Vd>.1q, <Vn.D>, <Vm.D>',
    feature: 'pmull',
  },
  newer('SHA512H', '011 Rm:5 1 0 00 00', '<Qd>, <Qn>, <Vm>.2d', 'sha512'),
  newer('SHA512H2', '011 Rm:5 1 0 00 01', '<Qd>, <Qn>, <Vm>.2d', 'sha512'),
  newer('SHA512SU1', '011 Rm:5 1 0 00 10', '<Vd>.2d, <Vn>.2d, <Vm>.2d', 'sha512'),
  newer('SHA512SU0', '110 00000 10 0000', '<Vd>.2d, <Vn>.2d', 'sha512'),
  newer('RAX1', '011 Rm:5 1 0 00 11', '<Vd>.2d, <Vn>.2d, <Vm>.2d', 'sha3'),
  newer('EOR3', '000 Rm:5 0 Ra:5', '<Vd>.16b, <Vn>.16b, <Vm>.16b, <Va>.16b', 'sha3'),
  newer('BCAX', '001 Rm:5 0 Ra:5', '<Vd>.16b, <Vn>.16b, <Vm>.16b, <Va>.16b', 'sha3'),
  newer('XAR', '100 Rm:5 imm6:6', '<Vd>.2d, <Vn>.2d, <Vm>.2d, #<imm6>', 'sha3'),
  newer('SM3SS1', '010 Rm:5 0 Ra:5', '<Vd>.4s, <Vn>.4s, <Vm>.4s, <Va>.4s', 'sm3'),
  newer('SM3TT1A', '010 Rm:5 10 imm2:2 00', '<Vd>.4s, <Vn>.4s, <Vm>.s[<imm2>]', 'sm3'),
  newer('SM3TT1B', '010 Rm:5 10 imm2:2 01', '<Vd>.4s, <Vn>.4s, <Vm>.s[<imm2>]', 'sm3'),
  newer('SM3TT2A', '010 Rm:5 10 imm2:2 10', '<Vd>.4s, <Vn>.4s, <Vm>.s[<imm2>]', 'sm3'),
  newer('SM3TT2B', '010 Rm:5 10 imm2:2 11', '<Vd>.4s, <Vn>.4s, <Vm>.s[<imm2>]', 'sm3'),
  newer('SM3PARTW1', '011 Rm:5 1 1 00 00', WORDS, 'sm3'),
  newer('SM3PARTW2', '011 Rm:5 1 1 00 01', WORDS, 'sm3'),
  newer('SM4EKEY', '011 Rm:5 1 1 00 10', WORDS, 'sm4'),
  newer('SM4E', '110 00000 10 0001', '<Vd>.4s, <Vn>.4s', 'sm4'),
])
