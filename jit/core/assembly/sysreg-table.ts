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

/** Not stored: handlers do all. */
const NO_STORE: u32 = 0
/** Reads as zero, ignores writes. */
const ZERO: u32 = 0

const ALL: u64 = ~0
const LOW32: u64 = 0xffff_ffff

// What traps an access (sysreg-traps.ts).
export const TRAP_NONE: u32 = 0
export const TRAP_TID1: u32 = 1
export const TRAP_TID2: u32 = 2
export const TRAP_CTR: u32 = 3
export const TRAP_VM: u32 = 4
export const TRAP_ACTLR: u32 = 5
export const TRAP_CPACR: u32 = 6
export const TRAP_LOR: u32 = 7
export const TRAP_ERR: u32 = 8
export const TRAP_DAIF: u32 = 9
export const TRAP_FP: u32 = 10
export const TRAP_CNTFRQ: u32 = 11
export const TRAP_CNTPCT: u32 = 12
export const TRAP_CNTVCT: u32 = 13
export const TRAP_CNTP: u32 = 14
export const TRAP_CNTV: u32 = 15
export const TRAP_DEBUG: u32 = 16
export const TRAP_DCC: u32 = 17
export const TRAP_DBGROM: u32 = 18
export const TRAP_OSDBG: u32 = 19
export const TRAP_PMCR: u32 = 20
export const TRAP_PMU: u32 = 21
export const TRAP_PMU_SW: u32 = 22
export const TRAP_PMU_EVENT: u32 = 23
export const TRAP_PMU_CYCLE: u32 = 24
export const TRAP_PMUSER: u32 = 25
export const TRAP_IMPDEF: u32 = 26

// How a read differs from loading what is stored (sysreg-read.ts).
export const READ_PLAIN: u32 = 0
export const READ_MIDR: u32 = 1
export const READ_MPIDR: u32 = 2
export const READ_CCSIDR: u32 = 3
export const READ_CLIDR: u32 = 4
export const READ_CTR: u32 = 5
export const READ_DCZID: u32 = 6
export const READ_SP_EL0: u32 = 7
export const READ_SP_EL1: u32 = 8
export const READ_ISR: u32 = 9
export const READ_RVBAR_EL1: u32 = 10
export const READ_DISR: u32 = 11
export const READ_SPSEL: u32 = 12
export const READ_CURRENTEL: u32 = 13
export const READ_PAN: u32 = 14
export const READ_UAO: u32 = 15
export const READ_NZCV: u32 = 16
export const READ_DAIF: u32 = 17
export const READ_DIT: u32 = 18
export const READ_SSBS: u32 = 19
export const READ_FPCR: u32 = 20
export const READ_FPSR: u32 = 21
export const READ_CNTPCT: u32 = 22
export const READ_CNTVCT: u32 = 23
export const READ_TIMER_TVAL: u32 = 24
export const READ_TIMER_CTL: u32 = 25
export const READ_TIMER_CVAL: u32 = 26
export const READ_CLAIMSET: u32 = 27
export const READ_PMOVS: u32 = 28
export const READ_PMCEID0: u32 = 29
export const READ_PMCEID1: u32 = 30
export const READ_PMCCNTR: u32 = 31
export const READ_PMXEVTYPER: u32 = 32
export const READ_PMXEVCNTR: u32 = 33
export const READ_PMEVTYPER: u32 = 34
export const READ_L2CTLR: u32 = 35

// How a write differs from storing what the mask lets through (sysreg-write.ts).
export const WRITE_PLAIN: u32 = 0
export const WRITE_SCTLR_EL1: u32 = 1
export const WRITE_SCTLR_EL2: u32 = 2
export const WRITE_DERIVE: u32 = 3
export const WRITE_CPTR_EL2: u32 = 4
export const WRITE_HCR_EL2: u32 = 5
export const WRITE_MDCR_EL2: u32 = 6
export const WRITE_TTBR: u32 = 7
export const WRITE_TCR_EL1: u32 = 8
export const WRITE_TCR_EL2: u32 = 9
export const WRITE_STAGE2: u32 = 10
export const WRITE_MAIR_EL1: u32 = 11
export const WRITE_MAIR_EL2: u32 = 12
export const WRITE_SPSR: u32 = 13
export const WRITE_SP_EL0: u32 = 14
export const WRITE_SP_EL1: u32 = 15
export const WRITE_DISR: u32 = 16
export const WRITE_SPSEL: u32 = 17
export const WRITE_PAN: u32 = 18
export const WRITE_UAO: u32 = 19
export const WRITE_NZCV: u32 = 20
export const WRITE_DAIF: u32 = 21
export const WRITE_DIT: u32 = 22
export const WRITE_SSBS: u32 = 23
export const WRITE_FPCR: u32 = 24
export const WRITE_FPSR: u32 = 25
export const WRITE_CNTFRQ: u32 = 26
export const WRITE_TIMERS: u32 = 27
export const WRITE_TIMER_TVAL: u32 = 28
export const WRITE_TIMER_CTL: u32 = 29
export const WRITE_TIMER_CVAL: u32 = 30
export const WRITE_MDSCR: u32 = 31
export const WRITE_OSLAR: u32 = 32
export const WRITE_CLAIMSET: u32 = 33
export const WRITE_CLAIMCLR: u32 = 34
export const WRITE_PMCR: u32 = 35
export const WRITE_PMCNTENSET: u32 = 36
export const WRITE_PMCNTENCLR: u32 = 37
export const WRITE_PMOVSCLR: u32 = 38
export const WRITE_PMOVSSET: u32 = 39
export const WRITE_PMSWINC: u32 = 40
export const WRITE_PMCCNTR: u32 = 41
export const WRITE_PMXEVTYPER: u32 = 42
export const WRITE_PMXEVCNTR: u32 = 43
export const WRITE_PMINTENSET: u32 = 44
export const WRITE_PMINTENCLR: u32 = 45
export const WRITE_PMEVTYPER: u32 = 46

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

function describe(): void {
  describeIdentification()
  describeControl()
  describeTranslation()
  describeExceptions()
  describeThreadPointers()
  describeProcessorState()
  describeGenericTimers()
  describeDebug()
  describePerformanceMonitors()
  describeImplementationDefined()
  describeBreakpoints()
}

