// GICv3 through its system registers, distributor and redistributor: SGIs, PPIs and SPIs, priorities, preemption.
#include "prelude.inc"
#include "mmio.inc"

    .set GICD, 0x08000000
    .set GICR, 0x080a0000
    .set SGI_BASE, GICR + 0x10000
    .set CTLR, 0x000
    .set TYPER, 0x004
    .set WAKER, 0x14
    .set IGROUPR, 0x080
    .set ISENABLER, 0x100
    .set ICENABLER, 0x180
    .set ISPENDR, 0x200
    .set ICPENDR, 0x280
    .set ISACTIVER, 0x300
    .set ICACTIVER, 0x380
    .set IPRIORITYR, 0x400
    .set ICFGR, 0xc00
    .set IROUTER, 0x6000
    .set GICD_PIDR2, GICD + 0xffe8

    .macro peek_register name, register
    mrs x23, \register
    show \name, x23
    .endm

    .macro poke_register register, value
    ldr x0, =\value
    msr \register, x0
    isb
    .endm

    // An SGI to this vCPU.
    .macro sgi number
    ldr x0, =((\number << 24) | 1)
    msr icc_sgi1r_el1, x0
    isb
    .endm

    .macro poke64 address, value
    ldr x0, =\address
    ldr x1, =\value
    str x1, [x0]
    dsb sy
    .endm

