/**
 * Barriers and cache maintenance, each one instruction; see docs/compiler.md.
 */

export declare function dsb_sy(): void
export declare function isb(): void
export declare function dc_civac(address: u64): void
