/**
 * What writing a system register does where that is more than storing the writable bits: the WRITE_* of
 * sysreg-table.ts. Whatever a translation depends on drops the translations made with the old value.
 */
import {
  FEAT_CNP,
  FEAT_HPDS,
  FEAT_IESB,
  FEAT_LOR,
  FEAT_PMUV3P1,
  FEAT_RAS,
  FEAT_SSBS,
  FEAT_VHE,
  hasFeature,
} from './features'
import { fpcrMask } from './idregs'
import { CPU_EL, CPU_FPCR, CPU_FPSR, CPU_PAN, CPU_SPSEL, CPU_UAO, MMU_EL2 } from './layout'
import {
  PMU_COUNTERS,
  PMU_CYCLES,
  PMU_MASK,
  selectedCounter,
  softwareIncrement,
  writeCounter,
  writeCounterEnable,
  writeEventType,
  writePmcr,
} from './pmu'
import { spsrMask } from './pstate'
import {
  derive,
  flushIndexes,
  hcrOf,
  indexesEL2,
  indexesEL10,
  loadStack,
  saveStack,
  setMasks,
  stackBank,
} from './regime'
import {
  CPTR_TCPAC,
  CPTR_TFP,
  DAIF_ALL,
  HCR_AMO,
  HCR_E2H,
  HCR_RW,
  OSLSR_OSLK,
  SCTLR_DSSBS,
} from './registers'
import { setNZCV } from './state'
import {
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
  SYS_CPTR_EL2,
  SYS_DBGCLAIM_EL1,
  SYS_DISR_EL1,
  SYS_DIT,
  SYS_HCR_EL2,
  SYS_MDCR_EL2,
  SYS_MDSCR_EL1,
  SYS_OSLSR_EL1,
  SYS_PMCNTENSET_EL0,
  SYS_PMINTENSET_EL1,
  SYS_PMOVSSET_EL0,
  SYS_PMSELR_EL0,
  SYS_SSBS,
  SYS_VDISR_EL2,
} from './sysstate'
import {
  timerOf,
  timersChanged,
  writeTimerCompare,
  writeTimerControl,
  writeTimerValue,
} from './timer'

/** Bits of SCTLR_ELx that need no feature; reserved bits that software must write as 1 are kept as written. */
const SCTLR_BASE: u64 = 0x37dd_dbbf
/** Bits that translations were made with: M, A (the TLBs hold nothing where alignment is checked), WXN, EE. */
const SCTLR_TRANSLATION: u64 = 0x0208_0003
const TCR_BASE: u64 = 0x77_ffff_ffbf
const TCR_HPD: u64 = 0x600_0000_0000
const HCR_BASE: u64 = 0x3_7fff_ffff
/** MDSCR_EL1: writable always, and only while the OS lock is held. */
const MDSCR_BASE: u64 = 0xf001
const MDSCR_LOCKED: u64 = 0x6ce0_0040
const OSLAR_KEY_MASK: u64 = 1

function sctlrMask(cpu: usize): u64 {
  let mask = SCTLR_BASE
  if (hasFeature(cpu, FEAT_IESB)) mask |= 1 << 21
  if (hasFeature(cpu, FEAT_SSBS)) mask |= SCTLR_DSSBS
  return mask
}

function hcrMask(cpu: usize): u64 {
  let mask = HCR_BASE
  if (hasFeature(cpu, FEAT_VHE)) mask |= HCR_E2H
  if (hasFeature(cpu, FEAT_LOR)) mask |= (<u64>1) << 35
  if (hasFeature(cpu, FEAT_RAS)) mask |= (<u64>3) << 36
  return mask
}

/** Stores, and drops the translations of `indexes` if any bit of `matters` changed. */
function storeTranslation(cpu: usize, at: usize, value: u64, matters: u64, indexes: u32): void {
  const changed = (load<u64>(at) ^ value) & matters
  store<u64>(at, value)
  if (changed) flushIndexes(cpu, indexes)
  derive(cpu)
}

function writeHcr(cpu: usize, value: u64): void {
  const old = load<u64>(cpu + SYS_HCR_EL2)
  const next = (value & hcrMask(cpu)) | HCR_RW
  store<u64>(cpu + SYS_HCR_EL2, next)
  if (old != next) {
    const hyp = indexesEL2(cpu)
    derive(cpu)
    flushIndexes(cpu, indexesEL10() | hyp | indexesEL2(cpu) | (1 << MMU_EL2))
  }
}

function writeCptr(cpu: usize, value: u64): void {
  const hosted = (hcrOf(cpu) & HCR_E2H) != 0
  const next = hosted
    ? value & (CPTR_TCPAC | 0x0030_0000)
    : (value & (CPTR_TCPAC | CPTR_TFP)) | 0x33ff
  store<u64>(cpu + SYS_CPTR_EL2, next)
  derive(cpu)
}

function writeMdcr(cpu: usize, value: u64): void {
  const mask: u64 = hasFeature(cpu, FEAT_PMUV3P1) ? 0x2_0fff : 0xfff
  store<u64>(cpu + SYS_MDCR_EL2, value & mask)
  derive(cpu)
}

/** Selects SP_EL0 or SP_ELx. */
export function selectStack(cpu: usize, spsel: u32): void {
  saveStack(cpu)
  store<u32>(cpu + CPU_SPSEL, spsel)
  loadStack(cpu)
}

/** Sets a field of PSTATE that derived state depends on. */
export function setPstate(cpu: usize, field: usize, value: u32): void {
  store<u32>(cpu + field, value)
  derive(cpu)
}

/** Writes the register at `at` whose WRITE_* is `how`. */
export function writeSpecial(
  cpu: usize,
  how: u32,
  enc: u32,
  at: usize,
  mask: u64,
  value: u64,
): void {
  switch (how) {
    case WRITE_DERIVE:
      store<u64>(at, value & mask)
      derive(cpu)
      break
    case WRITE_SCTLR_EL1:
      storeTranslation(cpu, at, value & sctlrMask(cpu), SCTLR_TRANSLATION, indexesEL10())
      break
    case WRITE_SCTLR_EL2:
      storeTranslation(
        cpu,
        at,
        value & sctlrMask(cpu),
        SCTLR_TRANSLATION,
        indexesEL2(cpu) | indexesEL10(),
      )
      break
    case WRITE_CPTR_EL2:
      writeCptr(cpu, value)
      break
    case WRITE_HCR_EL2:
      writeHcr(cpu, value)
      break
    case WRITE_MDCR_EL2:
      writeMdcr(cpu, value)
      break
    case WRITE_TTBR:
      // A new table under the same ASID needs a TLBI from whoever writes it, as the architecture says.
      store<u64>(at, hasFeature(cpu, FEAT_CNP) ? value : value & ~1)
      derive(cpu)
      break
    case WRITE_TCR_EL1:
      storeTranslation(cpu, at, value & tcrMask(cpu), ~0, indexesEL10())
      break
    case WRITE_TCR_EL2:
      storeTranslation(cpu, at, value & (tcrMask(cpu) | 0x8180_0000), ~0, indexesEL2(cpu))
      break
    case WRITE_STAGE2:
      storeTranslation(cpu, at, mask == ~0 ? value : value & mask, ~0, indexesEL10())
      break
    case WRITE_MAIR_EL1:
      storeTranslation(cpu, at, value, ~0, indexesEL10())
      break
    case WRITE_MAIR_EL2:
      storeTranslation(cpu, at, value, ~0, indexesEL2(cpu))
      break
    case WRITE_TIMERS:
      store<u64>(at, value & mask)
      timersChanged(cpu)
      break
    case WRITE_CNTFRQ:
      store<u64>(at, value & 0xffff_ffff)
      break
    case WRITE_SPSR:
      store<u64>(at, value & spsrMask(cpu))
      break
    default:
      writePstate(cpu, how, enc, value)
  }
}

function tcrMask(cpu: usize): u64 {
  return hasFeature(cpu, FEAT_HPDS) ? TCR_BASE | TCR_HPD : TCR_BASE
}

function writePstate(cpu: usize, how: u32, enc: u32, value: u64): void {
  switch (how) {
    case WRITE_SP_EL0:
      store<u64>(stackBank(cpu, 0), value)
      break
    case WRITE_SP_EL1:
      store<u64>(stackBank(cpu, 1), value)
      break
    case WRITE_DISR: {
      const virtual = load<u32>(cpu + CPU_EL) == 1 && (hcrOf(cpu) & HCR_AMO) != 0
      store<u64>(cpu + (virtual ? SYS_VDISR_EL2 : SYS_DISR_EL1), value & 0x81ff_ffff)
      break
    }
    case WRITE_SPSEL:
      selectStack(cpu, <u32>value & 1)
      break
    case WRITE_PAN:
      setPstate(cpu, CPU_PAN, <u32>(value >> 22) & 1)
      break
    case WRITE_UAO:
      setPstate(cpu, CPU_UAO, <u32>(value >> 23) & 1)
      break
    case WRITE_NZCV:
      setNZCV(cpu, <u32>(value >> 28) & 15)
      break
    case WRITE_DAIF:
      setMasks(cpu, <u32>value & DAIF_ALL)
      break
    case WRITE_DIT:
      store<u64>(cpu + SYS_DIT, (value >> 24) & 1)
      break
    case WRITE_SSBS:
      store<u64>(cpu + SYS_SSBS, (value >> 12) & 1)
      break
    case WRITE_FPCR:
      store<u32>(cpu + CPU_FPCR, <u32>value & fpcrMask(cpu))
      break
    case WRITE_FPSR:
      store<u32>(cpu + CPU_FPSR, <u32>value & 0x0800_009f)
      break
    default:
      writeCounters(cpu, how, enc, value)
  }
}

function writeCounters(cpu: usize, how: u32, enc: u32, value: u64): void {
  switch (how) {
    case WRITE_TIMER_TVAL:
      writeTimerValue(cpu, timerOf(enc), value)
      break
    case WRITE_TIMER_CTL:
      writeTimerControl(cpu, timerOf(enc), value)
      break
    case WRITE_TIMER_CVAL:
      writeTimerCompare(cpu, timerOf(enc), value)
      break
    case WRITE_MDSCR: {
      const locked = (load<u64>(cpu + SYS_OSLSR_EL1) & OSLSR_OSLK) != 0
      const mask = locked ? MDSCR_BASE | MDSCR_LOCKED : MDSCR_BASE
      const old = load<u64>(cpu + SYS_MDSCR_EL1)
      store<u64>(cpu + SYS_MDSCR_EL1, (old & ~mask) | (value & mask))
      derive(cpu)
      break
    }
    case WRITE_OSLAR: {
      const old = load<u64>(cpu + SYS_OSLSR_EL1) & ~OSLSR_OSLK
      store<u64>(cpu + SYS_OSLSR_EL1, value & OSLAR_KEY_MASK ? old | OSLSR_OSLK : old)
      derive(cpu)
      break
    }
    case WRITE_CLAIMSET:
      change(cpu + SYS_DBGCLAIM_EL1, value & 0xff, true)
      break
    case WRITE_CLAIMCLR:
      change(cpu + SYS_DBGCLAIM_EL1, value & 0xff, false)
      break
    default:
      writePmu(cpu, how, value)
  }
}

/** Sets or clears bits of a register that has one encoding for each. */
function change(at: usize, bits: u64, set: bool): void {
  const old = load<u64>(at)
  store<u64>(at, set ? old | bits : old & ~bits)
}

function writePmu(cpu: usize, how: u32, value: u64): void {
  const enabled = load<u64>(cpu + SYS_PMCNTENSET_EL0)
  switch (how) {
    case WRITE_PMCR:
      writePmcr(cpu, value)
      break
    case WRITE_PMCNTENSET:
      writeCounterEnable(cpu, enabled | value)
      break
    case WRITE_PMCNTENCLR:
      writeCounterEnable(cpu, enabled & ~value)
      break
    case WRITE_PMOVSSET:
      change(cpu + SYS_PMOVSSET_EL0, value & PMU_MASK, true)
      break
    case WRITE_PMOVSCLR:
      change(cpu + SYS_PMOVSSET_EL0, value & PMU_MASK, false)
      break
    case WRITE_PMINTENSET:
      change(cpu + SYS_PMINTENSET_EL1, value & PMU_MASK, true)
      break
    case WRITE_PMINTENCLR:
      change(cpu + SYS_PMINTENSET_EL1, value & PMU_MASK, false)
      break
    case WRITE_PMSWINC:
      softwareIncrement(cpu, value)
      break
    case WRITE_PMCCNTR:
      writeCounter(cpu, PMU_CYCLES, value)
      break
    case WRITE_PMEVTYPER:
      writeEventType(cpu, PMU_CYCLES, value)
      break
    case WRITE_PMXEVTYPER: {
      const n = selectedCounter(load<u64>(cpu + SYS_PMSELR_EL0))
      if (n <= PMU_CYCLES) writeEventType(cpu, n, value)
      break
    }
    case WRITE_PMXEVCNTR: {
      const n = selectedCounter(load<u64>(cpu + SYS_PMSELR_EL0))
      if (n < PMU_COUNTERS) writeCounter(cpu, n, value)
      break
    }
    default:
  }
}
