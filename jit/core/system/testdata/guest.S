// Bare-metal program: a hypervisor at EL2 lets EL1 run into stage 2 and into its traps, and prints what it sees, one
// line each: what EL1 did, vector, ESR_EL2, FAR_EL2 and HPFAR_EL2 of aborts, ELR_EL2, SPSR_EL2. Runs at EL2 on the
// virt board with virtualization=on: code at 0x40080000, data at 0x40200000.

.equ UART, 0x09000000
.equ TEST, 0x80000000          // intermediate address of the test pages
.equ PAGES, 10
.equ HCR_RW, 1 << 31
.equ HCR_VM, 1

.global _start
_start:
  ldr x0, =vectors2
  msr vbar_el2, x0
  ldr x0, =vectors1
  msr vbar_el1, x0
  mov x0, #0x33ff
  msr cptr_el2, x0
  mov x0, #(3 << 20)
  msr cpacr_el1, x0
  mov x0, #3
  msr cnthctl_el2, x0
  ldr x0, =0x30d00800
  msr sctlr_el1, x0
  ldr x0, =stack
  mov sp, x0
  bl tables
  ldr x0, =0x80023560          // 32 bits from level 1, 4 KiB, 40-bit output
  msr vtcr_el2, x0
  ldr x0, =level1
  msr vttbr_el2, x0
  mov x0, #HCR_RW
  orr x0, x0, #HCR_VM
  msr hcr_el2, x0
  isb
  tlbi vmalls12e1
  dsb sy
  isb
  bl matrix
  bl syndromes
  bl traps
  bl virtual
  adr x0, m_done
  bl puts
  ldr x0, =0x84000008          // PSCI SYSTEM_OFF
  smc #0
  b .

