// What Cortex-A76 adds at EL1: PAN, UAO, LSE atomics, LDAPR, DC CVAP, hierarchical permissions off, and their syndromes.
#include "prelude.inc"
#include "tables.inc"

    .set L1, 0x40400000
    .set L2, 0x40401000
    .set L3, 0x40402000
    .set MEMORY, 0x40600000
    .set TCR_VALUE, 0x280803519

    .macro user name, code
    copy_code \code, (MEMORY + 0x2000)
    arm caught, 77778f
    ldr x0, =0x3c0
    msr spsr_el1, x0
    ldr x0, =0x80002000
    msr elr_el1, x0
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
code_atomic: ldadd x3, x4, [x20]
            svc #2
            .rept 8
            nop
            .endr

main:
    pte L1, 0, (DEVICE | BLOCK)
    pte L1, 1, (0x40000000 | NORMAL | BLOCK)
    pte L1, 2, (L2 | TABLE)
    pte L1, 3, (L2 | TABLE | (1 << 62))
    pte L2, 0, (L3 | TABLE)
    pte L3, 0, (MEMORY | NORMAL | PAGE)
    pte L3, 1, ((MEMORY + 0x1000) | NORMAL | PAGE | USER)
    pte L3, 2, ((MEMORY + 0x2000) | NORMAL | PAGE | USER | READ_ONLY)
    pte L3, 3, ((MEMORY + 0x3000) | NORMAL | PAGE | READ_ONLY)
    pte L3, 5, ((MEMORY + 0x5000) | PAGE)
    set_register mair_el1, MAIR_VALUE
    set_register tcr_el1, TCR_VALUE
    set_register ttbr0_el1, L1
    flush
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    mrs x19, pan
    show pan, x19
    mrs x19, uao
    show uao, x19
    ldr x20, =0x80001000
    ldr x21, =0x80000000
    ldr x22, =0x80003000
    ldr x23, =0x80004000
    // Atomics where they may not be
    try ldadd_kernel, ldadd x3, x4, [x21]
    try ldadd_ro, ldadd x3, x4, [x22]
    try ldadd_none, ldadd x3, x4, [x23]
    try stadd_none, stadd x3, [x23]
    try swp_ro, swpal w3, w4, [x22]
    try cas_ro, cas x3, x4, [x22]
    try cas_none, cas x3, x4, [x23]
    try casp_ro, casp x4, x5, x6, x7, [x22]
    try casp_none, casp x4, x5, x6, x7, [x23]
    add x24, x21, #1
    try ldadd_unaligned, ldadd w3, w4, [x24]
    try casp_unaligned, casp x4, x5, x6, x7, [x24]
    try ldaprh_none, ldaprh w3, [x23]
    add x24, x23, #0x1000
    try ldadd_af, ldadd x3, x4, [x24]
    // PAN
    msr pan, #1
    mrs x19, pan
    show pan_set, x19
    try pan_load, ldr x3, [x20]
    try pan_store, str x3, [x20]
    try pan_atomic, ldadd x3, x4, [x20]
    try pan_kernel, ldr x3, [x21]
    try pan_ldtr, ldtr x3, [x20]
    try pan_sttr, sttr x3, [x20]
    try pan_q, ldr q3, [x20]
    try pan_zva, dc zva, x20
    try pan_civac, dc civac, x20
    at s1e1r, x20
    isb
    mrs x19, par_el1
    show at_ignores_pan, x19
    at s1e1rp, x20
    isb
    mrs x19, par_el1
    show at_with_pan, x19
    at s1e1wp, x21
    isb
    mrs x19, par_el1
    show at_with_pan_kernel, x19
    // An exception keeps PAN if SPAN is set, sets it if not
    msr pan, #0
    try span_set, svc #1
    mrs x19, pan
    show pan_after_return, x19
    mrs x19, sctlr_el1
    bic x0, x19, #(1 << 23)
    msr sctlr_el1, x0
    isb
    user span_clear, code_svc
    mrs x24, pan
    show pan_kept_by_return, x24
    msr sctlr_el1, x19
    isb
    try_at spsr_pan, 0x4003c5, pan_code
    // UAO
    msr uao, #1
    try uao_ldtr_kernel, ldtr x3, [x21]
    try uao_sttr_ro, sttr x3, [x22]
    try uao_ldr_user, ldr x3, [x20]
    msr uao, #0
    try no_uao_ldtr_kernel, ldtr x3, [x21]
    // Hierarchical permissions
    ldr x24, =0xc0001000
    try hierarchical, str x3, [x24]
    set_register tcr_el1, (TCR_VALUE | (1 << 41))
    flush
    try hierarchical_off, str x3, [x24]
    set_register tcr_el1, TCR_VALUE
    flush
    // EL0
    ldr x20, =0x80002000
    user user_atomic_ro, code_atomic
    ldr x20, =0x80001000
    user user_atomic, code_atomic
    // Execute-never by TBI for instructions only, cache maintenance to persistence
    ldr x20, =0x80001000
    try cvap, .inst 0xd50b7c34
    try cvap_none, .inst 0xd50b7c37
    finish

pan_code: ldr x3, [x20]
    svc #3
