/**
 * The CPU interface of a GICv3 by system registers, ICC_* and ICH_*: permission checks and traps are the core's, all
 * else is the interrupt controller's, reached through the host. GIC architecture specification (IHI 0069), 12.2 and 12.4.
 *
 * System register access cannot be switched off: ICC_SRE_ELx.{SRE, DFB, DIB} and ICC_SRE_EL2.Enable read as one. An access
 * of EL1 to the virtual interface (HCR_EL2.{IMO, FMO}) has the same encoding; the host tells by the vCPU's state.
 */
import { undefinedInstruction } from './exception'
import { sysregRead, sysregWrite } from './host'
import {
  CPU_EL,
  CPU_INDEX,
  MACH_BASE,
  MACH_IO_FAULT,
  MACH_IO_HI,
  MACH_OPTIONS,
  OPT_GICV3,
} from './layout'
import { hasEL2, hcrOf } from './regime'
import { HCR_FMO, HCR_IMO } from './registers'
import { requestAttention } from './state'
import { encoding } from './sysreg-table'
import { DIRECTION_READ, DIRECTION_WRITE, trapTo } from './sysreg-traps'
import { SYS_ICH_HCR_EL2 } from './sysstate'

const ICH_HCR_TC: u64 = 1 << 10
const ICH_HCR_TALL0: u64 = 1 << 11
const ICH_HCR_TALL1: u64 = 1 << 12
const ICH_HCR_TDIR: u64 = 1 << 14

/** ICC_SRE_EL1: SRE, DFB, DIB. ICC_SRE_EL2 also has Enable. */
const SRE_EL1: u64 = 7
const SRE_EL2: u64 = 15

/** Whether the encoding is of an ICC_* or ICH_* register. */
export function isGicRegister(enc: u32): bool {
  if (enc == encoding(3, 0, 4, 6, 0)) return true
  const crm = (enc >> 3) & 15
  if ((enc & ~0x7f) == encoding(3, 0, 12, 0, 0)) return crm >= 8 && crm <= 12
  return (enc & ~0x7f) == encoding(3, 4, 12, 0, 0) && crm >= 8 && crm <= 13
}

/** Whether ICH_HCR_EL2 or HCR_EL2 traps this register from EL1. */
function trapsFromEL1(cpu: usize, enc: u32): bool {
  const crm = (enc >> 3) & 15
  const op2 = enc & 7
  const hcr = hcrOf(cpu)
  const sgi = crm == 11 && op2 >= 5
  if (sgi) return (hcr & (HCR_FMO | HCR_IMO)) != 0
  const ich = load<u64>(cpu + SYS_ICH_HCR_EL2)
  const common = enc == encoding(3, 0, 4, 6, 0) || crm == 11 || (crm == 12 && op2 == 4)
  if (common) {
    const dir = crm == 11 && op2 == 1
    return (ich & (dir ? ICH_HCR_TC | ICH_HCR_TDIR : ICH_HCR_TC)) != 0
  }
  const group0 = crm == 8 || (crm == 12 && op2 == 6)
  return (ich & (group0 ? ICH_HCR_TALL0 : ICH_HCR_TALL1)) != 0
}

/** Raises the exception, if any, that the access must raise. */
function refused(cpu: usize, enc: u32, direction: u32): bool {
  const el = load<u32>(cpu + CPU_EL)
  const hyp = ((enc >> 11) & 7) == 4
  const present = (load<u32>(MACH_BASE + MACH_OPTIONS) & OPT_GICV3) != 0
  if (!present || el == 0 || (hyp && (el < 2 || !hasEL2()))) {
    undefinedInstruction(cpu)
    return true
  }
  const sre = (enc & 0xffff) == encoding(3, 0, 12, 12, 5)
  return el == 1 && !sre && trapsFromEL1(cpu, enc & 0xffff) && trapTo(cpu, 2, enc, direction)
}

/** ICC_SRE_EL1 or ICC_SRE_EL2: its constant value, else 0. */
function sreValue(enc: u32): u64 {
  if (enc == encoding(3, 0, 12, 12, 5)) return SRE_EL1
  return enc == encoding(3, 4, 12, 9, 5) ? SRE_EL2 : 0
}

/** What the last gicRead() read. */
export let gicValue: u64 = 0

/** Reads an ICC_* or ICH_* register into gicValue. @returns false if an exception was raised. */
export function gicRead(cpu: usize, encRt: u32): bool {
  if (refused(cpu, encRt, DIRECTION_READ)) return false
  const enc = encRt & 0xffff
  gicValue = sreValue(enc)
  if (gicValue) return true
  store<u32>(MACH_BASE + MACH_IO_FAULT, 0)
  store<u32>(MACH_BASE + MACH_IO_HI, 0)
  const low = sysregRead(load<u32>(cpu + CPU_INDEX), enc)
  gicValue = <u64>low | ((<u64>load<u32>(MACH_BASE + MACH_IO_HI)) << 32)
  return answered(cpu)
}

/** Writes an ICC_* or ICH_* register. @returns false if an exception was raised. */
export function gicWrite(cpu: usize, encRt: u32, value: u64): bool {
  if (refused(cpu, encRt, DIRECTION_WRITE)) return false
  const enc = encRt & 0xffff
  if (sreValue(enc)) return true
  store<u32>(MACH_BASE + MACH_IO_FAULT, 0)
  sysregWrite(load<u32>(cpu + CPU_INDEX), enc, <u32>value, <u32>(value >> 32))
  if (enc == encoding(3, 4, 12, 11, 0)) store<u64>(cpu + SYS_ICH_HCR_EL2, value)
  requestAttention(cpu)
  return answered(cpu)
}

/** UNDEFINED if the host knows no such register. */
function answered(cpu: usize): bool {
  if (!load<u32>(MACH_BASE + MACH_IO_FAULT)) return true
  undefinedInstruction(cpu)
  return false
}
