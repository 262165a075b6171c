/**
 * The generic timer's EL1 virtual timer (DDI 0487 D11): it works at EL1 under a hypervisor and without one. One deadline is armed,
 * the nearest of all sleeps, timers and the end of the slice; without any it is off, so an idle machine sleeps. Deadlines are
 * absolute counter values, so nothing drifts.
 */

import { SLICE_NS } from '../param'
import { BOOT_TICKS, FREQUENCY, NEXT_EVENT, SLICE_END } from './core'
import { cntvct_el0 } from './imports/mrs'
import { cntv_ctl_el0, cntv_cval_el0 } from './imports/msr'
import { isb } from './imports/sys'

const NS_PER_SECOND: u64 = 1_000_000_000
const ENABLE: u64 = 1

/** Ticks of the counter. */
export function now(): u64 {
  return cntvct_el0()
}

/** Ticks to nanoseconds, without overflow for any time a machine runs. */
export function toNanoseconds(ticks: u64): u64 {
  const frequency = load<u64>(FREQUENCY)
  return (ticks / frequency) * NS_PER_SECOND + ((ticks % frequency) * NS_PER_SECOND) / frequency
}

/** Nanoseconds to ticks, rounded up; what does not fit is never. */
export function toTicks(ns: u64): u64 {
  const frequency = load<u64>(FREQUENCY)
  const seconds = ns / NS_PER_SECOND
  if (seconds > ~(0 as u64) / frequency - 1) return ~(0 as u64)
  const rest = (ns % NS_PER_SECOND) * frequency + NS_PER_SECOND - 1
  return seconds * frequency + rest / NS_PER_SECOND
}

/** Nanoseconds since boot. */
export function uptime(): u64 {
  return toNanoseconds(now() - load<u64>(BOOT_TICKS))
}

/** The counter at a time since boot. */
export function ticksAt(ns: u64): u64 {
  const ticks = toTicks(ns)
  const at = load<u64>(BOOT_TICKS) + ticks
  return at < ticks ? ~(0 as u64) : at
}

export function sliceTicks(): u64 {
  return toTicks(SLICE_NS)
}

/** Arms the timer for the nearest deadline. */
export function armTimer(): void {
  const event = load<u64>(NEXT_EVENT)
  const slice = load<u64>(SLICE_END)
  const deadline = event < slice ? event : slice
  if (deadline == ~(0 as u64)) cntv_ctl_el0(0)
  else {
    cntv_cval_el0(deadline)
    cntv_ctl_el0(ENABLE)
  }
  isb()
}
