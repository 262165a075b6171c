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

/** @param general no registers of SIMD&FP may be used */
export const helpers = (general: boolean): string => `
// x3 = the size of memory, w2 bytes from w0 on must be within; x0 and x2 become 64 bits wide.
memory_fill:
  ldr w3, [x27]
  lsl x3, x3, #16
  mov w0, w0
  mov w2, w2
  add x4, x0, x2
  cmp x4, x3
  b.hi memory_trap
  add x0, x28, x0
  ${general ? FILLER : 'dup v16.16b, w1'}
fill_vector:
  subs x2, x2, #16
  b.lo fill_rest
  ${general ? 'stp x4, x4, [x0], #16' : 'str q16, [x0], #16'}
  b fill_vector
fill_rest:
  adds x2, x2, #16
  b.eq fill_done
fill_byte:
  strb w1, [x0], #1
  subs x2, x2, #1
  b.ne fill_byte
fill_done:
  ret

memory_copy:
  ldr w3, [x27]
  lsl x3, x3, #16
  mov w0, w0
  mov w1, w1
  mov w2, w2
  add x4, x0, x2
  cmp x4, x3
  b.hi memory_trap
  add x4, x1, x2
  cmp x4, x3
  b.hi memory_trap
  add x0, x28, x0
  add x1, x28, x1
  b copy

memory_init:
  add x3, x27, x3
  ldp x4, x5, [x3]
  mov w0, w0
  mov w1, w1
  mov w2, w2
  add x6, x1, x2
  cmp x6, x5
  b.hi memory_trap
  ldr w5, [x27]
  lsl x5, x5, #16
  add x6, x0, x2
  cmp x6, x5
  b.hi memory_trap
  add x0, x28, x0
  add x1, x4, x1

// Copies x2 bytes from x1 to x0, which may overlap.
copy:
  cmp x0, x1
  b.hi copy_down
copy_vector:
  subs x2, x2, #16
  b.lo copy_rest
  ${general ? 'ldp x4, x5, [x1], #16' : 'ldr q16, [x1], #16'}
  ${general ? 'stp x4, x5, [x0], #16' : 'str q16, [x0], #16'}
  b copy_vector
copy_rest:
  adds x2, x2, #16
  b.eq copy_done
copy_byte:
  ldrb w3, [x1], #1
  strb w3, [x0], #1
  subs x2, x2, #1
  b.ne copy_byte
copy_done:
  ret
copy_down:
  add x0, x0, x2
  add x1, x1, x2
down_vector:
  subs x2, x2, #16
  b.lo down_rest
  ${general ? 'ldp x4, x5, [x1, #-16]!' : 'ldr q16, [x1, #-16]!'}
  ${general ? 'stp x4, x5, [x0, #-16]!' : 'str q16, [x0, #-16]!'}
  b down_vector
down_rest:
  adds x2, x2, #16
  b.eq copy_done
down_byte:
  ldrb w3, [x1, #-1]!
  strb w3, [x0, #-1]!
  subs x2, x2, #1
  b.ne down_byte
  ret
memory_trap:
  brk #0x104
table_trap:
  brk #0x105

// w1 more elements, all x0.
table_grow:
  add x3, x27, x3
  ldr w9, [x3, #8]
  ldr w10, [x3, #12]
  add x11, x9, w1, uxtw
  cmp x11, x10
  b.hi table_full
  str w11, [x3, #8]
  ldr x4, [x3]
  add x5, x4, x11, lsl #3
  add x4, x4, x9, lsl #3
grow_element:
  cmp x4, x5
  b.eq table_grown
  str x0, [x4], #8
  b grow_element
table_grown:
  mov w0, w9
  ret
table_full:
  mov w0, #-1
  ret

table_fill:
  add x3, x27, x3
  ldr w4, [x3, #8]
  mov w0, w0
  mov w2, w2
  add x5, x0, x2
  cmp x5, x4
  b.hi table_trap
  ldr x3, [x3]
  add x0, x3, x0, lsl #3
fill_element:
  cbz x2, fill_done
  str x1, [x0], #8
  sub x2, x2, #1
  b fill_element

table_copy:
  add x4, x27, x4
  ldr x5, [x4]
  ldr w6, [x4, #8]
  b table_move

table_init:
  add x4, x27, x4
  ldp x5, x6, [x4]
table_move:
  add x3, x27, x3
  ldr w7, [x3, #8]
  ldr x3, [x3]
  mov w0, w0
  mov w1, w1
  mov w2, w2
  add x9, x1, x2
  cmp x9, x6
  b.hi table_trap
  add x9, x0, x2
  cmp x9, x7
  b.hi table_trap
  add x0, x3, x0, lsl #3
  add x1, x5, x1, lsl #3
  lsl x2, x2, #3
  b copy
`
