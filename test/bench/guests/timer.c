// Timer interrupt load: after each thousand steps of work the virtual timer is due at once, and the handler acknowledges it at
// the GICv2, stops the timer and ends the interrupt. The number of interrupts does not depend on how fast the machine is.
#include "trap.h"

#define GICD_CTLR (*(volatile u32 *)0x08000000)
#define GICD_ISENABLER0 (*(volatile u32 *)0x08000100)
#define GICC_CTLR (*(volatile u32 *)0x08010000)
#define GICC_PMR (*(volatile u32 *)0x08010004)
#define GICC_IAR (*(volatile u32 *)0x0801000c)
#define GICC_EOIR (*(volatile u32 *)0x08010010)
#define VIRTUAL_TIMER 27
#define CNTV_CTL_ENABLE 1

static volatile u64 ticks;

void prepare(void) {
  WRITE(cntv_ctl_el0, 0);
  GICD_ISENABLER0 = 1u << VIRTUAL_TIMER;
  GICD_CTLR = 1;
  GICC_PMR = 0xff;
  GICC_CTLR = 1;
  __asm__ volatile("msr daifclr, #2");
}

void trap(struct frame *frame, u64 vector) {
  if (vector != VECTOR_IRQ_SPX) unexpected(frame, vector);
  u32 acknowledged = GICC_IAR;
  if ((acknowledged & 1023) != VIRTUAL_TIMER) unexpected(frame, vector);
  WRITE(cntv_ctl_el0, 0);
  ISB();
  ticks++;
  GICC_EOIR = acknowledged;
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 n = 0; n < units * 100; n++) {
    for (u64 step = 0; step < 1000; step++) sum = (sum << 7 | sum >> 57) + (step ^ n);
    u64 before = ticks;
    WRITE(cntv_tval_el0, 0);
    WRITE(cntv_ctl_el0, CNTV_CTL_ENABLE);
    ISB();
    while (ticks == before) {}
    sum += ticks;
  }
  return mix(0, sum);
}
