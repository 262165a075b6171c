/** Clocks, sleep, the timer. All times are nanoseconds. */
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_TASK,
  SYS_CLOCK,
  SYS_NANOSLEEP,
  SYS_TIMER_SET,
  SYS_YIELD,
} from './generated/abi'
import { syscall } from './syscall'

/** Time since boot. */
export function uptime(): i64 {
  return syscall(SYS_CLOCK, CLOCK_MONOTONIC)
}

/** Time since 1970-01-01 00:00:00 UTC; since boot when the machine has no clock. */
export function now(): i64 {
  return syscall(SYS_CLOCK, CLOCK_REALTIME)
}

/** Processor time of this task. */
export function processorTime(): i64 {
  return syscall(SYS_CLOCK, CLOCK_TASK)
}

export function sleep(nanoseconds: i64): void {
  syscall(SYS_NANOSLEEP, nanoseconds)
}

/** Lets other tasks run. */
export function yieldNow(): void {
  syscall(SYS_YIELD)
}

/** Sets notification bits of this task once, at `deadline` since boot; 0 cancels. There is one timer a task. */
export function setTimer(deadline: i64, bits: i64): void {
  syscall(SYS_TIMER_SET, deadline, bits)
}
