/**
 * Where this folder's tests let GNU binutils and Capstone differ from the table, and why. Not used by the machine.
 *
 * Both know extensions that the table leaves out; both are looser or stricter in places than the manual.
 */

/** Words of one kind that an oracle may call defined although the table does not. */
export interface Unmodelled {
  readonly reason: string
  readonly matches: (word: number, text: string) => boolean
}

const mnemonic = (text: string): string => /^[a-z0-9]*/.exec(text)![0]

const byMnemonic = (reason: string, pattern: RegExp): Unmodelled => ({
  reason,
  matches: (_, text) => pattern.test(mnemonic(text)),
})

/** Defined by binutils 2.40, not by the table. */
export const UNMODELLED: readonly Unmodelled[] = [
  {
    reason: 'SVE and SME are not modelled',
    matches: (word) => [0, 2].includes((word >>> 25) & 15),
  },
  byMnemonic('SME is not modelled', /^sm(start|stop)$/),
  byMnemonic(
    'memory tagging is not modelled',
    /^(st2?g|stzg|stz2g|stgp|stgm|stzgm|ldgm?|addg|subg|subps?|cmpp|irg|gmi)$/,
  ),
  byMnemonic('memory copy and set (FEAT_MOPS) is not modelled', /^(cpy|set)[fgpme]/),
  byMnemonic('hinted conditional branches (FEAT_HBC) are not modelled', /^bc$/),
  byMnemonic('FEAT_CSSC is not modelled', /^([su](max|min)|cnt|ctz|abs)$/),
  byMnemonic('64-byte accesses (FEAT_LS64) are not modelled', /^(ld64b|st64b|st64bv0?)$/),
  byMnemonic('transactional memory is not modelled', /^t(start|test|commit|cancel)$/),
  {
    reason: 'MSR and MRS with op0 0 are unallocated; tools print them as system register moves',
    matches: (word) => (word & 0xffd80000) >>> 0 === 0xd5000000,
  },
  {
    reason: 'bit 22 of FMLAL and FMLSL (vector) is 0 by the manual; binutils ignores it',
    matches: (word, text) => /^fml[as]l2?$/.test(mnemonic(text)) && (word & 0x400000) !== 0,
  },
]

/** Rows of which some words are undefined to binutils. */
export const STRICTER: Readonly<Record<string, string>> = {
  LDPSW: 'binutils refuses Rt = Rt2, which is CONSTRAINED UNPREDICTABLE',
  LDPSW_post: 'binutils refuses Rt = Rt2, which is CONSTRAINED UNPREDICTABLE',
  LDPSW_pre: 'binutils refuses Rt = Rt2, which is CONSTRAINED UNPREDICTABLE',
}

/** Rows that binutils prints differently on some words. */
export const PRINTED_DIFFERENTLY: Readonly<Record<string, string>> = {
  MSR_imm:
    'for one-bit PSTATE fields binutils wants CRm 0 or 1; the manual takes its lowest bit, so the rest is defined',
  SYS: 'binutils drops Rt of operations that take none, and so prints two words alike',
}

/** Features that Capstone 5 does not know, by their name in the table. */
export const UNKNOWN_TO_CAPSTONE: ReadonlySet<string> = new Set([
  'bf16',
  'fhm',
  'flagm2',
  'frintts',
  'i8mm',
  'sb',
  'wfxt',
  'xs',
])

/** Rows in which Capstone 5 departs from the manual. */
export const CAPSTONE_DIFFERS: Readonly<Record<string, string>> = {
  UDF: 'unknown to it',
  MSR_imm: 'it wants CRm 0 or 1 for one-bit PSTATE fields',
  PRFM_lit: 'it prints no prefetch operation that has no name',
  PRFM_imm: 'it prints no prefetch operation that has no name',
  PRFM_reg: 'it prints no prefetch operation that has no name',
  PRFUM: 'it prints no prefetch operation that has no name',
  ...Object.fromEntries(
    ['LDTR', 'LDTRB', 'LDTRH', 'LDTRSB', 'LDTRSH', 'LDTRSW', 'STTR', 'STTRB', 'STTRH'].map((id) => [
      id,
      'it refuses Rt = Rn, though there is no writeback',
    ]),
  ),
  ORR_imm: 'it prints ORR for some values that no MOVZ or MOVN can move',
  SSHLL_v: 'it prints SXTL of words as SSHLL #0',
  USHLL_v: 'it prints UXTL of words as USHLL #0',
}

/** Hints that Capstone 5 prints as numbers. */
export const HINTS_UNKNOWN_TO_CAPSTONE: Readonly<Record<string, string>> = { clearbhb: 'hint 22' }
