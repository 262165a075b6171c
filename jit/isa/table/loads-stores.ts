/**
 * A64 loads and stores of general registers (DDI 0487 C4.1 "Loads and Stores"): single register, pair, literal,
 * prefetch.
 *
 * Exclusives, ordered accesses and atomics are in `atomics.ts`, SIMD&FP registers in `loads-stores-fp.ts`. Memory
 * tagging, LD64B and the memory copy instructions are left out.
 */

import { alias, family, type RowBody } from './row.ts'

/** Writeback to a base that is also transferred. */
const WRITEBACK = 'Rt == Rn && Rn != 31'

/** One access: name, size (bits 31:30), opc (bits 23:22, may hold a field), its register operand, log2 of its bytes. */
interface Access {
  readonly name: string
  readonly size: string
  readonly opc: string
  readonly rt: string
  readonly scale: string
}

const ACCESSES: readonly Access[] = [
  { name: 'STRB', size: '00', opc: '00', rt: '<Wt>', scale: '0' },
  { name: 'LDRB', size: '00', opc: '01', rt: '<Wt>', scale: '0' },
  { name: 'LDRSB', size: '00', opc: '1 opc0', rt: '<Rt!opc0>', scale: '0' },
  { name: 'STRH', size: '01', opc: '00', rt: '<Wt>', scale: '1' },
  { name: 'LDRH', size: '01', opc: '01', rt: '<Wt>', scale: '1' },
  { name: 'LDRSH', size: '01', opc: '1 opc0', rt: '<Rt!opc0>', scale: '1' },
  { name: 'STR', size: '1 sf', opc: '00', rt: '<Rt>', scale: '2 + sf' },
  { name: 'LDR', size: '1 sf', opc: '01', rt: '<Rt>', scale: '2 + sf' },
  { name: 'LDRSW', size: '10', opc: '10', rt: '<Xt>', scale: '2' },
]

/** STR -> STU R, LDRSW -> LDURSW, STR -> STTR. */
function insert(name: string, letter: string): string {
  return `${name.slice(0, 2)}${letter}${name.slice(2)}`
}

function single({ name, size, opc, rt, scale }: Access): RowBody[] {
  const mnemonic = name.toLowerCase()
  const row = (id: string, bits: string, operands: string, unpredictable = ''): RowBody => ({
    id,
    pattern: `${size} 111 0 ${bits} Rn:5 Rt:5`,
    asm: `${id.startsWith(name) ? mnemonic : id.toLowerCase()} ${rt}, ${operands}`,
    unpredictable,
  })
  return [
    row(`${name}_imm`, `01 ${opc} imm12:12`, `[<Xn|sp><off12:${scale}>]`),
    {
      ...row(insert(name, 'U'), `00 ${opc} 0 imm9:9 00`, '[<Xn|sp><off9>]'),
      synonyms: [alias('', `${mnemonic} ${rt}, [<Xn|sp><off9>]`)],
    },
    row(`${name}_post`, `00 ${opc} 0 imm9:9 01`, '[<Xn|sp>], #<simm9>', WRITEBACK),
    row(insert(name, 'T'), `00 ${opc} 0 imm9:9 10`, '[<Xn|sp><off9>]'),
    row(`${name}_pre`, `00 ${opc} 0 imm9:9 11`, '[<Xn|sp>, #<simm9>]!', WRITEBACK),
    {
      ...row(`${name}_reg`, `00 ${opc} 1 Rm:5 option:3 S 10`, `[<Xn|sp>, <index:${scale}>]`),
      where: '(option & 2) != 0',
    },
  ]
}

/** LDP, STP, LDPSW with their addressing modes; the non-temporal form exists for the first two. */
function pair(name: string, opc: string, load: string, rt: string, scale: string): RowBody[] {
  const mnemonic = name.toLowerCase()
  const registers = `<${rt}t>, <${rt}t2>`
  const same = load === '1' ? 'Rt == Rt2' : ''
  const writeback = '(Rt == Rn || Rt2 == Rn) && Rn != 31'
  const row = (id: string, mode: string, address: string, unpredictable: string): RowBody => ({
    id,
    pattern: `${opc} 101 0 ${mode} ${load} imm7:7 Rt2:5 Rn:5 Rt:5`,
    asm: `${id.startsWith(name) ? mnemonic : id.toLowerCase()} ${registers}, ${address}`,
    unpredictable,
  })
  const both = same ? `${same} || (${writeback})` : writeback
  const rows = [
    row(name, '010', `[<Xn|sp><off7:${scale}>]`, same),
    row(`${name}_post`, '001', `[<Xn|sp>], #<simm7:${scale}>`, both),
    row(`${name}_pre`, '011', `[<Xn|sp>, #<simm7:${scale}>]!`, both),
  ]
  if (name !== 'LDPSW') {
    rows.push(row(`${insert(name, 'N')}`, '000', `[<Xn|sp><off7:${scale}>]`, same))
  }
  return rows
}

export const loadsStores = family('ldst', 'base', [
  ...ACCESSES.flatMap(single),
  {
    id: 'PRFM_imm',
    pattern: '11 111 0 01 10 imm12:12 Rn:5 Rt:5',
    asm: 'prfm <prfop>, [<Xn|sp><off12:3>]',
  },
  {
    id: 'PRFUM',
    pattern: '11 111 0 00 10 0 imm9:9 00 Rn:5 Rt:5',
    asm: 'prfum <prfop>, [<Xn|sp><off9>]',
  },
  {
    id: 'PRFM_reg',
    pattern: '11 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 Rt:5',
    asm: 'prfm <prfop>, [<Xn|sp>, <index:3>]',
    where: '(option & 2) != 0',
  },
  { id: 'LDR_lit', pattern: '0 sf 011 0 00 imm19:19 Rt:5', asm: 'ldr <Rt>, <label19>' },
  { id: 'LDRSW_lit', pattern: '10 011 0 00 imm19:19 Rt:5', asm: 'ldrsw <Xt>, <label19>' },
  { id: 'PRFM_lit', pattern: '11 011 0 00 imm19:19 Rt:5', asm: 'prfm <prfop>, <label19>' },
  ...pair('STP', 'sf 0', '0', 'R', '2+sf'),
  ...pair('LDP', 'sf 0', '1', 'R', '2+sf'),
  ...pair('LDPSW', '01', '1', 'X', '2'),
  ...['A', 'B'].flatMap((key, m): RowBody[] => [
    {
      id: `LDRA${key}`,
      pattern: `11 111 0 00 ${m} S 1 imm9:9 0 1 Rn:5 Rt:5`,
      asm: `ldra${key.toLowerCase()} <Xt>, [<Xn|sp><off10>]`,
      feature: 'pauth',
    },
    {
      id: `LDRA${key}_pre`,
      pattern: `11 111 0 00 ${m} S 1 imm9:9 1 1 Rn:5 Rt:5`,
      asm: `ldra${key.toLowerCase()} <Xt>, [<Xn|sp><off10>]!`,
      feature: 'pauth',
      unpredictable: WRITEBACK,
    },
  ]),
])
