/**
 * Small accessors to the vCPU structure and the machine block that every part of the core shares.
 */
import {
  CPU_ATTENTION,
  CPU_BASE,
  CPU_CF,
  CPU_EXCL_SIZE,
  CPU_NF,
  CPU_STRIDE,
  CPU_VF,
  CPU_X,
  CPU_ZF,
  MACH_BASE,
  MACH_COUNT_END,
  MACH_CPUS,
  MACH_EXIT,
  MACH_LEFT,
  SLOT_SINK,
  SLOT_SP,
  SLOT_ZERO,
} from './layout'

/** Address of vCPU `index`. */
export function cpuAt(index: u32): usize {
  return CPU_BASE + index * CPU_STRIDE
}

export function cpuCount(): u32 {
  return load<u32>(MACH_BASE + MACH_CPUS)
}

/** Instructions retired so far by all vCPUs, the one being executed included. */
export function count(): u64 {
  return load<u64>(MACH_BASE + MACH_COUNT_END) - <u64>load<u32>(MACH_BASE + MACH_LEFT)
}

/** Ends the running slice after this instruction. The first reason given stands. */
export function requestExit(reason: u32): void {
  if (!load<u32>(MACH_BASE + MACH_EXIT)) store<u32>(MACH_BASE + MACH_EXIT, reason)
}

/** Makes the interpreter look at interrupts and changed state before the next instruction. */
export function requestAttention(cpu: usize): void {
  store<u32>(cpu + CPU_ATTENTION, 1)
}

/** Xn, with 31 reading as zero. */
export function getX(cpu: usize, n: u32): u64 {
  return load<u64>(cpu + CPU_X + ((n == 31 ? SLOT_ZERO : n) << 3))
}

/** Xn, with 31 being the current stack pointer. */
export function getXSP(cpu: usize, n: u32): u64 {
  return load<u64>(cpu + CPU_X + (n << 3))
}

/** Writes Xn; a write to 31 goes nowhere. */
export function setX(cpu: usize, n: u32, value: u64): void {
  store<u64>(cpu + CPU_X + ((n == 31 ? SLOT_SINK : n) << 3), value)
}

/** Writes Xn, with 31 being the current stack pointer. */
export function setXSP(cpu: usize, n: u32, value: u64): void {
  store<u64>(cpu + CPU_X + (n << 3), value)
}

/** PSTATE.NZCV in bits 3:0. */
export function getNZCV(cpu: usize): u32 {
  return (
    ((<u32>(load<u64>(cpu + CPU_NF) >>> 63)) << 3) |
    (u32(load<u64>(cpu + CPU_ZF) == 0) << 2) |
    (load<u32>(cpu + CPU_CF) << 1) |
    load<u32>(cpu + CPU_VF)
  )
}

/** Sets PSTATE.NZCV from bits 3:0. */
export function setNZCV(cpu: usize, nzcv: u32): void {
  store<u64>(cpu + CPU_NF, (<u64>(nzcv >> 3)) << 63)
  store<u64>(cpu + CPU_ZF, <u64>(~nzcv & 4))
  store<u32>(cpu + CPU_CF, (nzcv >> 1) & 1)
  store<u32>(cpu + CPU_VF, nzcv & 1)
}

/** Whether a condition code (0 to 15) holds. Arm ARM C1.2.4. */
export function conditionHolds(cpu: usize, cond: u32): bool {
  let holds: bool
  switch (cond >> 1) {
    case 0:
      holds = load<u64>(cpu + CPU_ZF) == 0
      break
    case 1:
      holds = load<u32>(cpu + CPU_CF) != 0
      break
    case 2:
      holds = load<i64>(cpu + CPU_NF) < 0
      break
    case 3:
      holds = load<u32>(cpu + CPU_VF) != 0
      break
    case 4:
      holds = load<u32>(cpu + CPU_CF) != 0 && load<u64>(cpu + CPU_ZF) != 0
      break
    case 5:
      holds = <u32>(load<u64>(cpu + CPU_NF) >>> 63) == load<u32>(cpu + CPU_VF)
      break
    case 6:
      holds =
        load<u64>(cpu + CPU_ZF) != 0 &&
        <u32>(load<u64>(cpu + CPU_NF) >>> 63) == load<u32>(cpu + CPU_VF)
      break
    default:
      return true
  }
  return holds != ((cond & 1) != 0)
}

/** Opens the exclusive monitor. */
export function clearMonitor(cpu: usize): void {
  store<u32>(cpu + CPU_EXCL_SIZE, 0)
}

/** Current value of the stack pointer. */
export function getSP(cpu: usize): u64 {
  return load<u64>(cpu + CPU_X + (SLOT_SP << 3))
}
