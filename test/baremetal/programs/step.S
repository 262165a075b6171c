// Software step: of EL0 and of EL1 by EL1, over every kind of instruction, and what masks it.
#include "prelude.inc"

    .macro step name, label, spsr
    try_at \name, \spsr, \label
    .endm

    // Goes on where the last exception came from, with PSTATE.SS set again.
    .macro again_from name
    ldr x20, [x29, #CAUGHT_ELR]
    arm main, 77781f
    str x20, [x29, #START]
    ldr x0, [x29, #CAUGHT_SPSR]
    orr x0, x0, #(1 << 21)
    msr spsr_el1, x0
    msr elr_el1, x20
    isb
    eret
77781:
    say "\name"
    bl report
    .endm

    .set SS, 1 << 21

user_nop:   nop
            nop
user_branch: b user_nop
user_svc:   svc #1
user_udf:   udf #0
user_brk:   brk #7
user_ldxr:  ldxr x3, [x21]
            stxr w4, x3, [x21]
user_load:  ldr x3, [x22]
user_wfe:   sevl
            wfe
            nop
user_odd:   br x23
user_hvc:   hvc #0
kernel:     nop
            msr daifclr, #8
            nop
            nop
kernel_on:  msr daifclr, #8
            nop
            nop
kernel_svc: msr daifclr, #8
            svc #2
kernel_off: nop
            msr daifset, #8
            nop
            svc #3
kernel_eret: eret

main:
    ldr x21, =0x40600000
    mov x22, #(1 << 40)
    ldr x23, =0x40600002
    msr oslar_el1, xzr
    // Off
    step off, user_nop_svc, 0x2003c0
    mov x0, #1
    msr mdscr_el1, x0
    isb
    // EL0, a step at a time
    step nop, user_nop, 0x2003c0
    again_from nop_again
    step pending, user_nop, 0x3c0
    step branch, user_branch, 0x2003c0
    step svc, user_svc, 0x2003c0
    step svc_pending, user_svc, 0x3c0
    step udf, user_udf, 0x2003c0
    step brk, user_brk, 0x2003c0
    step brk_pending, user_brk, 0x3c0
    step ldxr, user_ldxr, 0x2003c0
    again_from stxr
    step load_fault, user_load, 0x2003c0
    step sevl, user_wfe, 0x2003c0
    again_from wfe
    again_from after_wfe
    step odd, user_odd, 0x2003c0
    again_from odd_target
    step hvc, user_hvc, 0x2003c0
    step masked_d_is_for_el1_only, user_nop, 0x2001c0
    step illegal, user_nop, 0x3003c0
    // EL1 by itself needs KDE, and PSTATE.D clear
    step kernel_without_kde, kernel_off, 0x2001c5
    ldr x0, =0x2001
    msr mdscr_el1, x0
    isb
    step kernel_masked, kernel_off, 0x2003c5
    msr daifset, #8
    step kernel_step, kernel, 0x2001c5
    step kernel_pending, kernel, 0x1c5
    again_from kernel_again
    step kernel_unmasks, kernel_on, 0x2003c5
    step kernel_unmasks_pending, kernel_on, 0x3c5
    step kernel_unmasks_svc, kernel_svc, 0x3c5
    step kernel_sets_mask, kernel_off, 0x2001c5
    again_from kernel_masks
    step kernel_eret, kernel_eret, 0x2001c5
    // OS lock
    mov x0, #1
    msr oslar_el1, x0
    isb
    step os_lock, user_nop_svc, 0x2003c0
    msr oslar_el1, xzr
    isb
    step os_unlock, user_nop_svc, 0x2003c0
    msr mdscr_el1, xzr
    isb
    step off_again, user_nop_svc, 0x2003c0
    finish

user_nop_svc: nop
    svc #9
