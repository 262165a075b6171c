// Granules of 16 and 64 KiB and other sizes of the address space: levels of faults, block sizes, starting levels.
#include "prelude.inc"
#include "tables.inc"

    .set T1, 0x40400000
    .set T2, 0x40410000
    .set T3, 0x40420000
    .set MEMORY, 0x42000000

    .macro load name, address
    ldr x20, =\address
    try \name, ldr x3, [x20]
    .endm

    .macro peek name, address
    ldr x20, =\address
    attempt
    ldr x23, [x20]
    attempted \name
    show value, x23
    .endm

    .macro translation_off
    mrs x0, sctlr_el1
    bic x0, x0, #1
    msr sctlr_el1, x0
    isb
    flush
    .endm

    .macro translation_on
    flush
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    .endm

    // Zeros a table of 64 KiB.
    .macro clear table
    ldr x0, =\table
    mov x1, #0x2000
77782:
    str xzr, [x0], #8
    subs x1, x1, #1
    b.ne 77782b
    .endm

    .macro stamp address, value
    ldr x0, =\address
    mov x1, #\value
    str x1, [x0]
    .endm

main:
    set_register mair_el1, MAIR_VALUE
    mrs x19, id_aa64mmfr0_el1
    and x19, x19, #0xffff0000
    stamp MEMORY, 0x11
    stamp (MEMORY + 0x4000), 0x12
    stamp (MEMORY + 0x10000), 0x13
    stamp (MEMORY + 0x1f0000), 0x14
    // ---- 64 KiB, 42 bits: level 2 first
    clear T1
    clear T2
    pte T1, 0, (DEVICE | BLOCK)
    pte T1, 2, (0x40000000 | NORMAL | BLOCK)
    pte T1, 4, (T2 | TABLE)
    pte T1, 5, (0x40000000 | BLOCK)
    pte T1, 6, (0x30000000000 | TABLE)
    pte T2, 0, (MEMORY | NORMAL | PAGE)
    pte T2, 1, ((MEMORY + 0x10000) | NORMAL | PAGE | READ_ONLY)
    pte T2, 2, (MEMORY | NORMAL | BLOCK)
    pte T2, 3, (MEMORY | PAGE)
    pte T2, 31, ((MEMORY + 0x1f0000) | NORMAL | PAGE)
    set_register tcr_el1, (0x280803500 | 22 | (1 << 14))
    set_register ttbr0_el1, T1
    translation_on
    say "64K\n"
    peek k64_page, 0x80000000
    peek k64_offset, 0x80004000
    peek k64_second, 0x80010000
    peek k64_last, 0x801f0000
    load k64_invalid, 0x80040000
    load k64_reserved, 0x80020000
    load k64_no_af, 0x80030000
    load k64_l2_invalid, 0x60000000
    load k64_l2_af, 0xa0000000
    load k64_walk, 0xc0000000
    load k64_outside, 0x40000000000
    ldr x20, =0x80010000
    try k64_ro, str x3, [x20]
    ldr x20, =0x8000fffc
    try k64_cross, str x3, [x20]
    ldr x20, =0x80010008
    at s1e1r, x20
    isb
    mrs x23, par_el1
    show k64_par, x23
    translation_off
    // ---- 64 KiB, 48 bits: level 1 first
    clear T3
    pte T3, 0, (T1 | TABLE)
    pte T3, 1, (0x40000000 | NORMAL | BLOCK)
    set_register tcr_el1, (0x280803500 | 16 | (1 << 14))
    set_register ttbr0_el1, T3
    translation_on
    peek k64_48_page, 0x80000000
    load k64_48_block_at_l1, 0x40000000000
    load k64_48_l1, 0x80000000000
    load k64_48_outside, 0x1000000000000
    translation_off
    // ---- 4 KiB, 48 bits: level 0 first; 32 bits; 25 bits: level 2 first
    clear T1
    clear T2
    clear T3
    pte T1, 0, (T2 | TABLE)
    pte T1, 1, (0x40000000 | NORMAL | BLOCK)
    pte T1, 3, (0x40000000 | TABLE)
    pte T2, 0, (DEVICE | BLOCK)
    pte T2, 1, (0x40000000 | NORMAL | BLOCK)
    pte T2, 2, (MEMORY | NORMAL | BLOCK)
    set_register tcr_el1, (0x280803500 | 16)
    set_register ttbr0_el1, T1
    translation_on
    say "4K\n"
    load k4_48_block_at_l0, 0x8000000000
    load k4_48_l0, 0x10000000000
    load k4_48_l1, 0xc0000000
    load k4_48_outside, 0x1000000000000
    translation_off
    set_register tcr_el1, (0x280803500 | 32)
    set_register ttbr0_el1, T2
    translation_on
    load k4_32, 0x7fffffff8
    load k4_32_inside, 0xc0000000
    peek k4_32_block, 0x42000000
    load k4_32_outside, 0x100000000
    translation_off
    // Table of a few entries: TTBR0 is aligned to its size
    set_register tcr_el1, (0x280803500 | 32)
    set_register ttbr0_el1, (T2 + 0x20)
    pte T2, 4, (DEVICE | BLOCK)
    pte T2, 5, (0x40000000 | NORMAL | BLOCK)
    translation_on
    peek k4_small_table, 0x42000000
    translation_off
#ifdef GRANULE16
    clear T1
    clear T2
    clear T3
    // ---- 16 KiB, 36 bits: level 2 first; blocks of 32 MiB
    pte T1, 4, (0x08000000 | DEVICE | BLOCK)
    pte T1, 32, (0x40000000 | NORMAL | BLOCK)
    pte T1, 64, (T2 | TABLE)
    pte T1, 65, (MEMORY | NORMAL | BLOCK)
    pte T2, 0, (MEMORY | NORMAL | PAGE)
    pte T2, 1, ((MEMORY + 0x4000) | NORMAL | PAGE | READ_ONLY)
    pte T2, 2, (MEMORY | NORMAL | BLOCK)
    pte T2, 2047, ((MEMORY + 0x10000) | NORMAL | PAGE)
    set_register tcr_el1, (0x280803500 | 28 | (2 << 14))
    set_register ttbr0_el1, T1
    translation_on
    say "16K\n"
    peek k16_page, 0x80000000
    peek k16_second, 0x80004000
    peek k16_last, 0x81ffc000
    peek k16_block, 0x82004000
    load k16_invalid, 0x8000c000
    load k16_reserved, 0x80008000
    load k16_l2, 0x84000000
    load k16_outside, 0x1000000000
    ldr x20, =0x80004000
    try k16_ro, str x3, [x20]
    translation_off
    // 47 bits: level 1 first, 48 bits: level 0 of two entries
    pte T3, 0, (T1 | TABLE)
    pte T3, 1, (0x40000000 | NORMAL | BLOCK)
    set_register tcr_el1, (0x280803500 | 17 | (2 << 14))
    set_register ttbr0_el1, T3
    translation_on
    peek k16_47, 0x80004000
    load k16_47_block_at_l1, 0x1000000000
    load k16_47_l1, 0x2000000000
    translation_off
    ldr x0, =(T2 + 0x8000)
    ldr x1, =(T3 | TABLE)
    str x1, [x0]
    set_register tcr_el1, (0x280803500 | 16 | (2 << 14))
    set_register ttbr0_el1, (T2 + 0x8000)
    translation_on
    peek k16_48, 0x80004000
    load k16_48_l0, 0x800000000000
    translation_off
#endif
    finish
