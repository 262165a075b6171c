/**
 * What reading a system register gives where that is not just what was stored: the READ_* of sysreg-table.ts.
 */
import { FEAT_PMUV3P1, hasFeature } from './features'
import { cacheLevels, cacheSize, cacheType, zeroBlock } from './idregs'
import { interruptStatus } from './interrupts'
import { CPU_DAIF, CPU_EL, CPU_FPCR, CPU_FPSR, CPU_PAN, CPU_SPSEL, CPU_UAO } from './layout'
import { PMU_CYCLES, readCounter, selectedCounter } from './pmu'
import { hasEL2, hcrOf, inHost, sctlrOf, stackBank } from './regime'
import { HCR_AMO, HCR_E2H, HCR_TDZ, SCTLR_DZE } from './registers'
import { cpuCount, getNZCV } from './state'
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
  READ_PMCCNTR,
  READ_PMCEID0,
  READ_PMCEID1,
  READ_PMEVTYPER,
  READ_PMOVS,
  READ_PMXEVCNTR,
  READ_PMXEVTYPER,
  READ_SP_EL0,
  READ_SP_EL1,
  READ_SPSEL,
  READ_SSBS,
  READ_TIMER_CTL,
  READ_TIMER_CVAL,
  READ_TIMER_TVAL,
  READ_UAO,
} from './sysreg-kinds'
import {
  SYS_CNTVOFF_EL2,
  SYS_DISR_EL1,
  SYS_DIT,
  SYS_MIDR_EL1,
  SYS_MPIDR_EL1,
  SYS_PMEVTYPER,
  SYS_PMOVSSET_EL0,
  SYS_PMSELR_EL0,
  SYS_SSBS,
  SYS_VDISR_EL2,
  SYS_VMPIDR_EL2,
  SYS_VPIDR_EL2,
} from './sysstate'
import { physicalCount, readTimerCompare, readTimerControl, readTimerValue, timerOf } from './timer'

/** PMCEID0_EL0: SW_INCR, INST_RETIRED, CPU_CYCLES. */
const PMU_EVENTS: u64 = (1 << 0x00) | (1 << 0x08) | (1 << 0x11)

/** PMCEID1_EL0: STALL_FRONTEND and STALL_BACKEND, which ARMv8.1 requires, and which never happen here. */
const PMU_STALLS: u64 = 0x18

/** CNTVCT_EL0 as the current EL sees it: the offset is a guest's, not a host's. */
export function virtualCount(cpu: usize): u64 {
  const host = (load<u32>(cpu + CPU_EL) == 2 && (hcrOf(cpu) & HCR_E2H) != 0) || inHost(cpu)
  return host ? physicalCount() : physicalCount() - load<u64>(cpu + SYS_CNTVOFF_EL2)
}

/** What EL1 sees of a register that EL2 virtualizes: `virtual`, or `real` if EL2 asks or is absent. */
function virtualized(cpu: usize, real: usize, virtual: usize): u64 {
  const guest = load<u32>(cpu + CPU_EL) == 1 && hasEL2()
  return load<u64>(cpu + (guest ? virtual : real))
}

/** DCZID_EL0: the block size, and DZP where DC ZVA is not allowed. */
function zeroBlockAllowed(cpu: usize): u64 {
  const el = load<u32>(cpu + CPU_EL)
  const barred =
    (el == 0 && !(sctlrOf(cpu, 0) & SCTLR_DZE)) || (el < 2 && (hcrOf(cpu) & HCR_TDZ) != 0)
  return zeroBlock() | (barred ? 16 : 0)
}

function eventType(cpu: usize, n: u32): u64 {
  return n > PMU_CYCLES ? 0 : load<u64>(cpu + SYS_PMEVTYPER + (n << 3))
}

/** Value of the register whose READ_* is `how`. */
export function readSpecial(cpu: usize, how: u32, enc: u32): u64 {
  switch (how) {
    case READ_MIDR:
      return virtualized(cpu, SYS_MIDR_EL1, SYS_VPIDR_EL2)
    case READ_MPIDR:
      return virtualized(cpu, SYS_MPIDR_EL1, SYS_VMPIDR_EL2)
    case READ_CCSIDR:
      return cacheSize(cpu)
    case READ_CLIDR:
      return cacheLevels(cpu)
    case READ_CTR:
      return cacheType(cpu)
    case READ_DCZID:
      return zeroBlockAllowed(cpu)
    case READ_SP_EL0:
      return load<u64>(stackBank(cpu, 0))
    case READ_SP_EL1:
      return load<u64>(stackBank(cpu, 1))
    case READ_ISR:
      return interruptStatus(cpu)
    case READ_DISR:
      if (load<u32>(cpu + CPU_EL) == 1 && hcrOf(cpu) & HCR_AMO)
        return load<u64>(cpu + SYS_VDISR_EL2)
      return load<u64>(cpu + SYS_DISR_EL1)
    case READ_SPSEL:
      return load<u32>(cpu + CPU_SPSEL)
    case READ_CURRENTEL:
      return load<u32>(cpu + CPU_EL) << 2
    case READ_PAN:
      return (<u64>load<u32>(cpu + CPU_PAN)) << 22
    case READ_UAO:
      return (<u64>load<u32>(cpu + CPU_UAO)) << 23
    case READ_NZCV:
      return (<u64>getNZCV(cpu)) << 28
    case READ_DAIF:
      return load<u32>(cpu + CPU_DAIF)
    case READ_DIT:
      return load<u64>(cpu + SYS_DIT) << 24
    case READ_SSBS:
      return load<u64>(cpu + SYS_SSBS) << 12
    case READ_FPCR:
      return load<u32>(cpu + CPU_FPCR)
    case READ_FPSR:
      return load<u32>(cpu + CPU_FPSR)
    default:
      return readCounters(cpu, how, enc)
  }
}

function readCounters(cpu: usize, how: u32, enc: u32): u64 {
  switch (how) {
    case READ_CNTPCT:
      return physicalCount()
    case READ_CNTVCT:
      return virtualCount(cpu)
    case READ_TIMER_TVAL:
      return readTimerValue(cpu, timerOf(enc))
    case READ_TIMER_CTL:
      return readTimerControl(cpu, timerOf(enc))
    case READ_TIMER_CVAL:
      return readTimerCompare(cpu, timerOf(enc))
    case READ_CLAIMSET:
      return 0xff
    case READ_PMOVS:
      // Reading a counter brings the overflow flags up to date.
      readCounter(cpu, PMU_CYCLES)
      return load<u64>(cpu + SYS_PMOVSSET_EL0)
    case READ_PMCEID0:
      return PMU_EVENTS
    case READ_PMCEID1:
      return hasFeature(cpu, FEAT_PMUV3P1) ? PMU_STALLS : 0
    case READ_PMCCNTR:
      return readCounter(cpu, PMU_CYCLES)
    case READ_PMXEVTYPER:
      return eventType(cpu, selectedCounter(load<u64>(cpu + SYS_PMSELR_EL0)))
    case READ_PMXEVCNTR: {
      const n = selectedCounter(load<u64>(cpu + SYS_PMSELR_EL0))
      return n < PMU_CYCLES ? readCounter(cpu, n) : 0
    }
    case READ_PMEVTYPER:
      return eventType(cpu, PMU_CYCLES)
    case READ_L2CTLR:
      return (<u64>(cpuCount() - 1)) << 24
    default:
      return 0
  }
}
