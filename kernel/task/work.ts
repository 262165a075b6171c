/**
 * Long work: what takes more than a few thousand instructions is done in steps, with interrupts taken between them. The state of it
 * stands in the record (`W0` to `W7`), so others may run in between; a step runs with the address space of its task. A
 * system call that becomes work answers when the work is done.
 */

import { SLICE_END } from '../arch/core'
import { interrupt_window } from '../arch/imports/asm'
import { now } from '../arch/timer'
import { stepLease } from '../ipc/lease'
import { stepRead, stepWrite } from '../ipc/stream'
import { stepRevoke, stepZero } from '../memory/share'
import { stepProtect, stepUnmap } from '../memory/space'
import { stepEnd } from './end'
import { reap } from './reaper'
import { endSlice, preempt } from './schedule'
import { stepSpawn } from './spawn'
import { WORK } from './task'

export const NO_WORK: u32 = 0
export const READ_WORK: u32 = 1
export const WRITE_WORK: u32 = 2
export const LEASE_WORK: u32 = 3
export const SPAWN_WORK: u32 = 4
export const UNMAP_WORK: u32 = 5
export const PROTECT_WORK: u32 = 6
export const REVOKE_WORK: u32 = 7
export const ZERO_WORK: u32 = 8
export const END_WORK: u32 = 9
export const REAP_WORK: u32 = 10

/** What a step says: the work is done, there is more, or the task waits or is gone. */
export const DONE: u32 = 0
export const MORE: u32 = 1
export const AWAY: u32 = 2

function step(task: usize): u32 {
  switch (load<u32>(task + WORK)) {
    case READ_WORK:
      return stepRead(task)
    case WRITE_WORK:
      return stepWrite(task)
    case LEASE_WORK:
      return stepLease(task)
    case SPAWN_WORK:
      return stepSpawn(task)
    case UNMAP_WORK:
      return stepUnmap(task)
    case PROTECT_WORK:
      return stepProtect(task)
    case REVOKE_WORK:
      return stepRevoke(task)
    case ZERO_WORK:
      return stepZero(task)
    case END_WORK:
      return stepEnd(task)
    default:
      return reap(task) ? MORE : AWAY
  }
}

/** Does one step of the current task's work; returns who runs next, 0 for whoever is ready. */
export function continueWork(task: usize): usize {
  const result = step(task)
  if (result == AWAY) return 0
  if (result == DONE) {
    store<u32>(task + WORK, NO_WORK)
    return preempt(task)
  }
  interrupt_window()
  return now() >= load<u64>(SLICE_END) ? endSlice(task) : preempt(task)
}

/** Begins work for a system call: the first step is done at once. */
export function startWork(task: usize, work: u32): usize {
  store<u32>(task + WORK, work)
  return continueWork(task)
}
