/**
 * A64 exclusives, load-acquire / store-release, and the LSE atomics (DDI 0487 C4.1 "Load/store exclusive register",
 * "Load/store ordered", "Compare and swap", "Atomic memory operations", "LDAPR/STLR (unscaled immediate)").
 */

import { alias, family, type RowBody } from './row.ts'

/** Byte, halfword, and word or doubleword forms: suffix, size bits, register operand prefix. */
const SIZES = [
  { suffix: 'B', size: '00', r: 'W' },
  { suffix: 'H', size: '01', r: 'W' },
  { suffix: '', size: '1 sf', r: 'R' },
] as const

const STATUS = 'Rs == Rt || (Rs == Rn && Rn != 31)'
const STATUS_PAIR = 'Rs == Rt || Rs == Rt2 || (Rs == Rn && Rn != 31)'

/** One register, not exclusive: acquire, release, limited ordering. */
function ordered(id: string, bits: string, o0: string, feature = 'base'): RowBody[] {
  return SIZES.map(({ suffix, size, r }) => ({
    id: `${id}${suffix}`,
    pattern: `${size} 001000 ${bits} (11111) ${o0} (11111) Rn:5 Rt:5`,
    asm: `${id.toLowerCase()}${suffix.toLowerCase()} <${r}t>, [<Xn|sp><off0>]`,
    feature,
  }))
}

function storeExclusive(id: string, o0: string): RowBody[] {
  return SIZES.map(({ suffix, size, r }) => ({
    id: `${id}${suffix}`,
    pattern: `${size} 001000 0 0 0 Rs:5 ${o0} (11111) Rn:5 Rt:5`,
    asm: `${id.toLowerCase()}${suffix.toLowerCase()} <Ws>, <${r}t>, [<Xn|sp><off0>]`,
    unpredictable: STATUS,
  }))
}

function storeExclusivePair(id: string, o0: string): RowBody {
  return {
    id,
    pattern: `1 sf 001000 0 0 1 Rs:5 ${o0} Rt2:5 Rn:5 Rt:5`,
    asm: `${id.toLowerCase()} <Ws>, <Rt>, <Rt2>, [<Xn|sp><off0>]`,
    unpredictable: STATUS_PAIR,
  }
}

function loadExclusivePair(id: string, o0: string): RowBody {
  return {
    id,
    pattern: `1 sf 001000 0 1 1 (11111) ${o0} Rt2:5 Rn:5 Rt:5`,
    asm: `${id.toLowerCase()} <Rt>, <Rt2>, [<Xn|sp><off0>]`,
    unpredictable: 'Rt == Rt2',
  }
}

/** LSE operations by o3:opc. Acquire and release are fields, so LDADD, LDADDA, LDADDAL and LDADDL are one row. */
const ATOMICS: Record<string, string> = {
  LDADD: '0 000',
  LDCLR: '0 001',
  LDEOR: '0 010',
  LDSET: '0 011',
  LDSMAX: '0 100',
  LDSMIN: '0 101',
  LDUMAX: '0 110',
  LDUMIN: '0 111',
  SWP: '1 000',
}

function atomic(id: string, opc: string): RowBody[] {
  return SIZES.map(({ suffix, size, r }) => {
    const low = suffix.toLowerCase()
    return {
      id: `${id}${suffix}`,
      pattern: `${size} 111 0 00 A R 1 Rs:5 ${opc} 00 Rn:5 Rt:5`,
      asm: `${id.toLowerCase()}<al>${low} <${r}s>, <${r}t>, [<Xn|sp>]`,
      aliases:
        id === 'SWP'
          ? []
          : [
              alias(
                'A == 0 && Rt == 31',
                `st${id.slice(2).toLowerCase()}<l>${low} <${r}s>, [<Xn|sp>]`,
              ),
            ],
    }
  })
}

function acquirePC(): RowBody[] {
  return SIZES.map(({ suffix, size, r }) => ({
    id: `LDAPR${suffix}`,
    pattern: `${size} 111 0 00 1 0 1 (11111) 1 100 00 Rn:5 Rt:5`,
    asm: `ldapr${suffix.toLowerCase()} <${r}t>, [<Xn|sp><off0>]`,
  }))
}

/** FEAT_LRCPC2: with a 9-bit offset. */
function unscaled(id: string, size: string, opc: string, rt: string): RowBody {
  return {
    id,
    pattern: `${size} 011001 ${opc} 0 imm9:9 00 Rn:5 Rt:5`,
    asm: `${id.toLowerCase()} ${rt}, [<Xn|sp><off9>]`,
  }
}

export const atomics = [
  ...family('ldst', 'base', [
    ...storeExclusive('STXR', '0'),
    ...storeExclusive('STLXR', '1'),
    ...ordered('LDXR', '0 1 0', '0'),
    ...ordered('LDAXR', '0 1 0', '1'),
    storeExclusivePair('STXP', '0'),
    storeExclusivePair('STLXP', '1'),
    loadExclusivePair('LDXP', '0'),
    loadExclusivePair('LDAXP', '1'),
    ...ordered('STLR', '1 0 0', '1'),
    ...ordered('LDAR', '1 1 0', '1'),
    ...ordered('STLLR', '1 0 0', '0', 'lor'),
    ...ordered('LDLAR', '1 1 0', '0', 'lor'),
  ]),
  ...family('ldst', 'lse', [
    ...SIZES.map(
      ({ suffix, size, r }): RowBody => ({
        id: `CAS${suffix}`,
        pattern: `${size} 001000 1 A 1 Rs:5 R 11111 Rn:5 Rt:5`,
        asm: `cas<al>${suffix.toLowerCase()} <${r}s>, <${r}t>, [<Xn|sp>]`,
      }),
    ),
    {
      id: 'CASP',
      pattern: '0 sf 001000 0 A 1 Rs:5 R 11111 Rn:5 Rt:5',
      asm: 'casp<al> <Rs>, <Rs+1>, <Rt>, <Rt+1>, [<Xn|sp>]',
      where: '(Rs & 1) == 0 && (Rt & 1) == 0',
    },
    ...Object.entries(ATOMICS).flatMap(([id, opc]) => atomic(id, opc)),
  ]),
  ...family('ldst', 'lrcpc', acquirePC()),
  ...family('ldst', 'lrcpc2', [
    unscaled('STLURB', '00', '00', '<Wt>'),
    unscaled('LDAPURB', '00', '01', '<Wt>'),
    unscaled('LDAPURSB', '00', '1 opc0', '<Rt!opc0>'),
    unscaled('STLURH', '01', '00', '<Wt>'),
    unscaled('LDAPURH', '01', '01', '<Wt>'),
    unscaled('LDAPURSH', '01', '1 opc0', '<Rt!opc0>'),
    unscaled('STLUR', '1 sf', '00', '<Rt>'),
    unscaled('LDAPUR', '1 sf', '01', '<Rt>'),
    unscaled('LDAPURSW', '10', '10', '<Xt>'),
  ]),
]
