// The Virtualization Host Extensions of Cortex-A76: HCR_EL2.E2H redirects EL1's registers, EL2 has two halves and shares
// them with EL0 under TGE. Starts at EL2.
#include "prelude.inc"
#include "tables.inc"

    .set L1, 0x40400000
    .set L2, 0x40401000
    .set L3, 0x40402000
    .set L1HIGH, 0x40403000
    .set MEMORY, 0x40600000
    .set TCR_VALUE, 0x280193519 | (1 << 31) | (0x3500 << 16)
    .set E2H, 1 << 34
    .set TGE, 1 << 27
    .set RW, 1 << 31

    .macro hcr value
    ldr x0, =(\value)
    msr hcr_el2, x0
    isb
    .endm

    .macro user name, code
    copy_code \code, (MEMORY + 0x2000)
    arm caught, 77778f
    msr far_el2, xzr
    ldr x0, =0x3c0
    msr spsr_el2, x0
    ldr x0, =0x80002000
    msr elr_el2, x0
    str x0, [x29, #START]
    ic iallu
    dsb sy
    isb
    eret
77778:
    say "\name"
    bl report
    .endm

code_svc:   svc #1
            .rept 8
            nop
            .endr
code_udf:   udf #1
            .rept 8
            nop
            .endr
code_load:  ldr x3, [x20]
            svc #2
            .rept 8
            nop
            .endr
code_mrs:   mrs x3, cntvct_el0
            svc #3
            .rept 8
            nop
            .endr
code_fp:    fmov d0, x3
            svc #4
            .rept 8
            nop
            .endr

main:
    // Without E2H, EL1's registers are EL1's
    ldr x19, =0x1111
    msr contextidr_el1, x19
    ldr x20, =0x2222
    msr tpidr_el1, x20
    ldr x19, =vectors
    msr vbar_el2, x19
    hcr (RW | E2H)
    ldr x19, =0x3333
    msr contextidr_el1, x19
    mrs x20, s3_4_c13_c0_1      // CONTEXTIDR_EL2
    show contextidr_el2, x20
    mrs x20, s3_5_c13_c0_1      // CONTEXTIDR_EL12
    show contextidr_el12, x20
    mrs x20, vbar_el1
    sub x20, x20, x19
    mrs x20, sctlr_el1
    show sctlr, x20
    mrs x20, sctlr_el2
    show sctlr_el2, x20
    ldr x0, =0x30d00800
    msr s3_5_c1_c0_0, x0        // SCTLR_EL12
    isb
    mrs x20, s3_5_c1_c0_0
    show sctlr_el12, x20
    mrs x20, cpacr_el1
    show cpacr, x20
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    isb
    mrs x20, cptr_el2
    show cptr, x20
    mov x0, #0x77
    msr cntkctl_el1, x0
    mrs x20, cnthctl_el2
    show cnthctl, x20
    mov x0, #100
    msr s3_5_c14_c3_1, xzr      // CNTV_CTL_EL02
    ldr x0, =0x123456789a
    msr cntp_cval_el0, x0
    mrs x20, cnthp_cval_el2
    show cnthp_cval, x20
    ldr x0, =0x987654321
    msr s3_5_c14_c2_2, x0       // CNTP_CVAL_EL02
    mrs x20, cntp_cval_el0
    show cntp_cval, x20
    mrs x20, s3_5_c14_c2_2
    show cntp_cval_el02, x20
    ldr x0, =0x5555
    msr cntv_cval_el0, x0
    mrs x20, s3_4_c14_c3_2      // CNTHV_CVAL_EL2
    show cnthv_cval, x20
    mov x0, #0x100
    msr spsr_el1, x0
    mrs x20, spsr_el2
    show spsr, x20
    ldr x0, =0x40201234
    msr elr_el1, x0
    mrs x20, elr_el2
    show elr, x20
    ldr x0, =0x777
    msr s3_5_c4_c0_1, x0        // ELR_EL12
    mrs x20, s3_5_c4_c0_1
    show elr_el12, x20
    mrs x20, tpidr_el1
    show tpidr_el1, x20
    // Two halves
    pte L1, 0, (DEVICE | BLOCK)
    pte L1, 1, (0x40000000 | NORMAL | BLOCK)
    pte L1, 2, (L2 | TABLE)
    pte L2, 0, (L3 | TABLE)
    pte L3, 0, (MEMORY | NORMAL | PAGE)
    pte L3, 1, ((MEMORY + 0x1000) | NORMAL | PAGE | USER)
    pte L3, 2, ((MEMORY + 0x2000) | NORMAL | PAGE | USER | READ_ONLY)
    pte L1HIGH, 0, (0x40000000 | NORMAL | BLOCK)
    set_register mair_el1, MAIR_VALUE
    set_register tcr_el1, TCR_VALUE
    set_register ttbr0_el1, L1
    set_register ttbr1_el1, L1HIGH
    mrs x20, tcr_el2
    show tcr_el2, x20
    dsb sy
    tlbi alle2
    tlbi vmalle1
    dsb sy
    isb
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    msr hpfar_el2, xzr
    ldr x21, =0xffffff8000600000
    mov x22, #0x99
    try high, str x22, [x21]
    ldr x21, =0x80000000
    ldr x22, [x21]
    show low, x22
    try user_page, ldr x3, [x21, #0x1000]
    ldr x24, =0x80001000
    try unprivileged, ldtr x3, [x24]
    try none, ldr x3, [x21, #0x4000]
    msr pan, #1
    try pan, ldr x3, [x21, #0x1000]
    msr pan, #0
    // EL0 of the host
    hcr (RW | E2H | TGE)
    user svc, code_svc
    user udf, code_udf
    ldr x20, =0x80001000
    user load_own, code_load
    ldr x20, =0x80000000
    user load_host, code_load
    ldr x20, =0x80004000
    user load_none, code_load
    msr cntkctl_el1, xzr
    user counter, code_mrs
    mov x0, #2
    msr cntkctl_el1, x0
    user counter_allowed, code_mrs
    mov x0, #(1 << 20)
    msr cpacr_el1, x0
    user fp, code_fp
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    user fp_allowed, code_fp
    ldr x20, =0x80001008
    at s1e1r, x20
    isb
    mrs x22, par_el1
    show at_host, x22
    at s1e0w, x20
    isb
    mrs x22, par_el1
    show at_host_user, x22
    // ASIDs of the host: EL2 with E2H has them
    ldr x19, =(L1 | (3 << 48))
    msr ttbr0_el1, x19
    isb
    ldr x21, =0x80000000
    try asid, ldr x3, [x21]
    mrs x0, sctlr_el1
    bic x0, x0, #1
    msr sctlr_el1, x0
    isb
    hcr RW
    mrs x20, contextidr_el1
    show contextidr_el1, x20
    try el12_undefined, mrs x3, s3_5_c1_c0_0
    finish
