/**
 * Address translation: stage 1 of the EL1&0, EL2&0 and EL2 regimes, combined with stage 2 where HCR_EL2 asks for it. Arm
 * ARM D5 (VMSAv8-64). Granules of 4, 16 and 64 KiB, 48-bit addresses.
 *
 * Not modelled, and not claimed by the ID registers: hardware update of the access flag and dirty state, 52-bit
 * addresses, small tables (TTST). The contiguous bit needs nothing: it only allows a TLB to cache more.
 *
 * The result of a translation is in the xlat* globals, which hold until the next.
 */
import { FEAT_GRAN16, FEAT_HPDS, hasFeature } from './features'
import {
  MACH_BASE,
  MACH_PA_BITS,
  MMU_E20_EL0,
  MMU_E20_EL2_PAN,
  MMU_EL0,
  MMU_EL1_PAN,
  MMU_EL2,
} from './layout'
import { hcrOf } from './regime'
import {
  HCR_DC,
  HCR_PTW,
  HCR_TGE,
  HCR_VM,
  SCTLR_EE,
  SCTLR_M,
  SCTLR_WXN,
  TCR_EL2_HPD,
  TCR_EL2_TBI,
  TCR_EPD0,
  TCR_EPD1,
  TCR_HPD0,
  TCR_HPD1,
  TCR_TBI0,
  TCR_TBI1,
} from './registers'
import {
  s2Attr,
  s2Device,
  s2Fault,
  s2Level,
  s2Pa,
  s2Readable,
  s2Share,
  s2SizeLog2,
  s2Writable,
  stage2,
} from './stage2'
import {
  SYS_MAIR_EL1,
  SYS_MAIR_EL2,
  SYS_SCTLR_EL1,
  SYS_SCTLR_EL2,
  SYS_TCR_EL1,
  SYS_TCR_EL2,
  SYS_TTBR0_EL1,
  SYS_TTBR0_EL2,
  SYS_TTBR1_EL1,
  SYS_TTBR1_EL2,
} from './sysstate'
import { physFault, physRead64 } from './tlb'

// Kinds of access, as ACCESS_* of tlb.ts
const READ: u32 = 0
const WRITE: u32 = 1
const FETCH: u32 = 2

// Fault status codes; the level is in bits 1:0.
export const FSC_ADDRESS_SIZE: u32 = 0x00
export const FSC_TRANSLATION: u32 = 0x04
export const FSC_ACCESS_FLAG: u32 = 0x08
export const FSC_PERMISSION: u32 = 0x0c
export const FSC_EXTERNAL_WALK: u32 = 0x14

/** Physical address of the byte asked for. After stage 1 alone of a two-stage regime: its intermediate address. */
export let xlatPa: u64 = 0
/** Device memory: alignment is checked, and nothing may be fetched ahead. */
export let xlatDevice: bool = false
/** log2 of the block or page, the smaller of the stages. */
export let xlatSizeLog2: u32 = 12
/** Whether a load, or a store, through the same MMU index would be permitted. */
export let xlatReadable: bool = false
export let xlatWritable: bool = false
/** Memory attributes as in a byte of MAIR, and shareability as in a descriptor, for PAR_EL1. */
export let xlatAttr: u32 = 0
export let xlatShare: u32 = 0
/** After a failure: fault status code. */
export let xlatFault: u32 = 0
/** The fault is of stage 2, and whether it happened on a stage 1 table walk; the intermediate address it was about. */
export let xlatStage2: bool = false
export let xlatS1PTW: bool = false
export let xlatIpa: u64 = 0

function fail(fsc: u32): bool {
  xlatFault = fsc
  return false
}

/** Output address size of an IPS or PS field, no more than what is implemented. */
export function outputBits(field: u64): u32 {
  const implemented = load<u32>(MACH_BASE + MACH_PA_BITS)
  let bits: u32 = 48
  switch (<u32>field & 7) {
    case 0:
      bits = 32
      break
    case 1:
      bits = 36
      break
    case 2:
      bits = 40
      break
    case 3:
      bits = 42
      break
    case 4:
      bits = 44
      break
    default:
  }
  return min<u32>(bits, implemented)
}

/** log2 of the granule of a TG0 field; 4 KiB for what is reserved or not implemented. */
export function granuleOf(cpu: usize, tg0: u64): u32 {
  if (tg0 == 1) return 16
  return tg0 == 2 && hasFeature(cpu, FEAT_GRAN16) ? 14 : 12
}

/** A TG1 field in the encoding of TG0. */
function tg0Of(tg1: u64): u64 {
  return tg1 == 1 ? 2 : tg1 == 3 ? 1 : 0
}

export function addressMask(bits: u32): u64 {
  return ((<u64>1) << bits) - 1
}

/**
 * Translates `va` for an access (0 read, 1 write, 2 fetch) by MMU index `mmu`.
 * @returns false if it faults; xlatFault and its companions then describe the fault.
 */
