/**
 * Stage 2 translation of the EL1&0 regime: intermediate to physical addresses by VTTBR_EL2 and VTCR_EL2. Arm ARM D5.
 */
import { FEAT_XNX, hasFeature } from './features'
import { MACH_BASE, MACH_PA_BITS } from './layout'
import {
  addressMask,
  FSC_ACCESS_FLAG,
  FSC_ADDRESS_SIZE,
  FSC_EXTERNAL_WALK,
  FSC_PERMISSION,
  FSC_TRANSLATION,
  granuleOf,
  outputBits,
} from './mmu'
import { hcrOf } from './regime'
import { HCR_VM, SCTLR_EE } from './registers'
import { SYS_SCTLR_EL2, SYS_VTCR_EL2, SYS_VTTBR_EL2 } from './sysstate'
import { physFault, physRead64 } from './tlb'

const WRITE: u32 = 1
const FETCH: u32 = 2

/** Physical address, block size, memory attributes (as a byte of MAIR), shareability and level of the last success. */
export let s2Pa: u64 = 0
export let s2SizeLog2: u32 = 12
export let s2Attr: u32 = 0xff
export let s2Share: u32 = 0
export let s2Level: u32 = 0
export let s2Device: bool = false
export let s2Readable: bool = false
export let s2Writable: bool = false
/** Fault status code of the last failure. */
export let s2Fault: u32 = 0

function fail(fsc: u32): bool {
  s2Fault = fsc
  return false
}

/** VM is clear, and stage 2 only on because of HCR_EL2.DC: nothing is changed. */
function identity(ipa: u64): bool {
  s2Pa = ipa
  s2SizeLog2 = 48
  s2Attr = 0xff
  s2Share = 0
  s2Device = false
  s2Readable = true
  s2Writable = true
  return true
}

/** Translates `ipa` for an access (0 read, 1 write, 2 fetch), made at EL0 if `user`. */
export function stage2(cpu: usize, ipa: u64, access: u32, user: bool): bool {
  // DC makes VM behave as 1, but a hypervisor that sets DC alone has no tables: VTTBR_EL2 decides.
  if (!(hcrOf(cpu) & HCR_VM) && load<u64>(cpu + SYS_VTTBR_EL2) == 0) return identity(ipa)
  const vtcr = load<u64>(cpu + SYS_VTCR_EL2)
  const grain = granuleOf(cpu, (vtcr >> 14) & 3)
  const implemented = load<u32>(MACH_BASE + MACH_PA_BITS)
  const inputBits = 64 - max<u32>(<u32>vtcr & 63, 16)
  const outBits = outputBits(vtcr >> 16)
  const stride = grain - 3
  const start = <u32>(vtcr >> 6) & 3
  if (start == 3) return fail(FSC_TRANSLATION)
  let level = (grain == 12 ? 2 : 3) - start
  if (!startAllowed(grain, level, inputBits, implemented)) return fail(FSC_TRANSLATION)
  if (ipa >> inputBits) return fail(FSC_TRANSLATION)

  let shift = grain + (3 - level) * stride
  let indexBits = inputBits - shift
  let table = load<u64>(cpu + SYS_VTTBR_EL2) & 0x0000_ffff_ffff_ffff & ~addressMask(indexBits + 3)
  if (table >> outBits) return fail(FSC_ADDRESS_SIZE)
  const big = (load<u64>(cpu + SYS_SCTLR_EL2) & SCTLR_EE) != 0
  let descriptor: u64
  while (true) {
    descriptor = physRead64(table + (((ipa >> shift) & addressMask(indexBits)) << 3))
    if (physFault) return fail(FSC_EXTERNAL_WALK + level)
    if (big) descriptor = bswap<u64>(descriptor)
    if (!(descriptor & 1)) return fail(FSC_TRANSLATION + level)
    if (level == 3) {
      if (!(descriptor & 2)) return fail(FSC_TRANSLATION + level)
      break
    }
    if (!(descriptor & 2)) {
      if (level < (grain == 12 ? 1 : 2)) return fail(FSC_TRANSLATION + level)
      break
    }
    table = descriptor & 0x0000_ffff_ffff_f000 & ~addressMask(grain)
    if (table >> outBits) return fail(FSC_ADDRESS_SIZE + level)
    level++
    shift -= stride
    indexBits = stride
  }
  const base = descriptor & 0x0000_ffff_ffff_f000 & ~addressMask(shift)
  if (base >> outBits) return fail(FSC_ADDRESS_SIZE + level)
  if (!(descriptor & 0x400)) return fail(FSC_ACCESS_FLAG + level)
  s2Readable = (descriptor & 0x40) != 0
  s2Writable = (descriptor & 0x80) != 0
  const allowed =
    access == FETCH ? executable(cpu, descriptor, user) : access == WRITE ? s2Writable : s2Readable
  if (!allowed) return fail(FSC_PERMISSION + level)
  s2Pa = base | (ipa & addressMask(shift))
  s2SizeLog2 = shift
  s2Level = level
  attributes(<u32>(descriptor >> 2) & 15)
  s2Share = <u32>(descriptor >> 8) & 3
  return true
}

/** Whether VTCR_EL2's start level suits its input size and the implemented addresses. Arm ARM, S2 start level checks. */
function startAllowed(grain: u32, level: u32, inputBits: u32, implemented: u32): bool {
  if (inputBits > implemented) return false
  if (
    grain == 12
      ? level == 0 && implemented < 44
      : level == 1 && implemented <= (grain == 14 ? 40 : 42)
  ) {
    return false
  }
  // Up to 16 concatenated tables of the start level.
  const below = grain + (3 - level) * (grain - 3)
  return inputBits > below && inputBits <= below + grain - 3 + 4
}

/** XN[1:0]: with FEAT_XNX one exception level alone may be allowed to execute. */
function executable(cpu: usize, descriptor: u64, user: bool): bool {
  if (!hasFeature(cpu, FEAT_XNX)) return !((descriptor >> 54) & 1)
  switch (<u32>(descriptor >> 53) & 3) {
    case 0:
      return true
    case 1:
      return user
    case 2:
      return false
    default:
      return !user
  }
}

/** MemAttr[3:0] of a stage 2 descriptor, as a byte of MAIR. */
function attributes(memAttr: u32): void {
  s2Device = memAttr < 4
  if (s2Device) {
    s2Attr = memAttr << 2
    return
  }
  s2Attr = (normal(memAttr >> 2) << 4) | normal(memAttr & 3)
}

function normal(field: u32): u32 {
  return field == 1 ? 4 : field == 2 ? 11 : 15
}
