/**
 * MRS, MSR (register) and MSR (immediate). Arm ARM C5, D13.
 *
 * `enc` is op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2, with the number of the general register in bits 20:16, which the
 * syndrome of a trapped access holds. Every access goes: hot registers; encodings that HCR_EL2.E2H redirects; the
 * families with no row (ID_*, ICC_*, event counters); the table. A function returns false if it raised an exception.
 */
import { EC_SYSREG, takeSync, takeSyncTo, trapTarget, undefinedInstruction } from './exception'
import {
  FEAT_DIT,
  FEAT_IDST,
  FEAT_PAN,
  FEAT_SSBS2,
  FEAT_UAO,
  FEAT_VHE,
  hasFeature,
} from './features'
import { idRegister, isIdRegister } from './idregs'
import { CPU_DAIF, CPU_EL, CPU_PAN, CPU_UAO } from './layout'
import { PMU_COUNTERS, readCounter, writeCounter, writeEventType } from './pmu'
import { hasEL2, hcrOf, sctlrOf, setMasks, stackBank } from './regime'
import { HCR_E2H, HCR_TID3, HCR_TIDCP, SCTLR_UMA } from './registers'
import { gicRead, gicValue, gicWrite, isGicRegister } from './sysreg-gic'
import {
  READ_PLAIN,
  READ_RVBAR_EL1,
  TRAP_CNTVCT,
  TRAP_PMU,
  TRAP_PMU_EVENT,
  WRITE_PLAIN,
} from './sysreg-kinds'
import { readSpecial, virtualCount } from './sysreg-read'
import {
  encoding,
  findRow,
  ROW_ACCESS,
  ROW_FEATURES,
  ROW_MASK,
  ROW_OFFSET,
  ROW_READ,
  ROW_TRAP,
  ROW_WRITE,
} from './sysreg-table'
import { accessSyndrome, DIRECTION_READ, DIRECTION_WRITE, trapped, trapTo } from './sysreg-traps'
import { e2hTarget, e12Target } from './sysreg-vhe'
import { selectStack, setPstate, writeSpecial } from './sysreg-write'
import { SYS_DIT, SYS_PMEVTYPER, SYS_SSBS, SYS_TPIDR_EL0 } from './sysstate'
import { physicalCount } from './timer'

export { sys, sysl } from './sysop'

const TPIDR_EL0: u32 = (3 << 14) | (3 << 11) | (13 << 7) | 2
const SP_EL0: u32 = (3 << 14) | (4 << 7) | (1 << 3)
const DAIF: u32 = (3 << 14) | (3 << 11) | (4 << 7) | (2 << 3) | 1
const CNTVCT_EL0: u32 = (3 << 14) | (3 << 11) | (14 << 7) | 2
const CNTPCT_EL0: u32 = (3 << 14) | (3 << 11) | (14 << 7) | 1
const CNTFRQ_EL0: u32 = (3 << 14) | (3 << 11) | (14 << 7)

/** What the last mrs() read. */
export let mrsValue: u64 = 0

/** MRS: reads into mrsValue. */
export function mrs(cpu: usize, encRt: u32): bool {
  const enc = encRt & 0xffff
  const el = load<u32>(cpu + CPU_EL)
  if (enc == CNTVCT_EL0) {
    if (el == 0 && trapped(cpu, TRAP_CNTVCT, encRt, DIRECTION_READ)) return false
    mrsValue = virtualCount(cpu)
    return true
  }
  if (enc == CNTPCT_EL0 && (el == 2 || (el == 1 && !hasEL2()))) {
    mrsValue = physicalCount()
    return true
  }
  if (enc == TPIDR_EL0) {
    mrsValue = load<u64>(cpu + SYS_TPIDR_EL0)
    return true
  }
  if (enc == SP_EL0 && el) {
    mrsValue = load<u64>(stackBank(cpu, 0))
    return true
  }
  if (enc == DAIF && el) {
    mrsValue = load<u32>(cpu + CPU_DAIF)
    return true
  }
  return readAny(cpu, encRt, el)
}

