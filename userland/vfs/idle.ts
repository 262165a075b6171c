/**
 * What is written to disks gets there at once, but a volume says that it is in order only after a sync. So a while after
 * the last change everything is synced by itself: a machine that is switched off then comes back with clean volumes.
 */
import { setTimer, uptime } from '../libkenix/time'

/** Notification bit of the timer. */
export const IDLE: i64 = 1
const DELAY_NS: i64 = 2_000_000_000

let armed: bool = false
/** Time of the last change. */
let last: i64 = 0

/** Something was changed. */
export function changed(): void {
  last = uptime()
  if (armed) return
  armed = true
  setTimer(last + DELAY_NS, IDLE)
}

/** The timer went off. @returns whether to sync now; else changes went on, and it is set again */
export function isIdle(): bool {
  const due = last + DELAY_NS
  armed = uptime() < due
  if (armed) setTimer(due, IDLE)
  return !armed
}
