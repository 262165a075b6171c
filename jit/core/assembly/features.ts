/**
 * CPU models, and the architectural features each implements (Arm ARM A2: names as in the manual, without EL3, AArch32,
 * SVE, SME, MTE and pointer authentication, which no model here has).
 */
import { SYS_FEATURES } from './sysstate'

export const MODEL_CORTEX_A53: u32 = 0
export const MODEL_CORTEX_A57: u32 = 1
export const MODEL_CORTEX_A72: u32 = 2
export const MODEL_CORTEX_A76: u32 = 3
/** Everything that is implemented here. */
export const MODEL_MAX: u32 = 4
export const MODELS: u32 = 5

export const FEAT_CRC32: u64 = 1 << 0
export const FEAT_AES: u64 = 1 << 1
export const FEAT_PMULL: u64 = 1 << 2
export const FEAT_SHA1: u64 = 1 << 3
export const FEAT_SHA256: u64 = 1 << 4
export const FEAT_LSE: u64 = 1 << 5
export const FEAT_RDM: u64 = 1 << 6
export const FEAT_FP16: u64 = 1 << 7
export const FEAT_DOTPROD: u64 = 1 << 8
export const FEAT_LRCPC: u64 = 1 << 9
export const FEAT_LRCPC2: u64 = 1 << 10
export const FEAT_FCMA: u64 = 1 << 11
export const FEAT_JSCVT: u64 = 1 << 12
export const FEAT_FLAGM: u64 = 1 << 13
export const FEAT_FRINTTS: u64 = 1 << 14
export const FEAT_PAN: u64 = 1 << 15
/** AT S1E1RP and S1E1WP. */
export const FEAT_PAN2: u64 = 1 << 16
export const FEAT_UAO: u64 = 1 << 17
export const FEAT_VHE: u64 = 1 << 18
/** DC CVAP. */
export const FEAT_DPB: u64 = 1 << 19
export const FEAT_LOR: u64 = 1 << 20
export const FEAT_HPDS: u64 = 1 << 21
/** Stage 2 execute-never by exception level. */
export const FEAT_XNX: u64 = 1 << 22
export const FEAT_RAS: u64 = 1 << 23
/** PSTATE.SSBS, reached through SPSR and SCTLR only. */
export const FEAT_SSBS: u64 = 1 << 24
/** MRS and MSR of SSBS. */
export const FEAT_SSBS2: u64 = 1 << 25
export const FEAT_DIT: u64 = 1 << 26
export const FEAT_SB: u64 = 1 << 27
/** Translation granule of 16 KiB. */
export const FEAT_GRAN16: u64 = 1 << 28
export const FEAT_CNP: u64 = 1 << 29
/** TLBI by range, and for the outer shareable domain. */
export const FEAT_TLBIRANGE: u64 = 1 << 30
/** The PMU's extension of ARMv8.1: 16-bit event numbers, MDCR_EL2.HPMD. */
export const FEAT_PMUV3P1: u64 = 1 << 31
export const FEAT_IESB: u64 = 1 << 32
/** A direct read of an ID register at EL0 is reported as a trapped access. */
export const FEAT_IDST: u64 = 1 << 33
/** IMPLEMENTATION DEFINED registers of Cortex-A53, A57 and A72 (CPUECTLR_EL1, L2CTLR_EL1 ...). */
export const FEAT_CORTEX_IMPDEF: u64 = 1 << 34

/** AXFLAG and XAFLAG. */
export const FEAT_FLAGM2: u64 = 1 << 35

const CORTEX_V8_0: u64 =
  FEAT_CRC32 | FEAT_AES | FEAT_PMULL | FEAT_SHA1 | FEAT_SHA256 | FEAT_CORTEX_IMPDEF

const CORTEX_V8_2: u64 =
  FEAT_CRC32 |
  FEAT_AES |
  FEAT_PMULL |
  FEAT_SHA1 |
  FEAT_SHA256 |
  FEAT_LSE |
  FEAT_RDM |
  FEAT_FP16 |
  FEAT_DOTPROD |
  FEAT_LRCPC |
  FEAT_PAN |
  FEAT_PAN2 |
  FEAT_UAO |
  FEAT_VHE |
  FEAT_DPB |
  FEAT_LOR |
  FEAT_HPDS |
  FEAT_XNX |
  FEAT_RAS |
  FEAT_SSBS |
  FEAT_GRAN16 |
  FEAT_CNP |
  FEAT_PMUV3P1 |
  FEAT_IESB

/** The FEAT_* that `model` implements. */
export function featureMask(model: u32): u64 {
  if (model < MODEL_CORTEX_A76) return CORTEX_V8_0
  if (model == MODEL_CORTEX_A76) return CORTEX_V8_2
  return (
    CORTEX_V8_2 |
    FEAT_LRCPC2 |
    FEAT_FCMA |
    FEAT_JSCVT |
    FEAT_FLAGM |
    FEAT_FLAGM2 |
    FEAT_FRINTTS |
    FEAT_SSBS2 |
    FEAT_DIT |
    FEAT_SB |
    FEAT_TLBIRANGE |
    FEAT_IDST
  )
}

/** Whether the vCPU implements all features of `mask`. */
export function hasFeature(cpu: usize, mask: u64): bool {
  return (load<u64>(cpu + SYS_FEATURES) & mask) == mask
}
