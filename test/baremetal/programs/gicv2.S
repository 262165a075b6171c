// GICv2 as software sees it: SGIs, PPIs and SPIs, priorities, preemption, masks, acknowledge and end of interrupt.
#include "prelude.inc"
#include "mmio.inc"

    .set GICD, 0x08000000
    .set GICC, 0x08010000
    .set CTLR, 0x000
    .set TYPER, 0x004
    .set ISENABLER, 0x100
    .set ICENABLER, 0x180
    .set ISPENDR, 0x200
    .set ICPENDR, 0x280
    .set ISACTIVER, 0x300
    .set ICACTIVER, 0x380
    .set IPRIORITYR, 0x400
    .set ITARGETSR, 0x800
    .set ICFGR, 0xc00
    .set SGIR, 0xf00
    .set SPENDSGIR, 0xf20
    .set CPENDSGIR, 0xf10
    .set PMR, 0x04
    .set BPR, 0x08
    .set IAR, 0x0c
    .set EOIR, 0x10
    .set RPR, 0x14
    .set HPPIR, 0x18
    .set DIR, 0x1000

main:
    peek32 typer, (GICD + TYPER)
    peek32 ctlr, (GICD + CTLR)
    peek32 sgi_enabled, (GICD + ISENABLER)
    peek32 targets0, (GICD + ITARGETSR)
    peek32 icfgr0, (GICD + ICFGR)
    peek32 icfgr1, (GICD + ICFGR + 4)
    peek32 pmr, (GICC + PMR)
    peek32 bpr, (GICC + BPR)
    peek32 iar_none, (GICC + IAR)
    peek32 rpr_none, (GICC + RPR)
    peek32 hppir_none, (GICC + HPPIR)
    // Nothing is delivered before all of them say so
    poke32 (GICD + SGIR), 0x02000003
    peek32 pending_sgi, (GICD + ISPENDR)
    interruptible off
    poke32 (GICD + CTLR), 1
    interruptible distributor_only
    poke32 (GICC + CTLR), 1
    interruptible priority_masked
    poke32 (GICC + PMR), 0xff
    peek32 pmr_written, (GICC + PMR)
    peek32 hppir, (GICC + HPPIR)
    peek32 isr_pending, (GICD + ISPENDR)
    interruptible sgi3
    mrs x23, isr_el1
    show isr, x23
    peek32 iar, (GICC + IAR)
    peek32 rpr, (GICC + RPR)
    peek32 active, (GICD + ISACTIVER)
    interruptible active_masks_itself
    poke32 (GICD + SGIR), 0x02000004
    interruptible same_priority
    poke8 (GICD + IPRIORITYR + 5), 0x40
    poke8 (GICD + IPRIORITYR + 3), 0x80
    poke32 (GICD + SGIR), 0x02000005
    peek32 priorities, (GICD + IPRIORITYR + 4)
    peek32 hppir_both, (GICC + HPPIR)
    peek32 eoi_first, (GICC + IAR)
    poke32 (GICC + EOIR), 3
    peek32 rpr_after_eoi, (GICC + RPR)
    peek32 active_after_eoi, (GICD + ISACTIVER)
    peek32 next, (GICC + IAR)
    peek32 next_rpr, (GICC + RPR)
    peek32 then, (GICC + IAR)
    poke32 (GICC + EOIR), 5
    poke32 (GICC + EOIR), 4
    peek32 rest, (GICC + IAR)
    poke32 (GICC + EOIR), 4
    peek32 none, (GICC + IAR)
    peek32 pending_none, (GICD + ISPENDR)
    // Priorities: 32 levels or more, low bits as they are kept
    poke32 (GICD + IPRIORITYR + 8), 0xff817f07
    peek32 priority_bits, (GICD + IPRIORITYR + 8)
    // Preemption: a lower number of higher priority
    poke8 (GICD + IPRIORITYR + 1), 0xa0
    poke8 (GICD + IPRIORITYR + 2), 0x20
    poke32 (GICD + SGIR), 0x02000001
    peek32 low_first, (GICC + IAR)
    poke32 (GICD + SGIR), 0x02000002
    interruptible preempts
    peek32 high_second, (GICC + IAR)
    peek32 rpr_high, (GICC + RPR)
    poke32 (GICC + EOIR), 2
    peek32 rpr_low, (GICC + RPR)
    poke32 (GICC + EOIR), 1
    peek32 rpr_idle, (GICC + RPR)
    // The binary point keeps similar priorities apart
    poke32 (GICC + BPR), 7
    peek32 bpr_7, (GICC + BPR)
    poke32 (GICD + SGIR), 0x02000001
    peek32 bpr_first, (GICC + IAR)
    poke32 (GICD + SGIR), 0x02000002
    interruptible bpr_no_preemption
    poke32 (GICC + EOIR), 1
    peek32 bpr_second, (GICC + IAR)
    poke32 (GICC + EOIR), 2
    poke32 (GICC + BPR), 0
    peek32 bpr_0, (GICC + BPR)
    // PMR
    poke32 (GICC + PMR), 0x20
    poke32 (GICD + SGIR), 0x02000002
    interruptible pmr_equal
    peek32 pmr_iar, (GICC + IAR)
    poke32 (GICC + PMR), 0x28
    interruptible pmr_above
    peek32 pmr_iar, (GICC + IAR)
    poke32 (GICC + EOIR), 2
    poke32 (GICC + PMR), 0xf8
    // SGI filters: all but self, none
    poke32 (GICD + SGIR), 0x01000006
    peek32 all_but_self, (GICD + ISPENDR)
    poke32 (GICD + SGIR), 0x00000006
    peek32 no_list, (GICD + ISPENDR)
    poke32 (GICD + SGIR), 0x00010006
    peek32 list, (GICD + ISPENDR)
    peek32 source, (GICD + SPENDSGIR + 4)
    poke8 (GICD + CPENDSGIR + 6), 1
    peek32 list_cleared, (GICD + ISPENDR)
    poke32 (GICD + ISPENDR), 0x80
    peek32 sgi_by_pendr, (GICD + ISPENDR)
    // SPI 40 (id 72), by the distributor
    peek32 spi_enable_before, (GICD + ISENABLER + 8)
    poke32 (GICD + ISPENDR + 8), 0x100
    interruptible spi_disabled
    peek32 spi_hppir, (GICC + HPPIR)
    poke32 (GICD + ISENABLER + 8), 0x100
    peek32 spi_enable_after, (GICD + ISENABLER + 8)
    peek32 spi_target_before, (GICD + ITARGETSR + 72)
    interruptible spi_target_none
    poke8 (GICD + ITARGETSR + 72), 1
    peek32 spi_target, (GICD + ITARGETSR + 72)
    interruptible spi
    peek32 spi_iar, (GICC + IAR)
    peek32 spi_pending, (GICD + ISPENDR + 8)
    peek32 spi_active, (GICD + ISACTIVER + 8)
    // Pending again while it is active
    poke32 (GICD + ISPENDR + 8), 0x100
    peek32 spi_pending_active, (GICD + ISPENDR + 8)
    interruptible spi_active
    poke32 (GICC + EOIR), 72
    interruptible spi_again
    peek32 spi_iar_again, (GICC + IAR)
    poke32 (GICC + EOIR), 72
    poke32 (GICD + ICFGR + 16), 0x000a0000
    peek32 spi_config, (GICD + ICFGR + 16)
    poke32 (GICD + ICENABLER + 8), 0x100
    peek32 spi_disabled_now, (GICD + ISENABLER + 8)
    poke32 (GICD + ISPENDR + 8), 0x100
    poke32 (GICD + ICPENDR + 8), 0x100
    peek32 spi_unpended, (GICD + ISPENDR + 8)
    // Active state by hand
    poke32 (GICD + ISACTIVER + 8), 0x100
    peek32 activated, (GICD + ISACTIVER + 8)
    poke32 (GICD + ICACTIVER + 8), 0x100
    peek32 deactivated, (GICD + ISACTIVER + 8)
    // The serial port's line (SPI 1, id 33) is a level: it stays pending as long as it is up
    poke32 (GICD + ISENABLER + 4), 2
    poke8 (GICD + ITARGETSR + 33), 1
    poke32 (UART + 0x38), 0x20
    interruptible uart
    peek32 uart_iar, (GICC + IAR)
    poke32 (UART + 0x38), 0
    poke32 (UART + 0x44), 0x7ff
    poke32 (GICC + EOIR), 33
    peek32 uart_after, (GICC + IAR)
    poke32 (GICD + ICENABLER + 4), 2
    // EOImode 1: priority drop and deactivation apart
    poke32 (GICC + CTLR), 0x201
    peek32 eoimode, (GICC + CTLR)
    poke32 (GICC + CTLR), 1
    // Timers: CNTP is PPI 14 (id 30), CNTV PPI 11 (id 27)
    poke32 (GICD + ISENABLER), 0x48000000
    peek32 ppi_enabled, (GICD + ISENABLER)
    mov x0, #100
    msr cntp_tval_el0, x0
    mov x0, #1
    msr cntp_ctl_el0, x0
    isb
