/**
 * The reaper: a task without a program, of a priority above all others, that frees shared memory nobody refers to any more. So
 * whoever drops the last reference need not do that work, and it is done before anything else runs.
 */
import { STATE_READY, STATE_SLEEPING } from '../abi/generated'
import { GRAVEYARD } from '../arch/core'
import { buryShm, SHM_NEXT } from '../memory/shm'
import { makeReady } from './schedule'
import { STATE } from './task'

/** Priority of the reaper. */
export const REAPER_PRIORITY: u32 = 8

export function wakeReaper(reaper: usize): void {
  if (load<u32>(reaper + STATE) == (STATE_SLEEPING as u32)) makeReady(reaper)
}

/** One step of its work; false when nothing is left and it sleeps. */
export function reap(reaper: usize): bool {
  const shm: usize = load<u32>(GRAVEYARD)
  if (!shm) {
    store<u32>(reaper + STATE, STATE_SLEEPING)
    return false
  }
  const next = load<u32>(shm + SHM_NEXT)
  if (buryShm(shm)) store<u32>(GRAVEYARD, next)
  store<u32>(reaper + STATE, STATE_READY)
  return true
}
