/** System registers that are read: each call becomes one MRS (DDI 0487 D23). */
export declare function cntfrq_el0(): u64
export declare function cntvct_el0(): u64
export declare function ctr_el0(): u64
export declare function currentel(): u64
export declare function elr_el1(): u64
export declare function esr_el1(): u64
export declare function far_el1(): u64
export declare function icc_iar1_el1(): u64
export declare function icc_sre_el1(): u64
export declare function id_aa64mmfr0_el1(): u64
export declare function id_aa64pfr0_el1(): u64
export declare function isr_el1(): u64
export declare function midr_el1(): u64
export declare function mpidr_el1(): u64
export declare function tpidr_el0(): u64