function readAny(cpu: usize, encRt: u32, el: u32): bool {
  const enc = redirect(cpu, encRt & 0xffff, el)
  const row = enc ? findRow(enc) : 0
  if (row) {
    if (refused(cpu, row, encRt, el, DIRECTION_READ)) return false
    const how = <u32>load<u8>(row + ROW_READ)
    if (how != READ_PLAIN) mrsValue = readSpecial(cpu, how, enc)
    else {
      const offset = load<u16>(row + ROW_OFFSET)
      mrsValue = offset ? load<u64>(cpu + offset) : 0
    }
    return true
  }
  if (isIdRegister(enc)) return readId(cpu, encRt, el)
  if (isGicRegister(enc)) {
    if (!gicRead(cpu, encRt)) return false
    mrsValue = gicValue
    return true
  }
  const n = eventRegister(cpu, enc, encRt, el, DIRECTION_READ)
  if (n < 0) return false
  const isType = ((enc >> 3) & 4) != 0
  mrsValue = isType ? load<u64>(cpu + SYS_PMEVTYPER + (n << 3)) : readCounter(cpu, n)
  return true
}

/** ID_*: EL1 and up, trapped by TID3; UNDEFINED at EL0, or reported as an access if the CPU has FEAT_IDST. */
function readId(cpu: usize, encRt: u32, el: u32): bool {
  if (el == 0) {
    if (!hasFeature(cpu, FEAT_IDST)) undefinedInstruction(cpu)
    else takeSyncTo(cpu, trapTarget(cpu), EC_SYSREG, accessSyndrome(encRt, DIRECTION_READ))
    return false
  }
  if (el == 1 && hcrOf(cpu) & HCR_TID3) return !trapTo(cpu, 2, encRt, DIRECTION_READ)
  mrsValue = idRegister(cpu, encRt & 0xffff)
  return true
}

/** MSR (register). */
export function msr(cpu: usize, encRt: u32, value: u64): bool {
  const el = load<u32>(cpu + CPU_EL)
  const plain = encRt & 0xffff
  if (plain == TPIDR_EL0) {
    store<u64>(cpu + SYS_TPIDR_EL0, value)
    return true
  }
  if (plain == SP_EL0 && el) {
    store<u64>(stackBank(cpu, 0), value)
    return true
  }
  const enc = redirect(cpu, plain, el)
  const row = enc ? findRow(enc) : 0
  if (row) {
    if (refused(cpu, row, encRt, el, DIRECTION_WRITE)) return false
    // Only the highest exception level may say how fast the counter runs.
    if (enc == CNTFRQ_EL0 && el == 1 && hasEL2()) {
      undefinedInstruction(cpu)
      return false
    }
    const offset = load<u16>(row + ROW_OFFSET)
    const mask = load<u64>(row + ROW_MASK)
    const how = <u32>load<u8>(row + ROW_WRITE)
    if (how != WRITE_PLAIN) writeSpecial(cpu, how, enc, cpu + offset, mask, value)
    else if (offset) store<u64>(cpu + offset, value & mask)
    return true
  }
  if (isGicRegister(enc)) return gicWrite(cpu, encRt, value)
  const n = eventRegister(cpu, enc, encRt, el, DIRECTION_WRITE)
  if (n < 0) return false
  if ((enc >> 3) & 4) writeEventType(cpu, n, value)
  else writeCounter(cpu, n, value)
  return true
}

/** The encoding accessed in truth: with HCR_EL2.E2H, EL2 finds its registers under EL1's names. 0: there is none. */
function redirect(cpu: usize, enc: u32, el: u32): u32 {
  const op1 = (enc >> 11) & 7
  const hosted = el == 2 && (hcrOf(cpu) & HCR_E2H) != 0
  if (op1 == 5) return hosted && hasFeature(cpu, FEAT_VHE) ? e12Target(enc) : 0
  return hosted ? e2hTarget(enc) : enc
}

