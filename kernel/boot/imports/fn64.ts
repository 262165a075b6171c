/**
 * Calls through 64-bit pointers under AAPCS64, which is UEFI's calling convention on AArch64 (UEFI 2.10, section 2.3.6);
 * see docs/compiler.md.
 */

export declare function call1(pointer: u64, a: u64): u64
export declare function call2(pointer: u64, a: u64, b: u64): u64
export declare function call3(pointer: u64, a: u64, b: u64, c: u64): u64
export declare function call4(pointer: u64, a: u64, b: u64, c: u64, d: u64): u64
export declare function call5(pointer: u64, a: u64, b: u64, c: u64, d: u64, e: u64): u64
