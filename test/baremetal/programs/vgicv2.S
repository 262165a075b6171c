// The virtual interface of GICv2: list registers, the guest's CPU interface, maintenance. Starts at EL2.
#include "prelude.inc"
#include "mmio.inc"

    .set GICD, 0x08000000
    .set GICC, 0x08010000
    .set GICH, 0x08030000
    .set GICV, 0x08040000
    .set HCR, 0x00
    .set VTR, 0x04
    .set VMCR, 0x08
    .set MISR, 0x10
    .set EISR0, 0x20
    .set ELRSR0, 0x30
    .set APR, 0xf0
    .set LR0, 0x100
    .set LR1, 0x104

    .macro guest name, instruction:vararg
    b 77780f
77779:
    \instruction
    hvc #0x55
77780:
    try_from_el2 \name, 0x3c5, 77779b
    .endm

    .macro state name
    peek32 \name, (GICH + LR0)
    peek32 lr1, (GICH + LR1)
    peek32 misr, (GICH + MISR)
    peek32 eisr, (GICH + EISR0)
    peek32 elrsr, (GICH + ELRSR0)
    peek32 apr, (GICH + APR)
    .endm

open_irq: msr daifclr, #2
    nop
    hvc #0x56

main:
    ldr x24, =GICV
    peek32 vtr, (GICH + VTR)
    peek32 hcr, (GICH + HCR)
    peek32 vmcr, (GICH + VMCR)
    peek32 misr, (GICH + MISR)
    ldr x0, =((1 << 31) | (1 << 4))
    msr hcr_el2, x0
    isb
    poke32 (GICH + HCR), 1
    poke32 (GICV + 0), 1
    poke32 (GICV + 4), 0xf0
    peek32 vmcr_set, (GICH + VMCR)
    peek32 gicv_pmr, (GICV + 4)
    peek32 gicv_bpr, (GICV + 8)
    peek32 gicv_iar, (GICV + 12)
    peek32 gicv_rpr, (GICV + 20)
    peek32 gicv_hppir, (GICV + 24)
    // Interrupt 40 of priority 0x80, group 0
    poke32 (GICH + LR0), ((1 << 28) | (0x10 << 23) | 40)
    state pending
    try_from_el2 virtual_irq, 0x3c5, open_irq
    guest iar, ldr w23, [x24, #12]
    show iar, x23
    state active
    peek32 rpr, (GICV + 20)
    mov x21, #40
    guest eoi, str w21, [x24, #16]
    state inactive
    // Priorities, preemption and EOI maintenance
    poke32 (GICH + LR0), ((1 << 28) | (0x14 << 23) | 41)
    poke32 (GICH + LR1), ((1 << 28) | (0x08 << 23) | (1 << 19) | 42)
    peek32 hppir, (GICV + 24)
    guest iar_high, ldr w23, [x24, #12]
    show iar_high, x23
    guest iar_low, ldr w23, [x24, #12]
    show iar_low, x23
    mov x21, #42
    guest eoi_high, str w21, [x24, #16]
    state maintenance
    guest iar_then, ldr w23, [x24, #12]
    show iar_then, x23
    mov x21, #41
    guest eoi_low, str w21, [x24, #16]
    state done
    poke32 (GICH + LR1), 0
    poke32 (GICH + HCR), 0xf
    peek32 misr_underflow, (GICH + MISR)
    // An SGI has its sender
    poke32 (GICH + HCR), 1
    poke32 (GICH + LR0), ((1 << 28) | (0x10 << 23) | (3 << 10) | 5)
    guest iar_sgi, ldr w23, [x24, #12]
    show iar_sgi, x23
    guest eoi_sgi, str w23, [x24, #16]
    state sgi
    // A physical interrupt is deactivated with its virtual one
    poke32 (GICD + 0), 1
    poke32 (GICC + 0), 0x201
    poke32 (GICC + 4), 0xff
    poke32 (GICD + 0x108), 0x100
    poke8 (GICD + 0x848), 1
    poke32 (GICD + 0x208), 0x100
    peek32 physical_iar, (GICC + 12)
    poke32 (GICC + 16), 72
    peek32 physical_active, (GICD + 0x308)
    poke32 (GICH + LR0), ((1 << 31) | (1 << 28) | (0x10 << 23) | (72 << 10) | 72)
    guest iar_hardware, ldr w23, [x24, #12]
    show iar_hardware, x23
    guest eoi_hardware, str w23, [x24, #16]
    state hardware
    peek32 physical_inactive, (GICD + 0x308)
    finish
