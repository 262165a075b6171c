/**
 * Where user mode QEMU 7.2 departs from the Arm ARM (DDI 0487) or cannot be asked: the manual wins, so the random
 * differential test leaves these operands out, and tests of the core itself (jit/core) check what the manual says.
 */

export interface Deviation {
  /** Ids of the rows concerned. */
  readonly rows: RegExp
  readonly reason: string
}

/** Rows that are only given aligned addresses. */
export const alignedOnly: readonly Deviation[] = [
  {
    rows: /^LDAPR[BH]?$/,
    reason:
      '"Alignment of data accesses": without FEAT_LSE2 a load-acquire must be aligned, LDAPR too; QEMU 7.2 checks LDAR, but not LDAPR',
  },
]
