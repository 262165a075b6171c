/**
 * The system registers, as data: encoding, who may access it, what traps it, where it is kept, which bits a write changes,
 * and what else reading or writing does. Names and encodings from the Arm ARM, D13. sysreg.ts acts on this table.
 *
 * Not here, as they are families: ID_* (idregs.ts), ICC_* and ICH_* (sysreg-gic.ts), PMEVCNTR<n> and PMEVTYPER<n>
 * (sysreg.ts). Registers of EL3, AArch32, SVE, SME, MTE and pointer authentication do not exist: UNDEFINED.
 */
import {
  FEAT_CORTEX_IMPDEF,
  FEAT_DIT,
  FEAT_LOR,
  FEAT_PAN,
  FEAT_RAS,
  FEAT_SSBS2,
  FEAT_UAO,
  FEAT_VHE,
} from './features'
import {
  READ_CCSIDR,
  READ_CLAIMSET,
  READ_CLIDR,
  READ_CNTPCT,
  READ_CNTVCT,
  READ_CTR,
  READ_CURRENTEL,
  READ_DAIF,
  READ_DCZID,
  READ_DISR,
  READ_DIT,
  READ_FPCR,
  READ_FPSR,
  READ_ISR,
  READ_L2CTLR,
  READ_MIDR,
  READ_MPIDR,
  READ_NZCV,
  READ_PAN,
  READ_PLAIN,
  READ_PMCCNTR,
  READ_PMCEID0,
  READ_PMCEID1,
  READ_PMEVTYPER,
  READ_PMOVS,
  READ_PMXEVCNTR,
  READ_PMXEVTYPER,
  READ_RVBAR_EL1,
  READ_SP_EL0,
  READ_SP_EL1,
  READ_SPSEL,
  READ_SSBS,
  READ_TIMER_CTL,
  READ_TIMER_CVAL,
  READ_TIMER_TVAL,
  READ_UAO,
  TRAP_ACTLR,
  TRAP_CNTFRQ,
  TRAP_CNTP,
  TRAP_CNTPCT,
  TRAP_CNTV,
  TRAP_CNTVCT,
  TRAP_CPACR,
  TRAP_CTR,
  TRAP_DAIF,
  TRAP_DBGROM,
  TRAP_DCC,
  TRAP_DEBUG,
  TRAP_ERR,
  TRAP_FP,
  TRAP_IMPDEF,
  TRAP_LOR,
  TRAP_NONE,
  TRAP_OSDBG,
  TRAP_PMCR,
  TRAP_PMU,
  TRAP_PMU_CYCLE,
  TRAP_PMU_EVENT,
  TRAP_PMU_SW,
  TRAP_PMUSER,
  TRAP_TID1,
  TRAP_TID2,
  TRAP_VM,
  WRITE_CLAIMCLR,
  WRITE_CLAIMSET,
  WRITE_CNTFRQ,
  WRITE_CPTR_EL2,
  WRITE_DAIF,
  WRITE_DERIVE,
  WRITE_DISR,
  WRITE_DIT,
  WRITE_FPCR,
  WRITE_FPSR,
  WRITE_HCR_EL2,
  WRITE_MAIR_EL1,
  WRITE_MAIR_EL2,
  WRITE_MDCR_EL2,
  WRITE_MDSCR,
  WRITE_NZCV,
  WRITE_OSLAR,
  WRITE_PAN,
  WRITE_PLAIN,
  WRITE_PMCCNTR,
  WRITE_PMCNTENCLR,
  WRITE_PMCNTENSET,
  WRITE_PMCR,
  WRITE_PMEVTYPER,
  WRITE_PMINTENCLR,
  WRITE_PMINTENSET,
  WRITE_PMOVSCLR,
  WRITE_PMOVSSET,
  WRITE_PMSWINC,
  WRITE_PMXEVCNTR,
  WRITE_PMXEVTYPER,
  WRITE_SCTLR_EL1,
  WRITE_SCTLR_EL2,
  WRITE_SP_EL0,
  WRITE_SP_EL1,
  WRITE_SPSEL,
  WRITE_SPSR,
  WRITE_SSBS,
  WRITE_STAGE2,
  WRITE_TCR_EL1,
  WRITE_TCR_EL2,
  WRITE_TIMER_CTL,
  WRITE_TIMER_CVAL,
  WRITE_TIMER_TVAL,
  WRITE_TIMERS,
  WRITE_TTBR,
  WRITE_UAO,
} from './sysreg-kinds'
import {
  SYS_CBAR_EL1,
  SYS_CNTFRQ_EL0,
  SYS_CNTHCTL_EL2,
  SYS_CNTKCTL_EL1,
  SYS_CNTVOFF_EL2,
  SYS_CONTEXTIDR_EL1,
  SYS_CONTEXTIDR_EL2,
  SYS_CPACR_EL1,
  SYS_CPTR_EL2,
  SYS_CSSELR_EL1,
  SYS_DBGBCR,
  SYS_DBGBVR,
  SYS_DBGCLAIM_EL1,
  SYS_DBGPRCR_EL1,
  SYS_DBGWCR,
  SYS_DBGWVR,
  SYS_DISR_EL1,
  SYS_ELR_EL1,
  SYS_ELR_EL2,
  SYS_ESR_EL1,
  SYS_ESR_EL2,
  SYS_FAR_EL1,
  SYS_FAR_EL2,
  SYS_HCR_EL2,
  SYS_HPFAR_EL2,
  SYS_MAIR_EL1,
  SYS_MAIR_EL2,
  SYS_MDCCINT_EL1,
  SYS_MDCR_EL2,
  SYS_MDSCR_EL1,
  SYS_MIDR_EL1,
  SYS_MPIDR_EL1,
  SYS_OSDLR_EL1,
  SYS_OSLSR_EL1,
  SYS_PAR_EL1,
  SYS_PMCNTENSET_EL0,
  SYS_PMCR_EL0,
  SYS_PMINTENSET_EL1,
  SYS_PMOVSSET_EL0,
  SYS_PMSELR_EL0,
  SYS_PMUSERENR_EL0,
  SYS_SCTLR_EL1,
  SYS_SCTLR_EL2,
  SYS_SPSR_EL1,
  SYS_SPSR_EL2,
  SYS_TCR_EL1,
  SYS_TCR_EL2,
  SYS_TPIDR_EL0,
  SYS_TPIDR_EL1,
  SYS_TPIDR_EL2,
  SYS_TPIDRRO_EL0,
  SYS_TTBR0_EL1,
  SYS_TTBR0_EL2,
  SYS_TTBR1_EL1,
  SYS_TTBR1_EL2,
  SYS_VBAR_EL1,
  SYS_VBAR_EL2,
  SYS_VDISR_EL2,
  SYS_VMPIDR_EL2,
  SYS_VPIDR_EL2,
  SYS_VSESR_EL2,
  SYS_VTCR_EL2,
  SYS_VTTBR_EL2,
} from './sysstate'

