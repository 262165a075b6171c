// Bare-metal program: provokes exceptions at EL0 and EL1 and prints what the handler sees, one line each:
// what was done, vector, ESR, FAR, ELR, SPSR. Runs at EL1 on the virt board: code at 0x40080000, data at 0x40200000.

.equ UART, 0x09000000
.equ TEST, 0x80000000          // virtual address of the test pages
.equ PAGES, 14

.global _start
_start:
  ldr x0, =vectors
  msr vbar_el1, x0
  mov x0, #(3 << 20)
  msr cpacr_el1, x0
  isb
  ldr x0, =stack
  mov sp, x0
  bl tables
  ldr x0, =0x00000000000004ff  // 0 normal, 1 device
  msr mair_el1, x0
  // 39 bits, 4 KiB, TTBR1 walks off, 32-bit output addresses, TBI0
  ldr x0, =0x2000993519
  msr tcr_el1, x0
  ldr x0, =level1
  msr ttbr0_el1, x0
  tlbi vmalle1
  dsb sy
  isb
  mrs x0, sctlr_el1
  orr x0, x0, #1
  msr sctlr_el1, x0
  isb
  adr x0, m_pages
  bl puts
  bl matrix
  adr x0, m_wxn
  bl puts
  mrs x0, sctlr_el1
  orr x0, x0, #(1 << 19)
  bl set_sctlr
  bl matrix
  mrs x0, sctlr_el1
  bic x0, x0, #(1 << 19)
  bl set_sctlr
  mov x19, #59                 // PXNTable, UXNTable, APTable[0], APTable[1]
hierarchy:
  adr x0, m_table
  bl puts
  mov x0, x19
  bl hex
  bl newline
  ldr x1, =level2
  ldr x2, =level3
  orr x2, x2, #3
  mov x3, #1
  lsl x3, x3, x19
  orr x2, x2, x3
  str x2, [x1]
  tlbi vmalle1
  dsb sy
  isb
  bl matrix
  add x19, x19, #1
  cmp x19, #63
  b.ne hierarchy
  ldr x1, =level2
  ldr x2, =level3
  orr x2, x2, #3
  str x2, [x1]
  tlbi vmalle1
  dsb sy
  isb
  bl others
  adr x0, m_done
  bl puts
  ldr x0, =0x84000008          // PSCI SYSTEM_OFF
  hvc #0
  b .

set_sctlr:
  msr sctlr_el1, x0
  isb
  ret

// ---- tables ---------------------------------------------------------------------------------------------------------

