/**
 * What keeps an exception level from a system register or instruction it could otherwise use: the enables of EL1 for
 * EL0, then the traps of EL2. Arm ARM D1.12 (configurable instruction controls), and the access pseudocode of each
 * register in D13.
 */
import { EC_SYSREG, fpTrap, takeSyncTo, trapTarget } from './exception'
import { CPU_EL, CPU_FP_TRAP } from './layout'
import { hasEL2, hcrOf, inHost, sctlrOf } from './regime'
import {
  CPTR_TCPAC,
  HCR_E2H,
  HCR_TACR,
  HCR_TERR,
  HCR_TGE,
  HCR_TID1,
  HCR_TID2,
  HCR_TIDCP,
  HCR_TLOR,
  HCR_TRVM,
  HCR_TVM,
  MDCR_TDA,
  MDCR_TDE,
  MDCR_TDOSA,
  MDCR_TDRA,
  MDCR_TPM,
  MDCR_TPMCR,
  MDSCR_TDCC,
  SCTLR_UCT,
  SCTLR_UMA,
} from './registers'
import {
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
  TRAP_OSDBG,
  TRAP_PMCR,
  TRAP_PMU_CYCLE,
  TRAP_PMU_EVENT,
  TRAP_PMU_SW,
  TRAP_PMUSER,
  TRAP_TID1,
  TRAP_TID2,
  TRAP_VM,
} from './sysreg-kinds'
import {
  SYS_CNTHCTL_EL2,
  SYS_CNTKCTL_EL1,
  SYS_CPTR_EL2,
  SYS_MDCR_EL2,
  SYS_MDSCR_EL1,
  SYS_PMUSERENR_EL0,
} from './sysstate'

/** Direction of the access, bit 0 of the syndrome. */
export const DIRECTION_WRITE: u32 = 0
export const DIRECTION_READ: u32 = 1

