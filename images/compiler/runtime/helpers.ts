/**
 * Assembly of what is too long for a place in line: growth of tables, filling, copying, initialising.
 *
 * Arguments in X0 to X2, offsets of tables and segments in the context in X3 and X4 (`layout.ts`). They check all bounds
 * before they write anything, and use only registers that calls may destroy.
 */

/** Eight times the byte in W1. */
const FILLER = `and x4, x1, #0xff
  mov x5, #0x0101010101010101
  mul x4, x4, x5`

/** Traps unless the X2 bytes from an index on are within memory. */
const check = (index: string): string => `ldr w3, [x27]
  add x4, ${index}, x2
  lsl x3, x3, #16
  cmp x4, x3
  b.hi rt_memory_trap
  `

/**
 * The routines.
 *
 * @param options.general no registers of SIMD&FP may be used
 * @param options.checked what is out of bounds traps before anything is written; else it faults where it is met, and memory that
 *   is mapped behind linear memory's end can be reached
 */
export const helpers = ({ general, checked }: { general: boolean; checked: boolean }): string => `
// Indices and lengths become 64 bits wide.
memory_fill:
  mov w0, w0
  mov w2, w2
  ${checked ? check('x0') : ''}
  add x0, x28, x0
  ${general ? FILLER : 'dup v16.16b, w1'}
rt_fill_vector:
  subs x2, x2, #16
  b.lo rt_fill_rest
  ${general ? 'stp x4, x4, [x0], #16' : 'str q16, [x0], #16'}
  b rt_fill_vector
rt_fill_rest:
  adds x2, x2, #16
  b.eq rt_fill_done
rt_fill_byte:
  strb w1, [x0], #1
  subs x2, x2, #1
  b.ne rt_fill_byte
rt_fill_done:
  ret

memory_copy:
  mov w0, w0
  mov w1, w1
  mov w2, w2
  ${checked ? check('x0') + check('x1') : ''}
  add x0, x28, x0
  add x1, x28, x1
  b rt_copy

memory_init:
  add x3, x27, x3
  ldp x7, x5, [x3]
  mov w0, w0
  mov w1, w1
  mov w2, w2
  add x6, x1, x2
  cmp x6, x5
  b.hi rt_memory_trap
  ${checked ? check('x0') : ''}
  add x0, x28, x0
  add x1, x7, x1

// Copies x2 bytes from x1 to x0, which may overlap.
rt_copy:
  cmp x0, x1
  b.hi rt_copy_down
rt_copy_vector:
  subs x2, x2, #16
  b.lo rt_copy_rest
  ${general ? 'ldp x4, x5, [x1], #16' : 'ldr q16, [x1], #16'}
  ${general ? 'stp x4, x5, [x0], #16' : 'str q16, [x0], #16'}
  b rt_copy_vector
rt_copy_rest:
  adds x2, x2, #16
  b.eq rt_copy_done
rt_copy_byte:
  ldrb w3, [x1], #1
  strb w3, [x0], #1
  subs x2, x2, #1
  b.ne rt_copy_byte
rt_copy_done:
  ret
rt_copy_down:
  add x0, x0, x2
  add x1, x1, x2
rt_down_vector:
  subs x2, x2, #16
  b.lo rt_down_rest
  ${general ? 'ldp x4, x5, [x1, #-16]!' : 'ldr q16, [x1, #-16]!'}
  ${general ? 'stp x4, x5, [x0, #-16]!' : 'str q16, [x0, #-16]!'}
  b rt_down_vector
rt_down_rest:
  adds x2, x2, #16
  b.eq rt_copy_done
rt_down_byte:
  ldrb w3, [x1, #-1]!
  strb w3, [x0, #-1]!
  subs x2, x2, #1
  b.ne rt_down_byte
  ret
rt_memory_trap:
  brk #0x104
rt_table_trap:
  brk #0x105

// w1 more elements, all x0.
table_grow:
  add x3, x27, x3
  ldr w9, [x3, #8]
  ldr w10, [x3, #12]
  add x11, x9, w1, uxtw
  cmp x11, x10
  b.hi rt_table_full
  str w11, [x3, #8]
  ldr x4, [x3]
  add x5, x4, x11, lsl #3
  add x4, x4, x9, lsl #3
rt_grow_element:
  cmp x4, x5
  b.eq rt_table_grown
  str x0, [x4], #8
  b rt_grow_element
rt_table_grown:
  mov w0, w9
  ret
rt_table_full:
  mov w0, #-1
  ret

table_fill:
  add x3, x27, x3
  ldr w4, [x3, #8]
  mov w0, w0
  mov w2, w2
  add x5, x0, x2
  cmp x5, x4
  b.hi rt_table_trap
  ldr x3, [x3]
  add x0, x3, x0, lsl #3
rt_fill_element:
  cbz x2, rt_fill_done
  str x1, [x0], #8
  sub x2, x2, #1
  b rt_fill_element

table_copy:
  add x4, x27, x4
  ldr x5, [x4]
  ldr w6, [x4, #8]
  b rt_table_move

table_init:
  add x4, x27, x4
  ldp x5, x6, [x4]
rt_table_move:
  add x3, x27, x3
  ldr w7, [x3, #8]
  ldr x3, [x3]
  mov w0, w0
  mov w1, w1
  mov w2, w2
  add x9, x1, x2
  cmp x9, x6
  b.hi rt_table_trap
  add x9, x0, x2
  cmp x9, x7
  b.hi rt_table_trap
  add x0, x3, x0, lsl #3
  add x1, x5, x1, lsl #3
  lsl x2, x2, #3
  b rt_copy
`
