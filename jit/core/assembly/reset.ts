/**
 * Reset of a vCPU. Arm ARM D1.9.1; what the architecture leaves UNKNOWN is zero here.
 */
import { featureMask } from './features'
import { addressBits, mainId, pmuControl, systemControl } from './idregs'
import {
  CPU_BASE,
  CPU_DAIF,
  CPU_EL,
  CPU_INDEX,
  CPU_LINES,
  CPU_PC,
  CPU_RETIRED,
  CPU_SPSEL,
  CPU_STRIDE,
  CPU_SYS_END,
  MACH_BASE,
  MACH_CNTFRQ,
  MACH_PA_BITS,
} from './layout'
import { PMU_COUNTERS } from './pmu'
import { derive, forgetAsids, hasEL2 } from './regime'
import { DAIF_ALL, HCR_RW } from './registers'
import { setNZCV } from './state'
import {
  SYS_CBAR_EL1,
  SYS_CNTFRQ_EL0,
  SYS_CNTHCTL_EL2,
  SYS_CPTR_EL2,
  SYS_FEATURES,
  SYS_HCR_EL2,
  SYS_MDCR_EL2,
  SYS_MIDR_EL1,
  SYS_MODEL,
  SYS_MPIDR_EL1,
  SYS_OSLSR_EL1,
  SYS_PMCR_EL0,
  SYS_SCTLR_EL1,
  SYS_SCTLR_EL2,
  SYS_VMPIDR_EL2,
  SYS_VPIDR_EL2,
} from './sysstate'
import { updateTimers } from './timer'
import { tlbFlushAll } from './tlb'

/** MPIDR_EL1 bit 31 is RES1; the number of the vCPU is Aff0. */
const MPIDR_RES1: u64 = 0x8000_0000
/** RES1 bits of SCTLR_EL2. */
const SCTLR_EL2_RES1: u64 = 0x30c5_0830
/** Base of the GIC on the virt board; other boards set SYS_CBAR_EL1 after reset. */
const CBAR_VIRT: u64 = 0x0800_0000

/**
 * Puts a vCPU into the state after a reset, at `pc` in EL `el` (2 only if the machine has EL2). The number of the vCPU,
 * the count of its instructions and the levels of its interrupt lines stay; a board may set SYS_MPIDR_EL1 (and
 * SYS_VMPIDR_EL2) and SYS_CBAR_EL1 afterwards.
 */
export function resetCpu(cpu: usize, model: u32, el: u32, pc: u64): void {
  const lines = load<u32>(cpu + CPU_LINES)
  const retired = load<u64>(cpu + CPU_RETIRED)
  const number = <u32>((cpu - CPU_BASE) / CPU_STRIDE)
  memory.fill(cpu, 0, CPU_SYS_END)
  store<u32>(cpu + CPU_INDEX, number)
  store<u32>(cpu + CPU_LINES, lines)
  store<u64>(cpu + CPU_RETIRED, retired)
  store<u64>(cpu + SYS_MODEL, model)
  store<u64>(cpu + SYS_FEATURES, featureMask(model))
  store<u32>(MACH_BASE + MACH_PA_BITS, addressBits(cpu))
  store<u64>(cpu + CPU_PC, pc)
  store<u32>(cpu + CPU_EL, hasEL2() ? el : 1)
  store<u32>(cpu + CPU_SPSEL, 1)
  store<u32>(cpu + CPU_DAIF, DAIF_ALL)
  setNZCV(cpu, 0)
  resetRegisters(cpu, number)
  forgetAsids(cpu)
  tlbFlushAll(cpu)
  derive(cpu)
  updateTimers(cpu)
}

function resetRegisters(cpu: usize, number: u32): void {
  const midr = mainId(cpu)
  const mpidr = MPIDR_RES1 | number
  store<u64>(cpu + SYS_MIDR_EL1, midr)
  store<u64>(cpu + SYS_VPIDR_EL2, midr)
  store<u64>(cpu + SYS_MPIDR_EL1, mpidr)
  store<u64>(cpu + SYS_VMPIDR_EL2, mpidr)
  store<u64>(cpu + SYS_SCTLR_EL1, systemControl(cpu))
  store<u64>(cpu + SYS_SCTLR_EL2, SCTLR_EL2_RES1)
  store<u64>(cpu + SYS_HCR_EL2, HCR_RW)
  store<u64>(cpu + SYS_CPTR_EL2, 0x33ff)
  store<u64>(cpu + SYS_MDCR_EL2, PMU_COUNTERS)
  store<u64>(cpu + SYS_CNTHCTL_EL2, 3)
  store<u64>(cpu + SYS_CNTFRQ_EL0, load<u32>(MACH_BASE + MACH_CNTFRQ))
  store<u64>(cpu + SYS_PMCR_EL0, pmuControl(cpu))
  // The OS lock exists (OSLM = 0b10) and is held.
  store<u64>(cpu + SYS_OSLSR_EL1, 0xa)
  store<u64>(cpu + SYS_CBAR_EL1, CBAR_VIRT)
}
