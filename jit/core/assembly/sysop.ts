/**
 * SYS and SYSL: cache maintenance, DC ZVA, address translation (at.ts) and TLB maintenance (tlbi.ts). Arm ARM C5.3 to
 * C5.5.
 *
 * Caches are coherent here, instructions included: maintenance by address is checked for the faults and traps it must
 * raise, and does nothing else.
 */
import { addressTranslate } from './at'
import { dataAbort, ISS_CM, trapTarget, undefinedInstruction } from './exception'
import { FEAT_DPB, hasFeature } from './features'
import { CPU_EL, CPU_MMU } from './layout'
import { FSC_PERMISSION, translate, xlatFault } from './mmu'
import { hcrOf, sctlrOf } from './regime'
import { HCR_TDZ, HCR_TIDCP, HCR_TPCP, HCR_TPU, HCR_TSW, SCTLR_DZE, SCTLR_UCI } from './registers'
import { DIRECTION_READ, DIRECTION_WRITE, trapTo } from './sysreg-traps'
import { dcZva } from './tlb'
import { tlbi } from './tlbi'

const OP: u32 = 1 << 14
const EL0_OP: u32 = OP | (3 << 11)
const C7: u32 = 7 << 7

const IC_IALLUIS = OP | C7 | (1 << 3)
const IC_IALLU = OP | C7 | (5 << 3)
const DC_IVAC = OP | C7 | (6 << 3) | 1
const DC_ISW = OP | C7 | (6 << 3) | 2
const DC_CSW = OP | C7 | (10 << 3) | 2
const DC_CISW = OP | C7 | (14 << 3) | 2
const DC_ZVA = EL0_OP | C7 | (4 << 3) | 1
const IC_IVAU = EL0_OP | C7 | (5 << 3) | 1
const DC_CVAC = EL0_OP | C7 | (10 << 3) | 1
const DC_CVAU = EL0_OP | C7 | (11 << 3) | 1
const DC_CVAP = EL0_OP | C7 | (12 << 3) | 1
const DC_CIVAC = EL0_OP | C7 | (14 << 3) | 1

/** SYS: `encRt` as in sysreg.ts. @returns false if an exception was raised. */
export function sys(cpu: usize, encRt: u32, value: u64): bool {
  const enc = encRt & 0xffff
  const el = load<u32>(cpu + CPU_EL)
  if (enc == DC_ZVA) return zero(cpu, encRt, el, value)
  const crn = (enc >> 7) & 15
  if (crn == 8) return tlbi(cpu, encRt, value)
  const crm = (enc >> 3) & 15
  if (crn == 7 && (crm == 8 || crm == 9)) return addressTranslate(cpu, enc, value)
  switch (enc) {
    case DC_CVAC:
    case DC_CIVAC:
      return maintain(cpu, encRt, el, value, HCR_TPCP, false)
    case DC_CVAP:
      if (!hasFeature(cpu, FEAT_DPB)) return reject(cpu)
      return maintain(cpu, encRt, el, value, HCR_TPCP, false)
    case DC_CVAU:
    case IC_IVAU:
      return maintain(cpu, encRt, el, value, HCR_TPU, false)
    case DC_IVAC:
      return el ? maintain(cpu, encRt, el, value, HCR_TPCP, true) : reject(cpu)
    case IC_IALLU:
    case IC_IALLUIS:
      return el ? allowed(cpu, encRt, el, HCR_TPU) : reject(cpu)
    case DC_ISW:
    case DC_CSW:
    case DC_CISW:
      return el ? allowed(cpu, encRt, el, HCR_TSW) : reject(cpu)
    default:
      return unknown(cpu, encRt, el, DIRECTION_WRITE)
  }
}

/** SYSL: no instruction of this form exists. @returns false, with an exception raised. */
export function sysl(cpu: usize, encRt: u32): bool {
  return unknown(cpu, encRt, load<u32>(cpu + CPU_EL), DIRECTION_READ)
}

function unknown(cpu: usize, encRt: u32, el: u32, direction: u32): bool {
  const crn = (encRt >> 7) & 15
  if (el == 1 && (crn & 11) == 11 && hcrOf(cpu) & HCR_TIDCP)
    return !trapTo(cpu, 2, encRt, direction)
  return reject(cpu)
}

/** UNDEFINED. */
function reject(cpu: usize): bool {
  undefinedInstruction(cpu)
  return false
}

/** The trap of EL1 (and EL0) by an HCR_EL2 bit. */
function allowed(cpu: usize, encRt: u32, el: u32, trap: u64): bool {
  if (el < 2 && hcrOf(cpu) & trap) return !trapTo(cpu, 2, encRt, DIRECTION_WRITE)
  return true
}

/** DC ZVA. */
function zero(cpu: usize, encRt: u32, el: u32, va: u64): bool {
  if (el == 0 && !(sctlrOf(cpu, 0) & SCTLR_DZE)) {
    return !trapTo(cpu, trapTarget(cpu), encRt, DIRECTION_WRITE)
  }
  return allowed(cpu, encRt, el, HCR_TDZ) && dcZva(cpu, va)
}

/**
 * Maintenance by address. The address must translate; EL0 must be able to read it, and invalidating alone needs write
 * permission everywhere, as it may lose data.
 */
function maintain(cpu: usize, encRt: u32, el: u32, va: u64, trap: u64, invalidates: bool): bool {
  if (el == 0 && !(sctlrOf(cpu, 0) & SCTLR_UCI)) {
    return !trapTo(cpu, trapTarget(cpu), encRt, DIRECTION_WRITE)
  }
  if (!allowed(cpu, encRt, el, trap)) return false
  if (translate(cpu, va, invalidates ? 1 : 0, load<u32>(cpu + CPU_MMU))) return true
  const permission = (xlatFault & ~3) == FSC_PERMISSION
  if (permission && el && !invalidates) return true
  dataAbort(cpu, va, true, ISS_CM)
  return false
}