// Access: bit n, read at EL n; bit 4 + n, write at EL n.
const RW0: u32 = 0x77
const RW1: u32 = 0x66
const RW2: u32 = 0x44
const RO0: u32 = 0x07
const RO1: u32 = 0x06
const RO2: u32 = 0x04
const WO0: u32 = 0x70
const WO1: u32 = 0x60
/** Read anywhere, written from EL1 up. */
const RO0W1: u32 = 0x67

/** Not kept in the vCPU structure. */
const NO_STORE: u32 = 0

const ALL: u64 = ~0
const LOW32: u64 = 0xffff_ffff

/** A row: u16 offset in the vCPU structure, u8 access, u8 TRAP_*, u8 READ_*, u8 WRITE_*, u64 write mask, u64 FEAT_*. */
export const ROW_OFFSET: usize = 0
export const ROW_ACCESS: usize = 2
export const ROW_TRAP: usize = 3
export const ROW_READ: usize = 4
export const ROW_WRITE: usize = 5
export const ROW_MASK: usize = 8
export const ROW_FEATURES: usize = 16
const ROW_SIZE: usize = 24

const rows: usize = memory.data(224 * 24)
/** Number of the row of an encoding (op0 2 and 3), 0 = none. */
const index: usize = memory.data(0x8000)
let used: usize = 0

