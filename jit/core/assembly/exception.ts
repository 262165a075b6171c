/**
 * Synchronous exceptions: syndromes, routing between EL1 and EL2, and exception entry. Arm ARM D1.10, D1.11, D13.2.37
 * (ESR_ELx). EL3 and AArch32 do not exist here.
 *
 * CPU_PC holds the address of the instruction under way, except in svc(), hvc() and smc(), where the interpreter has
 * already moved it to the next. Every function leaves PC, PSTATE and all derived state ready for the handler's first
 * instruction.
 */

import { FEAT_PAN, hasFeature } from './features'
import { noteLanding } from './landing'
import {
  CPU_DAIF,
  CPU_EL,
  CPU_FP_TRAP,
  CPU_IL,
  CPU_PAN,
  CPU_PC,
  CPU_SPSEL,
  CPU_SS,
  CPU_UAO,
  MACH_BASE,
  MACH_EXCEPTIONS,
  MACH_OPTIONS,
  OPT_HVC,
  OPT_SMC,
} from './layout'
import { xlatFault, xlatIpa, xlatS1PTW, xlatStage2 } from './mmu'
import { pmuSync } from './pmu'
import { spsrFromPstate } from './pstate'
import { debugTarget, derive, hasEL2, hcrOf, inHost, loadStack, saveStack } from './regime'
import { DAIF_ALL, HCR_HCD, HCR_TEA, HCR_TGE, HCR_TSC, SCTLR_DSSBS, SCTLR_SPAN } from './registers'
import {
  SYS_DIT,
  SYS_ELR_EL1,
  SYS_ELR_EL2,
  SYS_ESR_EL1,
  SYS_ESR_EL2,
  SYS_FAR_EL1,
  SYS_FAR_EL2,
  SYS_HPFAR_EL2,
  SYS_SCTLR_EL1,
  SYS_SCTLR_EL2,
  SYS_SPSR_EL1,
  SYS_SPSR_EL2,
  SYS_SSBS,
  SYS_STEPPED,
  SYS_VBAR_EL1,
  SYS_VBAR_EL2,
} from './sysstate'

// Exception classes, ESR_ELx.EC
export const EC_UNKNOWN: u32 = 0x00
export const EC_WFX: u32 = 0x01
export const EC_FP: u32 = 0x07
export const EC_ILLEGAL_STATE: u32 = 0x0e
export const EC_SVC: u32 = 0x15
export const EC_HVC: u32 = 0x16
export const EC_SMC: u32 = 0x17
export const EC_SYSREG: u32 = 0x18
export const EC_IABORT_LOWER: u32 = 0x20
export const EC_PC_ALIGNMENT: u32 = 0x22
export const EC_DABORT_LOWER: u32 = 0x24
export const EC_SP_ALIGNMENT: u32 = 0x26
export const EC_SERROR: u32 = 0x2f
export const EC_STEP_LOWER: u32 = 0x32
export const EC_BRK: u32 = 0x3c

/** ESR_ELx.IL: the instruction is 32 bits long, or the class has no instruction length. */
const ESR_IL: u32 = 1 << 25

// ISS of aborts
const ISS_WNR: u32 = 1 << 6
const ISS_S1PTW: u32 = 1 << 7
const FSC_ALIGNMENT: u32 = 0x21
const FSC_EXTERNAL: u32 = 0x10
const FSC_DEBUG: u32 = 0x22

/** CV = 1, COND = always: what traps of conditional instructions report in AArch64 state. */
const ISS_COND_ALWAYS: u32 = 0x01e0_0000

// Vector offsets of the kinds of exception
export const VECTOR_SYNC: u32 = 0x000
export const VECTOR_IRQ: u32 = 0x080
export const VECTOR_FIQ: u32 = 0x100
export const VECTOR_SERROR: u32 = 0x180

// ---- entry ---------------------------------------------------------------------------------------------------------