/** Syndrome of a trapped access: `enc` with the number of the general register in bits 20:16. */
export function accessSyndrome(enc: u32, direction: u32): u32 {
  const op0 = (enc >> 14) & 3
  const op1 = (enc >> 11) & 7
  const crn = (enc >> 7) & 15
  const crm = (enc >> 3) & 15
  const op2 = enc & 7
  const rt = (enc >> 16) & 31
  return (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (rt << 5) | (crm << 1) | direction
}

/** Traps the access to EL `target`. @returns true, as trapped() does then. */
export function trapTo(cpu: usize, target: u32, enc: u32, direction: u32): bool {
  takeSyncTo(cpu, target, EC_SYSREG, accessSyndrome(enc, direction))
  return true
}

/** The EL that traps an access in group `group` from the current EL, 0 if none does. */
function trapEL(cpu: usize, group: u32, direction: u32): u32 {
  const el = load<u32>(cpu + CPU_EL)
  const hcr = hcrOf(cpu)
  switch (group) {
    case TRAP_VM:
      return el == 1 && hcr & (direction ? HCR_TRVM : HCR_TVM) ? 2 : 0
    case TRAP_TID1:
      return el == 1 && hcr & HCR_TID1 ? 2 : 0
    case TRAP_CTR:
      if (el == 0 && !(sctlrOf(cpu, 0) & SCTLR_UCT)) return trapTarget(cpu)
      return el < 2 && hcr & HCR_TID2 ? 2 : 0
    case TRAP_TID2:
      return el == 1 && hcr & HCR_TID2 ? 2 : 0
    case TRAP_ACTLR:
      return el == 1 && hcr & HCR_TACR ? 2 : 0
    case TRAP_LOR:
      return el == 1 && hcr & HCR_TLOR ? 2 : 0
    case TRAP_ERR:
      return el == 1 && hcr & HCR_TERR ? 2 : 0
    case TRAP_IMPDEF:
      return el == 1 && hcr & HCR_TIDCP ? 2 : 0
    case TRAP_CPACR:
      return el == 1 && hasEL2() && load<u64>(cpu + SYS_CPTR_EL2) & CPTR_TCPAC ? 2 : 0
    case TRAP_DAIF:
      return el == 0 && !(sctlrOf(cpu, 0) & SCTLR_UMA) ? trapTarget(cpu) : 0
    case TRAP_DCC:
      if (el == 0 && load<u64>(cpu + SYS_MDSCR_EL1) & MDSCR_TDCC) return trapTarget(cpu)
      return debugTrap(cpu, el, MDCR_TDA)
    case TRAP_DEBUG:
      return debugTrap(cpu, el, MDCR_TDA)
    case TRAP_OSDBG:
      return debugTrap(cpu, el, MDCR_TDOSA)
    case TRAP_DBGROM:
      return debugTrap(cpu, el, MDCR_TDRA)
    case TRAP_CNTFRQ:
    case TRAP_CNTPCT:
    case TRAP_CNTVCT:
    case TRAP_CNTP:
    case TRAP_CNTV:
      return timerTrap(cpu, el, group)
    default:
      return group >= TRAP_PMCR && group <= TRAP_PMUSER ? pmuTrap(cpu, el, group, direction) : 0
  }
}

/** MDCR_EL2 `bit`, which TDE and HCR_EL2.TGE imply. */
function debugTrap(cpu: usize, el: u32, bit: u64): u32 {
  if (el == 2 || !hasEL2()) return 0
  const routed = load<u64>(cpu + SYS_MDCR_EL2) & (bit | MDCR_TDE) || hcrOf(cpu) & HCR_TGE
  return routed ? 2 : 0
}

/** PMUSERENR_EL0 for EL0, then MDCR_EL2. */
function pmuTrap(cpu: usize, el: u32, group: u32, direction: u32): u32 {
  if (el == 0 && group != TRAP_PMUSER) {
    // EN; then what is allowed alone: SW (PMSWINC), CR (reading PMCCNTR), ER (reading event counters, PMSELR).
    let enough: u64 = 1
    if (group == TRAP_PMU_SW) enough |= 2
    else if (group == TRAP_PMU_CYCLE && direction) enough |= 4
    else if (group == TRAP_PMU_EVENT) enough |= 8
    if (!(load<u64>(cpu + SYS_PMUSERENR_EL0) & enough)) return trapTarget(cpu)
  }
  if (el == 2 || !hasEL2()) return 0
  const traps = group == TRAP_PMCR ? MDCR_TPM | MDCR_TPMCR : MDCR_TPM
  return load<u64>(cpu + SYS_MDCR_EL2) & traps ? 2 : 0
}

/** CNTKCTL_EL1 (or CNTHCTL_EL2 for a host) for EL0, then CNTHCTL_EL2 for the physical timer and counter. */
function timerTrap(cpu: usize, el: u32, group: u32): u32 {
  if (el == 2) return 0
  const hyp = load<u64>(cpu + SYS_CNTHCTL_EL2)
  if (el == 0) {
    const host = inHost(cpu)
    const user = host ? hyp : load<u64>(cpu + SYS_CNTKCTL_EL1)
    let enable: u64 = 1 << 0
    if (group == TRAP_CNTFRQ) enable = (1 << 0) | (1 << 1)
    else if (group == TRAP_CNTVCT) enable = 1 << 1
    else if (group == TRAP_CNTV) enable = 1 << 8
    else if (group == TRAP_CNTP) enable = 1 << 9
    if (!(user & enable)) return trapTarget(cpu)
    if (host) return 0
  }
  if (!hasEL2() || (group != TRAP_CNTPCT && group != TRAP_CNTP)) return 0
  const bit: u64 = (hcrOf(cpu) & HCR_E2H ? 10 : 0) + (group == TRAP_CNTP ? 1 : 0)
  return (hyp >> bit) & 1 ? 0 : 2
}

/** Raises the exception, if any, that an access in group `group` must raise. */
export function trapped(cpu: usize, group: u32, enc: u32, direction: u32): bool {
  if (group == TRAP_FP) {
    if (!load<u32>(cpu + CPU_FP_TRAP)) return false
    fpTrap(cpu)
    return true
  }
  const target = trapEL(cpu, group, direction)
  return target ? trapTo(cpu, target, enc, direction) : false
}