/** Raises the exception, if any, that an access to the register of `row` must raise. */
function refused(cpu: usize, row: usize, encRt: u32, el: u32, direction: u32): bool {
  const access = <u32>load<u8>(row + ROW_ACCESS)
  const allowed = (access >> (direction ? el : el + 4)) & 1
  const features = load<u64>(row + ROW_FEATURES)
  const op1 = (encRt >> 11) & 7
  // Only the highest exception level has a reset address.
  const absent = hasEL2() ? load<u8>(row + ROW_READ) == READ_RVBAR_EL1 : op1 == 4
  if (!allowed || absent || (features && !hasFeature(cpu, features))) {
    undefinedInstruction(cpu)
    return true
  }
  const trap = <u32>load<u8>(row + ROW_TRAP)
  return trap != 0 && trapped(cpu, trap, encRt, direction)
}

/**
 * The number of the event counter that PMEVCNTR<n>_EL0 or PMEVTYPER<n>_EL0 name, after all checks; any other encoding is
 * UNDEFINED. @returns -1 if an exception was raised.
 */
function eventRegister(cpu: usize, enc: u32, encRt: u32, el: u32, direction: u32): i32 {
  const crm = (enc >> 3) & 15
  const n = ((crm & 3) << 3) | (enc & 7)
  if ((enc & ~0x7f) != encoding(3, 3, 14, 0, 0) || crm < 8 || n >= PMU_COUNTERS) {
    unknown(cpu, encRt, el, direction)
    return -1
  }
  const group = crm & 4 ? TRAP_PMU : TRAP_PMU_EVENT
  return trapped(cpu, group, encRt, direction) ? -1 : n
}

/** No such register. IMPLEMENTATION DEFINED encodings may be trapped by a hypervisor first. */
function unknown(cpu: usize, encRt: u32, el: u32, direction: u32): void {
  const crn = (encRt >> 7) & 15
  const implementationDefined = ((encRt >> 14) & 3) == 3 && (crn & 11) == 11
  if (el == 1 && implementationDefined && hcrOf(cpu) & HCR_TIDCP) {
    trapTo(cpu, 2, encRt, direction)
  } else {
    undefinedInstruction(cpu)
  }
}

/** MSR (immediate): SPSel, DAIFSet, DAIFClr, PAN, UAO, DIT, SSBS. `crm` is the immediate. */
export function msrImm(cpu: usize, op1: u32, crm: u32, op2: u32): bool {
  const el = load<u32>(cpu + CPU_EL)
  if (op1 == 3 && (op2 == 6 || op2 == 7)) return writeMask(cpu, el, crm, op2)
  if (op1 == 3 && op2 == 1 && hasFeature(cpu, FEAT_SSBS2)) {
    store<u64>(cpu + SYS_SSBS, crm & 1)
    return true
  }
  if (op1 == 3 && op2 == 2 && hasFeature(cpu, FEAT_DIT)) {
    store<u64>(cpu + SYS_DIT, crm & 1)
    return true
  }
  if (op1 == 0 && el) {
    if (op2 == 5) {
      selectStack(cpu, crm & 1)
      return true
    }
    if (op2 == 4 && hasFeature(cpu, FEAT_PAN)) {
      setPstate(cpu, CPU_PAN, crm & 1)
      return true
    }
    if (op2 == 3 && hasFeature(cpu, FEAT_UAO)) {
      setPstate(cpu, CPU_UAO, crm & 1)
      return true
    }
  }
  undefinedInstruction(cpu)
  return false
}

/** DAIFSet (op2 6) and DAIFClr (op2 7), which EL0 may only use if SCTLR.UMA allows. */
function writeMask(cpu: usize, el: u32, crm: u32, op2: u32): bool {
  if (el == 0 && !(sctlrOf(cpu, 0) & SCTLR_UMA)) {
    const enc = encoding(0, 3, 4, crm, op2) | (31 << 16)
    takeSync(cpu, EC_SYSREG, accessSyndrome(enc, DIRECTION_WRITE))
    return false
  }
  const old = load<u32>(cpu + CPU_DAIF)
  setMasks(cpu, op2 == 6 ? old | (crm << 6) : old & ~(crm << 6))
  return true
}
