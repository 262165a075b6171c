/**
 * What follows from PSTATE and the system registers: the translation regime in use, its address space tag, and what
 * instructions check at the current exception level (the derived CPU_* fields of layout.ts). Arm ARM D5.1, D1.
 *
 * Invariant: after any change of PSTATE.{EL, PAN, UAO, D, SS, IL} or of a register read here, `derive()` runs before the
 * next instruction. ASIDs are 16 bits but a TLB key has room for 11 bits of address space (ctx), so each vCPU hands out
 * ctx numbers to the ASIDs it meets, and starts over with empty TLBs when they run out.
 */

import {
  ASID_CTX_OFFSET,
  CPU_ALIGN,
  CPU_BIG_ENDIAN,
  CPU_CTX,
  CPU_DAIF,
  CPU_DTLB,
  CPU_DTLB_UNPRIV,
  CPU_EL,
  CPU_FP_TRAP,
  CPU_IL,
  CPU_INDEX,
  CPU_ITLB,
  CPU_LINES,
  CPU_MMU,
  CPU_MMU_UNPRIV,
  CPU_PAN,
  CPU_SP_MASK,
  CPU_SPSEL,
  CPU_STEP,
  CPU_UAO,
  CPU_X,
  DTLB_STRIDE,
  ITLB_OFFSET,
  ITLB_STRIDE,
  MACH_BASE,
  MACH_OPTIONS,
  MMU_E20_EL0,
  MMU_E20_EL2,
  MMU_E20_EL2_PAN,
  MMU_EL0,
  MMU_EL1,
  MMU_EL1_PAN,
  MMU_EL2,
  NULL_TLB,
  OPT_EL2,
  SLOT_SP,
  TLB_BASE,
  TLB_STRIDE,
} from './layout'
import {
  CPTR_TFP,
  DAIF_D,
  FPEN_SHIFT,
  HCR_AMO,
  HCR_BSU,
  HCR_CD,
  HCR_DC,
  HCR_E2H,
  HCR_FB,
  HCR_FMO,
  HCR_HCD,
  HCR_ID,
  HCR_IMO,
  HCR_MIOCNCE,
  HCR_PTW,
  HCR_SWIO,
  HCR_TACR,
  HCR_TDZ,
  HCR_TGE,
  HCR_TID0,
  HCR_TID1,
  HCR_TID2,
  HCR_TID3,
  HCR_TLOR,
  HCR_TPCP,
  HCR_TPU,
  HCR_TRVM,
  HCR_TSC,
  HCR_TSW,
  HCR_TTLB,
  HCR_TVM,
  HCR_TWE,
  HCR_TWI,
  HCR_VF,
  HCR_VI,
  HCR_VM,
  HCR_VSE,
  MDCR_TDE,
  MDSCR_KDE,
  MDSCR_SS,
  OSDLR_DLK,
  OSLSR_OSLK,
  SCTLR_A,
  SCTLR_E0E,
  SCTLR_EE,
  SCTLR_SA,
  SCTLR_SA0,
  TCR_A1,
  TCR_AS,
  TCR_EL2_TBI,
  TCR_TBI0,
  TCR_TBI1,
} from './registers'
import { requestAttention } from './state'
import {
  SYS_CPACR_EL1,
  SYS_CPTR_EL2,
  SYS_CTX_NEXT,
  SYS_EFFECTIVE_HCR,
  SYS_HCR_EL2,
  SYS_MDCR_EL2,
  SYS_MDSCR_EL1,
  SYS_OSDLR_EL1,
  SYS_OSLSR_EL1,
  SYS_SCTLR_EL1,
  SYS_SCTLR_EL2,
  SYS_SP_EL0,
  SYS_TCR_EL1,
  SYS_TCR_EL2,
  SYS_TTBR0_EL1,
  SYS_TTBR0_EL2,
  SYS_TTBR1_EL1,
  SYS_TTBR1_EL2,
} from './sysstate'
import { tlbFlushAll, tlbFlushIndex } from './tlb'

/** ctx numbers fit 11 bits, see TLB_INVALID_BYTE; 0 is the EL2 regime, which has no ASIDs. */
const CTX_LIMIT: u64 = 2048
const ASIDS: usize = 65536

const MASK_EL10: u32 = (1 << MMU_EL0) | (1 << MMU_EL1) | (1 << MMU_EL1_PAN)
const MASK_E20: u32 = (1 << MMU_E20_EL0) | (1 << MMU_E20_EL2) | (1 << MMU_E20_EL2_PAN)

export function hasEL2(): bool {
  return (load<u32>(MACH_BASE + MACH_OPTIONS) & OPT_EL2) != 0
}

/** HCR_EL2 as it takes effect: TGE overrides many fields, and without EL2 all read as zero. */
export function hcrOf(cpu: usize): u64 {
  return load<u64>(cpu + SYS_EFFECTIVE_HCR)
}

/** Whether the EL2&0 regime with EL0 as the host's user space is selected (HCR_EL2.{E2H, TGE} = {1, 1}). */
export function inHost(cpu: usize): bool {
  return (hcrOf(cpu) & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE)
}

function effectiveHcr(cpu: usize): u64 {
  if (!hasEL2()) return 0
  let hcr = load<u64>(cpu + SYS_HCR_EL2)
  if (!(hcr & HCR_TGE)) return hcr
  if (hcr & HCR_E2H) {
    hcr &= ~(HCR_VM | HCR_FMO | HCR_IMO | HCR_AMO | HCR_BSU | HCR_DC | HCR_TWI | HCR_TWE)
    hcr &= ~(HCR_TID0 | HCR_TID2 | HCR_TPCP | HCR_TPU | HCR_TDZ | HCR_CD | HCR_ID | HCR_MIOCNCE)
  } else {
    hcr |= HCR_FMO | HCR_IMO | HCR_AMO
  }
  hcr &= ~(HCR_SWIO | HCR_PTW | HCR_VF | HCR_VI | HCR_VSE | HCR_FB | HCR_TID1 | HCR_TID3 | HCR_TSC)
  return hcr & ~(HCR_TACR | HCR_TSW | HCR_TTLB | HCR_TVM | HCR_HCD | HCR_TRVM | HCR_TLOR)
}

/** SCTLR of the regime that EL0 or EL `el` is in. */
export function sctlrOf(cpu: usize, el: u32): u64 {
  const hyp = el == 2 || (el == 0 && inHost(cpu))
  return load<u64>(cpu + (hyp ? SYS_SCTLR_EL2 : SYS_SCTLR_EL1))
}

/** Recomputes everything derived from PSTATE and the system registers. */
export function derive(cpu: usize): void {
  const hcr = effectiveHcr(cpu)
  store<u64>(cpu + SYS_EFFECTIVE_HCR, hcr)
  const el = load<u32>(cpu + CPU_EL)
  const sctlr = sctlrOf(cpu, el)
  const big = (sctlr & (el == 0 ? SCTLR_E0E : SCTLR_EE)) != 0
  store<u32>(cpu + CPU_ALIGN, sctlr & SCTLR_A ? 1 : 0)
  store<u32>(cpu + CPU_BIG_ENDIAN, big ? 1 : 0)
  store<u32>(cpu + CPU_SP_MASK, sctlr & (el == 0 ? SCTLR_SA0 : SCTLR_SA) ? 15 : 0)
  store<u32>(cpu + CPU_FP_TRAP, fpTrapTarget(cpu, el))
  deriveIndexes(cpu, el, hcr, big)
  deriveContext(cpu)
  const step = stepActive(cpu, el)
  store<u32>(cpu + CPU_STEP, step ? 1 : 0)
  if (
    step ||
    load<u32>(cpu + CPU_LINES) ||
    load<u32>(cpu + CPU_IL) ||
    hcr & (HCR_VI | HCR_VF | HCR_VSE)
  ) {
    requestAttention(cpu)
  }
}

function deriveIndexes(cpu: usize, el: u32, hcr: u64, big: bool): void {
  const pan = load<u32>(cpu + CPU_PAN)
  const host = (hcr & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE)
  let mmu: u32
  let unprivileged: u32
  if (el == 2) {
    mmu = hcr & HCR_E2H ? (pan ? MMU_E20_EL2_PAN : MMU_E20_EL2) : MMU_EL2
    unprivileged = host && !load<u32>(cpu + CPU_UAO) ? MMU_E20_EL0 : mmu
  } else if (el == 1) {
    mmu = pan ? MMU_EL1_PAN : MMU_EL1
    unprivileged = load<u32>(cpu + CPU_UAO) ? mmu : MMU_EL0
  } else {
    mmu = host ? MMU_E20_EL0 : MMU_EL0
    unprivileged = mmu
  }
  const block = TLB_BASE + load<u32>(cpu + CPU_INDEX) * TLB_STRIDE
  store<u32>(cpu + CPU_MMU, mmu)
  store<u32>(cpu + CPU_MMU_UNPRIV, unprivileged)
  store<u32>(cpu + CPU_DTLB, big ? NULL_TLB : block + mmu * DTLB_STRIDE)
  store<u32>(cpu + CPU_DTLB_UNPRIV, big ? NULL_TLB : block + unprivileged * DTLB_STRIDE)
  store<u32>(cpu + CPU_ITLB, block + ITLB_OFFSET + mmu * ITLB_STRIDE)
}

