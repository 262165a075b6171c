/** System calls: `svc #0` with the number in X8. */
export declare function call(number: u64, a0: u64, a1: u64, a2: u64, a3: u64, a4: u64, a5: u64): u64
