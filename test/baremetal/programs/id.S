// Prints the ID registers, and the reset values of others, at the highest exception level there is.
.set UART, 0x09000000
.global _start
_start:
mov x28,x0
ldr x1,=stack
mov sp,x1
mrs x0,CurrentEL
cmp x0,#12
b.eq 3f
cmp x0,#8
b.eq 2f
ldr x0,=vec
msr vbar_el1,x0
b 4f
2: ldr x0,=vec
msr vbar_el2,x0
mov x0,#0x33ff
msr cptr_el2,x0
b 4f
3: ldr x0,=vec
msr vbar_el3,x0
msr cptr_el3,xzr
4: mov x0,#(3<<20)
msr cpacr_el1,x0
isb
mov x27,#0
mrs x26,s3_0_c0_c0_0
ldr x0,=n_S3_0_C0_C0_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c0_1
ldr x0,=n_S3_0_C0_C0_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c0_2
ldr x0,=n_S3_0_C0_C0_2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c0_3
ldr x0,=n_S3_0_C0_C0_3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c0_4
ldr x0,=n_S3_0_C0_C0_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c0_5
ldr x0,=n_S3_0_C0_C0_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c0_6
ldr x0,=n_S3_0_C0_C0_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c0_7
ldr x0,=n_S3_0_C0_C0_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_0
ldr x0,=n_S3_0_C0_C1_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_1
ldr x0,=n_S3_0_C0_C1_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_2
ldr x0,=n_S3_0_C0_C1_2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_3
ldr x0,=n_S3_0_C0_C1_3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_4
ldr x0,=n_S3_0_C0_C1_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_5
ldr x0,=n_S3_0_C0_C1_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_6
ldr x0,=n_S3_0_C0_C1_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c1_7
ldr x0,=n_S3_0_C0_C1_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c2_0
ldr x0,=n_S3_0_C0_C2_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c2_1
ldr x0,=n_S3_0_C0_C2_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c2_2
ldr x0,=n_S3_0_C0_C2_2
mov x1,x26
bl show
b 77f
.ltorg
77:
mov x27,#0
mrs x26,s3_0_c0_c2_3
ldr x0,=n_S3_0_C0_C2_3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c2_4
ldr x0,=n_S3_0_C0_C2_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c2_5
ldr x0,=n_S3_0_C0_C2_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c2_6
ldr x0,=n_S3_0_C0_C2_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c2_7
ldr x0,=n_S3_0_C0_C2_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_0
ldr x0,=n_S3_0_C0_C3_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_1
ldr x0,=n_S3_0_C0_C3_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_2
ldr x0,=n_S3_0_C0_C3_2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_3
ldr x0,=n_S3_0_C0_C3_3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_4
ldr x0,=n_S3_0_C0_C3_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_5
ldr x0,=n_S3_0_C0_C3_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_6
ldr x0,=n_S3_0_C0_C3_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c3_7
ldr x0,=n_S3_0_C0_C3_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_0
ldr x0,=n_S3_0_C0_C4_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_1
ldr x0,=n_S3_0_C0_C4_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_2
ldr x0,=n_S3_0_C0_C4_2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_3
ldr x0,=n_S3_0_C0_C4_3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_4
ldr x0,=n_S3_0_C0_C4_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_5
ldr x0,=n_S3_0_C0_C4_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_6
ldr x0,=n_S3_0_C0_C4_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c4_7
ldr x0,=n_S3_0_C0_C4_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c5_0
ldr x0,=n_S3_0_C0_C5_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c5_1
ldr x0,=n_S3_0_C0_C5_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c5_2
ldr x0,=n_S3_0_C0_C5_2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c5_3
ldr x0,=n_S3_0_C0_C5_3
mov x1,x26
bl show
b 77f
.ltorg
77:
mov x27,#0
mrs x26,s3_0_c0_c5_4
ldr x0,=n_S3_0_C0_C5_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c5_5
ldr x0,=n_S3_0_C0_C5_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c5_6
ldr x0,=n_S3_0_C0_C5_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c5_7
ldr x0,=n_S3_0_C0_C5_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_0
ldr x0,=n_S3_0_C0_C6_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_1
ldr x0,=n_S3_0_C0_C6_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_2
ldr x0,=n_S3_0_C0_C6_2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_3
ldr x0,=n_S3_0_C0_C6_3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_4
ldr x0,=n_S3_0_C0_C6_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_5
ldr x0,=n_S3_0_C0_C6_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_6
ldr x0,=n_S3_0_C0_C6_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c6_7
ldr x0,=n_S3_0_C0_C6_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_0
ldr x0,=n_S3_0_C0_C7_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_1
ldr x0,=n_S3_0_C0_C7_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_2
ldr x0,=n_S3_0_C0_C7_2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_3
ldr x0,=n_S3_0_C0_C7_3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_4
ldr x0,=n_S3_0_C0_C7_4
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_5
ldr x0,=n_S3_0_C0_C7_5
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_6
ldr x0,=n_S3_0_C0_C7_6
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c0_c7_7
ldr x0,=n_S3_0_C0_C7_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c0_c0_0
ldr x0,=n_S3_1_C0_C0_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c0_c0_1
ldr x0,=n_S3_1_C0_C0_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c0_c0_7
ldr x0,=n_S3_1_C0_C0_7
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c0_c0_1
ldr x0,=n_S3_3_C0_C0_1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c0_c0_7
ldr x0,=n_S3_3_C0_C0_7
mov x1,x26
bl show
b 77f
.ltorg
77:
mov x27,#0
mrs x26,s3_3_c14_c0_0
ldr x0,=n_S3_3_C14_C0_0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c4_c2_2
ldr x0,=n_CurrentEL
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c1_c0_0
ldr x0,=n_SCTLR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c1_c0_2
ldr x0,=n_CPACR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c2_c0_2
ldr x0,=n_TCR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c10_c2_0
ldr x0,=n_MAIR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c12_c0_0
ldr x0,=n_VBAR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c12_c1_0
ldr x0,=n_ISR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c4_c2_1
ldr x0,=n_DAIF
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c4_c2_0
ldr x0,=n_SPSel
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c4_c2_0
ldr x0,=n_NZCV
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c4_c4_0
ldr x0,=n_FPCR
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c4_c4_1
ldr x0,=n_FPSR
mov x1,x26
bl show
mov x27,#0
mrs x26,s2_0_c0_c2_2
ldr x0,=n_MDSCR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s2_0_c1_c1_4
ldr x0,=n_OSLSR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c9_c12_0
ldr x0,=n_PMCR_EL0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c9_c12_6
ldr x0,=n_PMCEID0_EL0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c9_c12_7
ldr x0,=n_PMCEID1_EL0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c14_c1_0
ldr x0,=n_CNTKCTL_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c14_c3_1
ldr x0,=n_CNTV_CTL_EL0
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_3_c14_c2_1
ldr x0,=n_CNTP_CTL_EL0
mov x1,x26
bl show
mov x27,#0
mrs x26,s2_0_c1_c0_0
ldr x0,=n_MDRAR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c1_c0_1
ldr x0,=n_ACTLR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c13_c0_1
ldr x0,=n_CONTEXTIDR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c15_c2_0
ldr x0,=n_CPUACTLR_EL1
mov x1,x26
bl show
b 77f
.ltorg
77:
mov x27,#0
mrs x26,s3_1_c15_c2_1
ldr x0,=n_CPUECTLR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c15_c2_2
ldr x0,=n_CPUMERRSR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c15_c2_3
ldr x0,=n_L2MERRSR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c11_c0_2
ldr x0,=n_L2CTLR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c11_c0_3
ldr x0,=n_L2ECTLR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c15_c0_0
ldr x0,=n_L2ACTLR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c15_c3_0
ldr x0,=n_CBAR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c1_c1_0
ldr x0,=n_HCR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c1_c0_0
ldr x0,=n_SCTLR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c1_c1_2
ldr x0,=n_CPTR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c1_c1_1
ldr x0,=n_MDCR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c0_c0_0
ldr x0,=n_VPIDR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c0_c0_5
ldr x0,=n_VMPIDR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c14_c1_0
ldr x0,=n_CNTHCTL_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c14_c0_3
ldr x0,=n_CNTVOFF_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c12_c11_1
ldr x0,=n_ICH_VTR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c2_c1_2
ldr x0,=n_VTCR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_6_c1_c1_0
ldr x0,=n_SCR_EL3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_6_c1_c0_0
ldr x0,=n_SCTLR_EL3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_6_c1_c1_2
ldr x0,=n_CPTR_EL3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_6_c1_c3_1
ldr x0,=n_MDCR_EL3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c12_c12_5
ldr x0,=n_ICC_SRE_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c12_c12_4
ldr x0,=n_ICC_CTLR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c4_c6_0
ldr x0,=n_ICC_PMR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_0_c12_c12_7
ldr x0,=n_ICC_IGRPEN1_EL1
mov x1,x26
bl show
b 77f
.ltorg
77:
mov x27,#0
mrs x26,s3_0_c12_c0_1
ldr x0,=n_RVBAR_EL1
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_4_c12_c0_1
ldr x0,=n_RVBAR_EL2
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_6_c12_c0_1
ldr x0,=n_RVBAR_EL3
mov x1,x26
bl show
mov x27,#0
mrs x26,s3_1_c0_c0_4
ldr x0,=n_GMID_EL1
mov x1,x26
bl show
ldr x0,=done
bl puts
ldr x0,=0x84000008
hvc #0
ldr x0,=0x84000008
smc #0
b .
puts: ldr x9,=UART
1: ldrb w10,[x0],#1
cbz w10,2f
str w10,[x9]
b 1b
2: ret
hex: ldr x9,=UART
mov x10,#60
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
show: mov x20,x30
mov x21,x1
bl puts
ldr x0,=eq
bl puts
cbnz x27,1f
mov x0,x21
bl hex
b 2f
1: ldr x0,=und
bl puts
2: mov x30,x20
ret
.balign 2048
vec:
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
.balign 128
b trap
trap: mrs x25,CurrentEL
cmp x25,#12
b.eq 3f
cmp x25,#8
b.eq 2f
mrs x24,elr_el1
add x24,x24,#4
msr elr_el1,x24
b 4f
2: mrs x24,elr_el2
add x24,x24,#4
msr elr_el2,x24
b 4f
3: mrs x24,elr_el3
add x24,x24,#4
msr elr_el3,x24
4: mov x27,#1
eret
.ltorg
.section .rodata
eq: .asciz " = "
und: .asciz "UNDEF\n"
done: .asciz "ALLDONE\n"
n_S3_0_C0_C0_0: .asciz "S3_0_C0_C0_0"
n_S3_0_C0_C0_1: .asciz "S3_0_C0_C0_1"
n_S3_0_C0_C0_2: .asciz "S3_0_C0_C0_2"
n_S3_0_C0_C0_3: .asciz "S3_0_C0_C0_3"
n_S3_0_C0_C0_4: .asciz "S3_0_C0_C0_4"
n_S3_0_C0_C0_5: .asciz "S3_0_C0_C0_5"
n_S3_0_C0_C0_6: .asciz "S3_0_C0_C0_6"
n_S3_0_C0_C0_7: .asciz "S3_0_C0_C0_7"
n_S3_0_C0_C1_0: .asciz "S3_0_C0_C1_0"
n_S3_0_C0_C1_1: .asciz "S3_0_C0_C1_1"
n_S3_0_C0_C1_2: .asciz "S3_0_C0_C1_2"
n_S3_0_C0_C1_3: .asciz "S3_0_C0_C1_3"
n_S3_0_C0_C1_4: .asciz "S3_0_C0_C1_4"
n_S3_0_C0_C1_5: .asciz "S3_0_C0_C1_5"
n_S3_0_C0_C1_6: .asciz "S3_0_C0_C1_6"
n_S3_0_C0_C1_7: .asciz "S3_0_C0_C1_7"
n_S3_0_C0_C2_0: .asciz "S3_0_C0_C2_0"
n_S3_0_C0_C2_1: .asciz "S3_0_C0_C2_1"
n_S3_0_C0_C2_2: .asciz "S3_0_C0_C2_2"
n_S3_0_C0_C2_3: .asciz "S3_0_C0_C2_3"
n_S3_0_C0_C2_4: .asciz "S3_0_C0_C2_4"
n_S3_0_C0_C2_5: .asciz "S3_0_C0_C2_5"
n_S3_0_C0_C2_6: .asciz "S3_0_C0_C2_6"
n_S3_0_C0_C2_7: .asciz "S3_0_C0_C2_7"
n_S3_0_C0_C3_0: .asciz "S3_0_C0_C3_0"
n_S3_0_C0_C3_1: .asciz "S3_0_C0_C3_1"
n_S3_0_C0_C3_2: .asciz "S3_0_C0_C3_2"
n_S3_0_C0_C3_3: .asciz "S3_0_C0_C3_3"
n_S3_0_C0_C3_4: .asciz "S3_0_C0_C3_4"
n_S3_0_C0_C3_5: .asciz "S3_0_C0_C3_5"
n_S3_0_C0_C3_6: .asciz "S3_0_C0_C3_6"
n_S3_0_C0_C3_7: .asciz "S3_0_C0_C3_7"
n_S3_0_C0_C4_0: .asciz "S3_0_C0_C4_0"
n_S3_0_C0_C4_1: .asciz "S3_0_C0_C4_1"
n_S3_0_C0_C4_2: .asciz "S3_0_C0_C4_2"
n_S3_0_C0_C4_3: .asciz "S3_0_C0_C4_3"
n_S3_0_C0_C4_4: .asciz "S3_0_C0_C4_4"
n_S3_0_C0_C4_5: .asciz "S3_0_C0_C4_5"
n_S3_0_C0_C4_6: .asciz "S3_0_C0_C4_6"
n_S3_0_C0_C4_7: .asciz "S3_0_C0_C4_7"
n_S3_0_C0_C5_0: .asciz "S3_0_C0_C5_0"
n_S3_0_C0_C5_1: .asciz "S3_0_C0_C5_1"
n_S3_0_C0_C5_2: .asciz "S3_0_C0_C5_2"
n_S3_0_C0_C5_3: .asciz "S3_0_C0_C5_3"
n_S3_0_C0_C5_4: .asciz "S3_0_C0_C5_4"
n_S3_0_C0_C5_5: .asciz "S3_0_C0_C5_5"
n_S3_0_C0_C5_6: .asciz "S3_0_C0_C5_6"
n_S3_0_C0_C5_7: .asciz "S3_0_C0_C5_7"
n_S3_0_C0_C6_0: .asciz "S3_0_C0_C6_0"
n_S3_0_C0_C6_1: .asciz "S3_0_C0_C6_1"
n_S3_0_C0_C6_2: .asciz "S3_0_C0_C6_2"
n_S3_0_C0_C6_3: .asciz "S3_0_C0_C6_3"
n_S3_0_C0_C6_4: .asciz "S3_0_C0_C6_4"
n_S3_0_C0_C6_5: .asciz "S3_0_C0_C6_5"
n_S3_0_C0_C6_6: .asciz "S3_0_C0_C6_6"
n_S3_0_C0_C6_7: .asciz "S3_0_C0_C6_7"
n_S3_0_C0_C7_0: .asciz "S3_0_C0_C7_0"
n_S3_0_C0_C7_1: .asciz "S3_0_C0_C7_1"
n_S3_0_C0_C7_2: .asciz "S3_0_C0_C7_2"
n_S3_0_C0_C7_3: .asciz "S3_0_C0_C7_3"
n_S3_0_C0_C7_4: .asciz "S3_0_C0_C7_4"
n_S3_0_C0_C7_5: .asciz "S3_0_C0_C7_5"
n_S3_0_C0_C7_6: .asciz "S3_0_C0_C7_6"
n_S3_0_C0_C7_7: .asciz "S3_0_C0_C7_7"
n_S3_1_C0_C0_0: .asciz "S3_1_C0_C0_0"
n_S3_1_C0_C0_1: .asciz "S3_1_C0_C0_1"
n_S3_1_C0_C0_7: .asciz "S3_1_C0_C0_7"
n_S3_3_C0_C0_1: .asciz "S3_3_C0_C0_1"
n_S3_3_C0_C0_7: .asciz "S3_3_C0_C0_7"
n_S3_3_C14_C0_0: .asciz "S3_3_C14_C0_0"
n_CurrentEL: .asciz "CurrentEL"
n_SCTLR_EL1: .asciz "SCTLR_EL1"
n_CPACR_EL1: .asciz "CPACR_EL1"
n_TCR_EL1: .asciz "TCR_EL1"
n_MAIR_EL1: .asciz "MAIR_EL1"
n_VBAR_EL1: .asciz "VBAR_EL1"
n_ISR_EL1: .asciz "ISR_EL1"
n_DAIF: .asciz "DAIF"
n_SPSel: .asciz "SPSel"
n_NZCV: .asciz "NZCV"
n_FPCR: .asciz "FPCR"
n_FPSR: .asciz "FPSR"
n_MDSCR_EL1: .asciz "MDSCR_EL1"
n_OSLSR_EL1: .asciz "OSLSR_EL1"
n_PMCR_EL0: .asciz "PMCR_EL0"
n_PMCEID0_EL0: .asciz "PMCEID0_EL0"
n_PMCEID1_EL0: .asciz "PMCEID1_EL0"
n_CNTKCTL_EL1: .asciz "CNTKCTL_EL1"
n_CNTV_CTL_EL0: .asciz "CNTV_CTL_EL0"
n_CNTP_CTL_EL0: .asciz "CNTP_CTL_EL0"
n_MDRAR_EL1: .asciz "MDRAR_EL1"
n_ACTLR_EL1: .asciz "ACTLR_EL1"
n_CONTEXTIDR_EL1: .asciz "CONTEXTIDR_EL1"
n_CPUACTLR_EL1: .asciz "CPUACTLR_EL1"
n_CPUECTLR_EL1: .asciz "CPUECTLR_EL1"
n_CPUMERRSR_EL1: .asciz "CPUMERRSR_EL1"
n_L2MERRSR_EL1: .asciz "L2MERRSR_EL1"
n_L2CTLR_EL1: .asciz "L2CTLR_EL1"
n_L2ECTLR_EL1: .asciz "L2ECTLR_EL1"
n_L2ACTLR_EL1: .asciz "L2ACTLR_EL1"
n_CBAR_EL1: .asciz "CBAR_EL1"
n_HCR_EL2: .asciz "HCR_EL2"
n_SCTLR_EL2: .asciz "SCTLR_EL2"
n_CPTR_EL2: .asciz "CPTR_EL2"
n_MDCR_EL2: .asciz "MDCR_EL2"
n_VPIDR_EL2: .asciz "VPIDR_EL2"
n_VMPIDR_EL2: .asciz "VMPIDR_EL2"
n_CNTHCTL_EL2: .asciz "CNTHCTL_EL2"
n_CNTVOFF_EL2: .asciz "CNTVOFF_EL2"
n_ICH_VTR_EL2: .asciz "ICH_VTR_EL2"
n_VTCR_EL2: .asciz "VTCR_EL2"
n_SCR_EL3: .asciz "SCR_EL3"
n_SCTLR_EL3: .asciz "SCTLR_EL3"
n_CPTR_EL3: .asciz "CPTR_EL3"
n_MDCR_EL3: .asciz "MDCR_EL3"
n_ICC_SRE_EL1: .asciz "ICC_SRE_EL1"
n_ICC_CTLR_EL1: .asciz "ICC_CTLR_EL1"
n_ICC_PMR_EL1: .asciz "ICC_PMR_EL1"
n_ICC_IGRPEN1_EL1: .asciz "ICC_IGRPEN1_EL1"
n_RVBAR_EL1: .asciz "RVBAR_EL1"
n_RVBAR_EL2: .asciz "RVBAR_EL2"
n_RVBAR_EL3: .asciz "RVBAR_EL3"
n_GMID_EL1: .asciz "GMID_EL1"
.bss
.balign 16
.skip 4096
stack:
