/** Barriers, hints, cache and TLB maintenance: each call becomes the instruction of its name (DDI 0487 C6). */
export declare function dsb_sy(): void
export declare function dsb_ish(): void
export declare function dsb_ishst(): void
export declare function dmb_sy(): void
export declare function isb(): void
export declare function wfi(): void
export declare function wfe(): void
export declare function tlbi_vmalle1(): void
export declare function tlbi_vale1is(operand: u64): void
export declare function tlbi_aside1is(operand: u64): void
export declare function dc_cvau(address: u64): void
export declare function dc_civac(address: u64): void
export declare function ic_ivau(address: u64): void