/** Enters EL `target` by the vector of `kind`, with `returnTo` in ELR. Arm ARM, AArch64.TakeException. */
export function enter(cpu: usize, target: u32, kind: u32, returnTo: u64): void {
  pmuSync(cpu)
  const from = load<u32>(cpu + CPU_EL)
  const hyp = target == 2
  store<u64>(cpu + (hyp ? SYS_SPSR_EL2 : SYS_SPSR_EL1), spsrFromPstate(cpu))
  store<u64>(cpu + (hyp ? SYS_ELR_EL2 : SYS_ELR_EL1), returnTo)
  let vector = load<u64>(cpu + (hyp ? SYS_VBAR_EL2 : SYS_VBAR_EL1)) + kind
  if (from < target) vector += 0x400
  else if (load<u32>(cpu + CPU_SPSEL)) vector += 0x200
  saveStack(cpu)
  store<u32>(cpu + CPU_EL, target)
  store<u32>(cpu + CPU_SPSEL, 1)
  loadStack(cpu)
  const sctlr = load<u64>(cpu + (hyp ? SYS_SCTLR_EL2 : SYS_SCTLR_EL1))
  // PAN is set for handlers of a regime that has EL0 in it, unless SPAN says to leave it.
  const shared = !hyp || inHost(cpu)
  if (shared && !(sctlr & SCTLR_SPAN) && hasFeature(cpu, FEAT_PAN)) store<u32>(cpu + CPU_PAN, 1)
  store<u32>(cpu + CPU_DAIF, DAIF_ALL)
  store<u32>(cpu + CPU_UAO, 0)
  store<u32>(cpu + CPU_SS, 0)
  store<u32>(cpu + CPU_IL, 0)
  store<u64>(cpu + SYS_DIT, 0)
  store<u64>(cpu + SYS_SSBS, sctlr & SCTLR_DSSBS ? 1 : 0)
  store<u64>(cpu + CPU_PC, vector)
  noteLanding()
  const exceptions = MACH_BASE + MACH_EXCEPTIONS
  store<u32>(exceptions, load<u32>(exceptions) + 1)
  derive(cpu)
}

/** The EL that an exception from the current EL is taken to if nothing routes it elsewhere. */
function defaultTarget(cpu: usize): u32 {
  const el = load<u32>(cpu + CPU_EL)
  return el == 0 ? trapTarget(cpu) : el
}

/** Where an exception from EL0 to EL1 goes: EL2 if HCR_EL2.TGE routes it there. */
export function trapTarget(cpu: usize): u32 {
  return hcrOf(cpu) & HCR_TGE ? 2 : 1
}

function writeSyndrome(cpu: usize, target: u32, ec: u32, iss: u32): void {
  store<u64>(cpu + (target == 2 ? SYS_ESR_EL2 : SYS_ESR_EL1), (ec << 26) | ESR_IL | iss)
}

/** Takes a synchronous exception to EL `target`. */
export function takeSyncTo(cpu: usize, target: u32, ec: u32, iss: u32): void {
  writeSyndrome(cpu, target, ec, iss)
  enter(cpu, target, VECTOR_SYNC, load<u64>(cpu + CPU_PC))
}

/** Takes a synchronous exception that nothing but HCR_EL2.TGE routes; CPU_PC is the preferred return address. */
export function takeSync(cpu: usize, ec: u32, iss: u32): void {
  takeSyncTo(cpu, defaultTarget(cpu), ec, iss)
}

/** The same, with FAR. */
export function takeSyncFar(cpu: usize, ec: u32, iss: u32, far: u64): void {
  const target = defaultTarget(cpu)
  store<u64>(cpu + (target == 2 ? SYS_FAR_EL2 : SYS_FAR_EL1), far)
  takeSyncTo(cpu, target, ec, iss)
}

// ---- aborts --------------------------------------------------------------------------------------------------------

/** Class `ec` if the abort comes from a lower EL, `ec` + 1 if from the same. */
function takeAbort(cpu: usize, target: u32, ec: u32, iss: u32, far: u64): void {
  const same: u32 = load<u32>(cpu + CPU_EL) == target ? 1 : 0
  store<u64>(cpu + (target == 2 ? SYS_FAR_EL2 : SYS_FAR_EL1), far)
  takeSyncTo(cpu, target, ec + same, iss)
}

