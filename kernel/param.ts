/**
 * Where each table of the kernel lies in its linear memory, how large it is, and the few numbers one may want to turn. There is no
 * heap: what a table cannot hold is an error of the call that asked for it. Offsets are in linear memory; constants and strings of
 * the program lie below `CORE`.
 */
import {
  MAX_DEVICES,
  MAX_ENDPOINTS,
  MAX_HANDLES,
  MAX_MAPPINGS,
  MAX_PIPES,
  MAX_SESSIONS,
  MAX_SHMS,
  MAX_TASKS,
} from './abi/generated'

export const TASK_BYTES: usize = 2048
export const HANDLE_BYTES: usize = 32
export const ENDPOINT_BYTES: usize = 64
export const SESSION_BYTES: usize = 32
export const SHM_BYTES: usize = 64
export const PIPE_BYTES: usize = 64
export const DEVICE_BYTES: usize = 64
export const MAPPING_BYTES: usize = 32

/** State of the core: `arch/core.ts`. Assembly finds it by TPIDR_EL1. */
export const CORE: usize = 0x20000
/** Scratch for names and blocks copied from user memory. */
export const SCRATCH: usize = 0x22000
export const SCRATCH_BYTES: usize = 0x8000
export const LOG: usize = 0x30000
export const LOG_BYTES: u64 = 0x10000
export const ENDPOINTS: usize = 0x40000
export const SESSIONS: usize = ENDPOINTS + (MAX_ENDPOINTS as usize) * ENDPOINT_BYTES
export const SHMS: usize = SESSIONS + (MAX_SESSIONS as usize) * SESSION_BYTES
export const PIPES: usize = SHMS + (MAX_SHMS as usize) * SHM_BYTES
export const DEVICES: usize = PIPES + (MAX_PIPES as usize) * PIPE_BYTES
/** One word an interrupt number: the device that has it, or 0. */
export const INTERRUPTS: usize = DEVICES + (MAX_DEVICES as usize) * DEVICE_BYTES
export const INTERRUPT_COUNT: u32 = 1020
/** Bitmaps of free frames: a bit a frame, a bit a word of those, a bit a word of these. */
export const FRAME_TOP: usize = 0x58000
export const FRAME_MIDDLE: usize = 0x5a000
/** Free pages of the DMA pool. */
export const DMA_MAP: usize = 0x5e000
export const TASKS: usize = 0x60000
export const HANDLES: usize = TASKS + (MAX_TASKS as usize) * TASK_BYTES
export const MAPPINGS: usize =
  HANDLES + (MAX_TASKS as usize) * (MAX_HANDLES as usize) * HANDLE_BYTES
export const FRAME_MAP: usize =
  MAPPINGS + (MAX_TASKS as usize) * (MAX_MAPPINGS as usize) * MAPPING_BYTES
/** Frames the bitmaps can describe: 16 GiB from the lowest address of memory. */
export const MAX_FRAMES: u64 = 1 << 22
export const TABLES_END: usize = FRAME_MAP + ((MAX_FRAMES >> 3) as usize)

/** Pages a step of long work handles before interrupts may come. */
export const STEP_PAGES: u32 = 16
/** Nanoseconds a task may run while others of its priority wait. */
export const SLICE_NS: u64 = 10_000_000
/** Frames never promised to tasks: page tables of the kernel's own needs. */
export const RESERVED_FRAMES: u64 = 64
/** DMA pool: at most this many pages. */
export const DMA_PAGES: u32 = 2048
/** Largest shared memory. */
export const MAX_SHM_PAGES: u64 = 16384
/** Default stack and the most that can be asked for. */
export const STACK_BYTES: u64 = 0x40000
export const MAX_STACK_BYTES: u64 = 0x800000
