// Unaligned accesses with the MMU off and on: which fault, with which syndrome.
.global _start
_start: ldr x1,=stack
 mov sp,x1
 ldr x0,=vec
 msr vbar_el1,x0
 mov x0,#(3<<20)
 msr cpacr_el1,x0
 isb
 ldr x19,=buf
.macro T name, insn:vararg
 ldr x0,=n_\name
 bl puts
 mov x27,#0
 add x1,x19,#1
 \insn
 cbnz x27,1f
 ldr x0,=okm
 bl puts
 b 2f
1: mov x1,x27
 mov x0,x1
 bl hex
2:
 .section .rodata
n_\name: .asciz "\name: "
 .text
.endm
 T ldr_mmuoff, ldr x2,[x1]
 T ldrb_mmuoff, ldrb w2,[x1]
 T ldp_mmuoff, ldp x2,x3,[x1]
 T ldrq_mmuoff, ldr q2,[x1]
 T ldxr_mmuoff, ldxr x2,[x1]
 T ldar_mmuoff, ldar x2,[x1]
 T dczva_mmuoff, dc zva,x19
 T ldrpc_mis, ldr x2,[x19]
 mov x9,sp
 add x10,x9,#4
 mov sp,x10
 mov x27,#0
 ldr x2,[sp]
 mov sp,x9
 ldr x0,=n_sp
 bl puts
 mov x0,x27
 bl hex
 // turn on MMU: identity 1GB blocks, L1 table
 ldr x0,=ttb
 mov x1,#0x405   // device attr idx1
 str x1,[x0]
 ldr x1,=0x40000701 // normal idx0, inner sh, AF
 str x1,[x0,#8]
 msr ttbr0_el1,x0
 ldr x1,=0x00000000000004ff
 msr mair_el1,x1
 ldr x1,=0x200803519
 msr tcr_el1,x1
 isb
 tlbi vmalle1
 dsb sy
 isb
 mrs x0,sctlr_el1
 mov x9,#5
 orr x0,x0,x9
 msr sctlr_el1,x0
 isb
 T ldr_normal, ldr x2,[x1]
 T ldxr_normal, ldxr x2,[x1]
 T ldar_normal, ldar x2,[x1]
 T ldxp_normal, ldxp x2,x3,[x1]
 T dczva_normal, dc zva,x19
 ldr x19,=0x09010000
 T ldr_device_unaligned, ldr w2,[x1]
 ldr x19,=buf
 mrs x0,sctlr_el1
 orr x0,x0,#2
 msr sctlr_el1,x0
 isb
 T ldr_SCTLR_A, ldr x2,[x1]
 T ldrh_SCTLR_A, ldrh w2,[x1]
 T ldp_SCTLR_A, ldp w2,w3,[x1]
 T ldrq_SCTLR_A, ldr q2,[x1]
 ldr x0,=done
 bl puts
 ldr x0,=0x84000008
 hvc #0
 b .
puts: ldr x9,=0x09000000
1: ldrb w10,[x0],#1
 cbz w10,2f
 str w10,[x9]
 b 1b
2: ret
hex: ldr x9,=0x09000000
 mov x10,#28
1: lsr x11,x0,x10
 and x11,x11,#15
 cmp x11,#10
 add x12,x11,#48
 add x13,x11,#87
 csel x12,x12,x13,lo
 str w12,[x9]
 subs x10,x10,#4
 b.ge 1b
 mov w12,#10
 str w12,[x9]
 ret
.ltorg
.balign 2048
vec:
.rept 16
 .balign 128
 b trap
.endr
trap: mrs x27,esr_el1
 mrs x24,elr_el1
 add x24,x24,#4
 msr elr_el1,x24
 eret
.section .rodata
okm: .asciz "ok\n"
n_sp: .asciz "sp_misaligned: "
done: .asciz "ALLDONE\n"
.bss
.balign 4096
ttb: .skip 4096
buf: .skip 4096
.skip 4096
stack:
