/**
 * Asynchronous exceptions: which physical and virtual interrupts are pending, masked, and where they go. Arm ARM D1.13.
 *
 * The order among interrupts that may all be taken is ours (the architecture leaves it open): FIQ, IRQ, SError, then
 * the virtual ones alike.
 */
import {
  EC_SERROR,
  enter,
  trapTarget,
  VECTOR_FIQ,
  VECTOR_IRQ,
  VECTOR_SERROR,
  wfxTrap,
} from './exception'
import { FEAT_RAS, hasFeature } from './features'
import {
  CPU_ATTENTION,
  CPU_DAIF,
  CPU_EL,
  CPU_LINES,
  CPU_PC,
  LINE_FIQ,
  LINE_IRQ,
  LINE_SERROR,
  LINE_VFIQ,
  LINE_VIRQ,
} from './layout'
import { derive, hcrOf, inHost, sctlrOf } from './regime'
import {
  DAIF_A,
  DAIF_F,
  DAIF_I,
  HCR_AMO,
  HCR_FMO,
  HCR_IMO,
  HCR_TGE,
  HCR_TWE,
  HCR_TWI,
  HCR_VF,
  HCR_VI,
  HCR_VSE,
  SCTLR_NTWE,
  SCTLR_NTWI,
} from './registers'
import {
  SYS_DISR_EL1,
  SYS_ESR_EL1,
  SYS_ESR_EL2,
  SYS_HCR_EL2,
  SYS_VDISR_EL2,
  SYS_VSESR_EL2,
} from './sysstate'

// Pending virtual interrupts, as bits
const VIRTUAL_IRQ: u32 = 1
const VIRTUAL_FIQ: u32 = 2
const VIRTUAL_SERROR: u32 = 4

/** Virtual interrupts pending, enabled by HCR_EL2.{IMO, FMO, AMO}. */
function pendingVirtual(cpu: usize): u32 {
  const hcr = hcrOf(cpu)
  if (hcr & HCR_TGE) return 0
  const lines = load<u32>(cpu + CPU_LINES)
  let pending: u32 = 0
  if (hcr & HCR_IMO && (hcr & HCR_VI || lines & LINE_VIRQ)) pending |= VIRTUAL_IRQ
  if (hcr & HCR_FMO && (hcr & HCR_VF || lines & LINE_VFIQ)) pending |= VIRTUAL_FIQ
  if (hcr & HCR_AMO && hcr & HCR_VSE) pending |= VIRTUAL_SERROR
  return pending
}

/** The EL a physical interrupt is taken to: EL2 if `route` (an HCR_EL2 bit) or TGE says so. */
function physicalTarget(cpu: usize, route: u64): u32 {
  return hcrOf(cpu) & (route | HCR_TGE) ? 2 : 1
}

/** Whether a physical interrupt with mask bit `mask` and route bit `route` may be taken now. */
function takeable(cpu: usize, route: u64, mask: u32): bool {
  const el = load<u32>(cpu + CPU_EL)
  const target = physicalTarget(cpu, route)
  if (target < el) return false
  // A higher EL is not held off by the mask of a lower one, except that a host's user space shares its host's.
  if (target == 2 && el < 2 && !inHost(cpu)) return true
  return !(load<u32>(cpu + CPU_DAIF) & mask)
}

function take(cpu: usize, target: u32, kind: u32): bool {
  enter(cpu, target, kind, load<u64>(cpu + CPU_PC))
  return true
}

function takeSError(cpu: usize, target: u32, iss: u64): bool {
  const esr = ((<u64>EC_SERROR) << 26) | (1 << 25) | iss
  store<u64>(cpu + (target == 2 ? SYS_ESR_EL2 : SYS_ESR_EL1), esr)
  return take(cpu, target, VECTOR_SERROR)
}

/**
 * Takes the first pending interrupt that is not masked; CPU_PC is where it returns to.
 * @returns whether one was taken. CPU_ATTENTION is cleared: whatever unmasks an interrupt sets it again.
 */
export function pollInterrupts(cpu: usize): bool {
  store<u32>(cpu + CPU_ATTENTION, 0)
  const lines = load<u32>(cpu + CPU_LINES)
  if (lines & LINE_FIQ && takeable(cpu, HCR_FMO, DAIF_F)) {
    return take(cpu, physicalTarget(cpu, HCR_FMO), VECTOR_FIQ)
  }
  if (lines & LINE_IRQ && takeable(cpu, HCR_IMO, DAIF_I)) {
    return take(cpu, physicalTarget(cpu, HCR_IMO), VECTOR_IRQ)
  }
  if (lines & LINE_SERROR && takeable(cpu, HCR_AMO, DAIF_A)) {
    // An error is reported once.
    store<u32>(cpu + CPU_LINES, lines & ~LINE_SERROR)
    return takeSError(cpu, physicalTarget(cpu, HCR_AMO), 0)
  }
  return pollVirtual(cpu)
}

