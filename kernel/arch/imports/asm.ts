/** Routines in assembly (kernel/assembly), called as AAPCS64 has it. */

/**
 * Copies from user memory with the rights of EL0.
 *
 * @returns bytes left when an address faulted, 0 if all were copied
 */
export declare function copy_in(to: u64, from: u64, length: u64): u64

/** As `copy_in`, to user memory. */
export declare function copy_out(to: u64, from: u64, length: u64): u64

/** Copies `length` bytes between kernel addresses that do not overlap. */
export declare function copy(to: u64, from: u64, length: u64): void

/** Fills a page with zeros. */
export declare function zero_page(address: u64): void

/** Takes the interrupts that are pending, then goes on. */
export declare function interrupt_window(): void

/** Waits for an interrupt and takes it. */
export declare function wait_for_interrupt(): void

/** Writes V0-V31, FPCR and FPSR to `address`, a multiple of 16. */
export declare function save_fp(address: u64): void

/** Reads what `save_fp` wrote. */
export declare function restore_fp(address: u64): void

/** Calls PSCI, by HVC if `hvc` is not 0, else by SMC. */
export declare function psci(nr: u64, a: u64, b: u64, c: u64, hvc: u64): u64

/** Loads the word at a kernel address that may fault: `word` if it does. */
export declare function probe(address: u64, word: u64): u64