tables:
  ldr x1, =level1
  ldr x0, =0x00400000000004c5  // block: device, read-write, never executed
  str x0, [x1]
  ldr x0, =0x400007fd          // block: normal, read-write
  str x0, [x1, #8]
  ldr x0, =level2
  orr x0, x0, #3
  str x0, [x1, #16]
  ldr x1, =level2
  ldr x0, =level3
  orr x0, x0, #3
  str x0, [x1]
  str xzr, [x1, #8]
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
  ldr w0, =0xd4002462          // HVC #0x123
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
  .quad 0x7ff                  // read-write
  .quad 0x77f                  // read-only
  .quad 0x7bf                  // write-only
  .quad 0x73f                  // none
  .quad 0x3ff                  // access flag clear
  .quad 0                      // invalid
  .quad 0x00400000000007ff     // never executed
  .quad 0x00001000000007ff     // beyond the output size
  .quad 0x7fd                  // reserved form
  .quad 0x7c7                  // device

// ---- every page by every kind of access ----------------------------------------------------------------------------

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
  cmp x20, #5
  b.ne 2b
  add x19, x19, #1
  cmp x19, #PAGES
  b.ne 1b
  ldp x19, x20, [sp, #16]
  ldp x29, x30, [sp], #32
  ret

.balign 8
kinds:
  .quad g_ldr, g_str, g_exec, at_r, at_w

.macro GUEST name, insn:vararg
\name:
  mov x26, #0
  mov x28, x30
  mov x0, #0x3c5
  msr spsr_el2, x0
  adr x0, 1f
  msr elr_el2, x0
  eret
1: \insn
  hvc #0x777
.endm
  GUEST g_ldr, ldr x3, [x1, #16]
  GUEST g_str, str x27, [x1, #0xff8]
  GUEST g_exec, br x1
.macro PAR name, op
\name:
  at \op, x1
  isb
  mrs x21, par_el1
  mov x23, #0
  mov x24, #0
  mov x26, #0x99
  ret
.endm
  PAR at_r, s12e1r
  PAR at_w, s12e1w

// ---- single instructions ---------------------------------------------------------------------------------------------

.macro G name, insn:vararg
  adr x0, 9f
  bl puts
  mov x26, #0
  adr x28, 8f
  mov x0, #0x3c5
  msr spsr_el2, x0
  adr x0, 7f
  msr elr_el2, x0
  ldr x1, =TEST + 0x5000
  eret
7: \insn
  hvc #0x777
9: .asciz "\name"
  .balign 4
8: bl report
.endm

// With HCR_EL2 bits set beside RW and VM.
.macro H name, bit, insn:vararg
  ldr x0, =(HCR_RW | HCR_VM | \bit)
  msr hcr_el2, x0
  isb
  G "\name", \insn
  ldr x0, =(HCR_RW | HCR_VM)
  msr hcr_el2, x0
  isb
.endm

// With a register of EL2 set, and cleared to \old after.
.macro R name, reg, value, old, insn:vararg
  ldr x0, =\value
  msr \reg, x0
  isb
  G "\name", \insn
  ldr x0, =\old
  msr \reg, x0
  isb
.endm

syndromes:
  stp x29, x30, [sp, #-16]!
  G "ldrb", ldrb w3, [x1, #1]
  G "ldrh", ldrh w4, [x1, #2]
  G "ldr w", ldr w5, [x1, #4]
  G "ldr x", ldr x6, [x1, #8]
  G "ldrsb x", ldrsb x7, [x1]
  G "ldrsb w", ldrsb w8, [x1]
  G "ldrsh x", ldrsh x11, [x1]
  G "ldrsw", ldrsw x12, [x1]
  G "strb", strb w13, [x1]
  G "strh", strh w14, [x1]
  G "str w", str w15, [x1]
  G "str xzr", str xzr, [x1]
  G "ldr register", ldr x16, [x1, x27]
  G "ldur", ldur x16, [x1, #8]
  G "ldr post", ldr x17, [x1], #8
  G "ldp", ldp x3, x4, [x1]
  G "stp", stp x3, x4, [x1]
  G "ldr d", ldr d0, [x1]
  G "ldr q", ldr q0, [x1]
  G "ldar", ldar x3, [x1]
  G "stlr", stlr w4, [x1]
  G "ldxr", ldxr x3, [x1]
  G "ldtr", ldtr x3, [x1]
  G "prfm", prfm pldl1keep, [x1]
  G "dc zva", dc zva, x1
  G "at s1e1r", at s1e1r, x1
  ldp x29, x30, [sp], #16
  ret

traps:
  stp x29, x30, [sp, #-16]!
  G "hvc", hvc #0x42
  H "smc TSC", (1 << 19), smc #0x43
  G "smr", mrs x3, hcr_el2
  H "TVM", (1 << 26), msr ttbr0_el1, x3
  H "TVM read", (1 << 26), mrs x3, ttbr0_el1
  H "TRVM", (1 << 30), mrs x4, contextidr_el1
  H "TID1", (1 << 16), mrs x5, aidr_el1
  H "TID2", (1 << 17), mrs x6, ctr_el0
  H "TID2 csselr", (1 << 17), msr csselr_el1, xzr
  H "TID3", (1 << 18), mrs x7, id_aa64isar0_el1
  H "TID3 reserved", (1 << 18), mrs x7, s3_0_c0_c7_5
  H "TACR", (1 << 21), mrs x8, actlr_el1
  H "TSW", (1 << 22), dc cisw, x3
  H "TPCP", (1 << 23), dc civac, x3
  H "TPU", (1 << 24), ic iallu
  H "TTLB", (1 << 25), tlbi vmalle1
  H "TDZ", (1 << 28), dc zva, x1
  H "TWI", (1 << 13), wfi
  H "TIDCP", (1 << 20), mrs x3, s3_1_c15_c2_0
  R "TFP", cptr_el2, 0x37ff, 0x33ff, fmov d0, xzr
  R "TCPAC", cptr_el2, 0x800033ff, 0x33ff, mrs x9, cpacr_el1
  R "TPM", mdcr_el2, 0x46, 6, mrs x9, pmccntr_el0
  R "TPMCR", mdcr_el2, 0x26, 6, mrs x9, pmcr_el0
  R "TDA", mdcr_el2, 0x206, 6, mrs x9, mdscr_el1
  R "TDOSA", mdcr_el2, 0x406, 6, msr oslar_el1, xzr
  R "TDRA", mdcr_el2, 0x806, 6, mrs x9, mdrar_el1
  R "TDE brk", mdcr_el2, 0x106, 6, brk #7
  R "EL1PCTEN", cnthctl_el2, 2, 3, mrs x9, cntpct_el0
  R "EL1PCEN", cnthctl_el2, 1, 3, mrs x9, cntp_ctl_el0
  R "EL1PCEN allowed", cnthctl_el2, 3, 3, mrs x9, cntp_ctl_el0
  G "undefined", .word 0
  G "vbar_el2", msr vbar_el2, x3
  ldr x0, =0x3d9
  ldp x29, x30, [sp], #16
  ret

virtual:
  stp x29, x30, [sp, #-16]!
  H "VI", (1 << 7) | (1 << 4), msr daifclr, #2
  H "VI masked", (1 << 7) | (1 << 4), msr daifclr, #1
  H "VI without IMO", (1 << 7), msr daifclr, #2
  H "VF", (1 << 6) | (1 << 3), msr daifclr, #1
  H "VSE", (1 << 8) | (1 << 5), msr daifclr, #4
  H "isr", (1 << 7) | (1 << 4), mrs x3, isr_el1
  ldp x29, x30, [sp], #16
  ret

// ---- handlers and printing -------------------------------------------------------------------------------------------

.balign 2048
vectors2:
.set n, 0
.rept 16
  .balign 128
  mov x26, #n + 1
  b trap
  .set n, n + 1
.endr
// What EL1 takes itself it reports by HVC: 0x700 and the vector.
.balign 2048
vectors1:
.set n, 0
.rept 16
  .balign 128
  hvc #0x700 + n
  .set n, n + 1
.endr

trap:
  mrs x21, esr_el2
  mrs x22, far_el2
  mrs x25, hpfar_el2
  mrs x23, elr_el2
  mrs x24, spsr_el2
  msr elr_el2, x28
  mov x27, #0x3c9
  msr spsr_el2, x27
  mov x27, #0
  eret

report:
  stp x29, x30, [sp, #-16]!
  mov x0, #':'
  bl putc
  mov x0, x26
  bl hex2
  mov x0, x21
  bl hex
  cmp x26, #0x99
  b.eq 2f
  lsr x0, x21, #26
  cmp x0, #0x20
  b.lo 1f
  cmp x0, #0x25
  b.hi 1f
  mov x0, x22
  bl hex
  mov x0, x25
  bl hex
1: mov x0, x23
  bl hex
  mov x0, x24
  bl hex
  // EL1's own syndrome, if it took something.
  ldr x0, =0x5a000700
  bic x1, x21, #15
  cmp x0, x1
  b.ne 2f
  mrs x0, esr_el1
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
m_done: .asciz "DONE\n"

.bss
.balign 4096
level1: .skip 4096
level2: .skip 4096
level3: .skip 4096
page: .skip 4096
.skip 4096
stack:
