/**
 * The performance monitors, PMUv3 (Arm ARM D7): six event counters and the cycle counter. A cycle is an instruction, so
 * CPU_CYCLES and INST_RETIRED count alike; SW_INCR counts writes to PMSWINC_EL0. No overflow interrupt is raised;
 * overflow flags are kept.
 *
 * Counters are brought up to date when one is looked at and wherever what they count changes: exception entry and return
 * call pmuSync() first.
 */

import { FEAT_PMUV3P1, hasFeature } from './features'
import { CPU_EL, CPU_RETIRED } from './layout'
import { hasEL2 } from './regime'
import { MDCR_HPMD } from './registers'
import { count, cpuAt, cpuCount } from './state'
import {
  SYS_MDCR_EL2,
  SYS_PMCNTENSET_EL0,
  SYS_PMCR_EL0,
  SYS_PMEVCNTR,
  SYS_PMEVTYPER,
  SYS_PMOVSSET_EL0,
  SYS_PMU_STAMP,
} from './sysstate'

/** Event counters implemented: PMCR_EL0.N. */
export const PMU_COUNTERS: u32 = 6
/** Number of the cycle counter in the enable and overflow registers, and among SYS_PMEVCNTR. */
export const PMU_CYCLES: u32 = 31
/** Bits of the enable, interrupt and overflow registers that exist. */
export const PMU_MASK: u64 = 0x8000_003f

const PMCR_E: u64 = 1
const PMCR_P: u64 = 2
const PMCR_C: u64 = 4
const PMCR_D: u64 = 8
const PMCR_LC: u64 = 64
const PMCR_WRITABLE: u64 = 0x79

const EVENT_SW_INCR: u64 = 0x00
const EVENT_INST_RETIRED: u64 = 0x08
const EVENT_CPU_CYCLES: u64 = 0x11

/** Instructions of this vCPU so far, but for a constant: slices of others do not count. */
function retired(cpu: usize): u64 {
  let others: u64 = 0
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) others += load<u64>(cpuAt(i) + CPU_RETIRED)
  return count() - others + load<u64>(cpu + CPU_RETIRED)
}

/** Whether a counter with this filter (PMEVTYPER, PMCCFILTR) counts at EL `el`. */
function countsAt(filter: u64, el: u32): bool {
  if (el == 2) return ((filter >> 27) & 1) != 0
  return ((filter >> (el == 1 ? 31 : 30)) & 1) == 0
}

/** Adds what was executed since the last call, all of it at the current EL, to the counters that count it. */
export function pmuSync(cpu: usize): void {
  const enabled = load<u64>(cpu + SYS_PMCNTENSET_EL0)
  const pmcr = load<u64>(cpu + SYS_PMCR_EL0)
  if (!(pmcr & PMCR_E) || !enabled) return
  const now = retired(cpu)
  const passed = now - load<u64>(cpu + SYS_PMU_STAMP)
  store<u64>(cpu + SYS_PMU_STAMP, now)
  if (!passed) return
  const el = load<u32>(cpu + CPU_EL)
  const barred = el == 2 && hasEL2() && (load<u64>(cpu + SYS_MDCR_EL2) & MDCR_HPMD) != 0
  for (let n: u32 = 0; n < PMU_COUNTERS; n++) {
    if (!((enabled >> n) & 1) || barred) continue
    const type = load<u64>(cpu + SYS_PMEVTYPER + (n << 3))
    const event = type & 0xffff
    if (event != EVENT_INST_RETIRED && event != EVENT_CPU_CYCLES) continue
    if (countsAt(type, el)) advance(cpu, n, passed, 32)
  }
  const filter = load<u64>(cpu + SYS_PMEVTYPER + (PMU_CYCLES << 3))
  if ((enabled >> PMU_CYCLES) & 1 && countsAt(filter, el)) {
    advance(cpu, PMU_CYCLES, passed, pmcr & PMCR_LC ? 64 : 32)
  }
}

/** Adds to a counter; a carry out of bit `width` - 1 sets its overflow flag. */
function advance(cpu: usize, n: u32, by: u64, width: u32): void {
  const at = cpu + SYS_PMEVCNTR + (n << 3)
  const old = load<u64>(at)
  const sum = old + by
  const overflow = width == 64 ? sum < old : (sum ^ old) >> 32 != 0
  store<u64>(at, n == PMU_CYCLES ? sum : sum & 0xffff_ffff)
  if (!overflow) return
  store<u64>(cpu + SYS_PMOVSSET_EL0, load<u64>(cpu + SYS_PMOVSSET_EL0) | ((<u64>1) << n))
}

/** Starts counting anew from here: after the enables changed. */
function restamp(cpu: usize): void {
  store<u64>(cpu + SYS_PMU_STAMP, retired(cpu))
}

export function writePmcr(cpu: usize, value: u64): void {
  pmuSync(cpu)
  if (value & PMCR_P) {
    for (let n: u32 = 0; n < PMU_COUNTERS; n++) store<u64>(cpu + SYS_PMEVCNTR + (n << 3), 0)
  }
  if (value & PMCR_C) store<u64>(cpu + SYS_PMEVCNTR + (PMU_CYCLES << 3), 0)
  const old = load<u64>(cpu + SYS_PMCR_EL0)
  store<u64>(cpu + SYS_PMCR_EL0, (old & ~PMCR_WRITABLE) | (value & (PMCR_WRITABLE & ~PMCR_D)))
  restamp(cpu)
}

export function writeCounterEnable(cpu: usize, mask: u64): void {
  pmuSync(cpu)
  store<u64>(cpu + SYS_PMCNTENSET_EL0, mask & PMU_MASK)
  restamp(cpu)
}

/** PMSWINC_EL0. */
export function softwareIncrement(cpu: usize, mask: u64): void {
  const enabled = load<u64>(cpu + SYS_PMCNTENSET_EL0)
  if (!(load<u64>(cpu + SYS_PMCR_EL0) & PMCR_E)) return
  const el = load<u32>(cpu + CPU_EL)
  for (let n: u32 = 0; n < PMU_COUNTERS; n++) {
    if (!(((mask & enabled) >> n) & 1)) continue
    const type = load<u64>(cpu + SYS_PMEVTYPER + (n << 3))
    if ((type & 0xffff) == EVENT_SW_INCR && countsAt(type, el)) advance(cpu, n, 1, 32)
  }
}

export function readCounter(cpu: usize, n: u32): u64 {
  pmuSync(cpu)
  return load<u64>(cpu + SYS_PMEVCNTR + (n << 3))
}

export function writeCounter(cpu: usize, n: u32, value: u64): void {
  pmuSync(cpu)
  store<u64>(cpu + SYS_PMEVCNTR + (n << 3), n == PMU_CYCLES ? value : value & 0xffff_ffff)
}

export function writeEventType(cpu: usize, n: u32, value: u64): void {
  pmuSync(cpu)
  const events: u64 = n == PMU_CYCLES ? 0 : hasFeature(cpu, FEAT_PMUV3P1) ? 0xffff : 0x3ff
  const levels: u64 = hasEL2() ? 0xc800_0000 : 0xc000_0000
  store<u64>(cpu + SYS_PMEVTYPER + (n << 3), value & (events | levels))
}

/** The counter PMSELR_EL0 selects, or 32 if there is none. */
export function selectedCounter(select: u64): u32 {
  const n = <u32>select & 31
  return n < PMU_COUNTERS || n == PMU_CYCLES ? n : 32
}
