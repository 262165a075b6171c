// The virtual CPU interface of GICv3: list registers, virtual acknowledge and end of interrupt, maintenance, traps of the
// physical interface's registers. Starts at EL2.
#include "prelude.inc"
#include "mmio.inc"

    .macro peek name, register
    mrs x23, \register
    show \name, x23
    .endm

    .macro poke register, value
    ldr x0, =\value
    msr \register, x0
    isb
    .endm

    .macro guest name, instruction:vararg
    b 77780f
77779:
    \instruction
    hvc #0x55
77780:
    try_from_el2 \name, 0x3c5, 77779b
    .endm

    .macro lr_state name
    mrs x23, s3_4_c12_c12_0     // ICH_LR0_EL2
    show \name, x23
    mrs x23, s3_4_c12_c12_1
    show lr1, x23
    mrs x23, ich_misr_el2
    show misr, x23
    mrs x23, ich_eisr_el2
    show eisr, x23
    mrs x23, ich_elrsr_el2
    show elrsr, x23
    mrs x23, s3_4_c12_c9_0      // ICH_AP1R0_EL2
    show ap1r0, x23
    .endm

open_irq: msr daifclr, #2
    nop
    hvc #0x56

main:
    poke icc_sre_el2, 0xf
    poke icc_sre_el1, 7
    poke icc_pmr_el1, 0xff
    poke icc_igrpen1_el1, 1
    peek vtr, ich_vtr_el2
    peek hcr, ich_hcr_el2
    peek vmcr, ich_vmcr_el2
    peek misr, ich_misr_el2
    ldr x0, =((1 << 31) | (1 << 4) | (1 << 3))
    msr hcr_el2, x0
    poke ich_hcr_el2, 1
    // The guest's own settings are in VMCR
    guest pmr, msr icc_pmr_el1, x21
    ldr x21, =0xf0
    guest pmr_set, msr icc_pmr_el1, x21
    mov x21, #1
    guest enable, msr icc_igrpen1_el1, x21
    peek vmcr_set, ich_vmcr_el2
    guest read_pmr, mrs x23, icc_pmr_el1
    show guest_pmr, x23
    guest iar_none, mrs x23, icc_iar1_el1
    show guest_iar, x23
    // A virtual interrupt 40 of priority 0x80, group 1
    poke s3_4_c12_c12_0, ((1 << 62) | (1 << 60) | (0x80 << 48) | 40)
    peek isr_el2, isr_el1
    lr_state pending
    try_from_el2 virtual_irq, 0x3c5, open_irq
    guest iar, mrs x23, icc_iar1_el1
    show iar, x23
    lr_state active
    guest rpr, mrs x23, icc_rpr_el1
    show rpr, x23
    mov x21, #40
    guest eoi, msr icc_eoir1_el1, x21
    lr_state inactive
    // Higher priority first, preemption
    poke s3_4_c12_c12_0, ((1 << 62) | (1 << 60) | (0xa0 << 48) | 41)
    poke s3_4_c12_c12_1, ((1 << 62) | (1 << 60) | (0x40 << 48) | 42 | (1 << 41))
    guest hppir, mrs x23, icc_hppir1_el1
    show hppir, x23
    guest iar_high, mrs x23, icc_iar1_el1
    show iar_high, x23
    guest iar_low, mrs x23, icc_iar1_el1
    show iar_low, x23
    mov x21, #42
    guest eoi_high, msr icc_eoir1_el1, x21
    lr_state maintenance
    guest iar_then, mrs x23, icc_iar1_el1
    show iar_then, x23
    mov x21, #41
    guest eoi_low, msr icc_eoir1_el1, x21
    lr_state done
    // Pending and active at once
    poke s3_4_c12_c12_1, 0
    poke s3_4_c12_c12_0, ((3 << 62) | (1 << 60) | (0x80 << 48) | 43)
    lr_state both
    // Underflow, no pending and group enables as maintenance
    poke ich_hcr_el2, 0xf
    peek misr_underflow, ich_misr_el2
    poke s3_4_c12_c12_0, 0
    poke ich_hcr_el2, 0x4b
    peek misr_groups, ich_misr_el2
    // EOI of what has left its list register
    poke ich_hcr_el2, 5
    poke s3_4_c12_c12_0, ((1 << 62) | (1 << 60) | (0x80 << 48) | 45)
    guest iar_absent, mrs x21, icc_iar1_el1
    poke s3_4_c12_c12_0, 0
    guest eoi_absent, msr icc_eoir1_el1, x21
    peek hcr_eoicount, ich_hcr_el2
    // Priority mask
    poke ich_hcr_el2, 1
    poke s3_4_c12_c12_0, ((1 << 62) | (1 << 60) | (0xf8 << 48) | 44)
    guest masked, mrs x23, icc_iar1_el1
    show masked_iar, x23
    guest masked_isr, mrs x23, isr_el1
    show masked_isr, x23
    // Traps
    poke ich_hcr_el2, (1 | (1 << 10))
    guest trap_common, mrs x23, icc_pmr_el1
    guest trap_common_not_iar, mrs x23, icc_iar1_el1
    poke ich_hcr_el2, (1 | (1 << 12))
    guest trap_group1, mrs x23, icc_iar1_el1
    guest trap_group1_bpr, msr icc_bpr1_el1, x23
    guest trap_sgi_not, mrs x23, icc_pmr_el1
    poke ich_hcr_el2, (1 | (1 << 11))
    guest trap_group0, mrs x23, icc_iar0_el1
    poke ich_hcr_el2, 1
    guest sgi_is_trapped, msr icc_sgi1r_el1, x23
    guest sre_el2, mrs x23, icc_sre_el2
    guest sre, mrs x23, icc_sre_el1
    show sre, x23
    finish
