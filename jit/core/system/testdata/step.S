// Bare-metal program: EL1 steps EL0, one instruction at a time, by MDSCR_EL1.SS, and prints ESR, ELR and SPSR of every
// exception; then EL1 steps itself. MMU off. Code at 0x40080000, data at 0x40200000.

.equ UART, 0x09000000
.equ SS, 1 << 21

.global _start
_start:
  ldr x0, =vectors
  msr vbar_el1, x0
  ldr x0, =stack
  mov sp, x0
  msr oslar_el1, xzr
  mov x0, #1
  msr mdscr_el1, x0
  isb
  mov x20, #0                  // exceptions so far
  ldr x0, =0x3c0 + SS
  msr spsr_el1, x0
  adr x0, user
  msr elr_el1, x0
  eret

user:
  nop
  add x1, x1, #1
  b 1f
  nop
1: svc #1
  adr x2, word
  ldxr w3, [x2]
  ldr w3, [x2, #1]             // unaligned: Device memory, MMU off
  .word 0                      // undefined
  bl 2f
2: cbz xzr, 3f
  nop
3: mrs x4, tpidr_el0
  ldr w3, [x2]
  wfi
  b .
word: .word 7

.balign 2048
vectors:
.set n, 0
.rept 16
  .balign 128
  mov x26, #n
  b handler
  .set n, n + 1
.endr

handler:
  mov x0, x26
  bl hex
  mrs x21, esr_el1
  mov x0, x21
  bl hex
  mrs x22, elr_el1
  mov x0, x22
  bl hex
  mrs x23, spsr_el1
  mov x0, x23
  bl hex
  bl newline
  add x20, x20, #1
  cmp x20, #30
  b.eq finish
  // What did not execute is stepped over: all but steps and SVC.
  lsr x0, x21, #26
  cmp x0, #0x32
  b.eq 1f
  cmp x0, #0x33
  b.eq 1f
  cmp x0, #0x15
  b.eq 1f
  add x22, x22, #4
1: msr elr_el1, x22
  orr x23, x23, #SS
  // Every fourth return leaves SS clear: the step exception is pending at once.
  and x0, x20, #3
  cmp x0, #3
  b.ne 2f
  bic x23, x23, #SS
2: cmp x20, #22
  b.eq kernel
  msr spsr_el1, x23
  eret

// From here EL1 is stepped, with PSTATE.D clear and KDE set.
kernel:
  ldr x0, =0x2001
  msr mdscr_el1, x0
  isb
  ldr x0, =0x1c5 + SS
  msr spsr_el1, x0
  adr x0, 1f
  msr elr_el1, x0
  eret
1: nop
  add x1, x1, #1
  svc #2
  nop
  nop
  nop
  nop
  nop
  b .

finish:
  ldr x0, =0x84000008          // PSCI SYSTEM_OFF
  hvc #0
  b .

newline:
  ldr x9, =UART
  mov w0, #10
  str w0, [x9]
  ret
hex:
  mov x10, #36
  ldr x9, =UART
  mov w11, #' '
  str w11, [x9]
2: lsr x11, x0, x10
  and x11, x11, #15
  cmp x11, #10
  add x12, x11, #48
  add x13, x11, #87
  csel x12, x12, x13, lo
  str w12, [x9]
  subs x10, x10, #4
  b.ge 2b
  ret
.ltorg

.bss
.balign 16
.skip 4096
stack:
