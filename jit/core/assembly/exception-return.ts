/**
 * ERET: restoring PSTATE, and what makes a return illegal. Arm ARM D1.11, AArch64.ExceptionReturn, "Illegal return
 * events from AArch64 state".
 */
import { EC_UNKNOWN, takeSync } from './exception'
import { noteLanding } from './landing'
import { CPU_DAIF, CPU_EL, CPU_EVENT, CPU_IL, CPU_PC, CPU_SPSEL, CPU_SS } from './layout'
import { pmuSync } from './pmu'
import { restoreFlags } from './pstate'
import {
  branchAddress,
  debugEnabledFrom,
  derive,
  hasEL2,
  hcrOf,
  loadStack,
  saveStack,
} from './regime'
import { DAIF_ALL, HCR_TGE, MDSCR_SS, SPSR_IL, SPSR_SS } from './registers'
import { clearMonitor } from './state'
import {
  SYS_ELR_EL1,
  SYS_ELR_EL2,
  SYS_MDSCR_EL1,
  SYS_SPSR_EL1,
  SYS_SPSR_EL2,
  SYS_STEPPED,
} from './sysstate'

function illegal(cpu: usize, spsr: u64): bool {
  const mode = <u32>spsr & 31
  const target = mode >> 2
  // AArch32, the reserved bit M[1], EL3, EL0 with SP_ELx
  if (mode & 0x12 || target == 3 || mode == 1) return true
  if (target == 2 && !hasEL2()) return true
  if (target > load<u32>(cpu + CPU_EL)) return true
  return target == 1 && (hcrOf(cpu) & HCR_TGE) != 0
}

/** What PSTATE.SS becomes: SPSR.SS if stepping starts with this return. Arm ARM, DebugExceptionReturnSS. */
function returnSS(cpu: usize, spsr: u64, target: u32): u32 {
  if (!(load<u64>(cpu + SYS_MDSCR_EL1) & MDSCR_SS)) return 0
  const el = load<u32>(cpu + CPU_EL)
  if (debugEnabledFrom(cpu, el, load<u32>(cpu + CPU_DAIF))) return 0
  if (!debugEnabledFrom(cpu, target, <u32>spsr & DAIF_ALL)) return 0
  return spsr & SPSR_SS ? 1 : 0
}

/** ERET. UNDEFINED at EL0. */
export function eret(cpu: usize): void {
  const el = load<u32>(cpu + CPU_EL)
  if (el == 0) {
    takeSync(cpu, EC_UNKNOWN, 0)
    return
  }
  pmuSync(cpu)
  const spsr = load<u64>(cpu + (el == 2 ? SYS_SPSR_EL2 : SYS_SPSR_EL1))
  const elr = load<u64>(cpu + (el == 2 ? SYS_ELR_EL2 : SYS_ELR_EL1))
  const bad = illegal(cpu, spsr)
  const target = bad ? el : (<u32>spsr >> 2) & 3
  store<u32>(cpu + CPU_SS, returnSS(cpu, spsr, target))
  store<u64>(cpu + SYS_STEPPED, 0)
  if (bad) {
    store<u32>(cpu + CPU_IL, 1)
  } else {
    saveStack(cpu)
    store<u32>(cpu + CPU_EL, target)
    store<u32>(cpu + CPU_SPSEL, <u32>spsr & 1)
    loadStack(cpu)
    store<u32>(cpu + CPU_IL, spsr & SPSR_IL ? 1 : 0)
  }
  restoreFlags(cpu, spsr)
  clearMonitor(cpu)
  store<u32>(cpu + CPU_EVENT, 1)
  derive(cpu)
  store<u64>(cpu + CPU_PC, branchAddress(cpu, elr))
  noteLanding()
}
