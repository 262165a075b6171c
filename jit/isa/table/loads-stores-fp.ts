/**
 * A64 loads and stores of SIMD&FP registers (DDI 0487 C4.1 "Loads and Stores"): single register, pair, literal, and
 * the structure loads and stores LD1 to ST4.
 *
 * A single register's size is opc1:size, 0 to 4 for B, H, S, D, Q; a pair's or literal's is opc, 0 to 2 for S, D, Q.
 */

import { alias, family, type RowBody } from './row.ts'

function single(name: string, load: string): RowBody[] {
  const mnemonic = name.toLowerCase()
  const row = (id: string, mode: string, rest: string, asm: string, extra = ''): RowBody => ({
    id,
    pattern: `size:2 111 1 ${mode} opc1 ${load} ${rest} Rn:5 Rt:5`,
    asm: asm.startsWith('[') ? `${mnemonic} <fpt:ldst>, ${asm}` : asm,
    where: extra ? `(opc1 == 0 || size == 0) && ${extra}` : 'opc1 == 0 || size == 0',
  })
  const unscaled = `${name.slice(0, 2)}U${name.slice(2)}`
  return [
    row(`${name}_fp_imm`, '01', 'imm12:12', '[<Xn|sp><off12:size + 4 * opc1>]'),
    row(`${name}_fp_post`, '00', '0 imm9:9 01', '[<Xn|sp>], #<simm9>'),
    row(`${name}_fp_pre`, '00', '0 imm9:9 11', '[<Xn|sp>, #<simm9>]!'),
    row(
      `${name}_fp_reg`,
      '00',
      '1 Rm:5 option:3 S 10',
      '[<Xn|sp>, <index:size + 4 * opc1>]',
      '(option & 2) != 0',
    ),
    {
      ...row(
        `${unscaled}_fp`,
        '00',
        '0 imm9:9 00',
        `${unscaled.toLowerCase()} <fpt:ldst>, [<Xn|sp><off9>]`,
      ),
      synonyms: [alias('', `${mnemonic} <fpt:ldst>, [<Xn|sp><off9>]`)],
    },
  ]
}

function pair(name: string, load: string): RowBody[] {
  const mnemonic = name.toLowerCase()
  const unpredictable = load === '1' ? 'Rt == Rt2' : ''
  const row = (id: string, mode: string, mnem: string, address: string): RowBody => ({
    id,
    pattern: `opc:2 101 1 ${mode} ${load} imm7:7 Rt2:5 Rn:5 Rt:5`,
    asm: `${mnem} <fpt:pair>, <fpt2:pair>, ${address}`,
    where: 'opc != 3',
    unpredictable,
  })
  const nonTemporal = `${name.slice(0, 2)}N${name.slice(2)}`
  return [
    row(`${nonTemporal}_fp`, '000', nonTemporal.toLowerCase(), '[<Xn|sp><off7:2 + opc>]'),
    row(`${name}_fp`, '010', mnemonic, '[<Xn|sp><off7:2 + opc>]'),
    row(`${name}_fp_post`, '001', mnemonic, '[<Xn|sp>], #<simm7:2 + opc>'),
    row(`${name}_fp_pre`, '011', mnemonic, '[<Xn|sp>, #<simm7:2 + opc>]!'),
  ]
}

/** Structures of whole registers: name, opcode, registers. LD1 of 1 to 4 registers are four rows. */
const MULTIPLE: readonly (readonly [string, string, number])[] = [
  ['1_mult1', '0111', 1],
  ['1_mult2', '1010', 2],
  ['1_mult3', '0110', 3],
  ['1_mult4', '0010', 4],
  ['2_mult', '1000', 2],
  ['3_mult', '0100', 3],
  ['4_mult', '0000', 4],
]

function multiple(prefix: string, load: string): RowBody[] {
  return MULTIPLE.flatMap(([suffix, opcode, count]): RowBody[] => {
    const n = Number(suffix[0])
    const asm = `${prefix.toLowerCase()}${n} <list.T:${count}>, `
    const where = n === 1 ? '' : 'size != 3 || Q == 1'
    return [
      {
        id: `${prefix}${suffix}`,
        pattern: `0 Q 001100 0 ${load} 000000 ${opcode} size:2 Rn:5 Rt:5`,
        asm: `${asm}[<Xn|sp>]`,
        where,
      },
      {
        id: `${prefix}${suffix}_post`,
        pattern: `0 Q 001100 1 ${load} 0 Rm:5 ${opcode} size:2 Rn:5 Rt:5`,
        asm: `${asm}[<Xn|sp>], <postmult:${count}>`,
        where,
      },
    ]
  })
}

/** One lane: opc 0 to 2 for B, H, and S or D; the lane number is in the bits of Q:S:size that the size leaves free. */
const LANE =
  'opc == 0 || (opc == 1 && (size & 1) == 0) || (opc == 2 && (size == 0 || (size == 1 && S == 0)))'

function lane(prefix: string, load: string): RowBody[] {
  return [1, 2, 3, 4].flatMap((n): RowBody[] => {
    const r = n % 2 === 0 ? 1 : 0
    const o = n > 2 ? 1 : 0
    const asm = `${prefix.toLowerCase()}${n} <lanes:${n}>, `
    return [
      {
        id: `${prefix}${n}_lane`,
        pattern: `0 Q 001101 0 ${load} ${r} 00000 opc:2 ${o} S size:2 Rn:5 Rt:5`,
        asm: `${asm}[<Xn|sp>]`,
        where: LANE,
      },
      {
        id: `${prefix}${n}_lane_post`,
        pattern: `0 Q 001101 1 ${load} ${r} Rm:5 opc:2 ${o} S size:2 Rn:5 Rt:5`,
        asm: `${asm}[<Xn|sp>], <postlane:${n}>`,
        where: LANE,
      },
    ]
  })
}

/** Load one element, replicate to all lanes. */
function replicate(): RowBody[] {
  return [1, 2, 3, 4].flatMap((n): RowBody[] => {
    const r = n % 2 === 0 ? 1 : 0
    const o = n > 2 ? 1 : 0
    const asm = `ld${n}r <list.T:${n}>, `
    return [
      {
        id: `LD${n}R`,
        pattern: `0 Q 001101 0 1 ${r} 00000 11 ${o} 0 size:2 Rn:5 Rt:5`,
        asm: `${asm}[<Xn|sp>]`,
      },
      {
        id: `LD${n}R_post`,
        pattern: `0 Q 001101 1 1 ${r} Rm:5 11 ${o} 0 size:2 Rn:5 Rt:5`,
        asm: `${asm}[<Xn|sp>], <postrep:${n}>`,
      },
    ]
  })
}

export const loadsStoresFp = [
  ...family('fpldst', 'fp', [
    ...single('STR', '0'),
    ...single('LDR', '1'),
    ...pair('STP', '0'),
    ...pair('LDP', '1'),
    {
      id: 'LDR_fp_lit',
      pattern: 'opc:2 011 1 00 imm19:19 Rt:5',
      asm: 'ldr <fpt:pair>, <label19>',
      where: 'opc != 3',
    },
  ]),
  ...family('fpldst', 'simd', [
    ...multiple('ST', '0'),
    ...multiple('LD', '1'),
    ...lane('ST', '0'),
    ...lane('LD', '1'),
    ...replicate(),
  ]),
]
