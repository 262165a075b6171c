/**
 * Copies, page clearing, FP state, PSCI. Between `user_blocks` and `user_end` an access may fault. Up to `user_bytes` words are
 * moved, and a fault goes on at the address in x3, which moves bytes; there a fault ends the copy, at the exact byte, with
 * x2 as the result. All routines are called as AAPCS64 has it and use x0 to x15 only.
 */
import type { Assembler } from '../../jit/isa/assembler.ts'
import { TASK_FP_CONTROL } from './layout.ts'

const WORDS = [0, 1, 2, 3, 4, 5, 6, 7]
const VECTORS = Array.from({ length: 16 }, (_, i) => 2 * i)

function blockCopy(name: string, load: readonly string[], store: readonly string[]): string {
  return `
    ${name}:
      adr x3, ${name}_bytes
      cmp x2, #64
      b.lo ${name}_words
    ${name}_blocks:
      ${load.join('\n')}
      ${store.join('\n')}
      add x0, x0, #64
      add x1, x1, #64
      sub x2, x2, #64
      cmp x2, #64
      b.hs ${name}_blocks
    ${name}_words:
      cmp x2, #8
      b.lo ${name}_bytes`
}

export function copies(asm: Assembler): void {
  const pairs = [0, 2, 4, 6]
  const storePlain = pairs.map((i) => `stp x${4 + i}, x${5 + i}, [x0, #${8 * i}]`)
  const loadPlain = pairs.map((i) => `ldp x${4 + i}, x${5 + i}, [x1, #${8 * i}]`)
  const loadUser = WORDS.map((i) => `ldtr x${4 + i}, [x1, #${8 * i}]`)
  const storeUser = WORDS.map((i) => `sttr x${4 + i}, [x0, #${8 * i}]`)
  asm.text(`
    .balign 64
    user_blocks:
    ${blockCopy('copy_in', loadUser, storePlain)}
      ldtr x4, [x1]
      str x4, [x0]
      add x0, x0, #8
      add x1, x1, #8
      sub x2, x2, #8
      b copy_in_words
    ${blockCopy('copy_out', loadPlain, storeUser)}
      ldr x4, [x1]
      sttr x4, [x0]
      add x0, x0, #8
      add x1, x1, #8
      sub x2, x2, #8
      b copy_out_words
    user_bytes:
    copy_in_bytes:
      cbz x2, user_failed
      ldtrb w4, [x1]
      strb w4, [x0], #1
      add x1, x1, #1
      sub x2, x2, #1
      b copy_in_bytes
    copy_out_bytes:
      cbz x2, user_failed
      ldrb w4, [x1]
      sttrb w4, [x0]
      add x0, x0, #1
      add x1, x1, #1
      sub x2, x2, #1
      b copy_out_bytes
    probe:
      mov x2, x1
      ldr x2, [x0]
      b user_failed
    user_end:
    user_failed:
      mov x0, x2
      ret
    copy:
      cmp x2, #16
      b.lo copy_bytes
      ldp x3, x4, [x1], #16
      stp x3, x4, [x0], #16
      sub x2, x2, #16
      b copy
    copy_bytes:
      cbz x2, copy_done
      ldrb w3, [x1], #1
      strb w3, [x0], #1
      sub x2, x2, #1
      b copy_bytes
    copy_done:
      ret
    zero_page:
      add x1, x0, #4096
      mrs x2, dczid_el0
      and x2, x2, #31
      cmp x2, #4
      b.ne zero_words
    zero_lines:
      dc zva, x0
      add x0, x0, #64
      dc zva, x0
      add x0, x0, #64
      dc zva, x0
      add x0, x0, #64
      dc zva, x0
      add x0, x0, #64
      cmp x0, x1
      b.lo zero_lines
      ret
    zero_words:
      stp xzr, xzr, [x0], #16
      stp xzr, xzr, [x0], #16
      stp xzr, xzr, [x0], #16
      stp xzr, xzr, [x0], #16
      cmp x0, x1
      b.lo zero_words
      ret
    save_fp:
      ${VECTORS.map((n) => `stp q${n}, q${n + 1}, [x0, #${16 * n}]`).join('\n')}
      mrs x1, fpcr
      mrs x2, fpsr
      add x0, x0, #${TASK_FP_CONTROL}
      stp x1, x2, [x0]
      ret
    restore_fp:
      ${VECTORS.map((n) => `ldp q${n}, q${n + 1}, [x0, #${16 * n}]`).join('\n')}
      add x0, x0, #${TASK_FP_CONTROL}
      ldp x1, x2, [x0]
      msr fpcr, x1
      msr fpsr, x2
      ret
    psci:
      cbnz x4, psci_hvc
      smc #0
      ret
    psci_hvc:
      hvc #0
      ret`)
}