export function translate(cpu: usize, va: u64, access: u32, mmu: u32): bool {
  if (!translateStage1(cpu, va, access, mmu)) return false
  if (mmu > MMU_EL1_PAN || !(hcrOf(cpu) & (HCR_VM | HCR_DC))) return true
  return applyStage2(cpu, access, mmu == MMU_EL0)
}

function applyStage2(cpu: usize, access: u32, user: bool): bool {
  xlatIpa = xlatPa
  if (!stage2(cpu, xlatIpa, access, user)) {
    xlatStage2 = true
    return fail(s2Fault)
  }
  xlatPa = s2Pa
  xlatSizeLog2 = min<u32>(xlatSizeLog2, s2SizeLog2)
  xlatReadable = xlatReadable && s2Readable
  xlatWritable = xlatWritable && s2Writable
  combineAttributes()
  return true
}

/** The more restrictive of both stages' attributes. */
function combineAttributes(): void {
  if (xlatDevice && s2Device) xlatAttr = min<u32>(xlatAttr, s2Attr)
  else if (s2Device) xlatAttr = s2Attr
  else if (!xlatDevice) {
    const outer = combineNormal(xlatAttr >> 4, s2Attr >> 4)
    xlatAttr = (outer << 4) | combineNormal(xlatAttr & 15, s2Attr & 15)
  }
  xlatDevice = xlatDevice || s2Device
  // Device and Normal non-cacheable memory are outer shareable.
  if (xlatDevice || xlatAttr == 0x44) xlatShare = 2
  else if (xlatShare == 2 || s2Share == 2) xlatShare = 2
  else xlatShare |= s2Share
}

/** Cacheability of Normal memory: non-cacheable, else write-through, else write-back, with stage 1's hints. */
function combineNormal(stage1: u32, second: u32): u32 {
  if (stage1 == 4 || second == 4) return 4
  return second & 4 ? stage1 : stage1 & 11
}

/** Stage 1 alone. AT S1E* ends here; its walk still goes through stage 2. */
export function translateStage1(cpu: usize, va: u64, access: u32, mmu: u32): bool {
  xlatStage2 = false
  xlatS1PTW = false
  const hyp = mmu >= MMU_EL2
  const tcr = load<u64>(cpu + (hyp ? SYS_TCR_EL2 : SYS_TCR_EL1))
  const sctlr = load<u64>(cpu + (hyp ? SYS_SCTLR_EL2 : SYS_SCTLR_EL1))
  const upper = mmu != MMU_EL2 && ((va >> 55) & 1) != 0
  const tagged = (tcr & (mmu == MMU_EL2 ? TCR_EL2_TBI : upper ? TCR_TBI1 : TCR_TBI0)) != 0
  const enabled = (sctlr & SCTLR_M) != 0 && (hyp || !(hcrOf(cpu) & (HCR_DC | HCR_TGE)))
  if (!enabled) return flat(cpu, va, access, mmu, tagged)
  return walk(cpu, va, access, mmu, tcr, sctlr, upper, tagged)
}

/** Stage 1 is off: the address as it is. Data accesses are to Device-nGnRnE, or Normal under HCR_EL2.DC. */
function flat(cpu: usize, va: u64, access: u32, mmu: u32, tagged: bool): bool {
  const bits = load<u32>(MACH_BASE + MACH_PA_BITS)
  const address = tagged ? va & 0x00ff_ffff_ffff_ffff : va
  if (address >> bits) return fail(FSC_ADDRESS_SIZE)
  xlatPa = address
  xlatSizeLog2 = 12
  xlatReadable = true
  xlatWritable = true
  const cached = mmu <= MMU_EL1_PAN && (hcrOf(cpu) & HCR_DC) != 0
  xlatDevice = access != FETCH && !cached
  xlatAttr = xlatDevice ? 0 : cached ? 0xff : 0x44
  xlatShare = cached ? 0 : 2
  return true
}

/** Reads a descriptor, through stage 2 if that is on. Sets xlatFault and returns 0 on a fault, which no valid one is. */
function readDescriptor(cpu: usize, at: u64, mmu: u32, level: u32): u64 {
  let pa = at
  const hcr = hcrOf(cpu)
  if (mmu <= MMU_EL1_PAN && hcr & (HCR_VM | HCR_DC)) {
    const ok = stage2(cpu, at, READ, false)
    if (!ok || (hcr & HCR_PTW && s2Device)) {
      xlatStage2 = true
      xlatS1PTW = true
      xlatIpa = at
      xlatFault = ok ? FSC_PERMISSION + s2Level : s2Fault
      return 0
    }
    pa = s2Pa
  }
  const descriptor = physRead64(pa)
  if (!physFault) {
    xlatFault = FSC_TRANSLATION + level
    return descriptor
  }
  xlatFault = FSC_EXTERNAL_WALK + level
  return 0
}

function walk(
  cpu: usize,
  va: u64,
  access: u32,
  mmu: u32,
  tcr: u64,
  sctlr: u64,
  upper: bool,
  tagged: bool,
): bool {
  const hyp = mmu >= MMU_EL2
  const single = mmu == MMU_EL2
  const half = upper ? tcr >> 16 : tcr
  const grain = granuleOf(cpu, upper ? tg0Of((tcr >> 30) & 3) : (tcr >> 14) & 3)
  const inputBits = 64 - min<u32>(max<u32>(<u32>half & 63, 16), 39)
  const outBits = outputBits(single ? tcr >> 16 : tcr >> 32)

  // The bits above the input must all equal the one that chose the half.
  const above = <i64>(tagged ? va << 8 : va) >> (tagged ? inputBits + 8 : inputBits)
  if (above != (upper ? -1 : 0)) return fail(FSC_TRANSLATION)
  if (!single && tcr & (upper ? TCR_EPD1 : TCR_EPD0)) return fail(FSC_TRANSLATION)

  const stride = grain - 3
  let level = 3 - (inputBits - grain - 1) / stride
  let shift = grain + (3 - level) * stride
  let indexBits = inputBits - shift
  let table: u64
  if (upper) table = load<u64>(cpu + (hyp ? SYS_TTBR1_EL2 : SYS_TTBR1_EL1))
  else table = load<u64>(cpu + (hyp ? SYS_TTBR0_EL2 : SYS_TTBR0_EL1))
  table &= 0x0000_ffff_ffff_ffff & ~addressMask(indexBits + 3)
  if (table >> outBits) return fail(FSC_ADDRESS_SIZE)

  // APTable, UXNTable and PXNTable gathered on the way, where bits 62:59 of a table descriptor have them.
  const hierarchical =
    !hasFeature(cpu, FEAT_HPDS) || !(tcr & (single ? TCR_EL2_HPD : upper ? TCR_HPD1 : TCR_HPD0))
  let inherited: u64 = 0
  let descriptor: u64
  while (true) {
    const at = table + (((va >> shift) & addressMask(indexBits)) << 3)
    descriptor = readDescriptor(cpu, at, mmu, level)
    if (sctlr & SCTLR_EE) descriptor = bswap<u64>(descriptor)
    // An invalid descriptor; readDescriptor left the right code.
    if (!(descriptor & 1)) return false
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
    if (hierarchical) inherited |= descriptor
    level++
    shift -= stride
    indexBits = stride
  }
  const base = descriptor & 0x0000_ffff_ffff_f000 & ~addressMask(shift)
  if (base >> outBits) return fail(FSC_ADDRESS_SIZE + level)
  if (!(descriptor & 0x400)) return fail(FSC_ACCESS_FLAG + level)
  if (!permitted(descriptor, inherited, access, mmu, (sctlr & SCTLR_WXN) != 0)) {
    return fail(FSC_PERMISSION + level)
  }
  xlatPa = base | (va & addressMask(shift))
  xlatSizeLog2 = shift
  const mair = load<u64>(cpu + (hyp ? SYS_MAIR_EL2 : SYS_MAIR_EL1))
  xlatAttr = <u32>(mair >> (((descriptor >> 2) & 7) << 3)) & 0xff
  xlatDevice = (xlatAttr & 0xf0) == 0
  xlatShare = xlatDevice || xlatAttr == 0x44 ? 2 : <u32>(descriptor >> 8) & 3
  return true
}

/** Checks the access permissions of a leaf, and leaves xlatReadable and xlatWritable. Arm ARM D5.4. */
function permitted(leaf: u64, inherited: u64, access: u32, mmu: u32, wxn: bool): bool {
  const readOnly = ((leaf >> 7) & 1) != 0 || ((inherited >> 62) & 1) != 0
  const uxn = ((leaf >> 54) & 1) != 0 || ((inherited >> 60) & 1) != 0
  if (mmu == MMU_EL2) {
    xlatReadable = true
    xlatWritable = !readOnly
    return granted(access, !uxn && !(wxn && xlatWritable))
  }
  const userAccess = ((leaf >> 6) & 1) != 0 && !((inherited >> 61) & 1)
  const userWrite = userAccess && !readOnly
  if (mmu == MMU_EL0 || mmu == MMU_E20_EL0) {
    xlatReadable = userAccess
    xlatWritable = userWrite
    return granted(access, !uxn && !(wxn && userWrite))
  }
  // PAN bars data accesses to what EL0 may access; what EL0 may write is never executable above it.
  const barred = userAccess && (mmu == MMU_EL1_PAN || mmu == MMU_E20_EL2_PAN)
  const pxn = ((leaf >> 53) & 1) != 0 || ((inherited >> 59) & 1) != 0
  xlatReadable = !barred
  xlatWritable = !readOnly && !barred
  return granted(access, !pxn && !userWrite && !(wxn && !readOnly))
}

function granted(access: u32, executable: bool): bool {
  return access == FETCH ? executable : access == WRITE ? xlatWritable : xlatReadable
}
