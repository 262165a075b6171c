/**
 * Addresses and offsets that assembly, compiled code and the linker must agree on. `kernel/abi/generate.ts` makes
 * `kernel/arch/layout.ts` from them.
 *
 * The upper half (TTBR1, 48 bits), from below:
 *
 *     ffff_0000_0000_0000  all of RAM by physical address, 2 MiB blocks, never executable
 *     ffff_4000_0000_0000  device registers by physical address, 2 MiB blocks mapped when a driver of the kernel needs them
 *     ffff_8000_0000_0000  the image: code (read, execute), constants and archive (read), context (read, write)
 *     ffff_9000_0000_0000  linear memory, read and write; 8 GiB and more on both sides stay empty, so that no index can leave it
 *     ffff_a000_0000_0000  the stack, and one for crashes, each above an empty page
 *
 * The lower half (TTBR0) belongs to the task: page 0 is never mapped.
 */

export interface Address {
  readonly name: string
  readonly value: bigint
  readonly text: string
}

export const addresses: readonly Address[] = [
  { name: 'DIRECT_MAP', value: 0xffff_0000_0000_0000n, text: 'RAM by physical address' },
  {
    name: 'DEVICE_MAP',
    value: 0xffff_4000_0000_0000n,
    text: 'device registers by physical address',
  },
  { name: 'IMAGE_BASE', value: 0xffff_8000_0000_0000n, text: 'first byte of the image' },
  { name: 'LINEAR_BASE', value: 0xffff_9000_0000_0000n, text: 'first byte of linear memory' },
  { name: 'STACK_BASE', value: 0xffff_a000_0000_0000n, text: 'empty page below the stack' },
  { name: 'STACK_SIZE', value: 0x8000n, text: 'bytes of the stack' },
  {
    name: 'CRASH_STACK_BASE',
    value: 0xffff_a000_0010_0000n,
    text: 'empty page below the stack for crashes',
  },
  { name: 'USER_END', value: 0x0000_8000_0000_0000n, text: 'first address no task can have' },
  { name: 'BOOT_TABLES', value: 48n, text: 'pages for translation tables of the kernel' },
]

/** Offsets in the record of a task: where its registers are while it does not run. */
export const task = {
  X0: 0,
  SP: 248,
  PC: 256,
  PSTATE: 264,
  TPIDR: 272,
  FP: 288,
  /** Long work that has to be done before the task runs: 32 bits, not 0. */
  WORK: 844,
  /** System calls it made. */
  SYSCALLS: 1240,
} as const

/** FPCR and FPSR behind V0-V31. */
export const TASK_FP_CONTROL = 512

/** Offset of the state of the core in linear memory, and fields of it that assembly uses. */
export const CORE = 0x20000
export const core = {
  /** Address of the context register's value. */
  CONTEXT: 0,
  LINEAR: 8,
  STACK: 16,
  CRASH_STACK: 24,
  /** Not 0 once the kernel has crashed. */
  CRASHED: 32,
  /** What a crash saves: x0-x30, sp, elr, spsr, esr, far. */
  CRASH: 64,
  /** The task that runs, 32 bits. */
  CURRENT: 0x484,
} as const

export function addressOf(name: string): bigint {
  const found = addresses.find((address) => address.name === name)
  if (!found) throw new Error(`No address is named "${name}"`)
  return found.value
}
