/**
 * The exception vectors (DDI 0487 D1.3). While a task runs, SP_EL1 is the address of its record, so its registers are stored there
 * without a scratch register; then the stack of the core is taken. Compiled code gets the record as an offset in linear memory and
 * returns that of the task to go on with.
 *
 * In the kernel interrupts come only in windows of long work. A fault there is one of a copy from or to user memory, which has a
 * way out (`copy.ts`), or a crash.
 */
import type { Assembler } from '../../jit/isa/assembler.ts'
import { systemCalls } from '../abi/syscalls.ts'
import { core, task } from './layout.ts'

const VECTOR_BYTES = 128

/** Numbers below this have an entry in the table of calls. */
const CALL_COUNT = Math.max(...systemCalls.map(({ number }) => number)) + 1

/** Pairs of registers x0 to x29. */
const PAIRS = Array.from({ length: 15 }, (_, i) => [2 * i, 2 * i + 1] as const)

const saveTask = [
  ...PAIRS.map(([a, b]) => `stp x${a}, x${b}, [sp, #${task.X0 + 8 * a}]`),
  'mrs x0, sp_el0',
  `stp x30, x0, [sp, #${task.X0 + 240}]`,
  'mrs x0, elr_el1',
  'mrs x1, spsr_el1',
  `stp x0, x1, [sp, #${task.PC}]`,
].join('\n')

const restoreTask = [
  `ldp x1, x2, [sp, #${task.PC}]`,
  `ldp x30, x3, [sp, #${task.X0 + 240}]`,
  'msr elr_el1, x1',
  'msr spsr_el1, x2',
  'msr sp_el0, x3',
  ...PAIRS.map(([a, b]) => `ldp x${a}, x${b}, [sp, #${task.X0 + 8 * a}]`).reverse(),
  'eret',
].join('\n')

/** x0 = the record, with stack and registers of compiled code. */
const enter = `
  mov x0, sp
  mrs x21, tpidr_el1
  ldp x27, x28, [x21, #${core.CONTEXT}]
  ldr x4, [x21, #${core.STACK}]
  mov sp, x4
  mov x29, #0
  sub x0, x0, x28`

/** Registers compiled code may change, for an interrupt in a window. */
const CALLER_SAVED = [0, 2, 4, 6, 8, 10, 12, 14, 16].map((n) => [n, n + 1] as const)

function emitVectors(asm: Assembler): void {
  const entries: Record<number, string> = {
    4: 'b vector_kernel_sync',
    5: 'b vector_kernel_irq',
    8: `${saveTask}\nmrs x1, esr_el1\nb vector_user_sync`,
    9: `${saveTask}\nb vector_user_irq`,
  }
  asm.text('.balign 2048\nvectors:')
  for (let i = 0; i < 16; i++) {
    asm.text(`.balign ${VECTOR_BYTES}`)
    asm.text(entries[i] ?? `msr tpidrro_el0, x17\nmsr sp_el0, x16\nmov x17, #${i}\nb vector_crash`)
  }
  asm.text(`.balign ${VECTOR_BYTES}`)
}

function emitTaskEntries(asm: Assembler): void {
  asm.text(`
    vector_user_sync:
      ${enter}
      lsr x2, x1, #26
      cmp x2, #0x15
      b.ne vector_user_fault
      add x20, x28, x0
      ldr x9, [x20, #${task.SYSCALLS}]
      add x9, x9, #1
      str x9, [x20, #${task.SYSCALLS}]
      cmp x8, #${CALL_COUNT}
      b.hs vector_unknown_call
      adr x9, vector_calls
      ldr x9, [x9, x8, lsl #3]
      blr x9
      ldr w1, [x21, #${core.CURRENT}]
      cmp w0, w1
      b.ne vector_leave
      add x20, x28, w0, uxtw
      ldr w1, [x20, #${task.WORK}]
      cbnz w1, vector_leave
      mov sp, x20
    vector_return:
      ${restoreTask}
    vector_unknown_call:
      bl export_unknown_call
      b vector_resume
    vector_leave:
      bl export_leave_kernel
    vector_resume:
      add x0, x28, w0, uxtw
      mov sp, x0
      b vector_return
    vector_user_fault:
      mrs x2, far_el1
      bl export_user_fault
      b vector_resume
    vector_user_irq:
      ${enter}
      bl export_user_interrupt
      b vector_resume`)
}

