/**
 * What each CPU model says about itself: ID_AA64*_EL1, MIDR_EL1 and the cache registers. Arm ARM D13.2; values of the
 * Cortex-A53 (DDI 0500), A57 (DDI 0488), A72 (100095) and A76 (100798) manuals, with these differences, because nothing is
 * claimed that is not there:
 *
 * - ID_AA64PFR0_EL1.EL0 to EL2 say AArch64 only, EL3 and (unless the machine has it) EL2 say absent. The AArch32 ID
 *   registers read as zero, which the architecture allows where AArch32 is not implemented.
 * - ID_AA64MMFR1_EL1 of Cortex-A76: no hardware update of access flag and dirty state (HAFDBS = 0); no VH without EL2.
 * - PMCEID0_EL0 adds INST_RETIRED, which is counted, and drops what is not; PMCR_EL0.N is 6.
 * - HCR_EL2.RW reads as one, SCTLR_EL2 resets with its RES1 bits set.
 *
 * `max` is the Cortex-A76 set and everything else implemented: 48-bit addresses, FlagM2, FRINTTS, JSCVT, FCMA, LRCPC2, SB,
 * DIT, SSBS2, IDST, TLBI by range.
 */
import { FEAT_FP16, hasFeature } from './features'

import { MACH_BASE, MACH_OPTIONS, OPT_GICV3 } from './layout'
import { hasEL2 } from './regime'
import { encoding } from './sysreg-table'
import { SYS_CSSELR_EL1, SYS_MODEL } from './sysstate'

export { resetCpu } from './reset'

// Columns of the table of models
const MIDR: u32 = 0
const PFR0: u32 = 1
const PFR1: u32 = 2
const DFR0: u32 = 3
const ISAR0: u32 = 4
const ISAR1: u32 = 5
const MMFR0: u32 = 6
const MMFR1: u32 = 7
const MMFR2: u32 = 8
const CTR: u32 = 9
const CLIDR: u32 = 10
const CCSIDR_L1D: u32 = 11
const CCSIDR_L1I: u32 = 12
const CCSIDR_L2: u32 = 13
const PA_BITS: u32 = 14
const PMCR: u32 = 15
const SCTLR: u32 = 16
const COLUMNS: u32 = 17

// Values beyond 2^53, which number literals cannot hold exactly.
const A76_PFR0: u64 = (0x11000000 << 32) | 0x10110011
const A76_ISAR0: u64 = (0x00001000 << 32) | 0x10211120
const MAX_PFR0: u64 = (0x11010000 << 32) | 0x10110011
const MAX_ISAR0: u64 = (0x02201000 << 32) | 0x10211120

/** One line a model, in the order of MODEL_*. */
const models: usize = memory.data<u64>([
  // Cortex-A53
  0x410fd034,
  0x11,
  0,
  0x10305106,
  0x11120,
  0,
  0x1122,
  0,
  0,
  0x84448004,
  0x0a200023,
  0x700fe01a,
  0x201fe00a,
  0x707fe07a,
  40,
  0x41033000,
  0x00c50838,
  // Cortex-A57
  0x411fd070,
  0x11,
  0,
  0x10305106,
  0x11120,
  0,
  0x1124,
  0,
  0,
  0x8444c004,
  0x0a200023,
  0x701fe00a,
  0x201fe012,
  0x70ffe07a,
  44,
  0x41013000,
  0x00c50838,
  // Cortex-A72
  0x410fd083,
  0x11,
  0,
  0x10305106,
  0x11120,
  0,
  0x1124,
  0,
  0,
  0x8444c004,
  0x0a200023,
  0x701fe00a,
  0x201fe012,
  0x707fe07a,
  44,
  0x41023000,
  0x00c50838,
  // Cortex-A76
  0x414fd0b1,
  A76_PFR0,
  0x10,
  0x10305408,
  A76_ISAR0,
  0x100001,
  0x101122,
  0x10212120,
  0x1011,
  0x8444c004,
  0x82000023,
  0x701fe01a,
  0x201fe01a,
  0x707fe03a,
  40,
  0x410b3000,
  0x30c50838,
  // max
  0x000f0510,
  MAX_PFR0,
  0x20,
  0x10305408,
  MAX_ISAR0,
  0x1100211001,
  0x101125,
  0x10212120,
  0x1000001011,
  0x8444c004,
  0x02000023,
  0x701fe00a,
  0x201fe012,
  0x70ffe07a,
  48,
  0x41013000,
  0x00c50838,
])

