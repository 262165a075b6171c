// Big-endian data at EL1 and EL0: every kind of load and store, across pages, to devices, and what stays little-endian.
#include "prelude.inc"
#include "tables.inc"

    .set L1, 0x40400000
    .set L1BIG, 0x40401000
    .set MEMORY, 0x40600000

    // Runs instructions between these two with SCTLR_EL1.EE set; they use x19 to x26.
    // Tables are read in the same order, so each has its own; they are changed while the MMU is off.
    .macro big
    ldr x1, =L1BIG
    mrs x0, sctlr_el1
    bic x0, x0, #1
    orr x0, x0, #(1 << 25)
    switch
    .endm

    .macro little
    // A literal would be read in the other order.
    mov x1, #L1
    mrs x0, sctlr_el1
    bic x0, x0, #1
    bic x0, x0, #(1 << 25)
    switch
    .endm

    .macro switch
    msr sctlr_el1, x0
    isb
    msr ttbr0_el1, x1
    isb
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    .endm

    .macro load name, instruction:vararg
    mov x23, #0
    big
    \instruction
    little
    show \name, x23
    .endm

    .macro vector name, instruction:vararg
    movi v0.2d, #0
    big
    \instruction
    little
    umov x23, v0.d[0]
    show \name, x23
    umov x23, v0.d[1]
    show high, x23
    .endm

    // Stores x22, or v1, and shows the sixteen bytes at the buffer.
    .macro store name, instruction:vararg
    stp xzr, xzr, [x21]
    big
    \instruction
    little
    ldr x23, [x21]
    show \name, x23
    ldr x23, [x21, #8]
    show high, x23
    .endm

    .macro refill
    ldr x22, =0x0706050403020100
    str x22, [x21]
    ldr x22, =0x0f0e0d0c0b0a0908
    str x22, [x21, #8]
    .endm

main:
    ldr x0, =L1
    ldr x1, =(DEVICE | BLOCK)
    str x1, [x0]
    ldr x1, =(0x40000000 | NORMAL | BLOCK)
    str x1, [x0, #8]
    ldr x2, =L1BIG
    rev x1, x1
    str x1, [x2, #8]
    ldr x1, [x0]
    rev x1, x1
    str x1, [x2]
    set_register mair_el1, MAIR_VALUE
    set_register tcr_el1, 0x280803519
    set_register ttbr0_el1, L1
    flush
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    mrs x24, id_aa64mmfr0_el1
    ubfx x24, x24, #8, #4
    show bigend, x24
    ldr x21, =MEMORY
    refill
    load ldr_x, ldr x23, [x21]
    load ldr_w, ldr w23, [x21]
    load ldr_h, ldrh w23, [x21]
    load ldr_b, ldrb w23, [x21, #1]
    load ldrsw, ldrsw x23, [x21, #12]
    load ldrsh, ldrsh x23, [x21, #14]
    load unaligned, ldur x23, [x21, #3]
    load ldp, ldp x24, x23, [x21]
    load ldp_w, ldp w24, w23, [x21]
    load ldxr, ldxr x23, [x21]
    load ldxr_w, ldxr w23, [x21]
    load ldxp, ldxp x24, x23, [x21]
    load ldar, ldar w23, [x21]
    load register, ldr x23, [x21, xzr]
    load post, ldr w23, [x21], #0
    load literal, ldr x23, 1f
    vector q, ldr q0, [x21]
    vector d, ldr d0, [x21]
    vector s, ldr s0, [x21, #4]
    vector h, ldr h0, [x21, #2]
    vector q_unaligned, ldur q0, [x21, #1]
    vector ldp_q, ldp q2, q0, [x21]
    vector ldp_d, ldp d2, d0, [x21]
    vector ld1_b, ld1 {v0.16b}, [x21]
    vector ld1_h, ld1 {v0.8h}, [x21]
    vector ld1_s, ld1 {v0.4s}, [x21]
    vector ld1_d, ld1 {v0.2d}, [x21]
    vector ld1_8b, ld1 {v0.8b}, [x21]
    vector ld2_h, ld2 {v0.4h, v1.4h}, [x21]
    vector ld1_lane, ld1 {v0.s}[1], [x21]
    vector ld1r, ld1r {v0.4h}, [x21]
    ldr x22, =0x1122334455667788
    dup v1.2d, x22
    ins v1.d[1], x21
    store str_x, str x22, [x21]
    store str_w, str w22, [x21]
    store str_h, strh w22, [x21]
    store str_b, strb w22, [x21]
    store stp, stp x22, x21, [x21]
    store stp_w, stp w22, w21, [x21]
    store stur, stur x22, [x21, #3]
    store stlr, stlr x22, [x21]
    store str_q, str q1, [x21]
    store str_d, str d1, [x21]
    store str_s, str s1, [x21]
    store st1_h, st1 {v1.8h}, [x21]
    store st1_s, st1 {v1.4s}, [x21]
    store st1_lane, st1 {v1.h}[2], [x21]
    store zva, dc zva, x21
    // An exclusive pair
    refill
    big
    ldxr x24, [x21]
    add x24, x24, #1
    stxr w23, x24, [x21]
    little
    show stxr, x23
    ldr x23, [x21]
    show stored, x23
    // Across pages
    add x21, x21, #0xffc
    refill
    load cross, ldr x23, [x21]
    store cross_store, str x22, [x21]
    // A device: the PL011's identification
    ldr x21, =(UART + 0xfe0)
    load device, ldr w23, [x21]
    load device_h, ldrh w23, [x21]
    // Devices and table walks of the other end are as they were
    ldr x21, =MEMORY
    flush
    load walk, ldr x23, [x21]
    finish
    .balign 8
1:  .quad 0x0102030405060708
