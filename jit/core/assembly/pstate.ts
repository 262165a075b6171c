/**
 * PSTATE as one word: the format of SPSR_ELx (Arm ARM D13.2.130), which exception entry saves and ERET restores.
 */
import { FEAT_DIT, FEAT_PAN, FEAT_SSBS, FEAT_UAO, hasFeature } from './features'
import { CPU_DAIF, CPU_EL, CPU_IL, CPU_PAN, CPU_SPSEL, CPU_SS, CPU_UAO } from './layout'
import { DAIF_ALL, SPSR_DIT, SPSR_IL, SPSR_PAN, SPSR_SS, SPSR_SSBS, SPSR_UAO } from './registers'
import { getNZCV, setNZCV } from './state'
import { SYS_DIT, SYS_SSBS } from './sysstate'

/** PSTATE in SPSR format. */
export function spsrFromPstate(cpu: usize): u64 {
  const el = load<u32>(cpu + CPU_EL)
  return (
    ((<u64>getNZCV(cpu)) << 28) |
    (load<u64>(cpu + SYS_DIT) << 24) |
    ((<u64>load<u32>(cpu + CPU_UAO)) << 23) |
    ((<u64>load<u32>(cpu + CPU_PAN)) << 22) |
    ((<u64>load<u32>(cpu + CPU_SS)) << 21) |
    ((<u64>load<u32>(cpu + CPU_IL)) << 20) |
    (load<u64>(cpu + SYS_SSBS) << 12) |
    load<u32>(cpu + CPU_DAIF) |
    (el << 2) |
    (el ? load<u32>(cpu + CPU_SPSEL) : 0)
  )
}

/** Sets the fields of PSTATE that any return restores, legal or not: all but EL, SP, SS and IL. */
export function restoreFlags(cpu: usize, spsr: u64): void {
  setNZCV(cpu, <u32>(spsr >> 28) & 15)
  store<u32>(cpu + CPU_DAIF, <u32>spsr & DAIF_ALL)
  store<u32>(cpu + CPU_PAN, spsr & SPSR_PAN && hasFeature(cpu, FEAT_PAN) ? 1 : 0)
  store<u32>(cpu + CPU_UAO, spsr & SPSR_UAO && hasFeature(cpu, FEAT_UAO) ? 1 : 0)
  store<u64>(cpu + SYS_SSBS, spsr & SPSR_SSBS && hasFeature(cpu, FEAT_SSBS) ? 1 : 0)
  store<u64>(cpu + SYS_DIT, spsr & SPSR_DIT && hasFeature(cpu, FEAT_DIT) ? 1 : 0)
}

/** The bits of SPSR_ELx that exist on this CPU. */
export function spsrMask(cpu: usize): u64 {
  let mask: u64 = 0xf000_001f | DAIF_ALL | SPSR_SS | SPSR_IL
  if (hasFeature(cpu, FEAT_PAN)) mask |= SPSR_PAN
  if (hasFeature(cpu, FEAT_UAO)) mask |= SPSR_UAO
  if (hasFeature(cpu, FEAT_SSBS)) mask |= SPSR_SSBS
  if (hasFeature(cpu, FEAT_DIT)) mask |= SPSR_DIT
  return mask
}
