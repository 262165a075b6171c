/**
 * What the core asks of its host. asc names an import's module after the file: all of these are `host.*`.
 *
 * `cpu` is the vCPU's number. 64-bit values travel as low half + MACH_IO_HI, since a BigInt at this border is dear. A
 * failed access sets MACH_IO_FAULT. Guest time, counts and state are in memory, up to date, while a host function runs.
 */

/** Loads `size` (1, 2, 4, 8) bytes from a physical address that is no memory. Returns the low half. */
export declare function mmioRead(cpu: u32, paLo: u32, paHi: u32, size: u32): u32
/** Stores `size` bytes; for fewer than 4 the value is in the low bits of `lo`. */
export declare function mmioWrite(cpu: u32, paLo: u32, paHi: u32, size: u32, lo: u32, hi: u32): void
/** Reads a system register the core does not own (ICC_*, ICH_*). `enc` = op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2. */
export declare function sysregRead(cpu: u32, enc: u32): u32
export declare function sysregWrite(cpu: u32, enc: u32, lo: u32, hi: u32): void
/** HVC (kind 0), SMC (1) or HLT #0xf000 (2). Returns 1 if the host served it; x0.. hold the results then. */
export declare function call(cpu: u32, kind: u32): u32
/** The output of a generic timer changed: TIMER_* of timer.ts, level 0 or 1. */
export declare function timerLine(cpu: u32, timer: u32, level: u32): void
/** A branch target became hot: its record and record page. Called between two instructions, state in memory. */
export declare function hot(cpu: u32, rec: u32, page: u32): void
/** Words at a linear address changed that were translated: their functions must not be entered any more. */
export declare function codeChanged(linear: u32, bytes: u32): void
