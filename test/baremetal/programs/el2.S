// EL2: calls, traps of EL1 and EL0 to it, routing, virtual interrupts. Starts at EL2.
#include "prelude.inc"

    .macro guest name, instruction:vararg
    b 77780f
77779:
    \instruction
    hvc #0x55
77780:
    try_from_el2 \name, 0x3c5, 77779b
    .endm

    .macro user name, instruction:vararg
    b 77780f
77779:
    \instruction
    svc #0x56
77780:
    try_from_el2 \name, 0x3c0, 77779b
    .endm

    .macro hcr value
    ldr x0, =((1 << 31) | (\value))
    msr hcr_el2, x0
    isb
    .endm

main:
    ldr x0, =0x30d00800
    msr sctlr_el1, x0
    isb
    ldr x21, =0x40600000
    ldr x24, =vectors
    // EL2 itself
    try svc, svc #3
    try hvc, hvc #4
    try udf, udf #0
    try brk, brk #5
    try mrs_el3, mrs x3, scr_el3
    try mrs_spsr_el1, mrs x3, spsr_el1
    try vhe_register, mrs x3, s3_5_c1_c0_0
    // EL1
    guest nothing, nop
    guest hvc_imm, hvc #0xfffe
    guest svc, svc #1
    guest udf, udf #0
    guest brk, brk #9
    guest mrs_el2, mrs x3, vbar_el2
    guest msr_el2, msr hcr_el2, x3
    guest eret_undefined, mrs x3, elr_el2
    guest tlbi_el2, tlbi alle1
    guest at_s12, at s12e1r, x21
    guest external, ldr x3, [x21, x21, lsl #3]
    user svc, svc #1
    user hvc, hvc #1
    user udf, udf #0
    user undefined_register, mrs x3, vbar_el1
    // HCR_EL2 traps
    hcr (1 << 13)
    guest twi, wfi
    user twi_user, wfi
    hcr (1 << 14)
    guest twe, wfe
    guest twe_second, wfe
    hcr (1 << 15)
    guest tid0, mrs x3, midr_el1
    hcr (1 << 16)
    guest tid1, mrs x4, aidr_el1
    guest tid1_revidr, mrs x5, revidr_el1
    guest tid1_midr, mrs x5, midr_el1
    hcr (1 << 17)
    guest tid2, mrs x6, ctr_el0
    guest tid2_ccsidr, mrs x6, ccsidr_el1
    guest tid2_csselr, msr csselr_el1, x6
    user tid2_user, mrs x6, ctr_el0
    hcr (1 << 18)
    guest tid3, mrs x7, id_aa64pfr0_el1
    guest tid3_mmfr, mrs x30, id_aa64mmfr0_el1
    guest tid3_reserved, mrs x30, s3_0_c0_c7_7
    guest tid3_midr, mrs x30, midr_el1
    hcr (1 << 19)
    guest tsc, smc #0x12
    hcr (1 << 21)
    guest tacr, mrs x8, actlr_el1
    guest tacr_write, msr actlr_el1, x9
    hcr (1 << 22)
    guest tsw, dc isw, x10
    guest tsw_csw, dc csw, x10
    guest tsw_ivac, dc civac, x21
    hcr (1 << 23)
    guest tpc, dc civac, x21
    guest tpc_ivac, dc ivac, x21
    guest tpc_cvau, dc cvau, x21
    hcr (1 << 24)
    guest tpu, ic ivau, x21
    guest tpu_iallu, ic iallu
    guest tpu_cvau, dc cvau, x21
    hcr (1 << 25)
    guest ttlb, tlbi vmalle1
    guest ttlb_va, tlbi vae1is, x11
    hcr (1 << 26)
    guest tvm_sctlr, msr sctlr_el1, x12
    guest tvm_ttbr0, msr ttbr0_el1, x12
    guest tvm_tcr, msr tcr_el1, x12
    guest tvm_contextidr, msr contextidr_el1, x12
    guest tvm_esr, msr esr_el1, x12
    guest tvm_vbar, msr vbar_el1, x24
    guest tvm_read, mrs x12, ttbr1_el1
    hcr (1 << 28)
    guest tdz, dc zva, x21
    guest tdz_read, mrs x13, dczid_el0
    hcr ((1 << 29) | (1 << 19))
    guest hcd, hvc #1
    try hcd_el2, hvc #1
    hcr (1 << 30)
    guest trvm, mrs x14, tcr_el1
    guest trvm_far, mrs x14, far_el1
    guest trvm_write, msr tcr_el1, x14
    hcr 0
    // CPTR_EL2
    mrs x19, cptr_el2
    orr x0, x19, #0x400
    msr cptr_el2, x0
    isb
    guest tfp, fmov d0, x3
    guest tfp_load, ldr q0, [x21]
    user tfp_user, fadd d0, d1, d2
    try tfp_el2, fmov d0, x3
    orr x0, x19, #0x80000000
    msr cptr_el2, x0
    isb
    guest tcpac, mrs x15, cpacr_el1
    guest tcpac_write, msr cpacr_el1, x15
    msr cptr_el2, x19
    isb
    // MDCR_EL2
    mov x0, #(1 << 9)
    msr mdcr_el2, x0
    isb
    guest tda, mrs x16, mdscr_el1
    guest tda_bvr, msr dbgbvr0_el1, x16
    guest tda_oslar, msr oslar_el1, x16
    mov x0, #(1 << 10)
    msr mdcr_el2, x0
    isb
    guest tdosa, msr oslar_el1, x16
    guest tdosa_osdlr, mrs x16, osdlr_el1
    mov x0, #(1 << 6)
    msr mdcr_el2, x0
    isb
    guest tpm, mrs x17, pmcr_el0
    guest tpm_ccntr, mrs x17, pmccntr_el0
    mov x0, #(1 << 5)
    msr mdcr_el2, x0
    isb
    guest tpmcr, mrs x17, pmcr_el0
    guest tpmcr_other, mrs x17, pmcntenset_el0
    mov x0, #(1 << 8)
    msr mdcr_el2, x0
    isb
    guest tde_brk, brk #77
    user tde_brk_user, brk #78
    msr mdcr_el2, xzr
    isb
    // CNTHCTL_EL2
    msr cnthctl_el2, xzr
    isb
    guest counter, mrs x18, cntpct_el0
    guest timer, mrs x18, cntp_ctl_el0
    guest timer_write, msr cntp_cval_el0, x18
    guest virtual_counter, mrs x18, cntvct_el0
    mov x0, #3
    msr cnthctl_el2, x0
    isb
    guest counter_allowed, mrs x18, cntpct_el0
    // Identity as EL1 sees it
    ldr x0, =0x12345678
    msr vpidr_el2, x0
    ldr x0, =0x80000203
    msr vmpidr_el2, x0
    isb
    guest identity, mrs x23, midr_el1
    show midr x23
    guest identity_mp, mrs x23, mpidr_el1
    show mpidr x23
    // EL0 under TGE
    hcr (1 << 27)
    user tge_svc, svc #2
    user tge_udf, udf #0
    user tge_brk, brk #3
    user tge_fp, fadd d0, d1, d2
    user tge_load, ldr x3, [x21, x21, lsl #3]
    guest tge_el1, nop
    hcr 0
    // Virtual interrupts are taken to EL1, if it does not mask them
    hcr ((1 << 4) | (1 << 7))
    b 2f
1:  msr daifclr, #2
    nop
    hvc #0x57
2:  try_from_el2 virtual_irq, 0x3c5, 1b
    hcr ((1 << 3) | (1 << 6))
    b 2f
1:  msr daifclr, #1
    nop
    hvc #0x57
2:  try_from_el2 virtual_fiq, 0x3c5, 1b
    hcr ((1 << 5) | (1 << 8))
    b 2f
1:  msr daifclr, #4
    nop
    hvc #0x57
2:  try_from_el2 virtual_serror, 0x3c5, 1b
    mrs x19, hcr_el2
    show hcr_after x19
    hcr ((1 << 4) | (1 << 7))
    guest virtual_masked, mrs x23, isr_el1
    show isr x23
    try virtual_at_el2, msr daifclr, #2
    msr daifset, #15
    hcr (1 << 7)
    guest virtual_unrouted, mrs x23, isr_el1
    show isr x23
    hcr 0
    // Illegal returns
    try_from_el2 illegal_el3, 0x3cd, main
    try_from_el2 illegal_aarch32, 0x1d3, main
    try_from_el2 illegal_el0h, 0x3c1, main
    hcr (1 << 27)
    try_from_el2 illegal_tge, 0x3c5, main
    hcr 0
    try_from_el2 el2t, 0x3c8, el2t_code
    finish

el2t_code: svc #0x58