function column(cpu: usize, which: u32): u64 {
  const model = load<u32>(cpu + SYS_MODEL)
  return load<u64>(models + ((model * COLUMNS + which) << 3))
}

/** ID_AA64MMFR1_EL1.VH */
const MMFR1_VH: u64 = 0xf00

/** Whether the encoding lies in the ID space, op0 = 3, op1 = 0, CRn = 0, CRm = 1 to 7: what is not named reads as zero. */
export function isIdRegister(enc: u32): bool {
  const crm = (enc >> 3) & 15
  return (enc & ~0x7f) == encoding(3, 0, 0, 0, 0) && crm >= 1 && crm <= 7
}

/** Value of an ID register. */
export function idRegister(cpu: usize, enc: u32): u64 {
  switch (enc & 0x7f) {
    case (4 << 3) | 0: {
      let value = column(cpu, PFR0)
      if (hasEL2()) value |= 0x100
      if (load<u32>(MACH_BASE + MACH_OPTIONS) & OPT_GICV3) value |= 0x0100_0000
      return value
    }
    case (4 << 3) | 1:
      return column(cpu, PFR1)
    case (5 << 3) | 0:
      return column(cpu, DFR0)
    case (6 << 3) | 0:
      return column(cpu, ISAR0)
    case (6 << 3) | 1:
      return column(cpu, ISAR1)
    case (7 << 3) | 0:
      return column(cpu, MMFR0)
    case (7 << 3) | 1: {
      const value = column(cpu, MMFR1)
      return hasEL2() ? value : value & ~MMFR1_VH
    }
    case (7 << 3) | 2:
      return column(cpu, MMFR2)
    default:
      return 0
  }
}

/** Reset value of MIDR_EL1. */
export function mainId(cpu: usize): u64 {
  return column(cpu, MIDR)
}

/** Reset value of PMCR_EL0. */
export function pmuControl(cpu: usize): u64 {
  return column(cpu, PMCR)
}

/** Reset value of SCTLR_EL1. */
export function systemControl(cpu: usize): u64 {
  return column(cpu, SCTLR)
}

/** Physical address bits implemented. */
export function addressBits(cpu: usize): u32 {
  return <u32>column(cpu, PA_BITS)
}

/** CTR_EL0. IDC and DIC are 0, so that guests maintain caches as on hardware that needs it. */
export function cacheType(cpu: usize): u64 {
  return column(cpu, CTR)
}

/** CLIDR_EL1. */
export function cacheLevels(cpu: usize): u64 {
  return column(cpu, CLIDR)
}

/** CCSIDR_EL1 of the cache that CSSELR_EL1 selects; zero if there is none. */
export function cacheSize(cpu: usize): u64 {
  switch (<u32>load<u64>(cpu + SYS_CSSELR_EL1)) {
    case 0:
      return column(cpu, CCSIDR_L1D)
    case 1:
      return column(cpu, CCSIDR_L1I)
    case 2:
      return column(cpu, CCSIDR_L2)
    default:
      return 0
  }
}

/** DCZID_EL0.BS: 64 bytes. */
export function zeroBlock(): u64 {
  return 4
}

/** Bits of FPCR that exist: AHP, DN, FZ, RMode, and FZ16 with FEAT_FP16. */
export function fpcrMask(cpu: usize): u32 {
  return hasFeature(cpu, FEAT_FP16) ? 0x07c8_0000 : 0x07c0_0000
}
