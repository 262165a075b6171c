/**
 * How the kernel becomes an image: what is compiled, where it goes, and its assembly. The linker (`images/compiler/kenix`) imports
 * this file; `docs/kernel.md` has the map.
 */
import type { Assembler } from '../jit/isa/assembler.ts'
import { boot } from './assembly/boot.ts'
import { copies } from './assembly/copy.ts'
import { addressOf } from './assembly/layout.ts'
import { vectors } from './assembly/vectors.ts'

/** Pages of linear memory in units of 64 KiB: `param.ts` says what lies there. */
const MEMORY_PAGES = 39

const PAGE = 4096
const stack = Number(addressOf('STACK_SIZE'))

export const kernel = {
  entries: ['kernel/main.ts'],
  options: [
    '--initialMemory',
    String(MEMORY_PAGES),
    '--maximumMemory',
    String(MEMORY_PAGES),
    '--noAssert',
    '--use',
    'abort=',
  ],
  recipe: {
    base: addressOf('IMAGE_BASE'),
    memory: addressOf('LINEAR_BASE'),
    physical: 0x4020_0000n,
    entry: 'boot_start',
    assembly: (asm: Assembler): void => {
      boot(asm)
      vectors(asm)
      copies(asm)
    },
    // The order is known to arch/boot.ts.
    reserve: {
      boot_stack: stack,
      boot_crash_stack: stack,
      boot_tables: Number(addressOf('BOOT_TABLES')) * PAGE,
    },
  },
} as const
