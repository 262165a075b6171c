/**
 * A slice: runs one vCPU for a budget of instructions, taking interrupts and debug events between instructions.
 */
import { illegalState, softwareStep, stepDone } from './exception'
import { interpret } from './generated/interpreter'
import { pollInterrupts } from './interrupts'
import {
  BREAKPOINT_MAX,
  CPU_ATTENTION,
  CPU_EXCL_SIZE,
  CPU_IL,
  CPU_PC,
  CPU_RETIRED,
  CPU_SS,
  CPU_STEP,
  EXIT_BUDGET,
  EXIT_DEBUG,
  EXIT_NONE,
  MACH_BASE,
  MACH_BREAKPOINT_COUNT,
  MACH_BREAKPOINTS,
  MACH_COUNT_END,
  MACH_EXCEPTIONS,
  MACH_EXIT,
  MACH_LEFT,
} from './layout'
import { count, cpuAt } from './state'

/**
 * Executes at most `budget` instructions (1 to 2^31 - 1) of vCPU `index`.
 * @returns why it ended, an EXIT_* of layout.ts.
 */
export function run(index: u32, budget: u32): u32 {
  const cpu = cpuAt(index)
  const start = count()
  const from = load<u64>(cpu + CPU_PC)
  store<u64>(MACH_BASE + MACH_COUNT_END, start + budget)
  store<u32>(MACH_BASE + MACH_LEFT, budget)
  store<u32>(MACH_BASE + MACH_EXIT, EXIT_NONE)
  store<u32>(cpu + CPU_ATTENTION, 1)
  let first = true
  while (true) {
    const asked = load<u32>(MACH_BASE + MACH_EXIT)
    if (asked) return finish(cpu, start, asked)
    if (load<u32>(cpu + CPU_ATTENTION)) {
      store<u32>(cpu + CPU_ATTENTION, 0)
      pollInterrupts(cpu)
    }
    if (!load<u32>(MACH_BASE + MACH_LEFT)) return finish(cpu, start, EXIT_BUDGET)
    if (load<u32>(cpu + CPU_IL)) {
      consumeOne()
      illegalState(cpu)
    } else if (load<u32>(MACH_BASE + MACH_BREAKPOINT_COUNT) || load<u32>(cpu + CPU_STEP)) {
      // A slice that starts on a breakpoint goes past it: that is how a debugger continues. An interrupt taken first
      // leads elsewhere, and may lead to another breakpoint.
      const pc = load<u64>(cpu + CPU_PC)
      if (!(first && pc == from) && atBreakpoint(pc)) return finish(cpu, start, EXIT_DEBUG)
      single(cpu)
    } else {
      interpret(cpu)
    }
    first = false
  }
}

function finish(cpu: usize, start: u64, reason: u32): u32 {
  const end = count()
  store<u64>(MACH_BASE + MACH_COUNT_END, end)
  store<u32>(MACH_BASE + MACH_LEFT, 0)
  store<u64>(cpu + CPU_RETIRED, load<u64>(cpu + CPU_RETIRED) + (end - start))
  store<u32>(MACH_BASE + MACH_EXIT, EXIT_NONE)
  return reason
}

function consumeOne(): void {
  store<u32>(MACH_BASE + MACH_LEFT, load<u32>(MACH_BASE + MACH_LEFT) - 1)
}

/** One instruction; or, if software step is active and its instruction has been executed, the exception due then. */
function single(cpu: usize): void {
  const stepping = load<u32>(cpu + CPU_STEP) != 0
  if (stepping && !load<u32>(cpu + CPU_SS)) {
    softwareStep(cpu)
    return
  }
  const exceptions = load<u32>(MACH_BASE + MACH_EXCEPTIONS)
  const exclusive = stepping && !load<u32>(cpu + CPU_EXCL_SIZE)
  const left = load<u32>(MACH_BASE + MACH_LEFT)
  const end = load<u64>(MACH_BASE + MACH_COUNT_END)
  store<u64>(MACH_BASE + MACH_COUNT_END, end - left + 1)
  store<u32>(MACH_BASE + MACH_LEFT, 1)
  interpret(cpu)
  const used = 1 - load<u32>(MACH_BASE + MACH_LEFT)
  store<u64>(MACH_BASE + MACH_COUNT_END, end)
  store<u32>(MACH_BASE + MACH_LEFT, left - used)
  if (stepping && used && load<u32>(MACH_BASE + MACH_EXCEPTIONS) == exceptions) {
    stepDone(cpu, exclusive && load<u32>(cpu + CPU_EXCL_SIZE) != 0)
  }
}

function atBreakpoint(pc: u64): bool {
  const n = load<u32>(MACH_BASE + MACH_BREAKPOINT_COUNT)
  for (let i: u32 = 0; i < n && i < BREAKPOINT_MAX; i++) {
    if (load<u64>(MACH_BASE + MACH_BREAKPOINTS + (i << 3)) == pc) return true
  }
  return false
}
