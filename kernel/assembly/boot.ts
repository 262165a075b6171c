/**
 * From the first instruction to compiled code with the MMU on. Entered as Linux's arm64 boot protocol says
 * (Documentation/arch/arm64/booting.rst): MMU off, x0 the physical address of the device tree, EL2 or EL1, any load address that
 * is a multiple of 2 MiB. At EL2 it configures what EL1 needs and goes down. What memory the image brings without contents is
 * cleared here; compiled code then builds the tables (`arch/boot.ts`) at physical addresses, and the MMU is turned on in a
 * mapping where virtual and physical addresses are equal.
 */
import type { Assembler } from '../../jit/isa/assembler.ts'
import { x } from '../../jit/isa/registers.ts'
import { addressOf, CORE, core } from './layout.ts'

/** RES1 bits of SCTLR_EL1; MMU and caches off. */
const SCTLR_OFF = 0x30d0_0800n
/** And MMU, caches, stack alignment checks, cache maintenance and WFI, WFE at EL0; nothing writable can be executed. */
const SCTLR_ON =
  SCTLR_OFF | 0x5n | 0x18n | (1n << 12n) | (7n << 14n) | (1n << 18n) | (1n << 19n) | (1n << 26n)
/** Both halves 48 bits, 4 KiB, inner shareable, write-back. */
const TCR = 16n | (16n << 16n) | (0x35n << 8n) | (0x35n << 24n) | (2n << 30n)
/** Indexes as in memory/tables.ts: normal, device, uncached. */
const MAIR = 0x44_04ffn

const stackTop = addressOf('STACK_BASE') + 4096n + addressOf('STACK_SIZE')
const crashTop = addressOf('CRASH_STACK_BASE') + 4096n + addressOf('STACK_SIZE')

/** Where QEMU puts the device tree for a kernel in ELF, which gets no x0. */
const TREE_FALLBACK = 0x4000_0000n

/** Register n = the address of a label, as the code sees it. */
function addressTo(asm: Assembler, n: number, label: string): void {
  asm.adrp(x(n), label).addLow(x(n), x(n), label)
}

export function boot(asm: Assembler): void {
  asm.text(`
    .balign 16
    boot_start:
      msr daifset, #15
      mov x20, x0
      mrs x21, currentel
      lsr x21, x21, #2
      cmp x21, #2
      b.ne boot_at_el1
      movz x0, #0x8000, lsl #16
      msr hcr_el2, x0
      isb
      mrs x0, cnthctl_el2
      orr x0, x0, #3
      msr cnthctl_el2, x0
      msr cntvoff_el2, xzr
      movz x0, #0x33ff
      msr cptr_el2, x0
      msr hstr_el2, xzr
      msr vttbr_el2, xzr
      mrs x0, midr_el1
      msr vpidr_el2, x0
      mrs x0, mpidr_el1
      msr vmpidr_el2, x0
      mrs x0, id_aa64pfr0_el1
      ubfx x0, x0, #24, #4
      cbz x0, boot_no_gicv3
      mrs x0, icc_sre_el2
      orr x0, x0, #1
      orr x0, x0, #8
      msr icc_sre_el2, x0
      isb
      msr ich_hcr_el2, xzr
    boot_no_gicv3:
      ldr x0, boot_sctlr_off
      msr sctlr_el1, x0
      movz x0, #0x3c5
      msr spsr_el2, x0
      adr x0, boot_at_el1
      msr elr_el2, x0
      eret
    boot_at_el1:
      ldr x0, boot_sctlr_off
      msr sctlr_el1, x0
      isb
      adrp x22, image_start
      adrp x0, data_start
      adrp x2, image_end
    boot_invalidate:
      dc ivac, x0
      add x0, x0, #64
      cmp x0, x2
      b.lo boot_invalidate
      dsb sy
      adrp x0, memory_file_end
    boot_clear:
      stp xzr, xzr, [x0]
      stp xzr, xzr, [x0, #16]
      stp xzr, xzr, [x0, #32]
      stp xzr, xzr, [x0, #48]
      add x0, x0, #64
      cmp x0, x2
      b.lo boot_clear
      adrp x28, memory_start
      adrp x0, boot_stack
      movz x1, #${addressOf('STACK_SIZE')}
      add x0, x0, x1
      mov sp, x0
      mov x29, #0
      cbnz x20, boot_has_tree
      movz x20, #${TREE_FALLBACK >> 16n}, lsl #16
    boot_has_tree:`)
  addressTo(asm, 27, 'context')
  asm.text(`
      mov x0, x20
      mov x1, x22
      bl export_early_boot
      dsb sy
      msr ttbr1_el1, x0
      add x0, x0, #4096
      msr ttbr0_el1, x0
      ldr x0, boot_mair
      msr mair_el1, x0
      ldr x0, boot_tcr
      mrs x1, id_aa64mmfr0_el1
      and x1, x1, #7
      cmp x1, #5
      b.ls boot_size
      mov x1, #5
    boot_size:
      orr x0, x0, x1, lsl #32
      msr tcr_el1, x0
      tlbi vmalle1
      ic iallu
      dsb sy
      isb
      ldr x0, boot_sctlr_on
      msr sctlr_el1, x0
      isb
      ldr x0, boot_continue
      br x0
    boot_high:
      ldr x0, boot_stack_top
      mov sp, x0
      ldr x28, boot_linear`)
  addressTo(asm, 27, 'context')
  addressTo(asm, 0, 'vectors')
  asm.text(`
      msr vbar_el1, x0
      movz x1, #${CORE >> 16}, lsl #16
      add x3, x28, x1
      msr tpidr_el1, x3
      msr tpidrro_el0, xzr
      msr mdscr_el1, xzr
      stp x27, x28, [x3, #${core.CONTEXT}]
      ldr x0, boot_stack_top
      ldr x1, boot_crash_top
      stp x0, x1, [x3, #${core.STACK}]
      isb
      mov x0, x21
      bl export_kernel_main
      b vector_resume
    .balign 8
    boot_sctlr_off: .quad ${SCTLR_OFF}
    boot_sctlr_on: .quad ${SCTLR_ON}
    boot_tcr: .quad ${TCR}
    boot_mair: .quad ${MAIR}
    boot_continue: .quad boot_high
    boot_linear: .quad ${addressOf('LINEAR_BASE')}
    boot_stack_top: .quad ${stackTop}
    boot_crash_top: .quad ${crashTop}`)
}
