// Stage 1 translation with the 4 KiB granule: faults at every level, permissions of EL1 and EL0, block and page rules,
// tagged addresses, both halves, TLB maintenance and ASIDs, AT.
#include "prelude.inc"
#include "tables.inc"

    .set L1, 0x40400000
    .set L2, 0x40401000
    .set L3, 0x40402000
    .set L1HIGH, 0x40403000
    .set L3RO, 0x40404000
    .set L1OTHER, 0x40405000
    .set L2OTHER, 0x40406000
    .set L3OTHER, 0x40407000
    .set MEMORY, 0x40600000     // 2 MiB of memory to map
    .set NOWHERE, 0x30000000000 // no memory and no device
    .set TCR_VALUE, 0x580193519 | (1 << 31) | (0x3500 << 16)

    .macro load name, address
    ldr x20, =\address
    try \name, ldr x3, [x20]
    .endm

    .macro store name, address
    ldr x20, =\address
    try \name, str x3, [x20]
    .endm

    .macro fetch name, address
    ldr x20, =\address
    ldr x0, =resume_here
    try \name, br x20
    .endm

    // Runs the code at the user page with x20 = address.
    .macro user name, code, address
    ldr x20, =\address
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

    .macro par name, operation, address
    ldr x20, =\address
    at \operation, x20
    isb
    mrs x21, par_el1
    show \name, x21
    .endm

resume_here: svc #0x77

code_load:  ldr x3, [x20]
            svc #1
code_store: str x3, [x20]
            svc #2
code_jump:  br x20
code_both:  ldr x3, [x20]
            str x3, [x20]
            svc #3
code_pair:  ldp x3, x4, [x20]
            svc #4
code_zva:   dc zva, x20
            svc #5
code_civac: dc civac, x20
            svc #6
code_ivau:  ic ivau, x20
            svc #7
code_ldxr:  ldxr x3, [x20]
            svc #8
code_stxr:  stxr w4, x3, [x20]
            svc #9
code_swap:  .inst 0xf8208283 // swp x0, x3, [x20]
            svc #10
code_svc:   svc #11
            .rept 8
            nop
            .endr

