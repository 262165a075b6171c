// enter_user of user.h: keeps what a call must keep, and leaves EL1. Returns when a trap resumes at user_ended.

    .text
    .global enter_user
enter_user:
    stp x29, x30, [sp, #-96]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    msr elr_el1, x0
    msr sp_el0, x1
    msr spsr_el1, xzr
    mov x0, x2
    eret

    .global user_ended
user_ended:
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp x29, x30, [sp], #96
    ret
