/**
 * Address translation instructions, AT S1E1R and its relatives, with the result in PAR_EL1. Arm ARM C5.4, D13.2.111.
 */
import { dataAbort, ISS_CM, undefinedInstruction } from './exception'
import { FEAT_PAN2, hasFeature } from './features'
import {
  CPU_EL,
  CPU_PAN,
  MMU_E20_EL0,
  MMU_E20_EL2,
  MMU_E20_EL2_PAN,
  MMU_EL0,
  MMU_EL1,
  MMU_EL1_PAN,
  MMU_EL2,
} from './layout'
import {
  FSC_EXTERNAL_WALK,
  translate,
  translateStage1,
  xlatAttr,
  xlatFault,
  xlatPa,
  xlatS1PTW,
  xlatShare,
  xlatStage2,
} from './mmu'
import { hasEL2, hcrOf, inHost } from './regime'
import { HCR_E2H } from './registers'
import { SYS_PAR_EL1 } from './sysstate'

/** Bit 11 of PAR_EL1 is RES1. */
const PAR_RES1: u64 = 1 << 11
const PAR_F: u64 = 1
const PAR_PTW: u64 = 1 << 8
const PAR_S: u64 = 1 << 9
/** NSH of Normal memory never shows; the address is Non-secure. */
const PAR_NS: u64 = 1 << 9

/**
 * AT: `enc` is CRn 7, CRm 8 or 9.
 * @returns false if an exception was raised: the encoding is UNDEFINED, or its walk met what is an abort even here.
 */
export function addressTranslate(cpu: usize, enc: u32, va: u64): bool {
  const el = load<u32>(cpu + CPU_EL)
  const op1 = (enc >> 11) & 7
  const pan = ((enc >> 3) & 15) == 9
  const op2 = enc & 7
  if (el == 0) return reject(cpu)
  if (pan) {
    if (op1 != 0 || op2 > 1 || !hasFeature(cpu, FEAT_PAN2)) return reject(cpu)
    return stage1(cpu, va, op2 & 1, indexEL1(cpu, false, load<u32>(cpu + CPU_PAN) != 0))
  }
  if (op1 == 0) {
    return op2 < 4 ? stage1(cpu, va, op2 & 1, indexEL1(cpu, op2 >= 2, false)) : reject(cpu)
  }
  if (op1 != 4 || !hasEL2() || el != 2) return reject(cpu)
  if (op2 < 2) return stage1(cpu, va, op2 & 1, hcrOf(cpu) & HCR_E2H ? MMU_E20_EL2 : MMU_EL2)
  if (op2 < 4) return reject(cpu)
  const index = inHost(cpu) ? indexEL1(cpu, op2 >= 6, false) : op2 >= 6 ? MMU_EL0 : MMU_EL1
  return report(cpu, va, translate(cpu, va, op2 & 1, index))
}

function reject(cpu: usize): bool {
  undefinedInstruction(cpu)
  return false
}

/** MMU index that S1E1 and S1E0 translate by: at EL2 in a host they mean the host's own regime. */
function indexEL1(cpu: usize, user: bool, pan: bool): u32 {
  if (inHost(cpu)) return user ? MMU_E20_EL0 : pan ? MMU_E20_EL2_PAN : MMU_E20_EL2
  return user ? MMU_EL0 : pan ? MMU_EL1_PAN : MMU_EL1
}

function stage1(cpu: usize, va: u64, access: u32, mmu: u32): bool {
  return report(cpu, va, translateStage1(cpu, va, access, mmu))
}

/** Writes PAR_EL1, or takes the exception that a fault on the walk itself is. */
function report(cpu: usize, va: u64, ok: bool): bool {
  if (ok) {
    store<u64>(
      cpu + SYS_PAR_EL1,
      ((<u64>xlatAttr) << 56) |
        (xlatPa & 0x0000_ffff_ffff_f000) |
        PAR_RES1 |
        PAR_NS |
        ((<u64>xlatShare) << 7),
    )
    return true
  }
  const external = (xlatFault & ~3) == FSC_EXTERNAL_WALK
  if (external || (xlatS1PTW && load<u32>(cpu + CPU_EL) == 1)) {
    dataAbort(cpu, va, true, ISS_CM)
    return false
  }
  let par = PAR_RES1 | PAR_F | ((<u64>xlatFault) << 1)
  if (xlatStage2) par |= PAR_S
  if (xlatS1PTW) par |= PAR_PTW
  store<u64>(cpu + SYS_PAR_EL1, par)
  return true
}
