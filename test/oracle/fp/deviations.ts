/**
 * Where QEMU 7.2 departs from the Arm ARM (DDI 0487): the manual wins, and the oracle's result is
 * corrected by this list.
 */

export interface Deviation {
  readonly row: string
  readonly reason: string
  /**
   * Bits of Vd that hold the result; QEMU leaves something in the others, which the manual clears.
   */
  readonly resultBits: number
}

export const deviations: readonly Deviation[] = [
  {
    row: 'FCVTZS_sisd_fix_h',
    reason:
      'C7.2 FCVTZS: V[d] is the 16-bit result, zero-extended; QEMU sign-extends it to 32 bits',
    resultBits: 16,
  },
]