/** Identification. */
function describeIdentification(): void {
  // MIDR_EL1
  add(encoding(3, 0, 0, 0, 0), RO1, TRAP_NONE, SYS_MIDR_EL1, ALL, READ_MIDR, WRITE_PLAIN, 0)
  // MPIDR_EL1
  add(encoding(3, 0, 0, 0, 5), RO1, TRAP_NONE, SYS_MPIDR_EL1, ALL, READ_MPIDR, WRITE_PLAIN, 0)
  // REVIDR_EL1
  add(encoding(3, 0, 0, 0, 6), RO1, TRAP_TID1, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // CCSIDR_EL1
  add(encoding(3, 1, 0, 0, 0), RO1, TRAP_TID2, NO_STORE, ALL, READ_CCSIDR, WRITE_PLAIN, 0)
  // CLIDR_EL1
  add(encoding(3, 1, 0, 0, 1), RO1, TRAP_TID2, NO_STORE, ALL, READ_CLIDR, WRITE_PLAIN, 0)
  // AIDR_EL1
  add(encoding(3, 1, 0, 0, 7), RO1, TRAP_TID1, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // CSSELR_EL1
  add(encoding(3, 2, 0, 0, 0), RW1, TRAP_TID2, SYS_CSSELR_EL1, 0xf, READ_PLAIN, WRITE_PLAIN, 0)
  // CTR_EL0
  add(encoding(3, 3, 0, 0, 1), RO0, TRAP_CTR, NO_STORE, ALL, READ_CTR, WRITE_PLAIN, 0)
  // DCZID_EL0
  add(encoding(3, 3, 0, 0, 7), RO0, TRAP_NONE, NO_STORE, ALL, READ_DCZID, WRITE_PLAIN, 0)
  // VPIDR_EL2
  add(encoding(3, 4, 0, 0, 0), RW2, TRAP_NONE, SYS_VPIDR_EL2, LOW32, READ_PLAIN, WRITE_PLAIN, 0)
  // VMPIDR_EL2
  add(encoding(3, 4, 0, 0, 5), RW2, TRAP_NONE, SYS_VMPIDR_EL2, ALL, READ_PLAIN, WRITE_PLAIN, 0)
}

/** Control. */
function describeControl(): void {
  // SCTLR_EL1
  add(encoding(3, 0, 1, 0, 0), RW1, TRAP_VM, SYS_SCTLR_EL1, ALL, READ_PLAIN, WRITE_SCTLR_EL1, 0)
  // SCTLR_EL2
  add(encoding(3, 4, 1, 0, 0), RW2, TRAP_NONE, SYS_SCTLR_EL2, ALL, READ_PLAIN, WRITE_SCTLR_EL2, 0)
  // ACTLR_EL1
  add(encoding(3, 0, 1, 0, 1), RW1, TRAP_ACTLR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // ACTLR_EL2
  add(encoding(3, 4, 1, 0, 1), RW2, TRAP_NONE, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // CPACR_EL1
  add(
    encoding(3, 0, 1, 0, 2),
    RW1,
    TRAP_CPACR,
    SYS_CPACR_EL1,
    0x0030_0000,
    READ_PLAIN,
    WRITE_DERIVE,
    0,
  )
  // CPTR_EL2
  add(encoding(3, 4, 1, 1, 2), RW2, TRAP_NONE, SYS_CPTR_EL2, ALL, READ_PLAIN, WRITE_CPTR_EL2, 0)
  // HCR_EL2
  add(encoding(3, 4, 1, 1, 0), RW2, TRAP_NONE, SYS_HCR_EL2, ALL, READ_PLAIN, WRITE_HCR_EL2, 0)
  // MDCR_EL2
  add(encoding(3, 4, 1, 1, 1), RW2, TRAP_NONE, SYS_MDCR_EL2, ALL, READ_PLAIN, WRITE_MDCR_EL2, 0)
  // HSTR_EL2
  add(encoding(3, 4, 1, 1, 3), RW2, TRAP_NONE, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // HACR_EL2
  add(encoding(3, 4, 1, 1, 7), RW2, TRAP_NONE, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
}

/** Translation. */
function describeTranslation(): void {
  // TTBR0_EL1
  add(encoding(3, 0, 2, 0, 0), RW1, TRAP_VM, SYS_TTBR0_EL1, ALL, READ_PLAIN, WRITE_TTBR, 0)
  // TTBR1_EL1
  add(encoding(3, 0, 2, 0, 1), RW1, TRAP_VM, SYS_TTBR1_EL1, ALL, READ_PLAIN, WRITE_TTBR, 0)
  // TCR_EL1
  add(encoding(3, 0, 2, 0, 2), RW1, TRAP_VM, SYS_TCR_EL1, ALL, READ_PLAIN, WRITE_TCR_EL1, 0)
  // TTBR0_EL2
  add(encoding(3, 4, 2, 0, 0), RW2, TRAP_NONE, SYS_TTBR0_EL2, ALL, READ_PLAIN, WRITE_TTBR, 0)
  // TTBR1_EL2
  add(encoding(3, 4, 2, 0, 1), RW2, TRAP_NONE, SYS_TTBR1_EL2, ALL, READ_PLAIN, WRITE_TTBR, FEAT_VHE)
  // TCR_EL2
  add(encoding(3, 4, 2, 0, 2), RW2, TRAP_NONE, SYS_TCR_EL2, ALL, READ_PLAIN, WRITE_TCR_EL2, 0)
  // VTTBR_EL2
  add(encoding(3, 4, 2, 1, 0), RW2, TRAP_NONE, SYS_VTTBR_EL2, ALL, READ_PLAIN, WRITE_STAGE2, 0)
  // VTCR_EL2
  add(
    encoding(3, 4, 2, 1, 2),
    RW2,
    TRAP_NONE,
    SYS_VTCR_EL2,
    0x800f_ffff,
    READ_PLAIN,
    WRITE_STAGE2,
    0,
  )
  // MAIR_EL1
  add(encoding(3, 0, 10, 2, 0), RW1, TRAP_VM, SYS_MAIR_EL1, ALL, READ_PLAIN, WRITE_MAIR_EL1, 0)
  // MAIR_EL2
  add(encoding(3, 4, 10, 2, 0), RW2, TRAP_NONE, SYS_MAIR_EL2, ALL, READ_PLAIN, WRITE_MAIR_EL2, 0)
  // AMAIR_EL1
  add(encoding(3, 0, 10, 3, 0), RW1, TRAP_VM, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // AMAIR_EL2
  add(encoding(3, 4, 10, 3, 0), RW2, TRAP_NONE, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // CONTEXTIDR_EL1
  add(encoding(3, 0, 13, 0, 1), RW1, TRAP_VM, SYS_CONTEXTIDR_EL1, LOW32, READ_PLAIN, WRITE_PLAIN, 0)
  // CONTEXTIDR_EL2
  add(
    encoding(3, 4, 13, 0, 1),
    RW2,
    TRAP_NONE,
    SYS_CONTEXTIDR_EL2,
    LOW32,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_VHE,
  )
  // PAR_EL1
  add(encoding(3, 0, 7, 4, 0), RW1, TRAP_NONE, SYS_PAR_EL1, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // LORSA_EL1
  add(encoding(3, 0, 10, 4, 0), RW1, TRAP_LOR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_LOR)
  // LOREA_EL1
  add(encoding(3, 0, 10, 4, 1), RW1, TRAP_LOR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_LOR)
  // LORN_EL1
  add(encoding(3, 0, 10, 4, 2), RW1, TRAP_LOR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_LOR)
  // LORC_EL1
  add(encoding(3, 0, 10, 4, 3), RW1, TRAP_LOR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_LOR)
  // LORID_EL1
  add(encoding(3, 0, 10, 4, 7), RO1, TRAP_LOR, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, FEAT_LOR)
}

/** Exceptions. */
function describeExceptions(): void {
  // SPSR_EL1
  add(encoding(3, 0, 4, 0, 0), RW1, TRAP_NONE, SYS_SPSR_EL1, ALL, READ_PLAIN, WRITE_SPSR, 0)
  // SPSR_EL2
  add(encoding(3, 4, 4, 0, 0), RW2, TRAP_NONE, SYS_SPSR_EL2, ALL, READ_PLAIN, WRITE_SPSR, 0)
  // ELR_EL1
  add(encoding(3, 0, 4, 0, 1), RW1, TRAP_NONE, SYS_ELR_EL1, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // ELR_EL2
  add(encoding(3, 4, 4, 0, 1), RW2, TRAP_NONE, SYS_ELR_EL2, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // SP_EL0
  add(encoding(3, 0, 4, 1, 0), RW1, TRAP_NONE, NO_STORE, ALL, READ_SP_EL0, WRITE_SP_EL0, 0)
  // SP_EL1
  add(encoding(3, 4, 4, 1, 0), RW2, TRAP_NONE, NO_STORE, ALL, READ_SP_EL1, WRITE_SP_EL1, 0)
  // AFSR0_EL1
  add(encoding(3, 0, 5, 1, 0), RW1, TRAP_VM, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // AFSR1_EL1
  add(encoding(3, 0, 5, 1, 1), RW1, TRAP_VM, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // AFSR0_EL2
  add(encoding(3, 4, 5, 1, 0), RW2, TRAP_NONE, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // AFSR1_EL2
  add(encoding(3, 4, 5, 1, 1), RW2, TRAP_NONE, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // ESR_EL1
  add(encoding(3, 0, 5, 2, 0), RW1, TRAP_VM, SYS_ESR_EL1, LOW32, READ_PLAIN, WRITE_PLAIN, 0)
  // ESR_EL2
  add(encoding(3, 4, 5, 2, 0), RW2, TRAP_NONE, SYS_ESR_EL2, LOW32, READ_PLAIN, WRITE_PLAIN, 0)
  // FAR_EL1
  add(encoding(3, 0, 6, 0, 0), RW1, TRAP_VM, SYS_FAR_EL1, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // FAR_EL2
  add(encoding(3, 4, 6, 0, 0), RW2, TRAP_NONE, SYS_FAR_EL2, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // HPFAR_EL2
  add(
    encoding(3, 4, 6, 0, 4),
    RW2,
    TRAP_NONE,
    SYS_HPFAR_EL2,
    0x0000_00ff_ffff_fff0,
    READ_PLAIN,
    WRITE_PLAIN,
    0,
  )
  // VBAR_EL1
  add(encoding(3, 0, 12, 0, 0), RW1, TRAP_NONE, SYS_VBAR_EL1, ~0x7ff, READ_PLAIN, WRITE_PLAIN, 0)
  // VBAR_EL2
  add(encoding(3, 4, 12, 0, 0), RW2, TRAP_NONE, SYS_VBAR_EL2, ~0x7ff, READ_PLAIN, WRITE_PLAIN, 0)
  // ISR_EL1
  add(encoding(3, 0, 12, 1, 0), RO1, TRAP_NONE, NO_STORE, ALL, READ_ISR, WRITE_PLAIN, 0)
  // RVBAR_EL1
  add(encoding(3, 0, 12, 0, 1), RO1, TRAP_NONE, ZERO, ALL, READ_RVBAR_EL1, WRITE_PLAIN, 0)
  // RVBAR_EL2
  add(encoding(3, 4, 12, 0, 1), RO2, TRAP_NONE, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // DISR_EL1
  add(
    encoding(3, 0, 12, 1, 1),
    RW1,
    TRAP_NONE,
    SYS_DISR_EL1,
    0x81ff_ffff,
    READ_DISR,
    WRITE_DISR,
    FEAT_RAS,
  )
  // VDISR_EL2
  add(
    encoding(3, 4, 12, 1, 1),
    RW2,
    TRAP_NONE,
    SYS_VDISR_EL2,
    0x81ff_ffff,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_RAS,
  )
  // VSESR_EL2
  add(
    encoding(3, 4, 5, 2, 3),
    RW2,
    TRAP_NONE,
    SYS_VSESR_EL2,
    0x01ff_ffff,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_RAS,
  )
  // ERRIDR_EL1
  add(encoding(3, 0, 5, 3, 0), RO1, TRAP_ERR, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
  // ERRSELR_EL1
  add(encoding(3, 0, 5, 3, 1), RW1, TRAP_ERR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
  // ERXFR_EL1
  add(encoding(3, 0, 5, 4, 0), RO1, TRAP_ERR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
  // ERXCTLR_EL1
  add(encoding(3, 0, 5, 4, 1), RW1, TRAP_ERR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
  // ERXSTATUS_EL1
  add(encoding(3, 0, 5, 4, 2), RW1, TRAP_ERR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
  // ERXADDR_EL1
  add(encoding(3, 0, 5, 4, 3), RW1, TRAP_ERR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
  // ERXMISC0_EL1
  add(encoding(3, 0, 5, 5, 0), RW1, TRAP_ERR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
  // ERXMISC1_EL1
  add(encoding(3, 0, 5, 5, 1), RW1, TRAP_ERR, ZERO, 0, READ_PLAIN, WRITE_PLAIN, FEAT_RAS)
}

/** Thread pointers. */
function describeThreadPointers(): void {
  // TPIDR_EL0
  add(encoding(3, 3, 13, 0, 2), RW0, TRAP_NONE, SYS_TPIDR_EL0, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // TPIDRRO_EL0
  add(encoding(3, 3, 13, 0, 3), RO0W1, TRAP_NONE, SYS_TPIDRRO_EL0, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // TPIDR_EL1
  add(encoding(3, 0, 13, 0, 4), RW1, TRAP_NONE, SYS_TPIDR_EL1, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // TPIDR_EL2
  add(encoding(3, 4, 13, 0, 2), RW2, TRAP_NONE, SYS_TPIDR_EL2, ALL, READ_PLAIN, WRITE_PLAIN, 0)
}

/** Processor state. */
function describeProcessorState(): void {
  // SPSel
  add(encoding(3, 0, 4, 2, 0), RW1, TRAP_NONE, NO_STORE, ALL, READ_SPSEL, WRITE_SPSEL, 0)
  // CurrentEL
  add(encoding(3, 0, 4, 2, 2), RO1, TRAP_NONE, NO_STORE, ALL, READ_CURRENTEL, WRITE_PLAIN, 0)
  // PAN
  add(encoding(3, 0, 4, 2, 3), RW1, TRAP_NONE, NO_STORE, ALL, READ_PAN, WRITE_PAN, FEAT_PAN)
  // UAO
  add(encoding(3, 0, 4, 2, 4), RW1, TRAP_NONE, NO_STORE, ALL, READ_UAO, WRITE_UAO, FEAT_UAO)
  // NZCV
  add(encoding(3, 3, 4, 2, 0), RW0, TRAP_NONE, NO_STORE, ALL, READ_NZCV, WRITE_NZCV, 0)
  // DAIF
  add(encoding(3, 3, 4, 2, 1), RW0, TRAP_DAIF, NO_STORE, ALL, READ_DAIF, WRITE_DAIF, 0)
  // DIT
  add(encoding(3, 3, 4, 2, 5), RW0, TRAP_NONE, NO_STORE, ALL, READ_DIT, WRITE_DIT, FEAT_DIT)
  // SSBS
  add(encoding(3, 3, 4, 2, 6), RW0, TRAP_NONE, NO_STORE, ALL, READ_SSBS, WRITE_SSBS, FEAT_SSBS2)
  // FPCR
  add(encoding(3, 3, 4, 4, 0), RW0, TRAP_FP, NO_STORE, ALL, READ_FPCR, WRITE_FPCR, 0)
  // FPSR
  add(encoding(3, 3, 4, 4, 1), RW0, TRAP_FP, NO_STORE, ALL, READ_FPSR, WRITE_FPSR, 0)
}

/** Generic timers. */
function describeGenericTimers(): void {
  // CNTFRQ_EL0
  add(
    encoding(3, 3, 14, 0, 0),
    RO0W1,
    TRAP_CNTFRQ,
    SYS_CNTFRQ_EL0,
    ALL,
    READ_PLAIN,
    WRITE_CNTFRQ,
    0,
  )
  // CNTPCT_EL0
  add(encoding(3, 3, 14, 0, 1), RO0, TRAP_CNTPCT, NO_STORE, ALL, READ_CNTPCT, WRITE_PLAIN, 0)
  // CNTVCT_EL0
  add(encoding(3, 3, 14, 0, 2), RO0, TRAP_CNTVCT, NO_STORE, ALL, READ_CNTVCT, WRITE_PLAIN, 0)
  // CNTKCTL_EL1
  add(encoding(3, 0, 14, 1, 0), RW1, TRAP_NONE, SYS_CNTKCTL_EL1, 0x3ff, READ_PLAIN, WRITE_TIMERS, 0)
  // CNTHCTL_EL2
  add(encoding(3, 4, 14, 1, 0), RW2, TRAP_NONE, SYS_CNTHCTL_EL2, 0xfff, READ_PLAIN, WRITE_TIMERS, 0)
  // CNTVOFF_EL2
  add(encoding(3, 4, 14, 0, 3), RW2, TRAP_NONE, SYS_CNTVOFF_EL2, ALL, READ_PLAIN, WRITE_TIMERS, 0)
  // CNTP_TVAL_EL0
  add(encoding(3, 3, 14, 2, 0), RW0, TRAP_CNTP, NO_STORE, ALL, READ_TIMER_TVAL, WRITE_TIMER_TVAL, 0)
  // CNTP_CTL_EL0
  add(encoding(3, 3, 14, 2, 1), RW0, TRAP_CNTP, NO_STORE, ALL, READ_TIMER_CTL, WRITE_TIMER_CTL, 0)
  // CNTP_CVAL_EL0
  add(encoding(3, 3, 14, 2, 2), RW0, TRAP_CNTP, NO_STORE, ALL, READ_TIMER_CVAL, WRITE_TIMER_CVAL, 0)
  // CNTV_TVAL_EL0
  add(encoding(3, 3, 14, 3, 0), RW0, TRAP_CNTV, NO_STORE, ALL, READ_TIMER_TVAL, WRITE_TIMER_TVAL, 0)
  // CNTV_CTL_EL0
  add(encoding(3, 3, 14, 3, 1), RW0, TRAP_CNTV, NO_STORE, ALL, READ_TIMER_CTL, WRITE_TIMER_CTL, 0)
  // CNTV_CVAL_EL0
  add(encoding(3, 3, 14, 3, 2), RW0, TRAP_CNTV, NO_STORE, ALL, READ_TIMER_CVAL, WRITE_TIMER_CVAL, 0)
  // CNTHP_TVAL_EL2
  add(encoding(3, 4, 14, 2, 0), RW2, TRAP_NONE, NO_STORE, ALL, READ_TIMER_TVAL, WRITE_TIMER_TVAL, 0)
  // CNTHP_CTL_EL2
  add(encoding(3, 4, 14, 2, 1), RW2, TRAP_NONE, NO_STORE, ALL, READ_TIMER_CTL, WRITE_TIMER_CTL, 0)
  // CNTHP_CVAL_EL2
  add(encoding(3, 4, 14, 2, 2), RW2, TRAP_NONE, NO_STORE, ALL, READ_TIMER_CVAL, WRITE_TIMER_CVAL, 0)
  // CNTHV_TVAL_EL2
  add(
    encoding(3, 4, 14, 3, 0),
    RW2,
    TRAP_NONE,
    NO_STORE,
    ALL,
    READ_TIMER_TVAL,
    WRITE_TIMER_TVAL,
    FEAT_VHE,
  )
  // CNTHV_CTL_EL2
  add(
    encoding(3, 4, 14, 3, 1),
    RW2,
    TRAP_NONE,
    NO_STORE,
    ALL,
    READ_TIMER_CTL,
    WRITE_TIMER_CTL,
    FEAT_VHE,
  )
  // CNTHV_CVAL_EL2
  add(
    encoding(3, 4, 14, 3, 2),
    RW2,
    TRAP_NONE,
    NO_STORE,
    ALL,
    READ_TIMER_CVAL,
    WRITE_TIMER_CVAL,
    FEAT_VHE,
  )
}

/** Debug. */
function describeDebug(): void {
  // OSDTRRX_EL1
  add(encoding(2, 0, 0, 0, 2), RW1, TRAP_DEBUG, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // MDCCSR_EL0
  add(encoding(2, 3, 0, 1, 0), RO0, TRAP_DCC, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // MDCCINT_EL1
  add(
    encoding(2, 0, 0, 2, 0),
    RW1,
    TRAP_DEBUG,
    SYS_MDCCINT_EL1,
    0x6000_0000,
    READ_PLAIN,
    WRITE_PLAIN,
    0,
  )
  // MDSCR_EL1
  add(encoding(2, 0, 0, 2, 2), RW1, TRAP_DEBUG, SYS_MDSCR_EL1, ALL, READ_PLAIN, WRITE_MDSCR, 0)
  // OSDTRTX_EL1
  add(encoding(2, 0, 0, 3, 2), RW1, TRAP_DEBUG, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // DBGDTR_EL0
  add(encoding(2, 3, 0, 4, 0), RW0, TRAP_DCC, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // DBGDTRRX_EL0
  add(encoding(2, 3, 0, 5, 0), RW0, TRAP_DCC, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // OSECCR_EL1
  add(encoding(2, 0, 0, 6, 2), RW1, TRAP_DEBUG, ZERO, 0, READ_PLAIN, WRITE_PLAIN, 0)
  // MDRAR_EL1
  add(encoding(2, 0, 1, 0, 0), RO1, TRAP_DBGROM, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // OSLAR_EL1
  add(encoding(2, 0, 1, 0, 4), WO1, TRAP_OSDBG, NO_STORE, ALL, READ_PLAIN, WRITE_OSLAR, 0)
  // OSLSR_EL1
  add(encoding(2, 0, 1, 1, 4), RO1, TRAP_OSDBG, SYS_OSLSR_EL1, ALL, READ_PLAIN, WRITE_PLAIN, 0)
  // OSDLR_EL1
  add(encoding(2, 0, 1, 3, 4), RW1, TRAP_OSDBG, SYS_OSDLR_EL1, 1, READ_PLAIN, WRITE_DERIVE, 0)
  // DBGPRCR_EL1
  add(encoding(2, 0, 1, 4, 4), RW1, TRAP_OSDBG, SYS_DBGPRCR_EL1, 1, READ_PLAIN, WRITE_PLAIN, 0)
  // DBGCLAIMSET_EL1
  add(
    encoding(2, 0, 7, 8, 6),
    RW1,
    TRAP_DEBUG,
    SYS_DBGCLAIM_EL1,
    ALL,
    READ_CLAIMSET,
    WRITE_CLAIMSET,
    0,
  )
  // DBGCLAIMCLR_EL1
  add(
    encoding(2, 0, 7, 9, 6),
    RW1,
    TRAP_DEBUG,
    SYS_DBGCLAIM_EL1,
    ALL,
    READ_PLAIN,
    WRITE_CLAIMCLR,
    0,
  )
  // DBGAUTHSTATUS_EL1
  add(encoding(2, 0, 7, 14, 6), RO1, TRAP_DEBUG, ZERO, ALL, READ_PLAIN, WRITE_PLAIN, 0)
}

/** Performance monitors. */
function describePerformanceMonitors(): void {
  // PMCR_EL0
  add(encoding(3, 3, 9, 12, 0), RW0, TRAP_PMCR, SYS_PMCR_EL0, ALL, READ_PLAIN, WRITE_PMCR, 0)
  // PMCNTENSET_EL0
  add(
    encoding(3, 3, 9, 12, 1),
    RW0,
    TRAP_PMU,
    SYS_PMCNTENSET_EL0,
    ALL,
    READ_PLAIN,
    WRITE_PMCNTENSET,
    0,
  )
  // PMCNTENCLR_EL0
  add(
    encoding(3, 3, 9, 12, 2),
    RW0,
    TRAP_PMU,
    SYS_PMCNTENSET_EL0,
    ALL,
    READ_PLAIN,
    WRITE_PMCNTENCLR,
    0,
  )
  // PMOVSCLR_EL0
  add(encoding(3, 3, 9, 12, 3), RW0, TRAP_PMU, SYS_PMOVSSET_EL0, ALL, READ_PMOVS, WRITE_PMOVSCLR, 0)
  // PMOVSSET_EL0
  add(encoding(3, 3, 9, 14, 3), RW0, TRAP_PMU, SYS_PMOVSSET_EL0, ALL, READ_PMOVS, WRITE_PMOVSSET, 0)
  // PMSWINC_EL0
  add(encoding(3, 3, 9, 12, 4), WO0, TRAP_PMU_SW, NO_STORE, ALL, READ_PLAIN, WRITE_PMSWINC, 0)
  // PMSELR_EL0
  add(
    encoding(3, 3, 9, 12, 5),
    RW0,
    TRAP_PMU_EVENT,
    SYS_PMSELR_EL0,
    0x1f,
    READ_PLAIN,
    WRITE_PLAIN,
    0,
  )
  // PMCEID0_EL0
  add(encoding(3, 3, 9, 12, 6), RO0, TRAP_PMU, NO_STORE, ALL, READ_PMCEID0, WRITE_PLAIN, 0)
  // PMCEID1_EL0
  add(encoding(3, 3, 9, 12, 7), RO0, TRAP_PMU, NO_STORE, ALL, READ_PMCEID1, WRITE_PLAIN, 0)
  // PMCCNTR_EL0
  add(encoding(3, 3, 9, 13, 0), RW0, TRAP_PMU_CYCLE, NO_STORE, ALL, READ_PMCCNTR, WRITE_PMCCNTR, 0)
  // PMXEVTYPER_EL0
  add(encoding(3, 3, 9, 13, 1), RW0, TRAP_PMU, NO_STORE, ALL, READ_PMXEVTYPER, WRITE_PMXEVTYPER, 0)
  // PMXEVCNTR_EL0
  add(
    encoding(3, 3, 9, 13, 2),
    RW0,
    TRAP_PMU_EVENT,
    NO_STORE,
    ALL,
    READ_PMXEVCNTR,
    WRITE_PMXEVCNTR,
    0,
  )
  // PMUSERENR_EL0
  add(
    encoding(3, 3, 9, 14, 0),
    RO0W1,
    TRAP_PMUSER,
    SYS_PMUSERENR_EL0,
    0xf,
    READ_PLAIN,
    WRITE_PLAIN,
    0,
  )
  // PMINTENSET_EL1
  add(
    encoding(3, 0, 9, 14, 1),
    RW1,
    TRAP_PMUSER,
    SYS_PMINTENSET_EL1,
    ALL,
    READ_PLAIN,
    WRITE_PMINTENSET,
    0,
  )
  // PMINTENCLR_EL1
  add(
    encoding(3, 0, 9, 14, 2),
    RW1,
    TRAP_PMUSER,
    SYS_PMINTENSET_EL1,
    ALL,
    READ_PLAIN,
    WRITE_PMINTENCLR,
    0,
  )
  // PMCCFILTR_EL0
  add(encoding(3, 3, 14, 15, 7), RW0, TRAP_PMU, NO_STORE, ALL, READ_PMEVTYPER, WRITE_PMEVTYPER, 0)
}

/** IMPLEMENTATION DEFINED, of Cortex-A53, A57 and A72. */
function describeImplementationDefined(): void {
  // CPUACTLR_EL1
  add(
    encoding(3, 1, 15, 2, 0),
    RW1,
    TRAP_IMPDEF,
    ZERO,
    0,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_CORTEX_IMPDEF,
  )
  // CPUECTLR_EL1
  add(
    encoding(3, 1, 15, 2, 1),
    RW1,
    TRAP_IMPDEF,
    ZERO,
    0,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_CORTEX_IMPDEF,
  )
  // CPUMERRSR_EL1
  add(
    encoding(3, 1, 15, 2, 2),
    RW1,
    TRAP_IMPDEF,
    ZERO,
    0,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_CORTEX_IMPDEF,
  )
  // L2MERRSR_EL1
  add(
    encoding(3, 1, 15, 2, 3),
    RW1,
    TRAP_IMPDEF,
    ZERO,
    0,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_CORTEX_IMPDEF,
  )
  // L2ECTLR_EL1
  add(
    encoding(3, 1, 11, 0, 3),
    RW1,
    TRAP_IMPDEF,
    ZERO,
    0,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_CORTEX_IMPDEF,
  )
  // L2ACTLR_EL1
  add(
    encoding(3, 1, 15, 0, 0),
    RW1,
    TRAP_IMPDEF,
    ZERO,
    0,
    READ_PLAIN,
    WRITE_PLAIN,
    FEAT_CORTEX_IMPDEF,
  )
  // L2CTLR_EL1
  add(
    encoding(3, 1, 11, 0, 2),
    RW1,
    TRAP_IMPDEF,
    ZERO,
    0,
    READ_L2CTLR,
    WRITE_PLAIN,
    FEAT_CORTEX_IMPDEF,
  )
  // CBAR_EL1
  add(encoding(3, 1, 15, 3, 0), RO1, TRAP_IMPDEF, SYS_CBAR_EL1, ALL, READ_PLAIN, WRITE_PLAIN, 0)
}

/** DBGBVR<n>, DBGBCR<n>, DBGWVR<n>, DBGWCR<n>: six breakpoints, four watchpoints, read and written, never matched. */
function describeBreakpoints(): void {
  for (let n: u32 = 0; n < 6; n++) {
    const at = n << 3
    add(encoding(2, 0, 0, n, 4), RW1, TRAP_DEBUG, SYS_DBGBVR + at, ~3, READ_PLAIN, WRITE_PLAIN, 0)
    add(
      encoding(2, 0, 0, n, 5),
      RW1,
      TRAP_DEBUG,
      SYS_DBGBCR + at,
      0x00ff_e1e7,
      READ_PLAIN,
      WRITE_PLAIN,
      0,
    )
    if (n > 3) continue
    add(encoding(2, 0, 0, n, 6), RW1, TRAP_DEBUG, SYS_DBGWVR + at, ~3, READ_PLAIN, WRITE_PLAIN, 0)
    add(
      encoding(2, 0, 0, n, 7),
      RW1,
      TRAP_DEBUG,
      SYS_DBGWCR + at,
      0x1f1f_ffff,
      READ_PLAIN,
      WRITE_PLAIN,
      0,
    )
  }
}