main:
    peek32 typer, (GICD + TYPER)
    peek32 pidr2, GICD_PIDR2
    peek32 ctlr, (GICD + CTLR)
    ldr x0, =GICR
    ldr x23, [x0, #8]
    show gicr_typer, x23
    peek32 waker, (GICR + WAKER)
    peek_register sre, icc_sre_el1
    peek_register icc_ctlr, icc_ctlr_el1
    peek_register pmr, icc_pmr_el1
    peek_register bpr1, icc_bpr1_el1
    peek_register bpr0, icc_bpr0_el1
    peek_register igrpen1, icc_igrpen1_el1
    poke_register icc_sre_el1, 7
    peek_register sre_set, icc_sre_el1
    poke32 (GICR + WAKER), 0
    peek32 awake, (GICR + WAKER)
    poke32 (GICD + CTLR), 0x12
    peek32 ctlr_set, (GICD + CTLR)
    poke32 (SGI_BASE + IGROUPR), 0xffffffff
    peek32 igroupr, (SGI_BASE + IGROUPR)
    peek32 enabled, (SGI_BASE + ISENABLER)
    poke32 (SGI_BASE + ISENABLER), 0x4800ffff
    peek32 enabled_set, (SGI_BASE + ISENABLER)
    peek_register iar_none, icc_iar1_el1
    peek_register rpr_none, icc_rpr_el1
    peek_register hppir_none, icc_hppir1_el1
    sgi 3
    peek32 pending, (SGI_BASE + ISPENDR)
    interruptible masked_pmr
    poke_register icc_pmr_el1, 0xff
    peek_register pmr_set, icc_pmr_el1
    interruptible masked_group
    poke_register icc_igrpen1_el1, 1
    peek_register hppir, icc_hppir1_el1
    peek_register isr, isr_el1
    interruptible sgi3
    peek_register iar, icc_iar1_el1
    peek_register rpr, icc_rpr_el1
    peek32 active, (SGI_BASE + ISACTIVER)
    peek32 pending_none, (SGI_BASE + ISPENDR)
    peek_register ap1r0, icc_ap1r0_el1
    sgi 4
    interruptible same_priority
    poke_register icc_eoir1_el1, 3
    peek_register rpr_idle, icc_rpr_el1
    peek_register iar4, icc_iar1_el1
    poke_register icc_eoir1_el1, 4
    peek_register iar_after, icc_iar1_el1
    // Priorities
    poke32 (SGI_BASE + IPRIORITYR), 0x80a020c7
    peek32 priorities, (SGI_BASE + IPRIORITYR)
    sgi 2
    peek_register low_first, icc_iar1_el1
    sgi 1
    interruptible preempts
    peek_register high_second, icc_iar1_el1
    peek_register rpr_high, icc_rpr_el1
    peek_register ap1r0_both, icc_ap1r0_el1
    poke_register icc_eoir1_el1, 1
    peek_register rpr_low, icc_rpr_el1
    poke_register icc_eoir1_el1, 2
    peek_register ap1r0_none, icc_ap1r0_el1
    sgi 3
    sgi 1
    peek_register order_first, icc_iar1_el1
    poke_register icc_eoir1_el1, 1
    peek_register order_second, icc_iar1_el1
    poke_register icc_eoir1_el1, 3
    poke_register icc_bpr1_el1, 7
    peek_register bpr_set, icc_bpr1_el1
    sgi 2
    peek_register bpr_first, icc_iar1_el1
    sgi 1
    interruptible bpr_no_preemption
    poke_register icc_eoir1_el1, 2
    peek_register bpr_second, icc_iar1_el1
    poke_register icc_eoir1_el1, 1
    poke_register icc_bpr1_el1, 0
    peek_register bpr_least, icc_bpr1_el1
    poke_register icc_pmr_el1, 0x20
    sgi 1
    interruptible pmr_equal
    peek_register pmr_iar, icc_iar1_el1
    poke_register icc_pmr_el1, 0x28
    interruptible pmr_above
    peek_register pmr_iar_above, icc_iar1_el1
    poke_register icc_eoir1_el1, 1
    poke_register icc_pmr_el1, 0xf0
    // EOImode 1
    mrs x0, icc_ctlr_el1
    orr x0, x0, #2
    msr icc_ctlr_el1, x0
    isb
    peek_register icc_ctlr_eoi, icc_ctlr_el1
    sgi 5
    peek_register iar5, icc_iar1_el1
    poke_register icc_eoir1_el1, 5
    peek_register dropped, icc_rpr_el1
    peek32 still_active, (SGI_BASE + ISACTIVER)
    sgi 5
    peek_register not_again, icc_iar1_el1
    poke_register icc_dir_el1, 5
    peek32 inactive, (SGI_BASE + ISACTIVER)
    peek_register again, icc_iar1_el1
    poke_register icc_eoir1_el1, 5
    poke_register icc_dir_el1, 5
    poke_register icc_ctlr_el1, 0
    // SPI 40 (id 72)
    poke32 (GICD + IGROUPR + 8), 0xffffffff
    poke64 (GICD + IROUTER + 8 * 72), 0
    poke32 (GICD + ISPENDR + 8), 0x100
    interruptible spi_disabled
    poke32 (GICD + ISENABLER + 8), 0x100
    interruptible spi
    peek_register spi_iar, icc_iar1_el1
    peek32 spi_active, (GICD + ISACTIVER + 8)
    poke32 (GICD + ISPENDR + 8), 0x100
    interruptible spi_active
    poke_register icc_eoir1_el1, 72
    peek_register spi_again, icc_iar1_el1
    poke_register icc_eoir1_el1, 72
    poke64 (GICD + IROUTER + 8 * 72), 0x1
    poke32 (GICD + ISPENDR + 8), 0x100
    interruptible spi_elsewhere
    poke64 (GICD + IROUTER + 8 * 72), 0x80000000
    ldr x0, =(GICD + IROUTER + 8 * 72)
    ldr x23, [x0]
    show irouter, x23
    interruptible spi_any
    peek_register spi_any_iar, icc_iar1_el1
    poke_register icc_eoir1_el1, 72
    // The serial port's line is a level
    poke32 (GICD + IGROUPR + 4), 0xffffffff
    poke32 (GICD + ISENABLER + 4), 2
    poke32 (UART + 0x38), 0x20
    interruptible uart
    peek_register uart_iar, icc_iar1_el1
    poke32 (UART + 0x38), 0
    poke32 (UART + 0x44), 0x7ff
    poke_register icc_eoir1_el1, 33
    peek_register uart_after, icc_iar1_el1
    // Timers
    mov x0, #100
    msr cntp_tval_el0, x0
    mov x0, #1
    msr cntp_ctl_el0, x0
    isb
1:  mrs x0, cntp_ctl_el0
    tbz x0, #2, 1b
    peek32 ppi_pending, (SGI_BASE + ISPENDR)
    interruptible timer
    peek_register timer_iar, icc_iar1_el1
    msr cntp_ctl_el0, xzr
    isb
    peek32 ppi_gone, (SGI_BASE + ISPENDR)
    poke_register icc_eoir1_el1, 30
    ldr x0, =20000
    msr cntv_tval_el0, x0
    mov x0, #1
    msr cntv_ctl_el0, x0
    isb
    wfi
    interruptible virtual_timer
    peek_register virtual_iar, icc_iar1_el1
    msr cntv_ctl_el0, xzr
    poke_register icc_eoir1_el1, 27
    // Not for EL1 without EL2 and EL3, and not for reading
    try eoir_read, mrs x3, s3_0_c12_c12_1
    try iar_write, msr s3_0_c12_c12_0, x3
    try sre_el2, mrs x3, icc_sre_el2
    try ich, mrs x3, ich_hcr_el2
    finish