function isExternal(fsc: u32): bool {
  return fsc == FSC_EXTERNAL || (fsc >= 0x14 && fsc <= 0x17)
}

function abortTarget(cpu: usize, fsc: u32): u32 {
  const target = defaultTarget(cpu)
  return target == 1 && isExternal(fsc) && (hcrOf(cpu) & HCR_TEA) != 0 ? 2 : target
}

/** Takes the abort that the failed translate() described. */
function translationAbort(cpu: usize, ec: u32, va: u64, iss: u32): void {
  let target = abortTarget(cpu, xlatFault)
  if (xlatStage2) {
    target = 2
    store<u64>(cpu + SYS_HPFAR_EL2, (xlatIpa >> 12) << 4)
    if (xlatS1PTW) iss |= ISS_S1PTW
  }
  takeAbort(cpu, target, ec, iss | xlatFault, va)
}

/**
 * Takes the data abort that the failed translate() described. `extraIss` holds what only the instruction knows: CM, or
 * ISV and the bits it makes valid, which only stage 2 faults that are not on a table walk report.
 */
export function dataAbort(cpu: usize, va: u64, isWrite: bool, extraIss: u32): void {
  let iss = isWrite ? ISS_WNR : 0
  if (xlatStage2 && !xlatS1PTW) iss |= extraIss
  else iss |= extraIss & ISS_CM
  translationAbort(cpu, EC_DABORT_LOWER, va, iss)
}

/** ISS.CM: the fault is that of a cache maintenance or address translation instruction. */
export const ISS_CM: u32 = 1 << 8

/** Takes the instruction abort that the failed translate() described. */
export function prefetchAbort(cpu: usize, va: u64): void {
  translationAbort(cpu, EC_IABORT_LOWER, va, 0)
}

/** An unaligned access where alignment is checked. */
export function alignmentFault(cpu: usize, va: u64, isWrite: bool): void {
  takeAbort(cpu, defaultTarget(cpu), EC_DABORT_LOWER, FSC_ALIGNMENT | (isWrite ? ISS_WNR : 0), va)
}

/** A load or store where nothing answers, or that a device refused. */
export function externalAbort(cpu: usize, va: u64, isWrite: bool): void {
  const target = abortTarget(cpu, FSC_EXTERNAL)
  takeAbort(cpu, target, EC_DABORT_LOWER, FSC_EXTERNAL | (isWrite ? ISS_WNR : 0), va)
}

/** An instruction fetch where there is no memory. */
export function externalPrefetchAbort(cpu: usize, va: u64): void {
  takeAbort(cpu, abortTarget(cpu, FSC_EXTERNAL), EC_IABORT_LOWER, FSC_EXTERNAL, va)
}

export function pcAlignment(cpu: usize): void {
  takeSyncFar(cpu, EC_PC_ALIGNMENT, 0, load<u64>(cpu + CPU_PC))
}

export function spAlignment(cpu: usize): void {
  takeSync(cpu, EC_SP_ALIGNMENT, 0)
}

// ---- instructions --------------------------------------------------------------------------------------------------

/** An UNDEFINED instruction, HLT included, as there is no external debugger. */
export function undefinedInstruction(cpu: usize): void {
  takeSync(cpu, EC_UNKNOWN, 0)
}

export function hlt(cpu: usize): void {
  takeSync(cpu, EC_UNKNOWN, 0)
}

/** PSTATE.IL is set. */
export function illegalState(cpu: usize): void {
  takeSync(cpu, EC_ILLEGAL_STATE, 0)
}

/** FP or SIMD instruction while CPU_FP_TRAP is not 0. */
export function fpTrap(cpu: usize): void {
  if (load<u32>(cpu + CPU_FP_TRAP) == 2) takeSyncTo(cpu, 2, EC_FP, ISS_COND_ALWAYS)
  // Disabled for EL1 but taken to EL2: the handler must not be told of a CPACR_EL1 it does not own.
  else if (hcrOf(cpu) & HCR_TGE) takeSyncTo(cpu, 2, EC_UNKNOWN, 0)
  else takeSyncTo(cpu, 1, EC_FP, ISS_COND_ALWAYS)
}

