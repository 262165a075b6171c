/** Made by `bun kernel/abi/generate.ts` from kernel/assembly/layout.ts: edit that. */
/** RAM by physical address */
export const DIRECT_MAP: u64 = 0xffff000000000000
/** device registers by physical address */
export const DEVICE_MAP: u64 = 0xffff400000000000
/** first byte of the image */
export const IMAGE_BASE: u64 = 0xffff800000000000
/** first byte of linear memory */
export const LINEAR_BASE: u64 = 0xffff900000000000
/** empty page below the stack */
export const STACK_BASE: u64 = 0xffffa00000000000
/** bytes of the stack */
export const STACK_SIZE: u64 = 0x8000
/** empty page below the stack for crashes */
export const CRASH_STACK_BASE: u64 = 0xffffa00000100000
/** first address no task can have */
export const USER_END: u64 = 0x800000000000
/** pages for translation tables of the kernel */
export const BOOT_TABLES: u64 = 0x30
export const TASK_X0: usize = 0
export const TASK_SP: usize = 248
export const TASK_PC: usize = 256
export const TASK_PSTATE: usize = 264
export const TASK_TPIDR: usize = 272
export const TASK_FP: usize = 288
export const TASK_WORK: usize = 844
export const TASK_SYSCALLS: usize = 1240
export const CORE_CONTEXT: usize = 0
export const CORE_LINEAR: usize = 8
export const CORE_STACK: usize = 16
export const CORE_CRASH_STACK: usize = 24
export const CORE_CRASHED: usize = 32
export const CORE_CRASH: usize = 64
export const CORE_CURRENT: usize = 1156