function pollVirtual(cpu: usize): bool {
  if (load<u32>(cpu + CPU_EL) == 2) return false
  const pending = pendingVirtual(cpu)
  if (!pending) return false
  const daif = load<u32>(cpu + CPU_DAIF)
  if (pending & VIRTUAL_FIQ && !(daif & DAIF_F)) return take(cpu, 1, VECTOR_FIQ)
  if (pending & VIRTUAL_IRQ && !(daif & DAIF_I)) return take(cpu, 1, VECTOR_IRQ)
  if (!(pending & VIRTUAL_SERROR) || daif & DAIF_A) return false
  clearVirtualSError(cpu)
  return takeSError(cpu, 1, virtualSyndrome(cpu))
}

function clearVirtualSError(cpu: usize): void {
  store<u64>(cpu + SYS_HCR_EL2, load<u64>(cpu + SYS_HCR_EL2) & ~HCR_VSE)
  derive(cpu)
}

function virtualSyndrome(cpu: usize): u64 {
  return hasFeature(cpu, FEAT_RAS) ? load<u64>(cpu + SYS_VSESR_EL2) & 0x01ff_ffff : 0
}

/** Whether WFI ends at once or its wait is over: an interrupt is pending, PSTATE masks or not. */
export function wfiWakes(cpu: usize): bool {
  if (load<u32>(cpu + CPU_LINES) & (LINE_IRQ | LINE_FIQ | LINE_SERROR)) return true
  return load<u32>(cpu + CPU_EL) < 2 && pendingVirtual(cpu) != 0
}

/** Bits of ISR_EL1: what is pending for the current EL, physical or virtual. */
export function interruptStatus(cpu: usize): u64 {
  const lines = load<u32>(cpu + CPU_LINES)
  const hcr = hcrOf(cpu)
  const virtual = load<u32>(cpu + CPU_EL) == 1 ? pendingVirtual(cpu) : 0
  const el1 = load<u32>(cpu + CPU_EL) == 1
  let status: u64 = 0
  if (el1 && hcr & HCR_IMO ? virtual & VIRTUAL_IRQ : lines & LINE_IRQ) status |= DAIF_I
  if (el1 && hcr & HCR_FMO ? virtual & VIRTUAL_FIQ : lines & LINE_FIQ) status |= DAIF_F
  if (el1 && hcr & HCR_AMO ? virtual & VIRTUAL_SERROR : lines & LINE_SERROR) status |= DAIF_A
  return status
}

/** ESB (HINT #16): a pending, masked SError is recorded in DISR_EL1 instead of being taken later. */
export function esb(cpu: usize): void {
  if (!hasFeature(cpu, FEAT_RAS)) return
  const masked = (load<u32>(cpu + CPU_DAIF) & DAIF_A) != 0
  const lines = load<u32>(cpu + CPU_LINES)
  const deferred: u64 = (<u64>1) << 31
  if (lines & LINE_SERROR && !takeable(cpu, HCR_AMO, DAIF_A)) {
    store<u32>(cpu + CPU_LINES, lines & ~LINE_SERROR)
    store<u64>(cpu + SYS_DISR_EL1, deferred)
  }
  if (masked && load<u32>(cpu + CPU_EL) < 2 && pendingVirtual(cpu) & VIRTUAL_SERROR) {
    clearVirtualSError(cpu)
    store<u64>(cpu + SYS_VDISR_EL2, deferred | virtualSyndrome(cpu))
  }
}

/**
 * Traps WFI (`wfe` 0) or WFE (1) if a register says so. Asked only when the instruction would wait; CPU_PC is at it.
 * @returns whether it was trapped.
 */
export function waitTrapped(cpu: usize, wfe: u32): bool {
  const el = load<u32>(cpu + CPU_EL)
  if (el == 0 && !(sctlrOf(cpu, 0) & (wfe ? SCTLR_NTWE : SCTLR_NTWI))) {
    wfxTrap(cpu, trapTarget(cpu), wfe)
    return true
  }
  if (el < 2 && hcrOf(cpu) & (wfe ? HCR_TWE : HCR_TWI)) {
    wfxTrap(cpu, 2, wfe)
    return true
  }
  return false
}
