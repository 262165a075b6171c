/**
 * TLB maintenance instructions, TLBI. Arm ARM C5.5, D5.10. The inner and outer shareable forms act on every vCPU.
 *
 * A translation is kept under its virtual address and a tag for its ASID; nothing is kept by intermediate address or
 * VMID, so stage 2 maintenance empties the EL1&0 TLBs.
 */
import { undefinedInstruction } from './exception'
import { FEAT_TLBIRANGE, hasFeature } from './features'
import { CPU_EL } from './layout'
import {
  derive,
  flushIndexes,
  forgetAsid,
  hasEL2,
  hcrOf,
  indexesE20,
  indexesEL2,
  indexesEL10,
  inHost,
} from './regime'
import { HCR_FB, HCR_TTLB, TCR_AS } from './registers'
import { cpuAt, cpuCount } from './state'
import { DIRECTION_WRITE, trapTo } from './sysreg-traps'
import { SYS_TCR_EL1, SYS_TCR_EL2 } from './sysstate'
import { tlbFlushPage } from './tlb'

// Scopes of an invalidation
const SCOPE_ALL: u32 = 0
const SCOPE_PAGE: u32 = 1
const SCOPE_ASID: u32 = 2
const SCOPE_RANGE: u32 = 3

/** A range of more pages than this empties the TLBs instead. */
const RANGE_LIMIT: u64 = 64

/** TLBI: `encRt` as in sysreg.ts, CRn = 8. @returns false if an exception was raised. */
export function tlbi(cpu: usize, encRt: u32, value: u64): bool {
  const el = load<u32>(cpu + CPU_EL)
  const op1 = (encRt >> 11) & 7
  const crm = (encRt >> 3) & 15
  const op2 = encRt & 7
  if (el == 0 || !defined(cpu, op1, crm, op2) || (op1 == 4 && el < 2)) {
    undefinedInstruction(cpu)
    return false
  }
  if (el == 1 && hcrOf(cpu) & HCR_TTLB) return !trapTo(cpu, 2, encRt, DIRECTION_WRITE)
  const broadcast = isBroadcast(crm) || (el == 1 && (hcrOf(cpu) & HCR_FB) != 0)
  const range = (crm == 2 || crm == 5 || crm == 6) && (op2 & 1) == 1
  const scope = op1 == 0 ? scopeEL1(op2, range) : scopeEL2(crm, op2, range)
  const indexes = op1 == 0 ? targetEL1(cpu) : targetEL2(cpu, crm, op2)
  if (!broadcast) {
    invalidate(cpu, scope, indexes, value)
    return true
  }
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) invalidate(cpuAt(i), scope, indexes, value)
  return true
}

/** Inner (CRm 3) and outer (1) shareable, by range (2, 5), and stage 2 (0). CRm 4, 6 and 7 are for this vCPU alone. */
function isBroadcast(crm: u32): bool {
  return crm < 4 || crm == 5
}

/** Whether the encoding is allocated on this CPU. */
function defined(cpu: usize, op1: u32, crm: u32, op2: u32): bool {
  const extended = hasFeature(cpu, FEAT_TLBIRANGE)
  if (op1 == 0) {
    if (crm == 3 || crm == 7) return op2 != 4 && op2 != 6
    if (!extended) return false
    if (crm == 1) return op2 != 4 && op2 != 6
    return (crm == 2 || crm == 5 || crm == 6) && (op2 & 1) == 1
  }
  if (op1 != 4 || !hasEL2()) return false
  if (crm == 3 || crm == 7) return op2 == 0 || op2 == 1 || (op2 >= 4 && op2 <= 6)
  if (crm == 0 || crm == 4) return op2 == 1 || op2 == 5 || (extended && stage2Extended(crm, op2))
  if (!extended) return false
  if (crm == 1) return op2 == 0 || op2 == 1 || (op2 >= 4 && op2 <= 6)
  return (crm == 2 || crm == 5 || crm == 6) && (op2 == 1 || op2 == 5)
}

/** RIPAS2E1(IS, OS), RIPAS2LE1(IS, OS), IPAS2E1OS, IPAS2LE1OS. */
function stage2Extended(crm: u32, op2: u32): bool {
  if (crm == 0) return op2 == 2 || op2 == 6
  return op2 != 1 && op2 != 5
}

/** VMALLE1, VAE1, ASIDE1, VAAE1, VALE1, VAALE1 by op2. */
function scopeEL1(op2: u32, range: bool): u32 {
  if (op2 == 0) return SCOPE_ALL
  if (op2 == 2) return SCOPE_ASID
  return range ? SCOPE_RANGE : SCOPE_PAGE
}

function scopeEL2(crm: u32, op2: u32, range: bool): u32 {
  const stage2 = crm == 0 || crm == 4
  if (stage2 || (op2 != 1 && op2 != 5)) return SCOPE_ALL
  return range ? SCOPE_RANGE : SCOPE_PAGE
}

/** EL1's instructions mean the host's regime when a host at EL2 executes them. */
function targetEL1(cpu: usize): u32 {
  return load<u32>(cpu + CPU_EL) == 2 && inHost(cpu) ? indexesE20() : indexesEL10()
}

/** ALLE1, VMALLS12E1 and the stage 2 forms concern EL1&0, the others EL2's own regime. */
function targetEL2(cpu: usize, crm: u32, op2: u32): u32 {
  const stage2 = crm == 0 || crm == 4
  return stage2 || op2 == 4 || op2 == 6 ? indexesEL10() : indexesEL2(cpu)
}

function invalidate(cpu: usize, scope: u32, indexes: u32, value: u64): void {
  switch (scope) {
    case SCOPE_PAGE:
      tlbFlushPage(cpu, addressOf(value), indexes)
      break
    case SCOPE_ASID: {
      const host = indexes == indexesE20()
      const tcr = load<u64>(cpu + (host ? SYS_TCR_EL2 : SYS_TCR_EL1))
      const asid = <u32>(value >> 48)
      forgetAsid(cpu, tcr & TCR_AS ? asid : asid & 0xff)
      break
    }
    case SCOPE_RANGE:
      invalidateRange(cpu, indexes, value)
      break
    default:
      flushIndexes(cpu, indexes)
      derive(cpu)
  }
}

/** VA[55:12] of the operand, as a canonical address. */
function addressOf(value: u64): u64 {
  return <u64>(<i64>(value << 20) >> 8)
}

/** Operand of a range: BaseADDR[36:0] in granules, NUM, SCALE, TG. */
function invalidateRange(cpu: usize, indexes: u32, value: u64): void {
  const granule = <u32>(value >> 46) & 3
  const shift: u32 = granule == 3 ? 16 : granule == 2 ? 14 : 12
  const scale = (value >> 44) & 3
  const pages = (((value >> 39) & 31) + 1) << (5 * scale + 1)
  if (granule == 0 || pages > RANGE_LIMIT) {
    flushIndexes(cpu, indexes)
    return
  }
  const base = (<u64>(<i64>(value << 27) >> 27)) << shift
  for (let i: u64 = 0; i < pages; i++) tlbFlushPage(cpu, base + (i << shift), indexes)
}
