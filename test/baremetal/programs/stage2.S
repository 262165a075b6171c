// Stage 2 translation: faults of EL1 and EL0 taken to EL2 with HPFAR_EL2, ISV and S1PTW, permissions of both stages, AT.
// Starts at EL2. The guest sees its memory at the addresses it has, as far as it may see it.
#include "prelude.inc"
#include "tables.inc"

    .set S2L1, 0x40400000
    .set S2L2, 0x40401000
    .set S2L3, 0x40402000
    .set S1L1, 0x40410000
    .set S1L2, 0x40411000
    .set S1L3, 0x40412000
    .set MEMORY, 0x40600000
    .set S2_NORMAL, 0x73c       // AF, inner shareable, write-back
    .set S2_DEVICE, 0x404
    .set S2_READ, 1 << 6
    .set S2_WRITE, 1 << 7
    .set S2_RW, S2_READ | S2_WRITE
    .set S2_XN, 1 << 54
    // 39 bits of IPA from level 1, 40 bits of PA
    .set VTCR_VALUE, 0x80023559

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

    .macro flush2
    dsb sy
    tlbi alle1
    dsb sy
    isb
    .endm

    .macro par name, operation, address
    ldr x20, =\address
    at \operation, x20
    isb
    mrs x23, par_el1
    show \name, x23
    .endm

main:
    ldr x24, =vectors
    pte S2L1, 0, (S2_DEVICE | BLOCK | S2_RW)
    pte S2L1, 1, (S2L2 | TABLE)
    pte S2L1, 3, (0x40000000 | (S2_NORMAL - 0x400) | BLOCK | S2_RW)
    pte S2L1, 4, (0xf00000000000 | TABLE)
    pte S2L1, 5, (0x30000000000 | TABLE)
    .set number, 0
    .rept 3
    pte S2L2, number, ((0x40000000 + number * 0x200000) | S2_NORMAL | BLOCK | S2_RW)
    .set number, number + 1
    .endr
    pte S2L2, 3, (S2L3 | TABLE)
    pte S2L2, 5, (MEMORY | S2_NORMAL | BLOCK | S2_READ)
    pte S2L2, 6, (MEMORY | S2_NORMAL | BLOCK | S2_WRITE)
    pte S2L2, 7, (MEMORY | S2_NORMAL | BLOCK)
    pte S2L2, 8, (MEMORY | S2_NORMAL | BLOCK | S2_RW | S2_XN)
    pte S2L2, 9, (0xf00000000000 | S2_NORMAL | BLOCK | S2_RW)
    pte S2L2, 10, (0x30000000000 | S2_NORMAL | BLOCK | S2_RW)
    pte S2L3, 0, (MEMORY | S2_NORMAL | PAGE | S2_RW)
    pte S2L3, 1, ((MEMORY + 0x1000) | S2_NORMAL | PAGE | S2_READ)
    pte S2L3, 3, ((MEMORY + 0x3000) | (S2_NORMAL - 0x400) | PAGE | S2_RW)
    pte S2L3, 4, ((MEMORY + 0x4000) | S2_DEVICE | PAGE | S2_RW)
    pte S2L3, 5, ((MEMORY + 0x7000) | S2_NORMAL | PAGE | S2_RW)
    pte S2L3, 6, ((MEMORY + 0x6000) | S2_NORMAL | BLOCK | S2_RW)
    set_register vtcr_el2, VTCR_VALUE
    set_register vttbr_el2, (S2L1 | (7 << 48))
    ldr x0, =0x30d00800
    msr sctlr_el1, x0
    ldr x0, =((1 << 31) | 1)
    msr hcr_el2, x0
    isb
    flush2
    // Stage 1 off
    ldr x21, =MEMORY
    ldr x22, =(MEMORY + 0x2010)
    guest normal, ldr x3, [x21]
    guest load_x, ldr x3, [x22]
    guest load_w, ldr w4, [x22, #4]
    guest load_h, ldrh w5, [x22]
    guest load_b, ldrb w6, [x22, #1]
    guest load_sb, ldrsb w7, [x22]
    guest load_sbx, ldrsb x8, [x22]
    guest load_sh, ldrsh x9, [x22]
    guest load_sw, ldrsw x10, [x22]
    guest load_zr, ldr xzr, [x22]
    guest load_register, ldr x3, [x22, xzr]
    guest load_unscaled, ldur w3, [x22, #-4]
    guest load_unprivileged, ldtr x3, [x22]
    guest load_post, ldr x3, [x22], #8
    guest load_pre, ldr x3, [x22, #8]!
    guest load_acquire, ldar w3, [x22]
    guest load_exclusive, ldxr x3, [x22]
    guest load_pair, ldp x3, x4, [x22]
    guest load_q, ldr q3, [x22]
    guest load_s, ldr s3, [x22]
    guest load_structure, ld1 {v3.16b}, [x22]
    guest store_x, str x3, [x22]
    guest store_w, str w4, [x22]
    guest store_h, strh w5, [x22]
    guest store_b, strb w30, [x22]
    guest store_zr, str xzr, [x22]
    guest store_post, str x3, [x22], #8
    guest store_pair, stp x3, x4, [x22]
    guest store_release, stlr x3, [x22]
    guest store_q, str q3, [x22]
    guest prefetch, prfm pldl1keep, [x22]
    guest fetch, br x22
    guest zva, dc zva, x22
    guest civac, dc civac, x22
    user user_load, ldr x3, [x22]
    user user_fetch, br x22
    guest load_read_only, ldr x3, [x21, #0x1000]
    guest store_read_only, str x3, [x21, #0x1000]
    ldr x22, =(MEMORY + 0x3ff8)
    guest access_flag, ldr x3, [x22]
    ldr x22, =(MEMORY + 0x6000)
    guest reserved, ldr x3, [x22]
    ldr x22, =0x40800000
    guest l2_invalid, ldr x3, [x22]
    ldr x22, =0x40a01000
    guest l2_read, ldr x3, [x22]
    guest l2_read_store, str x3, [x22]
    ldr x22, =0x40c00000
    guest l2_write_load, ldr x3, [x22]
    guest l2_write, str x3, [x22]
    ldr x22, =0x40e00000
    guest l2_none, ldr x3, [x22]
    guest l2_none_fetch, br x22
    ldr x22, =0x41000000
    guest l2_xn_load, ldr x3, [x22]
    guest l2_xn_fetch, br x22
    ldr x22, =0x41200000
    guest l2_size, ldr x3, [x22]
    ldr x22, =0x41400000
    guest l2_nowhere, ldr x3, [x22]
    ldr x22, =0x80000000
    guest l1_invalid, ldr x3, [x22]
    guest l1_invalid_fetch, br x22
    ldr x22, =0xc0000000
    guest l1_access_flag, ldr x3, [x22]
    ldr x22, =0x100000000
    guest l1_size, ldr x3, [x22]
    ldr x22, =0x140000000
    guest l1_walk_external, ldr x3, [x22]
    ldr x22, =0x8000000000
    guest outside, ldr x3, [x22]
    ldr x22, =0x8000000000000000
    guest outside_all, ldr x3, [x22]
    ldr x22, =(MEMORY + 0x1ffc)
    guest cross, ldur x3, [x22]
    ldr x22, =(MEMORY + 0x4001)
    guest device_unaligned, ldrh w3, [x22]
    // Stage 1 on
    pte S1L1, 0, (DEVICE | BLOCK)
    pte S1L1, 1, (0x40000000 | NORMAL | BLOCK)
    pte S1L1, 2, (S1L2 | TABLE)
    pte S1L1, 3, ((MEMORY + 0x2000) | TABLE)        // a table that stage 2 does not map
    pte S1L1, 4, (0x80000000 | TABLE)
    pte S1L1, 6, (0x40a00000 | TABLE)               // a table that is read-only
    pte S1L2, 0, (S1L3 | TABLE)
    pte S1L2, 1, (0x40800000 | NORMAL | BLOCK)
    pte S1L2, 2, ((MEMORY + 0x2000) | TABLE)
    pte S1L2, 3, (MEMORY | NORMAL | BLOCK)
    pte S1L3, 0, (MEMORY | NORMAL | PAGE | USER)
    pte S1L3, 1, ((MEMORY + 0x1000) | NORMAL | PAGE | USER)
    pte S1L3, 2, ((MEMORY + 0x2000) | NORMAL | PAGE | USER)
    pte S1L3, 3, ((MEMORY + 0x1000) | NORMAL | PAGE | READ_ONLY)
    pte S1L3, 4, ((MEMORY + 0x2000) | NORMAL | PAGE | READ_ONLY)
    pte S1L3, 5, ((MEMORY + 0x5000) | NORMAL | PAGE)
    set_register mair_el1, MAIR_VALUE
    set_register tcr_el1, 0x280803519
    set_register ttbr0_el1, S1L1
    flush2
    ldr x0, =0x30d00801
    msr sctlr_el1, x0
    isb
    ldr x22, =0x80000000
    guest s1_normal, ldr x3, [x22]
    guest s1_ro, str x3, [x22, #0x1000]
    guest s1_unmapped, ldr x3, [x22, #0x2000]
    guest s1_unmapped_store, str w3, [x22, #0x2004]
    guest s1_both_ro, str x3, [x22, #0x3000]
    guest s1_ro_s2_none, str x3, [x22, #0x4000]
    guest s1_ro_s2_none_load, ldr x3, [x22, #0x4000]
    guest s1_translation, ldr x3, [x22, #0x6000]
    guest s1_cas, ldxr x3, [x22]
    ldr x22, =0x80200000
    guest s1_block_unmapped, ldr x3, [x22]
    guest s1_block_fetch, br x22
    ldr x22, =0x80400000
    guest walk_l3, ldr x3, [x22]
    guest walk_l3_store, str x3, [x22]
    guest walk_l3_fetch, br x22
    ldr x22, =0xc0000000
    guest walk_l2, ldr x3, [x22]
    ldr x22, =0x100000008
    guest walk_l2_high, ldr w3, [x22]
    ldr x22, =0x180000000
    guest walk_read_only, ldr x3, [x22]
    ldr x22, =0x140000000
    guest s1_l1, ldr x3, [x22]
    ldr x22, =0x80602000
    guest s1_block_s2_page, ldr x3, [x22]
    // The page that lies elsewhere in stage 2
    ldr x22, =(MEMORY + 0x7008)
    mov x23, #0x77
    str x23, [x22]
    ldr x22, =0x80005008
    guest elsewhere, ldr x23, [x22]
    show elsewhere, x23
    // AT
    par at_s12_ok, s12e1r, 0x80000000
    par at_s12_ro, s12e1w, 0x80001000
    par at_s12_unmapped, s12e1r, 0x80002000
    par at_s12_s1, s12e1r, 0x80006000
    par at_s12_walk, s12e1r, 0x80400000
    par at_s12_user, s12e0r, 0x80005000
    par at_s1_unmapped, s1e1r, 0x80002000
    par at_s1_walk, s1e1r, 0x80400000
    par at_s1e2, s1e2r, 0x80000000
    ldr x22, =0x80002000
    guest at_in_guest, at s1e1r, x22
    mrs x23, par_el1
    show at_in_guest, x23
    ldr x22, =0x80400000
    guest at_walk_in_guest, at s1e1r, x22
    // TLB maintenance by IPA
    ldr x22, =0x80000000
    guest before, ldr x3, [x22]
    pte S2L3, 0, 0
    dsb sy
    ldr x0, =(MEMORY >> 12)
    tlbi ipas2e1is, x0
    dsb sy
    tlbi vmalle1is
    dsb sy
    isb
    guest after, ldr x3, [x22]
    // Another VMID sees its own
    pte S2L3, 0, (MEMORY | S2_NORMAL | PAGE | S2_RW)
    set_register vttbr_el2, (S2L1 | (8 << 48))
    guest other_vmid, ldr x3, [x22]
    // HCR_EL2.PTW: a walk through Device memory
    pte S1L1, 7, ((MEMORY + 0x4000) | TABLE)
    ldr x0, =((1 << 31) | 1 | (1 << 2))
    msr hcr_el2, x0
    isb
    flush2
    ldr x22, =0x1c0000000
    guest protected_walk, ldr x3, [x22]
    // HCR_EL2.DC: stage 1 off is cacheable, so unaligned accesses are allowed
    ldr x0, =0x30d00800
    msr sctlr_el1, x0
    ldr x0, =((1 << 31) | 1 | (1 << 12))
    msr hcr_el2, x0
    isb
    flush2
    ldr x22, =(MEMORY + 1)
    guest default_cacheable, ldr x3, [x22]
    ldr x0, =(1 << 31)
    msr hcr_el2, x0
    isb
    // EL2's own translation
    set_register mair_el2, MAIR_VALUE
    set_register tcr_el2, 0x80823519
    set_register ttbr0_el2, S1L1
    dsb sy
    tlbi alle2
    dsb sy
    isb
    ldr x0, =0x30c51835
    msr sctlr_el2, x0
    isb
    msr far_el2, xzr
    msr hpfar_el2, xzr
    ldr x22, =0x80000000
    try el2_load, ldr x3, [x22]
    try el2_store_ro, str x3, [x22, #0x3000]
    try el2_invalid, ldr x3, [x22, #0x6000]
    ldr x22, =0xffffff8000000000
    try el2_high, ldr x3, [x22]
    par el2_par, s1e2r, 0x80000000
    par el2_par_none, s1e2w, 0x80003000
    finish