tables:
  ldr x1, =level1
  ldr x0, =0x0060000000000405  // device, never executable
  str x0, [x1]
  ldr x0, =memory
  orr x0, x0, #3
  str x0, [x1, #8]
  ldr x0, =level2
  orr x0, x0, #3
  str x0, [x1, #16]
  ldr x1, =memory
  ldr x0, =0x40000781          // code: read-only, so that WXN leaves it executable
  str x0, [x1]
  ldr x0, =0x0060000040200701  // data
  str x0, [x1, #8]
  ldr x1, =level2
  ldr x0, =level3
  orr x0, x0, #3
  str x0, [x1]                 // pages
  str xzr, [x1, #8]            // nothing
  ldr x0, =0x40000301          // block, access flag clear
  str x0, [x1, #16]
  ldr x0, =0x240000701         // block beyond the output size
  str x0, [x1, #24]
  ldr x0, =0x240000003         // table beyond the output size
  str x0, [x1, #32]
  ldr x0, =0x400007c1          // block, read-only for both
  str x0, [x1, #40]
  ldr x1, =level3
  ldr x2, =page
  adr x3, attributes
  mov x4, #PAGES
1: ldr x0, [x3], #8
  orr x5, x0, x2
  tst x0, #1
  csel x5, x5, xzr, ne
  str x5, [x1], #8
  subs x4, x4, #1
  b.ne 1b
  // The page holds SVC #0x123 throughout.
  ldr w0, =0xd4002461
  mov x1, #1024
1: str w0, [x2], #4
  subs x1, x1, #1
  b.ne 1b
  dsb sy
  ic iallu
  isb
  ret

.balign 8
attributes:
  .quad 0x703                  // EL1 read-write
  .quad 0x783                  // EL1 read-only
  .quad 0x743                  // read-write for both
  .quad 0x7c3                  // read-only for both
  .quad 0x3c3                  // access flag clear
  .quad 0                      // invalid
  .quad 0x00400000000007c3     // UXN
  .quad 0x00200000000007c3     // PXN
  .quad 0x0060000000000743     // both
  .quad 0x0000000200000703     // beyond the output size
  .quad 0x701                  // reserved form
  .quad 0x707                  // device
  .quad 0xf03                  // not global
  .quad 0x0010000000000703     // contiguous

// ---- every page by every kind of access ---------------------------------------------------------------------------

matrix:
  stp x29, x30, [sp, #-32]!
  stp x19, x20, [sp, #16]
  mov x19, #0
1: mov x20, #0
2: mov x0, x19
  bl hex2
  mov x0, x20
  bl hex2
  ldr x1, =TEST
  add x1, x1, x19, lsl #12
  adr x2, kinds
  ldr x2, [x2, x20, lsl #3]
  blr x2
  bl report
  add x20, x20, #1
  cmp x20, #12
  b.ne 2b
  add x19, x19, #1
  cmp x19, #PAGES
  b.ne 1b
  ldp x19, x20, [sp, #16]
  ldp x29, x30, [sp], #32
  ret

.balign 8
kinds:
  .quad k_ldr, k_str, k_exec, k_ldtr, k_sttr, u_ldr, u_str, u_exec, k_at_r, k_at_w, k_at_ur, k_at_uw

.macro KERNEL name, insn:vararg
\name:
  mov x26, #0
  adr x28, 1f
  \insn
1: ret
.endm
  KERNEL k_ldr, ldr x0, [x1, #16]
  KERNEL k_str, str x27, [x1, #0xff8]
  KERNEL k_ldtr, ldtr x0, [x1, #16]
  KERNEL k_sttr, sttr x27, [x1, #0xf8]
k_exec:
  mov x26, #0
  mov x28, x30
  br x1
.macro USER name, insn:vararg
\name:
  mov x26, #0
  mov x28, x30
  mov x0, #0x3c0
  msr spsr_el1, x0
  adr x0, 1f
  msr elr_el1, x0
  eret
1: \insn
  svc #0x777
.endm
  USER u_ldr, ldr x0, [x1, #16]
  USER u_str, str x27, [x1, #0xff8]
  USER u_exec, br x1
.macro PAR name, op
\name:
  at \op, x1
  isb
  mrs x21, par_el1
  mov x22, #0
  mov x23, #0
  mov x24, #0
  mov x26, #0x99
  ret
.endm
  PAR k_at_r, s1e1r
  PAR k_at_w, s1e1w
  PAR k_at_ur, s1e0r
  PAR k_at_uw, s1e0w

// ---- everything else -------------------------------------------------------------------------------------------------

.macro K name, insn:vararg
  adr x0, 9f
  bl puts
  ldr x1, =TEST
  mov x26, #0
  adr x28, 8f
  \insn
  b 8f
9: .asciz "\name"
  .balign 4
8: bl report
.endm

.macro U name, insn:vararg
  adr x0, 9f
  bl puts
  ldr x1, =TEST
  mov x26, #0
  adr x28, 8f
  mov x0, #0x3c0
  msr spsr_el1, x0
  adr x0, 7f
  msr elr_el1, x0
  eret
7: \insn
  svc #0x777
9: .asciz "\name"
  .balign 4
8: bl report
.endm

.macro RETURN name, mode
  adr x0, 9f
  bl puts
  mov x26, #0
  adr x28, 8f
  ldr x0, =\mode
  msr spsr_el1, x0
  adr x0, 7f
  msr elr_el1, x0
  eret
7: nop
  b 8f
9: .asciz "\name"
  .balign 4
8: bl report
.endm

others:
  stp x29, x30, [sp, #-16]!
  ldr x2, =TEST + 0x200000
  K "level 2 nothing", ldr x0, [x2]
  ldr x2, =TEST + 0x400000
  K "level 2 access flag", ldr x0, [x2, #8]
  ldr x2, =TEST + 0x600000
  K "level 2 address size", ldr x0, [x2]
  ldr x2, =TEST + 0x800000
  K "level 2 table address size", ldr x0, [x2]
  ldr x2, =TEST + 0xa00000
  K "level 2 permission", str x0, [x2]
  ldr x2, =0x100000000
  K "level 1 nothing", str x0, [x2]
  ldr x2, =0x8000000000
  K "beyond the lower half", ldr x0, [x2]
  ldr x2, =0xffffff8000000000
  K "upper half off", ldr x0, [x2]
  ldr x2, =0x5a00000080000000
  K "tagged", ldr x0, [x2]
  ldr x2, =0x5a00000080005000
  K "tagged fault", ldr x0, [x2]
  K "tagged branch", br x2
  ldr x2, =0x80001002
  K "PC alignment", br x2
  U "PC alignment user", br x2
  add x2, x1, #1
  K "exclusive unaligned", ldxr x0, [x2]
  ldr x2, =TEST + 0xb001
  K "device unaligned", ldr w0, [x2]
  K "undefined", .word 0
  U "undefined user", .word 0
  K "brk", brk #0x4321
  U "brk user", brk #0x4321
  K "hlt", hlt #1
  K "svc", svc #0x55
  U "svc user", svc #0x55
  U "hvc user", hvc #1
  U "smc user", smc #1
  U "eret user", eret
  U "mrs sctlr", mrs x3, sctlr_el1
  U "msr tpidrro", msr tpidrro_el0, x3
  U "msr spsel", msr spsel, #0
  mrs x0, sctlr_el1
  ldr x2, =(1 << 9) | (1 << 14) | (1 << 15) | (1 << 16) | (1 << 18) | (1 << 26)
  bic x0, x0, x2
  bl set_sctlr
  U "daif", mrs x3, daif
  U "msr daif", msr daif, x7
  U "daifset", msr daifset, #5
  U "ctr", mrs x9, ctr_el0
  U "dczid", mrs x3, dczid_el0
  U "dc zva", dc zva, x1
  U "dc cvau", dc cvau, x1
  U "ic ivau", ic ivau, x1
  U "dc civac", dc civac, x1
  U "wfi", wfi
  U "cntvct", mrs x5, cntvct_el0
  U "cntpct", mrs x6, cntpct_el0
  U "cntv_ctl", msr cntv_ctl_el0, x8
  U "cntfrq", mrs x6, cntfrq_el0
  U "pmccntr", mrs x6, pmccntr_el0
  mrs x0, sctlr_el1
  orr x0, x0, x2
  ldr x2, =(1 << 9) | (1 << 14) | (1 << 15) | (1 << 16) | (1 << 18) | (1 << 26)
  orr x0, x0, x2
  bl set_sctlr
  ldr x1, =TEST + 0x5000
  U "dc cvau allowed", dc cvau, x1
  ldr x2, =TEST + 0x5040
  U "dc cvau nothing", dc cvau, x2
  K "dc cvac nothing", dc cvac, x2
  K "ic ivau nothing", ic ivau, x2
  ldr x2, =TEST + 0x1000
  K "dc ivac read-only", dc ivac, x2
  K "dc zva read-only", dc zva, x2
  ldr x2, =TEST + 0x2000
  U "dc zva allowed", dc zva, x2
  msr cpacr_el1, xzr
  isb
  K "fp", fmov d0, xzr
  U "fp user", fmov d0, xzr
  K "fpcr", mrs x3, fpcr
  mov x0, #(1 << 20)
  msr cpacr_el1, x0
  isb
  K "fp el1 only", fmov d0, xzr
  U "fp el1 only user", fmov d0, xzr
  mov x0, #(3 << 20)
  msr cpacr_el1, x0
  isb
  U "fp allowed", fmov d0, xzr
  RETURN "return to AArch32", 0x3d0
  RETURN "return to EL2", 0x3c9
  RETURN "return to EL3", 0x3cd
  RETURN "return to EL0h", 0x3c1
  RETURN "return to reserved", 0x3c6
  RETURN "return with IL", 0x1003c5
  RETURN "return to EL1t", 0xf00003c4
  mov x0, #0x3c5
  K "flags", nop
  ldp x29, x30, [sp], #16
  ret

// ---- handler and printing -------------------------------------------------------------------------------------------

.balign 2048
vectors:
.set n, 0
.rept 16
  .balign 128
  mov x26, #n + 1
  b trap
  .set n, n + 1
.endr
trap:
  mrs x21, esr_el1
  mrs x22, far_el1
  mrs x23, elr_el1
  mrs x24, spsr_el1
  msr elr_el1, x28
  mov x27, #0x3c5
  msr spsr_el1, x27
  eret

// x26: 0 nothing happened, else what follows counts. FAR is printed only where ESR's class defines it.
report:
  stp x29, x30, [sp, #-16]!
  mov x0, #':'
  bl putc
  mov x0, x26
  bl hex2
  cbz x26, 2f
  mov x0, x21
  bl hex
  lsr x0, x21, #26
  and x0, x0, #0x3f
  cmp x0, #0x20
  b.lo 1f
  cmp x0, #0x25
  b.hi 1f
  mov x0, x22
  bl hex
1: mov x0, x23
  bl hex
  mov x0, x24
  bl hex
2: bl newline
  ldp x29, x30, [sp], #16
  ret

newline:
  mov x0, #10
putc:
  ldr x9, =UART
  str w0, [x9]
  ret
puts:
  ldr x9, =UART
1: ldrb w10, [x0], #1
  cbz w10, 2f
  str w10, [x9]
  b 1b
2: ret
hex2:
  mov x10, #4
  b 1f
hex:
  mov x10, #60
1: ldr x9, =UART
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
m_pages: .asciz "pages\n"
m_wxn: .asciz "WXN\n"
m_table: .asciz "table bit"
m_done: .asciz "DONE\n"

.bss
.balign 4096
level1: .skip 4096
memory: .skip 4096
level2: .skip 4096
level3: .skip 4096
page: .skip 4096
.skip 4096
stack:
