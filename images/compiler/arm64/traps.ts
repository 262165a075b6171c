/** Traps: the codes of `brk`, and what they mean in the words of the core specification; `abort` is that of AssemblyScript. */

export const TRAPS = {
  unreachable: { code: 0x100, text: 'unreachable' },
  divide: { code: 0x101, text: 'integer divide by zero' },
  overflow: { code: 0x102, text: 'integer overflow' },
  conversion: { code: 0x103, text: 'invalid conversion to integer' },
  memory: { code: 0x104, text: 'out of bounds memory access' },
  table: { code: 0x105, text: 'out of bounds table access' },
  undefinedElement: { code: 0x106, text: 'undefined element' },
  uninitialized: { code: 0x107, text: 'uninitialized element' },
  mismatch: { code: 0x108, text: 'indirect call type mismatch' },
  stack: { code: 0x109, text: 'call stack exhausted' },
  abort: { code: 0x10a, text: 'abort' },
} as const

export type Trap = keyof typeof TRAPS
