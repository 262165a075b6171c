// Synchronous exceptions of EL1 and EL0 and their syndromes, with the MMU off.
#include "prelude.inc"

user_svc:   svc #0x1234
user_brk:   brk #0xbeef
user_undef: udf #7
user_hvc:   hvc #1
user_smc:   smc #1
user_eret:  eret
user_mrs:   mrs x3, sctlr_el1
user_msr:   msr vbar_el1, x4
user_daif:  msr daifset, #2
user_ctr:   mrs x5, ctr_el0
user_zva:   dc zva, x21
user_ivau:  ic ivau, x21
user_isw:   dc isw, x21
user_tlbi:  tlbi vmalle1
user_fp:    fmov d0, x1
            svc #0
user_wfi:   wfi
            svc #1
user_hlt:   hlt #3
user_cnt:   mrs x6, cntvct_el0
            svc #2
user_pmu:   mrs x7, pmccntr_el0
user_tpidr: msr tpidr_el0, x21
            mrs x8, tpidr_el0
            svc #3
user_ro:    msr tpidrro_el0, x8
user_impl:  mrs x9, s3_0_c11_c0_0
user_id:    mrs x9, id_aa64pfr0_el1

main:
    ldr x21, =0x40400000
    try svc, svc #0
    try svc_imm, svc #0xffff
    try brk, brk #0x123
    try udf, udf #0
    try unallocated, .inst 0x00100000
    try hlt, hlt #1
    try smc, smc #0
    try dcps1, dcps1 #1
    try dcps2, dcps2 #1
    try drps, drps
    try mrs_el2, mrs x3, sctlr_el2
    try msr_el2, msr vbar_el2, x3
    try mrs_el3, mrs x3, scr_el3
    try mrs_unknown, mrs x3, s3_0_c15_c15_7
    try msr_readonly, msr s3_0_c0_c0_0, x3
    try mrs_sp_el1, mrs x3, sp_el1
    try mrs_reserved_id, mrs x3, s3_0_c0_c7_7
    try sys_unknown, sys #7, c15, c15, #7, x3
    try at_s12, at s12e1r, x21
    try tlbi_el2, tlbi alle2
    try tlbi_alle1, tlbi alle1
    // MSR of PSTATE fields
    try spsel, msr spsel, #1
    // Alignment of PC and SP
    adr x20, main
    add x20, x20, #2
    try pc_misaligned, br x20
    add x20, x20, #1
    try pc_misaligned_call, blr x20
    mov x20, sp
    add x22, x20, #8
    attempt
    mov sp, x22
    ldr x3, [sp]
    attempted sp_misaligned
    mov sp, x20
    attempt
    mov sp, x22
    stp x3, x4, [sp, #-16]!
    attempted sp_misaligned_store
    mov sp, x20
    attempt
    mov sp, x22
    ldr q3, [sp, #8]
    attempted sp_misaligned_q
    mov sp, x20
    attempt
    mov sp, x22
    prfm pldl1keep, [sp]
    attempted sp_misaligned_prfm
    mov sp, x20
    // Where nothing is
    ldr x20, =0x30000000000
    try external_load, ldr x3, [x20]
    try external_store, str x3, [x20]
    try external_fetch, br x20
    // Beyond the physical addresses of the model
    mov x20, #(1 << 48)
    try size_load, ldr x3, [x20]
    try size_fetch, br x20
    ldr x20, =0xff00000000000000
    try size_tagged, ldr x3, [x20]
    // FP traps
    mov x20, #0
    msr cpacr_el1, x20
    isb
    try fp_el1, fmov d0, x1
    try fp_load_el1, ldr q1, [x21]
    try fp_simd_el1, add v0.4s, v1.4s, v2.4s
    try fp_ld1_el1, ld1 {v0.16b}, [x21]
    try fp_fpcr_el1, mrs x3, fpcr
    mov x20, #(1 << 20)
    msr cpacr_el1, x20
    isb
    try fp_el1_only, fmov d0, x1
    try_at fp_el0_trapped, 0x3c0, user_fp
    mov x20, #(3 << 20)
    msr cpacr_el1, x20
    isb
    try_at fp_el0, 0x3c0, user_fp
    // EL0
    try_at user_svc, 0x3c0, user_svc
    try_at user_svc_flags, 0xf00003c0, user_svc
    try_at user_brk, 0, user_brk
    try_at user_undef, 0x3c0, user_undef
    try_at user_hvc, 0x3c0, user_hvc
    try_at user_smc, 0x3c0, user_smc
    try_at user_eret, 0x3c0, user_eret
    try_at user_mrs, 0x3c0, user_mrs
    try_at user_msr, 0x3c0, user_msr
    try_at user_daif, 0x3c0, user_daif
    try_at user_ctr, 0x3c0, user_ctr
    try_at user_zva, 0x3c0, user_zva
    try_at user_ivau, 0x3c0, user_ivau
    try_at user_isw, 0x3c0, user_isw
    try_at user_tlbi, 0x3c0, user_tlbi
    mrs x20, sctlr_el1
    mov x22, #0x50000
    bic x22, x20, x22
    msr sctlr_el1, x22
    isb
    try_at user_wfi, 0x3c0, user_wfi
    msr sctlr_el1, x20
    isb
    try_at user_hlt, 0x3c0, user_hlt
    try_at user_cnt, 0x3c0, user_cnt
    mov x20, #2
    msr cntkctl_el1, x20
    try_at user_cnt_allowed, 0x3c0, user_cnt
    try_at user_pmu, 0x3c0, user_pmu
    try_at user_tpidr, 0x3c0, user_tpidr
    try_at user_ro, 0x3c0, user_ro
    try_at user_impl, 0x3c0, user_impl
    try_at user_id, 0x3c0, user_id
    // SP_EL0 at EL1, whose vectors are the first four
    try_at el1t_svc, 0x3c4, user_svc
    // Illegal returns
    try_at illegal_el2, 0x3c9, user_svc
    try_at illegal_el3, 0x3cd, user_svc
    try_at illegal_el0h, 0x3c1, user_svc
    try_at illegal_reserved, 0x3c6, user_svc
    try_at illegal_il, 0x1003c5, user_svc
    try_at illegal_flags, 0xa01003c5, user_svc
    // SCTLR_EL1 bits: UMA, UCT, UCI, DZE
    mrs x20, sctlr_el1
    ldr x22, =0x0400c200
    orr x22, x22, x20
    msr sctlr_el1, x22
    isb
    try_at allowed_daif, 0x3c0, user_daif_then
    try_at allowed_ctr, 0x3c0, user_ctr_then
    try_at allowed_ivau, 0x3c0, user_ivau_then
    msr sctlr_el1, x20
    isb
    // Registers keep what they should
    mrs x19, esr_el1
    show esr x19
    ldr x19, =0xffffffffffffffff
    msr tpidr_el1, x19
    mrs x20, tpidr_el1
    show tpidr x20
    msr contextidr_el1, x19
    mrs x20, contextidr_el1
    show contextidr x20
    msr vbar_el1, x19
    mrs x20, vbar_el1
    ldr x19, =vectors
    msr vbar_el1, x19
    show vbar x20
    msr daifclr, #15
    mrs x19, daif
    show daif x19
    msr daifset, #5
    mrs x19, daif
    show daif x19
    mov x19, #0xffff
    msr daif, x19
    mrs x19, daif
    show daif x19
    ldr x19, =0xf0000000
    msr nzcv, x19
    mrs x20, nzcv
    show nzcv x20
    finish

user_daif_then: msr daifset, #2
    mrs x3, daif
    svc #9
user_ctr_then: mrs x5, ctr_el0
    svc #10
user_ivau_then: ic ivau, x21
    dc cvau, x21
    dc civac, x21
    svc #11
