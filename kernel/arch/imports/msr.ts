/** System registers that are written: each call becomes one MSR (DDI 0487 D23). */
export declare function cntkctl_el1(value: u64): void
export declare function cntv_ctl_el0(value: u64): void
export declare function cntv_cval_el0(value: u64): void
export declare function cpacr_el1(value: u64): void
export declare function icc_bpr1_el1(value: u64): void
export declare function icc_eoir1_el1(value: u64): void
export declare function icc_igrpen1_el1(value: u64): void
export declare function icc_pmr_el1(value: u64): void
export declare function icc_sre_el1(value: u64): void
export declare function tpidr_el0(value: u64): void
export declare function ttbr0_el1(value: u64): void
