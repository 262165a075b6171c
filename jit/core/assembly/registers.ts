/**
 * Bits of system registers that several parts of the core look at. Arm ARM D13, names as there.
 */

// SCTLR_ELx
export const SCTLR_M: u64 = 1 << 0
export const SCTLR_A: u64 = 1 << 1
export const SCTLR_SA: u64 = 1 << 3
export const SCTLR_SA0: u64 = 1 << 4
export const SCTLR_UMA: u64 = 1 << 9
export const SCTLR_DZE: u64 = 1 << 14
export const SCTLR_UCT: u64 = 1 << 15
export const SCTLR_NTWI: u64 = 1 << 16
export const SCTLR_NTWE: u64 = 1 << 18
export const SCTLR_WXN: u64 = 1 << 19
export const SCTLR_SPAN: u64 = 1 << 23
export const SCTLR_E0E: u64 = 1 << 24
export const SCTLR_EE: u64 = 1 << 25
export const SCTLR_UCI: u64 = 1 << 26
export const SCTLR_DSSBS: u64 = 1 << 44

// HCR_EL2
export const HCR_VM: u64 = 1 << 0
export const HCR_SWIO: u64 = 1 << 1
export const HCR_PTW: u64 = 1 << 2
export const HCR_FMO: u64 = 1 << 3
export const HCR_IMO: u64 = 1 << 4
export const HCR_AMO: u64 = 1 << 5
export const HCR_VF: u64 = 1 << 6
export const HCR_VI: u64 = 1 << 7
export const HCR_VSE: u64 = 1 << 8
export const HCR_FB: u64 = 1 << 9
export const HCR_BSU: u64 = 3 << 10
export const HCR_DC: u64 = 1 << 12
export const HCR_TWI: u64 = 1 << 13
export const HCR_TWE: u64 = 1 << 14
export const HCR_TID0: u64 = 1 << 15
export const HCR_TID1: u64 = 1 << 16
export const HCR_TID2: u64 = 1 << 17
export const HCR_TID3: u64 = 1 << 18
export const HCR_TSC: u64 = 1 << 19
export const HCR_TIDCP: u64 = 1 << 20
export const HCR_TACR: u64 = 1 << 21
export const HCR_TSW: u64 = 1 << 22
export const HCR_TPCP: u64 = 1 << 23
export const HCR_TPU: u64 = 1 << 24
export const HCR_TTLB: u64 = 1 << 25
export const HCR_TVM: u64 = 1 << 26
export const HCR_TGE: u64 = 1 << 27
export const HCR_TDZ: u64 = 1 << 28
export const HCR_HCD: u64 = 1 << 29
export const HCR_TRVM: u64 = 1 << 30
export const HCR_RW: u64 = 1 << 31
export const HCR_CD: u64 = 1 << 32
export const HCR_ID: u64 = 1 << 33
export const HCR_E2H: u64 = 1 << 34
export const HCR_TLOR: u64 = 1 << 35
export const HCR_TERR: u64 = 1 << 36
export const HCR_TEA: u64 = 1 << 37
export const HCR_MIOCNCE: u64 = 1 << 38

// CPTR_EL2 (E2H = 0), and the FPEN field that CPACR_EL1 and CPTR_EL2 (E2H = 1) share
export const CPTR_TFP: u64 = 1 << 10
export const CPTR_TCPAC: u64 = 1 << 31
export const FPEN_SHIFT: u64 = 20

// MDCR_EL2
export const MDCR_TPMCR: u64 = 1 << 5
export const MDCR_TPM: u64 = 1 << 6
export const MDCR_TDE: u64 = 1 << 8
export const MDCR_TDA: u64 = 1 << 9
export const MDCR_TDOSA: u64 = 1 << 10
export const MDCR_TDRA: u64 = 1 << 11
export const MDCR_HPMD: u64 = 1 << 17

// MDSCR_EL1, OSLSR_EL1, OSDLR_EL1
export const MDSCR_SS: u64 = 1 << 0
export const MDSCR_TDCC: u64 = 1 << 12
export const MDSCR_KDE: u64 = 1 << 13
export const OSLSR_OSLK: u64 = 1 << 1
export const OSDLR_DLK: u64 = 1 << 0

// TCR_ELx: fields of the lower half; TCR_EL1 has those of the upper half 16 bits up.
export const TCR_EPD0: u64 = 1 << 7
export const TCR_A1: u64 = 1 << 22
export const TCR_EPD1: u64 = 1 << 23
export const TCR_AS: u64 = 1 << 36
export const TCR_TBI0: u64 = 1 << 37
export const TCR_TBI1: u64 = 1 << 38
export const TCR_HPD0: u64 = 1 << 41
export const TCR_HPD1: u64 = 1 << 42
/** TCR_EL2 while HCR_EL2.E2H is 0. */
export const TCR_EL2_TBI: u64 = 1 << 20
export const TCR_EL2_HPD: u64 = 1 << 24

// SPSR_ELx
export const SPSR_DIT: u64 = 1 << 24
export const SPSR_UAO: u64 = 1 << 23
export const SPSR_PAN: u64 = 1 << 22
export const SPSR_SS: u64 = 1 << 21
export const SPSR_IL: u64 = 1 << 20
export const SPSR_SSBS: u64 = 1 << 12
/** DAIF, in SPSR as in CPU_DAIF. */
export const DAIF_ALL: u32 = 0x3c0
export const DAIF_D: u32 = 0x200
export const DAIF_A: u32 = 0x100
export const DAIF_I: u32 = 0x080
export const DAIF_F: u32 = 0x040