main:
    // Output and this program, as they are.
    pte L1, 0, (DEVICE | BLOCK)
    pte L1, 1, (0x40000000 | NORMAL | BLOCK)
    pte L1, 2, (L2 | TABLE)
    pte L1, 4, (0x40000000 | BLOCK)
    pte L1, 5, (NOWHERE | TABLE)
    pte L1, 6, (0x40000000 | NORMAL | BLOCK | READ_ONLY)
    pte L1, 7, (0xf00000000000 | NORMAL | BLOCK)
    pte L1, 8, (0xf00000000000 | TABLE)
    pte L1, 9, (L2 | TABLE | (1 << 62))
    pte L1, 10, (L2 | TABLE | (1 << 61))
    pte L1, 11, (L2 | TABLE | (1 << 60))
    pte L1, 12, (L2 | TABLE | (1 << 59))
    pte L2, 0, (L3 | TABLE)
    pte L2, 1, (MEMORY | NORMAL | BLOCK)
    pte L2, 3, (MEMORY | BLOCK)
    pte L2, 4, (MEMORY | NORMAL | BLOCK | READ_ONLY)
    pte L2, 5, (0xf00000000000 | TABLE)
    pte L2, 6, (0xf00000000000 | NORMAL | BLOCK)
    pte L2, 7, (NOWHERE | TABLE)
    pte L2, 8, (L3 | TABLE | (1 << 62))
    pte L2, 9, (L3 | TABLE | (1 << 61))
    pte L2, 10, (MEMORY | NORMAL | BLOCK | USER)
    pte L2, 11, (NOWHERE | NORMAL | BLOCK)
    pte L2, 12, (0x09000000 | DEVICE | BLOCK)
    pte L3, 0, (MEMORY | NORMAL | PAGE)
    pte L3, 1, ((MEMORY + 0x1000) | NORMAL | PAGE | USER)
    pte L3, 2, ((MEMORY + 0x2000) | NORMAL | PAGE | USER | READ_ONLY)
    pte L3, 3, ((MEMORY + 0x3000) | NORMAL | PAGE | READ_ONLY)
    pte L3, 5, ((MEMORY + 0x5000) | PAGE)
    pte L3, 6, ((MEMORY + 0x6000) | NORMAL | PAGE | PXN | USER | READ_ONLY)
    pte L3, 7, ((MEMORY + 0x7000) | NORMAL | PAGE | UXN | USER | READ_ONLY)
    pte L3, 8, ((MEMORY + 0x8000) | NORMAL | BLOCK)
    pte L3, 9, ((MEMORY + 0x9000) | DEVICE | PAGE | USER)
    pte L3, 10, (0xf00000000000 | NORMAL | PAGE)
    pte L3, 11, ((MEMORY + 0xb000) | NORMAL | PAGE | UXN | PXN | USER)
    pte L3, 12, ((MEMORY + 0xc000) | PAGE | READ_ONLY)
    pte L3, 13, ((MEMORY + 0xd000) | NORMAL | PAGE | USER | NOT_GLOBAL)
    pte L3, 14, (NOWHERE | DEVICE | PAGE)
    pte L3, 15, ((MEMORY + 0xf000) | 0x708 | PAGE)
    // Sixteen pages as one contiguous entry, in an order that only the hint makes wrong.
    .set number, 16
    .rept 16
    pte L3, number, ((MEMORY + 0x10000 + (number - 16) * 0x1000) | NORMAL | PAGE | CONTIGUOUS)
    .set number, number + 1
    .endr
    pte L1HIGH, 0, (0x40000000 | NORMAL | BLOCK)
    pte L1HIGH, 511, (L2 | TABLE)
    pte L1HIGH, 510, (0x40000000 | NORMAL | BLOCK | USER)
    // The same user page elsewhere for another address space.
    pte L1OTHER, 0, (DEVICE | BLOCK)
    pte L1OTHER, 1, (0x40000000 | NORMAL | BLOCK)
    pte L1OTHER, 2, (L2OTHER | TABLE)
    pte L2OTHER, 0, (L3OTHER | TABLE)
    pte L3OTHER, 0, (MEMORY | NORMAL | PAGE)
    pte L3OTHER, 13, ((MEMORY + 0xe000) | NORMAL | PAGE | USER | NOT_GLOBAL)
    copy_code code_svc, MEMORY
    copy_code code_svc, (MEMORY + 0x3000)
    copy_code code_svc, (MEMORY + 0x6000)
    copy_code code_svc, (MEMORY + 0x7000)
    copy_code code_svc, (MEMORY + 0xb000)
    set_register mair_el1, MAIR_VALUE
    set_register tcr_el1, TCR_VALUE
    set_register ttbr0_el1, L1
    set_register ttbr1_el1, L1HIGH
    flush
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    say "MMU on\n"

    // Levels of translation faults, access flag, address size, external aborts on walks
    load outside_39, (1 << 39)
    load outside_47, (1 << 47)
    load outside_55, (1 << 55)
    load outside_high 0xffffff7ffffffff8
    fetch fetch_outside, (1 << 40)
    load l1_invalid 0xc0000000
    store l1_invalid_store 0xc0000000
    fetch l1_invalid_fetch 0xc0000004
    load l1_no_af 0x100000008
    load l1_walk_external 0x140000000
    fetch l1_walk_external_fetch 0x140000000
    load l1_ro_load 0x180600000
    store l1_ro_store 0x180600000
    load l1_block_size 0x1c0000000
    load l1_table_size 0x200000000
    load l2_invalid 0x80400010
    load l2_no_af 0x80600000
    store l2_ro 0x80800000
    load l2_table_size 0x80a00000
    load l2_block_size 0x80c00000
    load l2_walk_external 0x80e00000
    load l2_nowhere 0x81600000
    store l2_nowhere_store 0x81600000
    fetch l2_nowhere_fetch 0x81600000
    load l3_page 0x80000000
    load l3_invalid 0x80004ff8
    store l3_invalid_store 0x80004ff8
    fetch l3_invalid_fetch 0x80004ff8
    load l3_no_af 0x80005000
    load l3_reserved 0x80008000
    load l3_size 0x8000a000
    store l3_no_af_ro 0x8000c000
    load l3_nowhere 0x8000e000
    // Permissions at EL1
    store el1_ro 0x80003000
    load el1_user_page 0x80001000
    store el1_user_ro 0x80002000
    fetch el1_fetch 0x80000000
    fetch el1_fetch_ro 0x80003000
    fetch el1_fetch_user_writable 0x80001000
    fetch el1_fetch_pxn 0x80006000
    fetch el1_fetch_uxn 0x80007000
    fetch el1_fetch_device 0x80009000
    fetch el1_fetch_xn 0x8000b000
    store ap_table_ro 0x81000000
    load ap_table_ro_load 0x81000000
    store ap_table_l1 0x240000000
    load ap_table_l1_el0 0x280001000
    fetch xn_table 0x300000000
    fetch pxn_table 0x2c0000000
    // The middle of what crosses two pages
    ldr x20, =0x80003ffc
    try cross_load, ldr x3, [x20]
    try cross_pair, ldp x3, x4, [x20]
    try cross_q, ldr q3, [x20]
    ldr x20, =0x80002ffc
    try cross_ok, ldr x3, [x20]
    try cross_store_first, str x3, [x20]
    ldr x20, =0x80001ffc
    try cross_store_second, str x3, [x20]
    ldr x19, =(MEMORY + 0x1ff8)
    ldr x19, [x19]
    show cross_kept, x19
    ldr x20, =0x80001ff8
    mov x21, #-1
    try cross_stp, stp x21, x21, [x20]
    ldr x20, =0x80003ff0
    try cross_ldp_writeback, ldp x21, x22, [x20, #8]!
    show base x20
    // Alignment
    ldr x20, =0x80000001
    try unaligned, ldr x3, [x20]
    try unaligned_ldxr, ldxr x3, [x20]
    try unaligned_stxr, stxr w4, w3, [x20]
    try unaligned_ldar, ldar w3, [x20]
    try unaligned_stlr, stlr x3, [x20]
    ldr x20, =0x80009001
    try device_unaligned, ldr w3, [x20]
    try device_unaligned_store, strh w3, [x20]
    ldr x20, =0x80009000
    try device_zva, dc zva, x20
    ldr x20, =0x80000008
    try ldxp_half, ldxp x3, x4, [x20]
    mrs x19, sctlr_el1
    orr x0, x19, #2
    msr sctlr_el1, x0
    isb
    ldr x20, =0x80000004
    try a_ldr, ldr x3, [x20]
    try a_ldrw, ldr w3, [x20]
    try a_ldp, ldp w3, w4, [x20]
    try a_ldpx, ldp x3, x4, [x20]
    try a_q, ldr q3, [x20]
    try a_ld1, ld1 {v3.4s}, [x20]
    try a_ld1d, ld1 {v3.2d}, [x20]
    try a_strh, sturh w3, [x20, #1]
    try a_invalid, ldr x3, [x20, #0x4000]
    msr sctlr_el1, x19
    isb
    // EL0
    user user_load_own code_load 0x80001000
    user user_store_own code_store 0x80001000
    user user_load_kernel code_load 0x80000000
    user user_store_ro code_store 0x80002000
    user user_both_ro code_both 0x80002000
    user user_load_none code_load 0x80004000
    user user_load_high code_load 0xffffff8000000000
    user user_load_high_user code_load 0xffffffff80600000
    user user_jump_uxn code_jump 0x80007000
    user user_jump_pxn code_jump 0x80006000
    user user_jump_kernel code_jump 0x80000000
    user user_jump_none code_jump 0x80004000
    user user_jump_odd code_jump 0x80006002
    user user_jump_far code_jump 0x8000000000000000
    user user_zva_kernel code_zva 0x80000000
    user user_civac_own code_civac 0x80001000
    user user_ldxr_ro code_ldxr 0x80002000
    user user_stxr_ro code_stxr 0x80002000
    user user_table_kernel code_load 0x280001000
    // LDTR and STTR
    ldr x20, =0x80000000
    try ldtr_kernel, ldtr x3, [x20]
    try sttr_kernel, sttr x3, [x20]
    ldr x20, =0x80002000
    try ldtr_user, ldtr x3, [x20]
    try sttr_user_ro, sttrb w3, [x20]
    // Cache maintenance by address
    ldr x20, =0x80004000
    try ivau_none, ic ivau, x20
    try cvau_none, dc cvau, x20
    try civac_none, dc civac, x20
    try ivac_none, dc ivac, x20
    try zva_none, dc zva, x20
    ldr x20, =0x80003000
    try ivac_ro, dc ivac, x20
    try civac_ro, dc civac, x20
    try zva_ro, dc zva, x20
    ldr x20, =0x80001040
    mov x21, #-1
    str x21, [x20]
    str x21, [x20, #56]
    str x21, [x20, #64]
    add x20, x20, #13
    try zva, dc zva, x20
    ldr x21, [x20, #-13]
    show zva_first x21
    ldr x21, [x20, #43]
    show zva_last x21
    ldr x21, [x20, #51]
    show zva_beyond x21
    // The upper half, and tags
    ldr x20, =0xffffff8000600000
    mov x21, #0x1234
    try high_store, str x21, [x20]
    ldr x22, =0x40600000
    ldr x21, [x22]
    show high_stored x21
    load high_l1_invalid 0xffffff8040000000
    load tag_ignored_not 0x5500000080000000
    ldr x0, =(TCR_VALUE | (3 << 37))
    msr tcr_el1, x0
    isb
    load tag_low 0x5500000080000000
    load tag_low_fault 0x5500000080004000
    load tag_high 0x55ffff8000600000
    load tag_high_fault 0x55ffff8040000000
    load tag_wrong_bits 0x0001000080000000
    user user_tag_fault code_load 0x7700000080004000
    user user_tag_jump code_jump 0x7700000080006000
    ldr x0, =(TCR_VALUE | (1 << 23))
    msr tcr_el1, x0
    isb
    flush
    load epd1 0xffffff8000600000
    set_register tcr_el1, TCR_VALUE
    flush
    load epd1_off 0xffffff8000600000
    // TLB maintenance: an entry changes, and is seen after TLBI
    pte L3, 4, ((MEMORY + 0x4000) | NORMAL | PAGE)
    dsb sy
    isb
    load valid_now 0x80004000
    pte L3, 4, 0
    dsb sy
    ldr x0, =(0x80004000 >> 12)
    tlbi vae1is, x0
    dsb sy
    isb
    load invalid_again 0x80004000
    store block_before 0x80200000
    pte L2, 1, (MEMORY | NORMAL | BLOCK | READ_ONLY)
    dsb sy
    ldr x0, =(0x80212000 >> 12)
    tlbi vaae1, x0
    dsb sy
    isb
    store block_read_only 0x80200000
    load block_load 0x802ffff8
    load contiguous 0x8001f008
    // ASIDs: 5 and 9, with 5's page at d000 and 9's at e000
    ldr x21, =(MEMORY + 0xd000)
    mov x22, #0xd
    str x22, [x21]
    mov x22, #0xe
    str x22, [x21, #0x1000]
    ldr x20, =0x8000d000
    ldr x19, =(L1 | (5 << 48))
    ldr x23, =(L1OTHER | (9 << 48))
    msr ttbr0_el1, x19
    isb
    ldr x21, [x20]
    show asid5 x21
    msr ttbr0_el1, x23
    isb
    ldr x21, [x20]
    show asid9 x21
    msr ttbr0_el1, x19
    isb
    ldr x21, [x20]
    show asid5_again x21
    // Its entry goes, the other's stays
    pte L3, 13, 0
    dsb sy
    ldr x0, =(5 << 48)
    tlbi aside1, x0
    dsb sy
    isb
    load asid5_gone 0x8000d000
    msr ttbr0_el1, x23
    isb
    load asid9_there 0x8000d000
    msr ttbr0_el1, x19
    isb
    // AT
    par par_el1r s1e1r 0x80000000
    par par_el1w s1e1w 0x80003000
    par par_el0r s1e0r 0x80001000
    par par_el0w s1e0w 0x80002000
    par par_el0_kernel s1e0r 0x80000000
    par par_none s1e1r 0x80004000
    par par_l2 s1e1r 0x80400000
    par par_l1 s1e1r 0xc0000000
    par par_af s1e1r 0x80005000
    par par_size s1e1r 0x8000a000
    par par_outside s1e1r 0x10000000000
    par par_device s1e1r 0x80009123
    par par_block s1e1r 0x802345678
    par par_noncacheable s1e1r 0x8000f000
    par par_high s1e1r 0xffffff8000601000
    ldr x20, =0x80e00000
    try at_walk_external, at s1e1r, x20
    mrs x21, par_el1
    show par_walk_external, x21
    // MMU off again
    mrs x19, sctlr_el1
    bic x0, x19, #1
    msr sctlr_el1, x0
    isb
    load mmu_off 0x80000000
    finish
