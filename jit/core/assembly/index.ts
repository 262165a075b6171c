/**
 * The core's exports: what a host calls. Guest registers and machine state it reads and writes in memory (layout.ts).
 */
import { initBitmasks } from './bitmask'
import { setModel } from './classify'
import { resetCpu } from './idregs'
import { initCrc } from './int'
import { wfiWakes } from './interrupts'
import {
  CPU_INDEX,
  CPU_MMU,
  CPU_WAIT,
  MACH_BASE,
  MACH_CPUS,
  NULL_TLB,
  TLB_ENTRIES,
  TLB_ENTRY,
  TLB_INVALID_BYTE,
  WAIT_NONE,
  WAIT_OFF,
  WAIT_WFI,
} from './layout'
import { translate, xlatPa } from './mmu'
import { dropAllRecords } from './records'
import { derive, forgetAsids } from './regime'
import { clearMonitor, cpuAt, cpuCount } from './state'
import { tlbFlushAll } from './tlb'

export { rowAvailable } from './classify'
export {
  executeVector,
  floatBinary,
  floatCompared,
  floatConvert,
  floatMulAdd,
  floatRound,
  floatSqrt,
  floatToInteger,
  integerToFloat,
} from './fp/for-translated'
export { decodeRow } from './generated/decode'
export { recordPage } from './records'
export { run } from './run'
export { signalEvent } from './system'
export { nextTimerEvent, timersDue } from './timer'
export { memoryWritten, resolveRead, resolveWrite } from './tlb'
export { conditionOf, findEntry, interpretOne, markTranslated } from './translated'

/** Prepares tables and TLBs for `cpus` vCPUs of `model` (MODEL_*). MACH_* options are set by the host before. */
export function init(cpus: u32, model: u32): void {
  store<u32>(MACH_BASE + MACH_CPUS, cpus)
  initBitmasks()
  initCrc()
  setModel(model)
  memory.fill(NULL_TLB, TLB_INVALID_BYTE, TLB_ENTRIES * TLB_ENTRY)
  for (let i: u32 = 0; i < cpus; i++) {
    const cpu = cpuAt(i)
    store<u32>(cpu + CPU_INDEX, i)
    store<u32>(cpu + CPU_WAIT, WAIT_OFF)
    tlbFlushAll(cpu)
  }
}

/** Architectural reset of a vCPU, which then runs at `el` from `pc`. */
export function reset(index: u32, model: u32, el: u32, pc: u64): void {
  const cpu = cpuAt(index)
  resetCpu(cpu, model, el, pc)
  store<u32>(cpu + CPU_INDEX, index)
  store<u32>(cpu + CPU_WAIT, WAIT_NONE)
  flush(index)
}

/** Empties a vCPU's TLBs and derives its state anew: after a restore, and in a machine that was saved. */
export function flush(index: u32): void {
  const cpu = cpuAt(index)
  forgetAsids(cpu)
  tlbFlushAll(cpu)
  derive(cpu)
}

/** Empties all TLBs and predecoded code: the memory map changed. */
export function flushAll(): void {
  dropAllRecords()
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) tlbFlushAll(cpuAt(i))
}

/** Opens the monitors of all vCPUs but `except`: those lose the marked location to another observer's turn. */
export function openMonitors(except: u32): void {
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) if (i != except) clearMonitor(cpuAt(i))
}

/** Whether a waiting vCPU has an interrupt to wake for; if so it runs again. */
export function wake(index: u32): u32 {
  const cpu = cpuAt(index)
  const waiting = load<u32>(cpu + CPU_WAIT)
  if (waiting == WAIT_NONE) return 1
  if (waiting == WAIT_OFF || !wfiWakes(cpu)) return 0
  store<u32>(cpu + CPU_WAIT, WAIT_NONE)
  return 1
}

/** Ends a WFE for no stated reason, which the architecture allows at any time; a WFI goes on. */
export function nudge(index: u32): void {
  const cpu = cpuAt(index)
  if (load<u32>(cpu + CPU_WAIT) > WAIT_WFI && load<u32>(cpu + CPU_WAIT) != WAIT_OFF) {
    store<u32>(cpu + CPU_WAIT, WAIT_NONE)
  }
}

/**
 * Physical address of `va` as the vCPU would read it now, for a debugger; all ones if it is not mapped. No register and
 * no flag changes.
 */
export function debugTranslate(index: u32, va: u64): u64 {
  const cpu = cpuAt(index)
  return translate(cpu, va, 0, load<u32>(cpu + CPU_MMU)) ? xlatPa : ~(<u64>0)
}
