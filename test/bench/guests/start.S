// Start at EL1, MMU off, in RAM of the virt board: zeroes .bss, maps the machine (paging.c), turns on MMU and caches, and
// calls main. Vectors save a whole frame, as kernels do, and call `trap(frame, vector)`.

    .text
    .global _start
_start:
    ldr x0, =stack_top
    mov sp, x0
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    ldr x0, =vectors
    msr vbar_el1, x0
    isb
    ldr x0, =__bss_start
    ldr x1, =__bss_end__
0:  tst x0, #15                 // while the MMU is off, accesses must be aligned
    b.eq 1f
    strb wzr, [x0], #1
    b 0b
1:  cmp x0, x1
    b.hs 2f
    stp xzr, xzr, [x0], #16
    b 1b
2:  bl map_machine
    msr ttbr0_el1, x0
    mov x0, #0x04ff             // attribute 0: Normal write-back; 1: Device-nGnRE
    msr mair_el1, x0
    ldr x0, =0x100803519        // TCR: T0SZ 25, 4 KiB, write-back inner shareable, EPD1, 36-bit physical addresses
    msr tcr_el1, x0
    dsb sy
    tlbi vmalle1
    dsb sy
    isb
    mrs x0, sctlr_el1
    mov x1, #0x1005             // I, C, M
    orr x0, x0, x1
    bic x0, x0, #2              // no alignment checks
    msr sctlr_el1, x0
    isb
    bl main
    b .

    .macro vector number
    .balign 128
    sub sp, sp, #272
    stp x0, x1, [sp, #0]
    mov x1, #\number
    b save
    .endm

    .balign 2048
vectors:
    .set number, 0
    .rept 16
    vector number
    .set number, number + 1
    .endr

    .balign 64
save:
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    mrs x2, sp_el0
    stp x30, x2, [sp, #240]
    mrs x2, elr_el1
    mrs x3, spsr_el1
    stp x2, x3, [sp, #256]
    mov x0, sp
    bl trap
    ldp x2, x3, [sp, #256]
    msr elr_el1, x2
    msr spsr_el1, x3
    ldp x30, x2, [sp, #240]
    msr sp_el0, x2
    ldp x28, x29, [sp, #224]
    ldp x26, x27, [sp, #208]
    ldp x24, x25, [sp, #192]
    ldp x22, x23, [sp, #176]
    ldp x20, x21, [sp, #160]
    ldp x18, x19, [sp, #144]
    ldp x16, x17, [sp, #128]
    ldp x14, x15, [sp, #112]
    ldp x12, x13, [sp, #96]
    ldp x10, x11, [sp, #80]
    ldp x8, x9, [sp, #64]
    ldp x6, x7, [sp, #48]
    ldp x4, x5, [sp, #32]
    ldp x2, x3, [sp, #16]
    ldp x0, x1, [sp], #16
    add sp, sp, #256
    eret

    .bss
    .balign 16
    .skip 65536
stack_top:
