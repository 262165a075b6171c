/** Accesses at absolute 64-bit virtual addresses: each call becomes exactly one load or store, in program order. */
export declare function load8(address: u64): u32
export declare function load32(address: u64): u32
export declare function load64(address: u64): u64
export declare function store8(address: u64, value: u32): void
export declare function store32(address: u64, value: u32): void
export declare function store64(address: u64, value: u64): void
