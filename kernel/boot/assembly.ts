/**
 * The loader's assembly, as text for the assembler of jit/isa. Not compiled by asc: the loader sees its labels as imports
 * of the module `asm` (imports/asm.ts).
 *
 * The state that Linux's Documentation/arch/arm64/booting.rst asks for: MMU and data cache off, X0 = device tree, X1 to X3 = 0,
 * all interrupts masked, at EL2 or EL1, whichever the firmware ran at.
 */

/**
 * `enterKernel` touches no memory but its own instructions: with the data cache off, loads no longer see what was stored
 * before. UEFI maps all memory one to one, so the instruction after that which turns the MMU off is where it was.
 */
export const ASSEMBLY = `
enterKernel:
  msr daifset, #15
  mov x9, x0
  mov x0, x1
  mov x1, #0
  mov x2, #0
  mov x3, #0
  // M, C and I: bits 0, 2 and 12.
  mov x10, #0x1005
  mrs x11, CurrentEL
  cmp x11, #8
  b.eq enter_from_el2
  mrs x12, sctlr_el1
  bic x12, x12, x10
  msr sctlr_el1, x12
  b enter_mmu_off
enter_from_el2:
  mrs x12, sctlr_el2
  bic x12, x12, x10
  msr sctlr_el2, x12
enter_mmu_off:
  isb
  ic iallu
  dsb nsh
  isb
  br x9

enterKernelStart:
  adr x0, enterKernel
  ret

// Behind enterKernel comes enterKernelStart.
enterKernelEnd:
  adr x0, enterKernelStart
  ret

// X28 is the base of linear memory in compiled code.
linearMemory:
  mov x0, x28
  ret
`