function emitKernelEntries(asm: Assembler): void {
  const saved = CALLER_SAVED.map(([a, b], i) => `stp x${a}, x${b}, [sp, #${16 * i}]`)
  const restored = CALLER_SAVED.map(([a, b], i) => `ldp x${a}, x${b}, [sp, #${16 * i}]`)
  asm.text(`
    vector_kernel_irq:
      sub sp, sp, #192
      ${saved.join('\n')}
      stp x18, x30, [sp, #144]
      mrs x0, elr_el1
      mrs x1, spsr_el1
      stp x0, x1, [sp, #160]
      bl export_kernel_interrupt
      ldp x0, x1, [sp, #160]
      msr elr_el1, x0
      msr spsr_el1, x1
      ldp x18, x30, [sp, #144]
      ${restored.join('\n')}
      add sp, sp, #192
      eret
    vector_kernel_sync:
      msr sp_el0, x16
      msr tpidrro_el0, x17
      mrs x16, elr_el1
      adr x17, user_blocks
      cmp x16, x17
      b.lo vector_kernel_crash
      adr x17, user_bytes
      cmp x16, x17
      b.lo vector_block_fault
      adr x17, user_end
      cmp x16, x17
      b.hs vector_kernel_crash
      adr x17, user_failed
      b vector_way_out
    vector_block_fault:
      mov x17, x3
    vector_way_out:
      msr elr_el1, x17
      mrs x16, sp_el0
      msr tpidrro_el0, xzr
      eret
    vector_kernel_crash:
      mov x17, #4
    vector_crash:
      mrs x16, tpidr_el1
      add x16, x16, #${core.CRASH}
      ${PAIRS.slice(0, 8)
        .map(([a, b]) => `stp x${a}, x${b}, [x16, #${8 * a}]`)
        .join('\n')}
      stp x18, x19, [x16, #144]
      mov x19, x17
      mrs x0, sp_el0
      mrs x1, tpidrro_el0
      stp x0, x1, [x16, #128]
      ${PAIRS.slice(10)
        .map(([a, b]) => `stp x${a}, x${b}, [x16, #${8 * a}]`)
        .join('\n')}
      mov x0, sp
      stp x30, x0, [x16, #240]
      mrs x0, elr_el1
      mrs x1, spsr_el1
      stp x0, x1, [x16, #256]
      mrs x0, esr_el1
      mrs x1, far_el1
      stp x0, x1, [x16, #272]
      mrs x3, tpidr_el1
      ldr x0, [x3, #${core.CRASHED}]
      cbnz x0, vector_halt
      mov x0, #1
      str x0, [x3, #${core.CRASHED}]
      ldp x27, x28, [x3, #${core.CONTEXT}]
      ldr x4, [x3, #${core.CRASH_STACK}]
      mov sp, x4
      mov x29, #0
      mov x0, x19
      bl export_crash
    vector_halt:
      wfi
      b vector_halt
    interrupt_window:
      msr daifclr, #2
      isb
      msr daifset, #2
      ret
    wait_for_interrupt:
      wfi
      msr daifclr, #2
      isb
      msr daifset, #2
      ret`)
}

/** Addresses of the system calls by number. */
function emitCalls(asm: Assembler): void {
  const names = new Map(
    systemCalls.map(({ number, name }) => [number, `call_${name.toLowerCase()}`]),
  )
  const rows = Array.from(
    { length: CALL_COUNT },
    (_, i) => `.quad export_${names.get(i) ?? 'unknown_call'}`,
  )
  asm.text(`.balign 8\nvector_calls:\n${rows.join('\n')}`)
}

export function vectors(asm: Assembler): void {
  emitVectors(asm)
  emitTaskEntries(asm)
  emitKernelEntries(asm)
  emitCalls(asm)
}
