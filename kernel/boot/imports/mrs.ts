/**
 * System registers, each read by one instruction; see docs/compiler.md.
 */

export declare function ctr_el0(): u64