/** Instructions that generate exceptions count as executed: software step goes on after them. */
function completeStep(cpu: usize): void {
  store<u32>(cpu + CPU_SS, 0)
}

/** Steps back to the instruction under way, whose execution is prevented. */
function stepBack(cpu: usize): void {
  store<u64>(cpu + CPU_PC, load<u64>(cpu + CPU_PC) - 4)
}

export function svc(cpu: usize, imm16: u32): void {
  completeStep(cpu)
  takeSync(cpu, EC_SVC, imm16)
}

/** Whether HVC is defined at the current EL. */
function hvcEnabled(cpu: usize): bool {
  return hasEL2() && load<u32>(cpu + CPU_EL) != 0 && !(hcrOf(cpu) & HCR_HCD)
}

/**
 * Whether HVC (kind 0) or SMC (kind 1) is the host's to serve: the machine says so, the instruction is executed above
 * EL0, and nothing traps it. Asked before hvc() or smc() is called.
 */
export function hostServes(cpu: usize, kind: u32): bool {
  const options = load<u32>(MACH_BASE + MACH_OPTIONS)
  const el = load<u32>(cpu + CPU_EL)
  if (el == 0) return false
  if (kind == 0) return (options & OPT_HVC) != 0 && !hvcEnabled(cpu)
  return (options & OPT_SMC) != 0 && !(el == 1 && (hcrOf(cpu) & HCR_TSC) != 0)
}

export function hvc(cpu: usize, imm16: u32): void {
  if (!hvcEnabled(cpu)) {
    stepBack(cpu)
    undefinedInstruction(cpu)
    return
  }
  completeStep(cpu)
  takeSyncTo(cpu, 2, EC_HVC, imm16)
}

/** SMC without a host to serve it: trapped to EL2, or UNDEFINED as there is no EL3. */
export function smc(cpu: usize, imm16: u32): void {
  stepBack(cpu)
  if (load<u32>(cpu + CPU_EL) == 1 && hcrOf(cpu) & HCR_TSC) takeSyncTo(cpu, 2, EC_SMC, imm16)
  else undefinedInstruction(cpu)
}

export function brk(cpu: usize, imm16: u32): void {
  const el = load<u32>(cpu + CPU_EL)
  takeSyncTo(cpu, el == 2 ? 2 : debugTarget(cpu), EC_BRK, imm16)
}

/** Trap of WFI (`wfe` 0) or WFE (1) to EL `target`. */
export function wfxTrap(cpu: usize, target: u32, wfe: u32): void {
  takeSyncTo(cpu, target, EC_WFX, ISS_COND_ALWAYS | wfe)
}

// ---- software step -------------------------------------------------------------------------------------------------

/**
 * Ends the step of the instruction just executed, while CPU_STEP is set and no exception was taken: the next instruction
 * finds PSTATE.SS clear and softwareStep() is due. `exclusive`: it was a Load-Exclusive.
 */
export function stepDone(cpu: usize, exclusive: bool): void {
  store<u32>(cpu + CPU_SS, 0)
  store<u64>(cpu + SYS_STEPPED, exclusive ? 2 : 1)
}

/** Takes the Software Step exception: CPU_STEP is set and PSTATE.SS is clear. */
export function softwareStep(cpu: usize): void {
  const stepped = load<u64>(cpu + SYS_STEPPED)
  let iss = FSC_DEBUG
  if (stepped) iss |= 1 << 24
  if (stepped == 2) iss |= 1 << 6
  store<u64>(cpu + SYS_STEPPED, 0)
  const target = debugTarget(cpu)
  const same: u32 = load<u32>(cpu + CPU_EL) == target ? 1 : 0
  takeSyncTo(cpu, target, EC_STEP_LOWER + same, iss)
}
