// PSCI of two vCPUs: versions and features, CPU_ON with its context, AFFINITY_INFO, CPU_OFF, errors; SGIs and exclusives
// between vCPUs. The conduit is SMC where there is EL2, else HVC.
#include "prelude.inc"
#include "mmio.inc"

    .set GICD, 0x08000000
    .set GICC, 0x08010000
    .set MAILBOX, 0x40600000

    .macro psci name, function, first=0, second=0, third=0
    ldr x0, =\function
    ldr x1, =\first
    ldr x2, =\second
    ldr x3, =\third
    bl conduit
    mov x23, x0
    show \name, x23
    .endm

    .macro wait_for address, value
    ldr x0, =\address
    mov x1, #\value
77783:
    ldar x2, [x0]
    cmp x2, x1
    b.hs 77784f
    yield
    b 77783b
77784:
    .endm

conduit:
    ldr x9, [x29, #HOME_EL]
    cmp x9, #2
    b.eq 1f
    hvc #0
    ret
1:  smc #0
    ret

main:
    psci version, 0x84000000
    psci migrate_type, 0x84000006
    psci features_cpu_on, 0x8400000a, 0xc4000003
    psci features_none, 0x8400000a, 0x84000099
    psci unknown, 0x84000099
    psci affinity_self, 0xc4000004, 0, 0
    psci affinity_other, 0xc4000004, 1, 0
    psci affinity_none, 0xc4000004, 9, 0
    psci on_self, 0xc4000003, 0, 0x40200000, 0
    psci on_none, 0xc4000003, 7, 0x40200000, 0
    psci on, 0xc4000003, 1, second, 0x1234567890abcdef
    wait_for MAILBOX, 1
    ldr x22, =MAILBOX
    ldr x23, [x22, #8]
    show context, x23
    ldr x23, [x22, #16]
    show level, x23
    ldr x23, [x22, #24]
    show mpidr, x23
    ldr x23, [x22, #32]
    show sctlr_m, x23
    ldr x23, [x22, #40]
    show daif, x23
    psci on_again, 0xc4000003, 1, second, 0
    psci affinity_on, 0xc4000004, 1, 0
    // Both count with exclusives
    mov x2, #1000
    add x0, x22, #64
1:  ldaxr x1, [x0]
    add x1, x1, #1
    stlxr w3, x1, [x0]
    cbnz w3, 1b
    subs x2, x2, #1
    b.ne 1b
    wait_for MAILBOX, 2
    ldr x23, [x22, #64]
    show counted, x23
    // An SGI wakes the other from WFI
    poke32 (GICD + 0), 1
    poke32 (GICD + 0xf00), 0x00020007
    wait_for MAILBOX, 3
    ldr x23, [x22, #48]
    show sgi, x23
    // SEV wakes it from WFE
    wait_for MAILBOX, 4
    mov x0, #1
    add x1, x22, #128
    stlr x0, [x1]
    sev
    wait_for MAILBOX, 5
    // It turns itself off
2:  ldr x0, =0xc4000004
    mov x1, #1
    mov x2, #0
    bl conduit
    cmp x0, #1
    b.ne 2b
    psci affinity_off, 0xc4000004, 1, 0
    // and on again, elsewhere
    psci on_elsewhere, 0xc4000003, 1, third, 0x77
    wait_for MAILBOX, 0x77
    psci affinity_32, 0x84000004, 1, 0
    finish

second:
    ldr x22, =MAILBOX
    str x0, [x22, #8]
    mrs x0, currentel
    str x0, [x22, #16]
    mrs x0, mpidr_el1
    str x0, [x22, #24]
    mrs x0, sctlr_el1
    and x0, x0, #1
    str x0, [x22, #32]
    mrs x0, daif
    str x0, [x22, #40]
    mov x0, #1
    stlr x0, [x22]
    mov x2, #1000
    add x0, x22, #64
1:  ldaxr x1, [x0]
    add x1, x1, #1
    stlxr w3, x1, [x0]
    cbnz w3, 1b
    subs x2, x2, #1
    b.ne 1b
    poke32 (GICC + 4), 0xff
    poke32 (GICC + 0), 1
    mov x0, #2
    stlr x0, [x22]
2:  wfi
    ldr x0, =GICC
    ldr w1, [x0, #12]
    and w2, w1, #0x3ff
    cmp w2, #7
    b.ne 2b
    str w1, [x0, #16]
    str x1, [x22, #48]
    mov x0, #3
    stlr x0, [x22]
    mov x0, #4
    stlr x0, [x22]
    add x1, x22, #128
3:  wfe
    ldar x0, [x1]
    cbz x0, 3b
    mov x0, #5
    stlr x0, [x22]
    ldr x0, =0x84000002
    b conduit_second
third:
    ldr x22, =MAILBOX
    stlr x0, [x22]
    b .
conduit_second:
    mrs x1, currentel
    cmp x1, #8
    b.eq 1f
    hvc #0
1:  smc #0
    b .