/** The EL that FP and SIMD instructions trap to, 0 if they may execute. Arm ARM, CheckFPAdvSIMDEnabled64. */
function fpTrapTarget(cpu: usize, el: u32): u32 {
  const hcr = hcrOf(cpu)
  if (el < 2 && !(el == 0 && inHost(cpu))) {
    const fpen = (load<u64>(cpu + SYS_CPACR_EL1) >> FPEN_SHIFT) & 3
    if (!(fpen & 1) || (fpen == 1 && el == 0)) return 1
  }
  if (!hasEL2()) return 0
  const cptr = load<u64>(cpu + SYS_CPTR_EL2)
  if (!(hcr & HCR_E2H)) return cptr & CPTR_TFP ? 2 : 0
  const fpen = (cptr >> FPEN_SHIFT) & 3
  return !(fpen & 1) || (fpen == 1 && el == 0 && (hcr & HCR_TGE) != 0) ? 2 : 0
}

/** Sets PSTATE.DAIF. Only software step depends on it; what is pending may be taken now. */
export function setMasks(cpu: usize, daif: u32): void {
  store<u32>(cpu + CPU_DAIF, daif)
  if (load<u64>(cpu + SYS_MDSCR_EL1) & MDSCR_SS) derive(cpu)
  else if (load<u32>(cpu + CPU_LINES) || hcrOf(cpu) & (HCR_VI | HCR_VF | HCR_VSE)) {
    requestAttention(cpu)
  }
}

// ---- debug exceptions ----------------------------------------------------------------------------------------------

/** The EL that debug exceptions from EL0 and EL1 are taken to. */
export function debugTarget(cpu: usize): u32 {
  const routed = (hcrOf(cpu) & HCR_TGE) | (load<u64>(cpu + SYS_MDCR_EL2) & MDCR_TDE)
  return hasEL2() && routed ? 2 : 1
}

/** Whether debug exceptions other than breakpoint instructions are generated at `el` with PSTATE.DAIF = `daif`. */
export function debugEnabledFrom(cpu: usize, el: u32, daif: u32): bool {
  if (load<u64>(cpu + SYS_OSLSR_EL1) & OSLSR_OSLK) return false
  if (load<u64>(cpu + SYS_OSDLR_EL1) & OSDLR_DLK) return false
  const target = debugTarget(cpu)
  if (el == target) return (load<u64>(cpu + SYS_MDSCR_EL1) & MDSCR_KDE) != 0 && !(daif & DAIF_D)
  return target > el
}

function stepActive(cpu: usize, el: u32): bool {
  if (!(load<u64>(cpu + SYS_MDSCR_EL1) & MDSCR_SS)) return false
  return debugEnabledFrom(cpu, el, load<u32>(cpu + CPU_DAIF))
}

// ---- address spaces ------------------------------------------------------------------------------------------------

/** The ASID in use in the EL1&0 regime, or in the EL2&0 regime if `host`. */
function currentAsid(cpu: usize, host: bool): u32 {
  const tcr = load<u64>(cpu + (host ? SYS_TCR_EL2 : SYS_TCR_EL1))
  let ttbr: u64
  if (tcr & TCR_A1) ttbr = load<u64>(cpu + (host ? SYS_TTBR1_EL2 : SYS_TTBR1_EL1))
  else ttbr = load<u64>(cpu + (host ? SYS_TTBR0_EL2 : SYS_TTBR0_EL1))
  const asid = <u32>(ttbr >> 48)
  return tcr & TCR_AS ? asid : asid & 0xff
}

function ctxEntry(cpu: usize, asid: u32): usize {
  return TLB_BASE + load<u32>(cpu + CPU_INDEX) * TLB_STRIDE + ASID_CTX_OFFSET + (asid << 1)
}

function deriveContext(cpu: usize): void {
  const mmu = load<u32>(cpu + CPU_MMU)
  if (mmu == MMU_EL2) {
    store<u64>(cpu + CPU_CTX, 0)
    return
  }
  const asid = currentAsid(cpu, mmu > MMU_EL2)
  const entry = ctxEntry(cpu, asid)
  let ctx = <u64>load<u16>(entry)
  if (!ctx) {
    ctx = load<u64>(cpu + SYS_CTX_NEXT) + 1
    if (ctx > CTX_LIMIT - 1) {
      forgetAsids(cpu)
      tlbFlushAll(cpu)
      ctx = 1
    }
    store<u64>(cpu + SYS_CTX_NEXT, ctx)
    store<u16>(entry, <u16>ctx)
  }
  store<u64>(cpu + CPU_CTX, ctx << 52)
}

/** Makes every ASID unknown. The TLBs must be empty before a ctx is handed out again. */
export function forgetAsids(cpu: usize): void {
  memory.fill(ctxEntry(cpu, 0), 0, ASIDS << 1)
  store<u64>(cpu + SYS_CTX_NEXT, 0)
}

/** Invalidates the translations of one ASID: what they are tagged with will not be used again. */
export function forgetAsid(cpu: usize, asid: u32): void {
  store<u16>(ctxEntry(cpu, asid), 0)
  derive(cpu)
}

/** Invalidates the TLBs of the MMU indexes in `mask`. */
export function flushIndexes(cpu: usize, mask: u32): void {
  for (let mmu: u32 = 0; mask; mmu++, mask >>= 1) {
    if (mask & 1) tlbFlushIndex(cpu, mmu)
  }
}

/** The MMU indexes of the EL1&0 regime. */
export function indexesEL10(): u32 {
  return MASK_EL10
}

/** The MMU indexes of the EL2&0 regime. */
export function indexesE20(): u32 {
  return MASK_E20
}

/** The MMU indexes of the EL2 regime, or of EL2&0 if HCR_EL2.E2H is set. */
export function indexesEL2(cpu: usize): u32 {
  return hcrOf(cpu) & HCR_E2H ? MASK_E20 : 1 << MMU_EL2
}

// ---- stack pointers and addresses ----------------------------------------------------------------------------------

/** Puts the current stack pointer into its bank. */
export function saveStack(cpu: usize): void {
  const bank = load<u32>(cpu + CPU_SPSEL) ? load<u32>(cpu + CPU_EL) : 0
  store<u64>(cpu + SYS_SP_EL0 + (bank << 3), load<u64>(cpu + CPU_X + (SLOT_SP << 3)))
}

/** Makes the bank that PSTATE.{SP, EL} select the current stack pointer. */
export function loadStack(cpu: usize): void {
  const bank = load<u32>(cpu + CPU_SPSEL) ? load<u32>(cpu + CPU_EL) : 0
  store<u64>(cpu + CPU_X + (SLOT_SP << 3), load<u64>(cpu + SYS_SP_EL0 + (bank << 3)))
}

/** The address of the bank of SP_ELn, or of the current stack pointer if that is in use now. */
export function stackBank(cpu: usize, el: u32): usize {
  const bank = load<u32>(cpu + CPU_SPSEL) ? load<u32>(cpu + CPU_EL) : 0
  return bank == el ? cpu + CPU_X + (SLOT_SP << 3) : cpu + SYS_SP_EL0 + (el << 3)
}

/** What PC becomes when branching to `target`: without its tag if tags are ignored. Arm ARM, AArch64.BranchAddr. */
export function branchAddress(cpu: usize, target: u64): u64 {
  const mmu = load<u32>(cpu + CPU_MMU)
  if (mmu == MMU_EL2) {
    return load<u64>(cpu + SYS_TCR_EL2) & TCR_EL2_TBI ? target & 0x00ff_ffff_ffff_ffff : target
  }
  const tcr = load<u64>(cpu + (mmu > MMU_EL2 ? SYS_TCR_EL2 : SYS_TCR_EL1))
  const upper = (target >> 55) & 1
  if (!(tcr & (upper ? TCR_TBI1 : TCR_TBI0))) return target
  return <u64>(<i64>(target << 8) >> 8)
}
