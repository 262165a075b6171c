/**
 * Where a vCPU keeps its system registers: byte offsets in its structure, all u64, between CPU_SYS and CPU_SYS_END.
 *
 * The host may read and write these as it does the fields of layout.ts; after writing one that `derive()` depends on, it
 * must call that. Registers with side effects are listed in sysreg-table.ts with the handler that has them.
 */

/** SP_EL0, the banked copy while it is not the current stack pointer. SYS_SP_EL0 + 8 * EL is the bank of an EL. */
export const SYS_SP_EL0 = 0x400
export const SYS_SP_EL1 = 0x408
export const SYS_SP_EL2 = 0x410
export const SYS_ELR_EL1 = 0x418
export const SYS_ELR_EL2 = 0x420
export const SYS_SPSR_EL1 = 0x428
export const SYS_SPSR_EL2 = 0x430
export const SYS_ESR_EL1 = 0x438
export const SYS_ESR_EL2 = 0x440
export const SYS_FAR_EL1 = 0x448
export const SYS_FAR_EL2 = 0x450
export const SYS_HPFAR_EL2 = 0x458
export const SYS_SCTLR_EL1 = 0x460
export const SYS_SCTLR_EL2 = 0x468
export const SYS_CPACR_EL1 = 0x470
export const SYS_CPTR_EL2 = 0x478
export const SYS_HCR_EL2 = 0x480
export const SYS_MDCR_EL2 = 0x488
export const SYS_TTBR0_EL1 = 0x490
export const SYS_TTBR1_EL1 = 0x498
export const SYS_TTBR0_EL2 = 0x4a0
export const SYS_TTBR1_EL2 = 0x4a8
export const SYS_TCR_EL1 = 0x4b0
export const SYS_TCR_EL2 = 0x4b8
export const SYS_VTTBR_EL2 = 0x4c0
export const SYS_VTCR_EL2 = 0x4c8
export const SYS_MAIR_EL1 = 0x4d0
export const SYS_MAIR_EL2 = 0x4d8
export const SYS_VBAR_EL1 = 0x4e0
export const SYS_VBAR_EL2 = 0x4e8
export const SYS_CONTEXTIDR_EL1 = 0x4f0
export const SYS_CONTEXTIDR_EL2 = 0x4f8
export const SYS_TPIDR_EL0 = 0x500
export const SYS_TPIDRRO_EL0 = 0x508
export const SYS_TPIDR_EL1 = 0x510
export const SYS_TPIDR_EL2 = 0x518
export const SYS_PAR_EL1 = 0x520
export const SYS_CSSELR_EL1 = 0x528
export const SYS_VPIDR_EL2 = 0x530
export const SYS_VMPIDR_EL2 = 0x538
export const SYS_MIDR_EL1 = 0x540
export const SYS_MPIDR_EL1 = 0x548
export const SYS_VSESR_EL2 = 0x550
export const SYS_DISR_EL1 = 0x558
export const SYS_VDISR_EL2 = 0x560
/** IMPLEMENTATION DEFINED base of the peripherals; a board may set it after reset. */
export const SYS_CBAR_EL1 = 0x568
export const SYS_CNTFRQ_EL0 = 0x570
export const SYS_CNTKCTL_EL1 = 0x578
export const SYS_CNTHCTL_EL2 = 0x580
export const SYS_CNTVOFF_EL2 = 0x588
/** CNTP, CNTV, CNTHP, CNTHV: compare values in the order of TIMER_*, then their controls. */
export const SYS_CNTP_CVAL_EL0 = 0x590
export const SYS_CNTV_CVAL_EL0 = 0x598
export const SYS_CNTHP_CVAL_EL2 = 0x5a0
export const SYS_CNTHV_CVAL_EL2 = 0x5a8
export const SYS_CNTP_CTL_EL0 = 0x5b0
export const SYS_CNTV_CTL_EL0 = 0x5b8
export const SYS_CNTHP_CTL_EL2 = 0x5c0
export const SYS_CNTHV_CTL_EL2 = 0x5c8
export const SYS_MDSCR_EL1 = 0x5d0
export const SYS_MDCCINT_EL1 = 0x5d8
export const SYS_OSLSR_EL1 = 0x5e0
export const SYS_OSDLR_EL1 = 0x5e8
export const SYS_DBGPRCR_EL1 = 0x5f0
/** Claim tags, set and cleared through DBGCLAIMSET_EL1 and DBGCLAIMCLR_EL1. */
export const SYS_DBGCLAIM_EL1 = 0x5f8
export const SYS_PMCR_EL0 = 0x600
/** Counters enabled, as PMCNTENSET and PMCNTENCLR show them. */
export const SYS_PMCNTENSET_EL0 = 0x608
export const SYS_PMINTENSET_EL1 = 0x610
export const SYS_PMOVSSET_EL0 = 0x618
export const SYS_PMSELR_EL0 = 0x620
export const SYS_PMUSERENR_EL0 = 0x628
/** A copy of what was last written: its trap bits concern the core, all else the interrupt controller. */
export const SYS_ICH_HCR_EL2 = 0x630
/** DBGBVR<n>_EL1, 16 of them, then the same of DBGBCR, DBGWVR and DBGWCR. */
export const SYS_DBGBVR = 0x638
/** DBGBCR<n>_EL1. */
export const SYS_DBGBCR = 0x6b8
/** DBGWVR<n>_EL1. */
export const SYS_DBGWVR = 0x738
/** DBGWCR<n>_EL1. */
export const SYS_DBGWCR = 0x7b8
/** PMEVCNTR<n>_EL0; number 31 is PMCCNTR_EL0. Right up to SYS_PMU_STAMP. */
export const SYS_PMEVCNTR = 0x838
/** PMEVTYPER<n>_EL0; number 31 is PMCCFILTR_EL0. */
export const SYS_PMEVTYPER = 0x938

// ---- not registers, but state of the same kind ---------------------------------------------------------------

/** Instructions this vCPU had retired when its performance counters were last brought up to date. */
export const SYS_PMU_STAMP = 0xa38
/** PSTATE.SSBS, 0 or 1. */
export const SYS_SSBS = 0xa40
/** PSTATE.DIT, 0 or 1. */
export const SYS_DIT = 0xa48
/** What software step has to report: 0 nothing was stepped, 1 an instruction, 2 a Load-Exclusive. */
export const SYS_STEPPED = 0xa50
/** CPU model, MODEL_* of features.ts. */
export const SYS_MODEL = 0xa58
/** FEAT_* mask of that model. */
export const SYS_FEATURES = 0xa60
/** Outputs of the timers as last told to the host, bit TIMER_*. */
export const SYS_TIMER_LEVELS = 0xa68
/** Number of the last event of the timer event stream. */
export const SYS_EVENT_STAMP = 0xa70

// ---- derived, never saved ------------------------------------------------------------------------------------

/** Next free ctx of the ASID table, 0 before the first. */
export const SYS_CTX_NEXT = 0xa78
/** HCR_EL2 with the overrides that TGE and the absence of EL2 imply. */
export const SYS_EFFECTIVE_HCR = 0xa80
