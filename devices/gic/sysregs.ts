/**
 * Encodings of the GICv3's system registers: op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2, as the core passes them.
 * Source: IHI 0069 chapter 12.
 */

function encoding(op1: number, crn: number, crm: number, op2: number): number {
  return (3 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2
}

export const ICC_PMR = encoding(0, 4, 6, 0)
export const ICC_IAR0 = encoding(0, 12, 8, 0)
export const ICC_EOIR0 = encoding(0, 12, 8, 1)
export const ICC_HPPIR0 = encoding(0, 12, 8, 2)
export const ICC_BPR0 = encoding(0, 12, 8, 3)
export const ICC_AP0R0 = encoding(0, 12, 8, 4)
export const ICC_AP1R0 = encoding(0, 12, 9, 0)
export const ICC_DIR = encoding(0, 12, 11, 1)
export const ICC_RPR = encoding(0, 12, 11, 3)
export const ICC_SGI1R = encoding(0, 12, 11, 5)
export const ICC_ASGI1R = encoding(0, 12, 11, 6)
export const ICC_SGI0R = encoding(0, 12, 11, 7)
export const ICC_IAR1 = encoding(0, 12, 12, 0)
export const ICC_EOIR1 = encoding(0, 12, 12, 1)
export const ICC_HPPIR1 = encoding(0, 12, 12, 2)
export const ICC_BPR1 = encoding(0, 12, 12, 3)
export const ICC_CTLR = encoding(0, 12, 12, 4)
export const ICC_IGRPEN0 = encoding(0, 12, 12, 6)
export const ICC_IGRPEN1 = encoding(0, 12, 12, 7)

export const ICH_AP0R0 = encoding(4, 12, 8, 0)
export const ICH_AP1R0 = encoding(4, 12, 9, 0)
export const ICH_HCR = encoding(4, 12, 11, 0)
export const ICH_VTR = encoding(4, 12, 11, 1)
export const ICH_MISR = encoding(4, 12, 11, 2)
export const ICH_EISR = encoding(4, 12, 11, 3)
export const ICH_ELRSR = encoding(4, 12, 11, 5)
export const ICH_VMCR = encoding(4, 12, 11, 7)
/** ICH_LR0_EL2; the next ones follow. */
export const ICH_LR0 = encoding(4, 12, 12, 0)