1:  mrs x0, cntp_ctl_el0
    tbz x0, #2, 1b
    mrs x23, cntp_ctl_el0
    show cntp_ctl, x23
    peek32 ppi_pending, (GICD + ISPENDR)
    interruptible timer
    peek32 timer_iar, (GICC + IAR)
    mov x0, #3
    msr cntp_ctl_el0, x0
    isb
    mrs x23, cntp_ctl_el0
    show cntp_masked, x23
    peek32 ppi_not_pending, (GICD + ISPENDR)
    poke32 (GICC + EOIR), 30
    interruptible timer_masked
    msr cntp_ctl_el0, xzr
    // WFI until the virtual timer comes
    ldr x0, =20000
    msr cntv_tval_el0, x0
    mov x0, #1
    msr cntv_ctl_el0, x0
    isb
    wfi
    mrs x23, cntv_ctl_el0
    show cntv_ctl, x23
    interruptible virtual_timer
    peek32 virtual_iar, (GICC + IAR)
    msr cntv_ctl_el0, xzr
    poke32 (GICC + EOIR), 27
    peek32 idle, (GICC + IAR)
    // Far away, and in the past
    ldr x0, =0x7fffffff
    msr cntp_tval_el0, x0
    mov x0, #1
    msr cntp_ctl_el0, x0
    isb
    mrs x23, cntp_ctl_el0
    show timer_future, x23
    mov x0, #-1
    msr cntp_tval_el0, x0
    isb
    mrs x23, cntp_ctl_el0
    show timer_past, x23
    msr cntp_cval_el0, x0
    isb
    mrs x23, cntp_ctl_el0
    show timer_never, x23
    msr cntp_cval_el0, xzr
    isb
    mrs x23, cntp_ctl_el0
    show timer_zero, x23
    msr cntp_ctl_el0, xzr
    isb
    mrs x23, cntp_ctl_el0
    show timer_off, x23
    // FIQ is not this group's
    poke32 (GICD + 0x80), 0xffffffff
    peek32 igroupr, (GICD + 0x80)
    finish
