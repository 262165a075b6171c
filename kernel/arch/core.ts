/**
 * State of the core: what runs, the ready queues, the time of the next event. TPIDR_EL1 holds the address, where assembly finds
 * stack and registers of compiled code. Other cores are left parked where firmware has them; all that would be per core stands
 * here already.
 */
import { CORE } from '../param'
import { CORE_CURRENT } from './layout'

/** Ready queues of priorities 0 to 8 (8: the reaper), and a bit for each that is not empty. */
export const READY: usize = CORE + 0x400
export const READY_BITS: usize = CORE + 0x480
export const CURRENT: usize = CORE + CORE_CURRENT
/** The task whose FP and SIMD registers the core holds, or 0. */
export const FP_OWNER: usize = CORE + 0x488
/** Not 0 while FP and SIMD instructions trap. */
export const FP_TRAPS: usize = CORE + 0x48c
/** Ticks at which the next sleep or timer ends, and the slice of the current task; all ones: never. */
export const NEXT_EVENT: usize = CORE + 0x490
export const SLICE_END: usize = CORE + 0x498
/** Ticks at which the current task was chosen. */
export const CHOSEN: usize = CORE + 0x4a0
export const IDLE_TICKS: usize = CORE + 0x4a8
export const SWITCHES: usize = CORE + 0x4b0
export const INTERRUPTS_TAKEN: usize = CORE + 0x4b8
/** Ticks a second. */
export const FREQUENCY: usize = CORE + 0x4c0
/** Ticks at boot, and nanoseconds since 1970 then. */
export const BOOT_TICKS: usize = CORE + 0x4c8
export const BOOT_TIME: usize = CORE + 0x4d0
/** Next process id. */
export const NEXT_PID: usize = CORE + 0x4d8
/** Exception level the kernel was entered at. */
export const BOOT_LEVEL: usize = CORE + 0x4e0
/** The reaper's record. */
export const REAPER: usize = CORE + 0x4e4
/** Shared memory to free: `memory/reaper.ts`. */
export const GRAVEYARD: usize = CORE + 0x4e8

export function current(): usize {
  return load<u32>(CURRENT)
}