/** op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2, as in the instruction. */
export function encoding(op0: u32, op1: u32, crn: u32, crm: u32, op2: u32): u32 {
  return (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2
}

/** The row of an encoding, 0 if there is none. */
export function findRow(enc: u32): usize {
  if (!used) describe()
  const n = <usize>load<u8>(index + (enc & 0x7fff))
  return n ? rows + n * ROW_SIZE : 0
}

function add(
  enc: u32,
  access: u32,
  trap: u32,
  offset: u32,
  mask: u64,
  read: u32,
  write: u32,
  features: u64,
): void {
  used++
  const row = rows + used * ROW_SIZE
  store<u8>(index + (enc & 0x7fff), <u8>used)
  store<u16>(row + ROW_OFFSET, <u16>offset)
  store<u8>(row + ROW_ACCESS, <u8>access)
  store<u8>(row + ROW_TRAP, <u8>trap)
  store<u8>(row + ROW_READ, <u8>read)
  store<u8>(row + ROW_WRITE, <u8>write)
  store<u64>(row + ROW_MASK, mask)
  store<u64>(row + ROW_FEATURES, features)
}

/** A register that is kept in the vCPU structure, and reads as stored. */
function stored(
  enc: u32,
  access: u32,
  offset: u32,
  trap: u32 = TRAP_NONE,
  mask: u64 = ALL,
  write: u32 = WRITE_PLAIN,
  features: u64 = 0,
): void {
  add(enc, access, trap, offset, mask, READ_PLAIN, write, features)
}

/** A register that reads as zero and ignores writes. */
function zero(enc: u32, access: u32, trap: u32 = TRAP_NONE, features: u64 = 0): void {
  add(enc, access, trap, NO_STORE, ALL, READ_PLAIN, WRITE_PLAIN, features)
}

/** A register that is made up when it is read. */
function special(
  enc: u32,
  access: u32,
  read: u32,
  write: u32,
  trap: u32 = TRAP_NONE,
  features: u64 = 0,
  offset: u32 = NO_STORE,
  mask: u64 = ALL,
): void {
  add(enc, access, trap, offset, mask, read, write, features)
}

function describe(): void {
  identification()
  control()
  translation()
  exceptions()
  threadPointers()
  processorState()
  timers()
  debug()
  performanceMonitors()
  implementationDefined()
  breakpoints()
}

/** Identification. */
function identification(): void {
  special(encoding(3, 0, 0, 0, 0), RO1, READ_MIDR, WRITE_PLAIN, TRAP_NONE, 0, SYS_MIDR_EL1) // MIDR_EL1
  special(encoding(3, 0, 0, 0, 5), RO1, READ_MPIDR, WRITE_PLAIN, TRAP_NONE, 0, SYS_MPIDR_EL1) // MPIDR_EL1
  zero(encoding(3, 0, 0, 0, 6), RO1, TRAP_TID1) // REVIDR_EL1
  special(encoding(3, 1, 0, 0, 0), RO1, READ_CCSIDR, WRITE_PLAIN, TRAP_TID2) // CCSIDR_EL1
  special(encoding(3, 1, 0, 0, 1), RO1, READ_CLIDR, WRITE_PLAIN, TRAP_TID2) // CLIDR_EL1
  zero(encoding(3, 1, 0, 0, 7), RO1, TRAP_TID1) // AIDR_EL1
  stored(encoding(3, 2, 0, 0, 0), RW1, SYS_CSSELR_EL1, TRAP_TID2, 0xf)
  special(encoding(3, 3, 0, 0, 1), RO0, READ_CTR, WRITE_PLAIN, TRAP_CTR) // CTR_EL0
  special(encoding(3, 3, 0, 0, 7), RO0, READ_DCZID, WRITE_PLAIN) // DCZID_EL0
  stored(encoding(3, 4, 0, 0, 0), RW2, SYS_VPIDR_EL2, TRAP_NONE, LOW32)
  stored(encoding(3, 4, 0, 0, 5), RW2, SYS_VMPIDR_EL2)
}

/** Control. */
function control(): void {
  stored(encoding(3, 0, 1, 0, 0), RW1, SYS_SCTLR_EL1, TRAP_VM, ALL, WRITE_SCTLR_EL1)
  stored(encoding(3, 4, 1, 0, 0), RW2, SYS_SCTLR_EL2, TRAP_NONE, ALL, WRITE_SCTLR_EL2)
  zero(encoding(3, 0, 1, 0, 1), RW1, TRAP_ACTLR) // ACTLR_EL1
  zero(encoding(3, 4, 1, 0, 1), RW2) // ACTLR_EL2
  stored(encoding(3, 0, 1, 0, 2), RW1, SYS_CPACR_EL1, TRAP_CPACR, 0x0030_0000, WRITE_DERIVE)
  stored(encoding(3, 4, 1, 1, 2), RW2, SYS_CPTR_EL2, TRAP_NONE, ALL, WRITE_CPTR_EL2)
  stored(encoding(3, 4, 1, 1, 0), RW2, SYS_HCR_EL2, TRAP_NONE, ALL, WRITE_HCR_EL2)
  stored(encoding(3, 4, 1, 1, 1), RW2, SYS_MDCR_EL2, TRAP_NONE, ALL, WRITE_MDCR_EL2)
  zero(encoding(3, 4, 1, 1, 3), RW2) // HSTR_EL2
  zero(encoding(3, 4, 1, 1, 7), RW2) // HACR_EL2
}

/** Translation. */
function translation(): void {
  stored(encoding(3, 0, 2, 0, 0), RW1, SYS_TTBR0_EL1, TRAP_VM, ALL, WRITE_TTBR)
  stored(encoding(3, 0, 2, 0, 1), RW1, SYS_TTBR1_EL1, TRAP_VM, ALL, WRITE_TTBR)
  stored(encoding(3, 0, 2, 0, 2), RW1, SYS_TCR_EL1, TRAP_VM, ALL, WRITE_TCR_EL1)
  stored(encoding(3, 4, 2, 0, 0), RW2, SYS_TTBR0_EL2, TRAP_NONE, ALL, WRITE_TTBR)
  stored(encoding(3, 4, 2, 0, 1), RW2, SYS_TTBR1_EL2, TRAP_NONE, ALL, WRITE_TTBR, FEAT_VHE)
  stored(encoding(3, 4, 2, 0, 2), RW2, SYS_TCR_EL2, TRAP_NONE, ALL, WRITE_TCR_EL2)
  stored(encoding(3, 4, 2, 1, 0), RW2, SYS_VTTBR_EL2, TRAP_NONE, ALL, WRITE_STAGE2)
  stored(encoding(3, 4, 2, 1, 2), RW2, SYS_VTCR_EL2, TRAP_NONE, 0x800f_ffff, WRITE_STAGE2)
  stored(encoding(3, 0, 10, 2, 0), RW1, SYS_MAIR_EL1, TRAP_VM, ALL, WRITE_MAIR_EL1)
  stored(encoding(3, 4, 10, 2, 0), RW2, SYS_MAIR_EL2, TRAP_NONE, ALL, WRITE_MAIR_EL2)
  zero(encoding(3, 0, 10, 3, 0), RW1, TRAP_VM) // AMAIR_EL1
  zero(encoding(3, 4, 10, 3, 0), RW2) // AMAIR_EL2
  stored(encoding(3, 0, 13, 0, 1), RW1, SYS_CONTEXTIDR_EL1, TRAP_VM, LOW32)
  stored(encoding(3, 4, 13, 0, 1), RW2, SYS_CONTEXTIDR_EL2, TRAP_NONE, LOW32, WRITE_PLAIN, FEAT_VHE)
  stored(encoding(3, 0, 7, 4, 0), RW1, SYS_PAR_EL1)
  zero(encoding(3, 0, 10, 4, 0), RW1, TRAP_LOR, FEAT_LOR) // LORSA_EL1
  zero(encoding(3, 0, 10, 4, 1), RW1, TRAP_LOR, FEAT_LOR) // LOREA_EL1
  zero(encoding(3, 0, 10, 4, 2), RW1, TRAP_LOR, FEAT_LOR) // LORN_EL1
  zero(encoding(3, 0, 10, 4, 3), RW1, TRAP_LOR, FEAT_LOR) // LORC_EL1
  zero(encoding(3, 0, 10, 4, 7), RO1, TRAP_LOR, FEAT_LOR) // LORID_EL1
}

/** Exceptions. */
function exceptions(): void {
  stored(encoding(3, 0, 4, 0, 0), RW1, SYS_SPSR_EL1, TRAP_NONE, ALL, WRITE_SPSR)
  stored(encoding(3, 4, 4, 0, 0), RW2, SYS_SPSR_EL2, TRAP_NONE, ALL, WRITE_SPSR)
  stored(encoding(3, 0, 4, 0, 1), RW1, SYS_ELR_EL1)
  stored(encoding(3, 4, 4, 0, 1), RW2, SYS_ELR_EL2)
  special(encoding(3, 0, 4, 1, 0), RW1, READ_SP_EL0, WRITE_SP_EL0) // SP_EL0
  special(encoding(3, 4, 4, 1, 0), RW2, READ_SP_EL1, WRITE_SP_EL1) // SP_EL1
  zero(encoding(3, 0, 5, 1, 0), RW1, TRAP_VM) // AFSR0_EL1
  zero(encoding(3, 0, 5, 1, 1), RW1, TRAP_VM) // AFSR1_EL1
  zero(encoding(3, 4, 5, 1, 0), RW2) // AFSR0_EL2
  zero(encoding(3, 4, 5, 1, 1), RW2) // AFSR1_EL2
  stored(encoding(3, 0, 5, 2, 0), RW1, SYS_ESR_EL1, TRAP_VM, LOW32)
  stored(encoding(3, 4, 5, 2, 0), RW2, SYS_ESR_EL2, TRAP_NONE, LOW32)
  stored(encoding(3, 0, 6, 0, 0), RW1, SYS_FAR_EL1, TRAP_VM)
  stored(encoding(3, 4, 6, 0, 0), RW2, SYS_FAR_EL2)
  stored(encoding(3, 4, 6, 0, 4), RW2, SYS_HPFAR_EL2, TRAP_NONE, 0x0000_00ff_ffff_fff0)
  stored(encoding(3, 0, 12, 0, 0), RW1, SYS_VBAR_EL1, TRAP_NONE, ~0x7ff)
  stored(encoding(3, 4, 12, 0, 0), RW2, SYS_VBAR_EL2, TRAP_NONE, ~0x7ff)
  special(encoding(3, 0, 12, 1, 0), RO1, READ_ISR, WRITE_PLAIN) // ISR_EL1
  special(encoding(3, 0, 12, 0, 1), RO1, READ_RVBAR_EL1, WRITE_PLAIN) // RVBAR_EL1
  zero(encoding(3, 4, 12, 0, 1), RO2) // RVBAR_EL2
  special(
    encoding(3, 0, 12, 1, 1),
    RW1,
    READ_DISR,
    WRITE_DISR,
    TRAP_NONE,
    FEAT_RAS,
    SYS_DISR_EL1,
    0x81ff_ffff,
  ) // DISR_EL1
  stored(
    encoding(3, 4, 12, 1, 1),
    RW2,
    SYS_VDISR_EL2,
    TRAP_NONE,
    0x81ff_ffff,
    WRITE_PLAIN,
    FEAT_RAS,
  )
  stored(encoding(3, 4, 5, 2, 3), RW2, SYS_VSESR_EL2, TRAP_NONE, 0x01ff_ffff, WRITE_PLAIN, FEAT_RAS)
  zero(encoding(3, 0, 5, 3, 0), RO1, TRAP_ERR, FEAT_RAS) // ERRIDR_EL1
  zero(encoding(3, 0, 5, 3, 1), RW1, TRAP_ERR, FEAT_RAS) // ERRSELR_EL1
  zero(encoding(3, 0, 5, 4, 0), RO1, TRAP_ERR, FEAT_RAS) // ERXFR_EL1
  zero(encoding(3, 0, 5, 4, 1), RW1, TRAP_ERR, FEAT_RAS) // ERXCTLR_EL1
  zero(encoding(3, 0, 5, 4, 2), RW1, TRAP_ERR, FEAT_RAS) // ERXSTATUS_EL1
  zero(encoding(3, 0, 5, 4, 3), RW1, TRAP_ERR, FEAT_RAS) // ERXADDR_EL1
  zero(encoding(3, 0, 5, 5, 0), RW1, TRAP_ERR, FEAT_RAS) // ERXMISC0_EL1
  zero(encoding(3, 0, 5, 5, 1), RW1, TRAP_ERR, FEAT_RAS) // ERXMISC1_EL1
}

/** Thread pointers. */
function threadPointers(): void {
  stored(encoding(3, 3, 13, 0, 2), RW0, SYS_TPIDR_EL0)
  stored(encoding(3, 3, 13, 0, 3), RO0W1, SYS_TPIDRRO_EL0)
  stored(encoding(3, 0, 13, 0, 4), RW1, SYS_TPIDR_EL1)
  stored(encoding(3, 4, 13, 0, 2), RW2, SYS_TPIDR_EL2)
}

/** Processor state. */
function processorState(): void {
  special(encoding(3, 0, 4, 2, 0), RW1, READ_SPSEL, WRITE_SPSEL) // SPSel
  special(encoding(3, 0, 4, 2, 2), RO1, READ_CURRENTEL, WRITE_PLAIN) // CurrentEL
  special(encoding(3, 0, 4, 2, 3), RW1, READ_PAN, WRITE_PAN, TRAP_NONE, FEAT_PAN) // PAN
  special(encoding(3, 0, 4, 2, 4), RW1, READ_UAO, WRITE_UAO, TRAP_NONE, FEAT_UAO) // UAO
  special(encoding(3, 3, 4, 2, 0), RW0, READ_NZCV, WRITE_NZCV) // NZCV
  special(encoding(3, 3, 4, 2, 1), RW0, READ_DAIF, WRITE_DAIF, TRAP_DAIF) // DAIF
  special(encoding(3, 3, 4, 2, 5), RW0, READ_DIT, WRITE_DIT, TRAP_NONE, FEAT_DIT) // DIT
  special(encoding(3, 3, 4, 2, 6), RW0, READ_SSBS, WRITE_SSBS, TRAP_NONE, FEAT_SSBS2) // SSBS
  special(encoding(3, 3, 4, 4, 0), RW0, READ_FPCR, WRITE_FPCR, TRAP_FP) // FPCR
  special(encoding(3, 3, 4, 4, 1), RW0, READ_FPSR, WRITE_FPSR, TRAP_FP) // FPSR
}

/** Generic timers. */
function timers(): void {
  stored(encoding(3, 3, 14, 0, 0), RO0W1, SYS_CNTFRQ_EL0, TRAP_CNTFRQ, ALL, WRITE_CNTFRQ)
  special(encoding(3, 3, 14, 0, 1), RO0, READ_CNTPCT, WRITE_PLAIN, TRAP_CNTPCT) // CNTPCT_EL0
  special(encoding(3, 3, 14, 0, 2), RO0, READ_CNTVCT, WRITE_PLAIN, TRAP_CNTVCT) // CNTVCT_EL0
  stored(encoding(3, 0, 14, 1, 0), RW1, SYS_CNTKCTL_EL1, TRAP_NONE, 0x3ff, WRITE_TIMERS)
  stored(encoding(3, 4, 14, 1, 0), RW2, SYS_CNTHCTL_EL2, TRAP_NONE, 0xfff, WRITE_TIMERS)
  stored(encoding(3, 4, 14, 0, 3), RW2, SYS_CNTVOFF_EL2, TRAP_NONE, ALL, WRITE_TIMERS)
  special(encoding(3, 3, 14, 2, 0), RW0, READ_TIMER_TVAL, WRITE_TIMER_TVAL, TRAP_CNTP) // CNTP_TVAL_EL0
  special(encoding(3, 3, 14, 2, 1), RW0, READ_TIMER_CTL, WRITE_TIMER_CTL, TRAP_CNTP) // CNTP_CTL_EL0
  special(encoding(3, 3, 14, 2, 2), RW0, READ_TIMER_CVAL, WRITE_TIMER_CVAL, TRAP_CNTP) // CNTP_CVAL_EL0
  special(encoding(3, 3, 14, 3, 0), RW0, READ_TIMER_TVAL, WRITE_TIMER_TVAL, TRAP_CNTV) // CNTV_TVAL_EL0
  special(encoding(3, 3, 14, 3, 1), RW0, READ_TIMER_CTL, WRITE_TIMER_CTL, TRAP_CNTV) // CNTV_CTL_EL0
  special(encoding(3, 3, 14, 3, 2), RW0, READ_TIMER_CVAL, WRITE_TIMER_CVAL, TRAP_CNTV) // CNTV_CVAL_EL0
  special(encoding(3, 4, 14, 2, 0), RW2, READ_TIMER_TVAL, WRITE_TIMER_TVAL) // CNTHP_TVAL_EL2
  special(encoding(3, 4, 14, 2, 1), RW2, READ_TIMER_CTL, WRITE_TIMER_CTL) // CNTHP_CTL_EL2
  special(encoding(3, 4, 14, 2, 2), RW2, READ_TIMER_CVAL, WRITE_TIMER_CVAL) // CNTHP_CVAL_EL2
  special(encoding(3, 4, 14, 3, 0), RW2, READ_TIMER_TVAL, WRITE_TIMER_TVAL, TRAP_NONE, FEAT_VHE) // CNTHV_TVAL_EL2
  special(encoding(3, 4, 14, 3, 1), RW2, READ_TIMER_CTL, WRITE_TIMER_CTL, TRAP_NONE, FEAT_VHE) // CNTHV_CTL_EL2
  special(encoding(3, 4, 14, 3, 2), RW2, READ_TIMER_CVAL, WRITE_TIMER_CVAL, TRAP_NONE, FEAT_VHE) // CNTHV_CVAL_EL2
}

/** Debug. */
function debug(): void {
  zero(encoding(2, 0, 0, 0, 2), RW1, TRAP_DEBUG) // OSDTRRX_EL1
  zero(encoding(2, 3, 0, 1, 0), RO0, TRAP_DCC) // MDCCSR_EL0
  stored(encoding(2, 0, 0, 2, 0), RW1, SYS_MDCCINT_EL1, TRAP_DEBUG, 0x6000_0000)
  stored(encoding(2, 0, 0, 2, 2), RW1, SYS_MDSCR_EL1, TRAP_DEBUG, ALL, WRITE_MDSCR)
  zero(encoding(2, 0, 0, 3, 2), RW1, TRAP_DEBUG) // OSDTRTX_EL1
  zero(encoding(2, 3, 0, 4, 0), RW0, TRAP_DCC) // DBGDTR_EL0
  zero(encoding(2, 3, 0, 5, 0), RW0, TRAP_DCC) // DBGDTRRX_EL0
  zero(encoding(2, 0, 0, 6, 2), RW1, TRAP_DEBUG) // OSECCR_EL1
  zero(encoding(2, 0, 1, 0, 0), RO1, TRAP_DBGROM) // MDRAR_EL1
  special(encoding(2, 0, 1, 0, 4), WO1, READ_PLAIN, WRITE_OSLAR, TRAP_OSDBG) // OSLAR_EL1
  stored(encoding(2, 0, 1, 1, 4), RO1, SYS_OSLSR_EL1, TRAP_OSDBG)
  stored(encoding(2, 0, 1, 3, 4), RW1, SYS_OSDLR_EL1, TRAP_OSDBG, 1, WRITE_DERIVE)
  stored(encoding(2, 0, 1, 4, 4), RW1, SYS_DBGPRCR_EL1, TRAP_OSDBG, 1)
  special(
    encoding(2, 0, 7, 8, 6),
    RW1,
    READ_CLAIMSET,
    WRITE_CLAIMSET,
    TRAP_DEBUG,
    0,
    SYS_DBGCLAIM_EL1,
  ) // DBGCLAIMSET_EL1
  stored(encoding(2, 0, 7, 9, 6), RW1, SYS_DBGCLAIM_EL1, TRAP_DEBUG, ALL, WRITE_CLAIMCLR) // DBGCLAIMCLR_EL1
  zero(encoding(2, 0, 7, 14, 6), RO1, TRAP_DEBUG) // DBGAUTHSTATUS_EL1
}

/** Performance monitors. */
function performanceMonitors(): void {
  stored(encoding(3, 3, 9, 12, 0), RW0, SYS_PMCR_EL0, TRAP_PMCR, ALL, WRITE_PMCR)
  stored(encoding(3, 3, 9, 12, 1), RW0, SYS_PMCNTENSET_EL0, TRAP_PMU, ALL, WRITE_PMCNTENSET)
  stored(encoding(3, 3, 9, 12, 2), RW0, SYS_PMCNTENSET_EL0, TRAP_PMU, ALL, WRITE_PMCNTENCLR) // PMCNTENCLR_EL0
  special(encoding(3, 3, 9, 12, 3), RW0, READ_PMOVS, WRITE_PMOVSCLR, TRAP_PMU, 0, SYS_PMOVSSET_EL0) // PMOVSCLR_EL0
  special(encoding(3, 3, 9, 14, 3), RW0, READ_PMOVS, WRITE_PMOVSSET, TRAP_PMU, 0, SYS_PMOVSSET_EL0) // PMOVSSET_EL0
  special(encoding(3, 3, 9, 12, 4), WO0, READ_PLAIN, WRITE_PMSWINC, TRAP_PMU_SW) // PMSWINC_EL0
  stored(encoding(3, 3, 9, 12, 5), RW0, SYS_PMSELR_EL0, TRAP_PMU_EVENT, 0x1f)
  special(encoding(3, 3, 9, 12, 6), RO0, READ_PMCEID0, WRITE_PLAIN, TRAP_PMU) // PMCEID0_EL0
  special(encoding(3, 3, 9, 12, 7), RO0, READ_PMCEID1, WRITE_PLAIN, TRAP_PMU) // PMCEID1_EL0
  special(encoding(3, 3, 9, 13, 0), RW0, READ_PMCCNTR, WRITE_PMCCNTR, TRAP_PMU_CYCLE) // PMCCNTR_EL0
  special(encoding(3, 3, 9, 13, 1), RW0, READ_PMXEVTYPER, WRITE_PMXEVTYPER, TRAP_PMU) // PMXEVTYPER_EL0
  special(encoding(3, 3, 9, 13, 2), RW0, READ_PMXEVCNTR, WRITE_PMXEVCNTR, TRAP_PMU_EVENT) // PMXEVCNTR_EL0
  stored(encoding(3, 3, 9, 14, 0), RO0W1, SYS_PMUSERENR_EL0, TRAP_PMUSER, 0xf)
  stored(encoding(3, 0, 9, 14, 1), RW1, SYS_PMINTENSET_EL1, TRAP_PMUSER, ALL, WRITE_PMINTENSET)
  stored(encoding(3, 0, 9, 14, 2), RW1, SYS_PMINTENSET_EL1, TRAP_PMUSER, ALL, WRITE_PMINTENCLR) // PMINTENCLR_EL1
  special(encoding(3, 3, 14, 15, 7), RW0, READ_PMEVTYPER, WRITE_PMEVTYPER, TRAP_PMU) // PMCCFILTR_EL0
}

/** IMPLEMENTATION DEFINED, of Cortex-A53, A57 and A72. */
function implementationDefined(): void {
  zero(encoding(3, 1, 15, 2, 0), RW1, TRAP_IMPDEF, FEAT_CORTEX_IMPDEF) // CPUACTLR_EL1
  zero(encoding(3, 1, 15, 2, 1), RW1, TRAP_IMPDEF, FEAT_CORTEX_IMPDEF) // CPUECTLR_EL1
  zero(encoding(3, 1, 15, 2, 2), RW1, TRAP_IMPDEF, FEAT_CORTEX_IMPDEF) // CPUMERRSR_EL1
  zero(encoding(3, 1, 15, 2, 3), RW1, TRAP_IMPDEF, FEAT_CORTEX_IMPDEF) // L2MERRSR_EL1
  zero(encoding(3, 1, 11, 0, 3), RW1, TRAP_IMPDEF, FEAT_CORTEX_IMPDEF) // L2ECTLR_EL1
  zero(encoding(3, 1, 15, 0, 0), RW1, TRAP_IMPDEF, FEAT_CORTEX_IMPDEF) // L2ACTLR_EL1
  special(encoding(3, 1, 11, 0, 2), RW1, READ_L2CTLR, WRITE_PLAIN, TRAP_IMPDEF, FEAT_CORTEX_IMPDEF) // L2CTLR_EL1
  stored(encoding(3, 1, 15, 3, 0), RO1, SYS_CBAR_EL1, TRAP_IMPDEF)
}

/** DBGBVR<n>, DBGBCR<n>, DBGWVR<n>, DBGWCR<n>: six breakpoints, four watchpoints, read and written, never matched. */
function breakpoints(): void {
  for (let n: u32 = 0; n < 6; n++) {
    const at = n << 3
    stored(encoding(2, 0, 0, n, 4), RW1, SYS_DBGBVR + at, TRAP_DEBUG, ~3)
    stored(encoding(2, 0, 0, n, 5), RW1, SYS_DBGBCR + at, TRAP_DEBUG, 0x00ff_e1e7)
    if (n > 3) continue
    stored(encoding(2, 0, 0, n, 6), RW1, SYS_DBGWVR + at, TRAP_DEBUG, ~3)
    stored(encoding(2, 0, 0, n, 7), RW1, SYS_DBGWCR + at, TRAP_DEBUG, 0x1f1f_ffff)
  }
}
