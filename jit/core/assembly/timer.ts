/**
 * The generic timers (Arm ARM D11, "The Generic Timer in AArch64 state"): physical, virtual, EL2 physical and EL2
 * virtual, and the event stream that wakes a vCPU from WFE. Guest time is a function of the instruction count and of
 * MACH_TIME_*, so the counters stand still while an instruction executes, and differ between two.
 *
 * Who may access which register is decided in sysreg-traps.ts.
 */
import { timerLine } from './host'
import {
  CPU_EVENT,
  CPU_INDEX,
  CPU_WAIT,
  EXIT_PLAN,
  MACH_BASE,
  MACH_CNTFRQ,
  MACH_TIME_BASE,
  MACH_TIME_COUNT,
  MACH_TIME_RATE,
  WAIT_NONE,
  WAIT_WFE,
} from './layout'
import { count, cpuAt, cpuCount, requestExit } from './state'
import {
  SYS_CNTHCTL_EL2,
  SYS_CNTKCTL_EL1,
  SYS_CNTP_CTL_EL0,
  SYS_CNTP_CVAL_EL0,
  SYS_CNTVOFF_EL2,
  SYS_EVENT_STAMP,
  SYS_TIMER_LEVELS,
} from './sysstate'

/** The timers, as `timerLine` numbers them. */
export const TIMER_PHYSICAL: u32 = 0
export const TIMER_VIRTUAL: u32 = 1
export const TIMER_HYP_PHYSICAL: u32 = 2
export const TIMER_HYP_VIRTUAL: u32 = 3
const TIMERS: u32 = 4

const CTL_ENABLE: u64 = 1
const CTL_IMASK: u64 = 2
const CTL_ISTATUS: u64 = 4

const EVNTEN: u64 = 1 << 2
const NEVER: u64 = u64.MAX_VALUE

/** The frequency that the fraction below belongs to. A counter tick is den / num nanoseconds. */
let frequency: u32 = 0
let num: u64 = 1
let den: u64 = 16
/** log2(den) if a tick is a whole power of two nanoseconds, else -1. */
let shift: i32 = 4

function reduceFrequency(hz: u32): void {
  frequency = hz
  let a: u64 = hz ? hz : 1
  let b: u64 = 1_000_000_000
  const hertz = a
  while (b) {
    const rest = a % b
    a = b
    b = rest
  }
  num = hertz / a
  den = 1_000_000_000 / a
  shift = num == 1 && popcnt(den) == 1 ? <i32>ctz(den) : -1
}

/** Guest time in nanoseconds, exact at the current instruction. */
export function guestTimeNs(): u64 {
  const rate = load<u64>(MACH_BASE + MACH_TIME_RATE)
  const passed = count() - load<u64>(MACH_BASE + MACH_TIME_COUNT)
  // passed * rate >> 32 without losing the high bits of the product.
  const fraction = rate & 0xffff_ffff
  return (
    load<u64>(MACH_BASE + MACH_TIME_BASE) +
    passed * (rate >> 32) +
    (passed >> 32) * fraction +
    (((passed & 0xffff_ffff) * fraction) >> 32)
  )
}

/** CNTPCT_EL0: the physical count. */
export function physicalCount(): u64 {
  const hz = load<u32>(MACH_BASE + MACH_CNTFRQ)
  if (hz != frequency) reduceFrequency(hz)
  const ns = guestTimeNs()
  return shift >= 0 ? ns >> shift : (ns / den) * num + ((ns % den) * num) / den
}

/** The guest time in nanoseconds at which the physical count becomes `ticks`, NEVER if beyond 2^63. */
function timeOfCount(ticks: u64): u64 {
  if (ticks / num > ((<u64>1) << 63) / den) return NEVER
  return (ticks / num) * den + ((ticks % num) * den + num - 1) / num
}

/** What is subtracted from the physical count for `timer`'s view. */
function offsetOf(cpu: usize, timer: u32): u64 {
  return timer == TIMER_VIRTUAL ? load<u64>(cpu + SYS_CNTVOFF_EL2) : 0
}

function compareValue(cpu: usize, timer: u32): u64 {
  return load<u64>(cpu + SYS_CNTP_CVAL_EL0 + (timer << 3))
}

function control(cpu: usize, timer: u32): u64 {
  return load<u64>(cpu + SYS_CNTP_CTL_EL0 + (timer << 3))
}

/** CNTx_CTL, with ISTATUS. */
export function readTimerControl(cpu: usize, timer: u32): u64 {
  const ctl = control(cpu, timer)
  if (!(ctl & CTL_ENABLE)) return ctl
  const met = physicalCount() - offsetOf(cpu, timer) >= compareValue(cpu, timer)
  return met ? ctl | CTL_ISTATUS : ctl
}

/** CNTx_CVAL. */
export function readTimerCompare(cpu: usize, timer: u32): u64 {
  return compareValue(cpu, timer)
}

/** The timer that a CNTP_*, CNTV_*, CNTHP_* or CNTHV_* encoding belongs to. */
export function timerOf(enc: u32): u32 {
  const hyp = ((enc >> 11) & 7) == 4
  const virtual = ((enc >> 3) & 15) == 3
  if (hyp) return virtual ? TIMER_HYP_VIRTUAL : TIMER_HYP_PHYSICAL
  return virtual ? TIMER_VIRTUAL : TIMER_PHYSICAL
}

/** CNTx_TVAL: what is left, as a signed 32-bit number. */
export function readTimerValue(cpu: usize, timer: u32): u64 {
  return (compareValue(cpu, timer) - (physicalCount() - offsetOf(cpu, timer))) & 0xffff_ffff
}

export function writeTimerControl(cpu: usize, timer: u32, value: u64): void {
  store<u64>(cpu + SYS_CNTP_CTL_EL0 + (timer << 3), value & (CTL_ENABLE | CTL_IMASK))
  changed(cpu)
}

export function writeTimerCompare(cpu: usize, timer: u32, value: u64): void {
  store<u64>(cpu + SYS_CNTP_CVAL_EL0 + (timer << 3), value)
  changed(cpu)
}

export function writeTimerValue(cpu: usize, timer: u32, value: u64): void {
  const now = physicalCount() - offsetOf(cpu, timer)
  writeTimerCompare(cpu, timer, now + <u64>(<i64>(<i32>value)))
}

/** After a write to CNTVOFF_EL2, CNTKCTL_EL1 or CNTHCTL_EL2. */
export function timersChanged(cpu: usize): void {
  changed(cpu)
}

function changed(cpu: usize): void {
  updateTimers(cpu)
  requestExit(EXIT_PLAN)
}

/** Recomputes the outputs of a vCPU's timers and tells the host of those that changed. */
export function updateTimers(cpu: usize): void {
  const old = load<u32>(cpu + SYS_TIMER_LEVELS)
  let levels: u32 = 0
  for (let timer: u32 = 0; timer < TIMERS; timer++) {
    const ctl = readTimerControl(cpu, timer)
    if ((ctl & (CTL_ENABLE | CTL_IMASK | CTL_ISTATUS)) == (CTL_ENABLE | CTL_ISTATUS)) {
      levels |= 1 << timer
    }
  }
  if (levels == old) return
  store<u32>(cpu + SYS_TIMER_LEVELS, levels)
  for (let timer: u32 = 0; timer < TIMERS; timer++) {
    if (((levels ^ old) >> timer) & 1) {
      timerLine(load<u32>(cpu + CPU_INDEX), timer, (levels >> timer) & 1)
    }
  }
}

/** Updates the outputs of all timers, and ends waits for an event that the event stream ends. Before every slice. */
export function timersDue(): void {
  const cpus = cpuCount()
  for (let i: u32 = 0; i < cpus; i++) {
    const cpu = cpuAt(i)
    updateTimers(cpu)
    const stamp = eventNumber(cpu)
    if (stamp == load<u64>(cpu + SYS_EVENT_STAMP)) continue
    store<u64>(cpu + SYS_EVENT_STAMP, stamp)
    if (load<u32>(cpu + CPU_WAIT) == WAIT_WFE) store<u32>(cpu + CPU_WAIT, WAIT_NONE)
    else store<u32>(cpu + CPU_EVENT, 1)
  }
}

/** The earliest guest time in ns at which the output of any timer will rise or an awaited event come; u64 max if none. */
export function nextTimerEvent(): u64 {
  let next = NEVER
  const cpus = cpuCount()
  const now = physicalCount()
  for (let i: u32 = 0; i < cpus; i++) {
    const cpu = cpuAt(i)
    for (let timer: u32 = 0; timer < TIMERS; timer++) {
      if ((control(cpu, timer) & (CTL_ENABLE | CTL_IMASK)) != CTL_ENABLE) continue
      const view = now - offsetOf(cpu, timer)
      const compare = compareValue(cpu, timer)
      if (view < compare) next = min<u64>(next, timeAfter(now, compare - view))
    }
    if (load<u32>(cpu + CPU_WAIT) == WAIT_WFE) next = min<u64>(next, nextStreamEvent(cpu, now))
  }
  return next
}

function timeAfter(now: u64, ticks: u64): u64 {
  const at = now + ticks
  return at < now ? NEVER : timeOfCount(at)
}

// ---- event stream --------------------------------------------------------------------------------------------------
// A transition of bit EVNTI of the virtual count (CNTKCTL_EL1) or of the physical count (CNTHCTL_EL2) is an event.

/** Events of both streams so far, as a number that changes with each. */
function eventNumber(cpu: usize): u64 {
  const kernel = load<u64>(cpu + SYS_CNTKCTL_EL1)
  const hyp = load<u64>(cpu + SYS_CNTHCTL_EL2)
  if (!((kernel | hyp) & EVNTEN)) return load<u64>(cpu + SYS_EVENT_STAMP)
  const now = physicalCount()
  let events: u64 = 0
  if (kernel & EVNTEN) events += transitions(kernel, now - load<u64>(cpu + SYS_CNTVOFF_EL2))
  if (hyp & EVNTEN) events += transitions(hyp, now)
  return events
}

/** How often the selected bit made the selected transition (EVNTDIR: 0 rising, 1 falling) until `view`. */
function transitions(ctl: u64, view: u64): u64 {
  const bit = (ctl >> 4) & 15
  return (view + phase(ctl, bit)) >> (bit + 1)
}

function phase(ctl: u64, bit: u64): u64 {
  return ctl & 8 ? 0 : (<u64>1) << bit
}

function nextStreamEvent(cpu: usize, now: u64): u64 {
  let next = NEVER
  const kernel = load<u64>(cpu + SYS_CNTKCTL_EL1)
  const hyp = load<u64>(cpu + SYS_CNTHCTL_EL2)
  if (kernel & EVNTEN) {
    next = timeAfter(now, untilTransition(kernel, now - load<u64>(cpu + SYS_CNTVOFF_EL2)))
  }
  if (hyp & EVNTEN) next = min<u64>(next, timeAfter(now, untilTransition(hyp, now)))
  return next
}

function untilTransition(ctl: u64, view: u64): u64 {
  const bit = (ctl >> 4) & 15
  const period = (<u64>2) << bit
  return period - ((view + phase(ctl, bit)) & (period - 1))
}
