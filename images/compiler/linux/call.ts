/** Assembly that finds an export by name, reads its arguments, calls it and writes its results. */

/** Bytes of an export's entry: name, its length, types of parameters and of results, thunk, code. */
export const ENTRY_SIZE = 48

export const CALL = `
// Calls the export that the x0 tokens name; 0, or 2 after an error.
call_export:
  stp x29, x30, [sp, #-64]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  mov x23, x0
  ldr x21, tokens_address
  ldr x19, exports_address
  ldr x20, exports_end
find:
  cmp x19, x20
  b.eq unknown
  ldp x0, x1, [x19]
  ldp x2, x3, [x21]
  cmp x1, x3
  b.ne find_next
compare:
  cbz x1, arguments
  sub x1, x1, #1
  ldrb w3, [x0, x1]
  ldrb w4, [x2, x1]
  cmp w3, w4
  b.eq compare
find_next:
  add x19, x19, #48
  b find
unknown:
  adr x0, unknown_text
  b call_error
arguments:
  ldr x0, [x19, #16]
  bl length
  sub x23, x23, #1
  cmp x1, x23
  adr x0, count_text
  b.ne call_error
  ldr x22, cells_address
  mov x24, #0
next_argument:
  cmp x24, x23
  b.eq invoke
  add x24, x24, #1
  add x2, x21, x24, lsl #4
  ldp x0, x1, [x2]
  ldr x3, [x19, #16]
  add x3, x3, x24
  ldurb w3, [x3, #-1]
  bl read_value
  cbnz x2, bad_value
  stp x0, x1, [x22], #16
  b next_argument
bad_value:
  adr x0, value_text
call_error:
  bl put_string
  mov w0, #10
  bl put_byte
  mov x0, #2
  b call_return
invoke:
  ldr x0, cells_address
  ldp x2, x1, [x19, #32]
  blr x2
  ldr x22, cells_address
  ldr x23, [x19, #24]
next_result:
  ldrb w2, [x23], #1
  cbz w2, call_done
  ldp x0, x1, [x22], #16
  bl write_value
  b next_result
call_done:
  mov x0, #0
call_return:
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x29, x30, [sp], #64
  ret

// Reads the text x0 of x1 bytes as type w3: value in x0 and x1, x2 not 0 if it is none.
read_value:
  mov x4, x0
  add x5, x0, x1
  mov x0, #0
  mov x2, #1
  cbz x1, read_return
  cmp w3, #105
  b.eq read_integer
  cmp w3, #73
  b.eq read_integer
  cmp w3, #114
  b.eq read_reference
  cmp w3, #70
  b.eq read_null
  // Hexadecimal, with or without 0x.
  cmp x1, #2
  b.ls read_digits
  ldrh w6, [x4]
  mov w7, #0x7830
  cmp w6, w7
  b.ne read_digits
  add x4, x4, #2
read_digits:
  mov x1, #0
read_digit:
  cmp x4, x5
  b.eq read_check
  ldrb w6, [x4], #1
  sub w7, w6, #48
  cmp w7, #10
  b.lo have_digit
  orr w6, w6, #32
  sub w7, w6, #97
  cmp w7, #6
  b.hs read_return
  add w7, w7, #10
have_digit:
  lsr x6, x1, #60
  cbnz x6, read_return
  extr x1, x1, x0, #60
  lsl x0, x0, #4
  orr x0, x0, x7
  b read_digit
read_check:
  cmp w3, #118
  b.eq read_good
  cbnz x1, read_return
  cmp w3, #100
  b.eq read_good
  lsr x6, x0, #32
  cbnz x6, read_return
read_good:
  mov x2, #0
read_return:
  ret
read_reference:
  // Null, or a number that stands for a host's object.
  ldrb w6, [x4]
  cmp w6, #110
  b.eq read_null
  mov x9, x30
  bl read_integer
  mov x30, x9
  cbnz x2, read_return
  add x0, x0, #1
  ret
read_null:
  cmp x1, #4
  b.ne read_return
  ldr w6, [x4]
  ldr w7, null_word
  cmp w6, w7
  b.ne read_return
  mov x1, #0
  b read_good
read_integer:
  mov x1, #0
  ldrb w6, [x4]
  cmp w6, #45
  cset w8, eq
  b.ne integer_digits
  add x4, x4, #1
integer_digits:
  cmp x4, x5
  b.eq read_return
integer_digit:
  ldrb w6, [x4], #1
  sub w6, w6, #48
  cmp w6, #10
  b.hs read_return
  mov x7, #10
  umulh x10, x0, x7
  cbnz x10, read_return
  mul x0, x0, x7
  adds x0, x0, x6
  b.hs read_return
  cmp x4, x5
  b.ne integer_digit
  cmp w3, #105
  mov x6, #63
  mov x7, #31
  csel x6, x7, x6, eq
  cbz w8, integer_positive
  // No less than the least number of the type.
  mov x7, #1
  lsl x7, x7, x6
  cmp x0, x7
  b.hi read_return
  neg x0, x0
  b read_good
integer_positive:
  lsr x7, x0, x6
  lsr x7, x7, #1
  cbnz x7, read_return
  b read_good

// Writes the value x0, x1 of type w2 as a line.
write_value:
  stp x29, x30, [sp, #-48]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  mov x19, x0
  mov x20, x1
  cmp w2, #105
  b.eq write_word
  cmp w2, #73
  b.eq write_integer
  cmp w2, #114
  b.eq write_reference
  cmp w2, #70
  b.eq write_function
  mov w21, #32
  cmp w2, #118
  b.eq write_hexadecimal
  mov x20, x0
  mov w21, #16
  cmp w2, #100
  b.eq write_hexadecimal
  lsl x20, x0, #32
  mov w21, #8
write_hexadecimal:
  adr x0, hexadecimal_text
  bl put_string
write_digit:
  lsr x0, x20, #60
  extr x20, x20, x19, #60
  lsl x19, x19, #4
  cmp w0, #10
  add w1, w0, #87
  add w0, w0, #48
  csel w0, w0, w1, lo
  bl put_byte
  subs w21, w21, #1
  b.ne write_digit
  b write_end
write_function:
  adr x0, null_text
  cbz x19, write_string
  adr x0, function_text
write_string:
  bl put_string
  b write_end
write_reference:
  adr x0, null_text
  cbz x19, write_string
  sub x19, x19, #1
  b write_integer
write_word:
  sxtw x19, w19
write_integer:
  tbz x19, #63, write_positive
  mov w0, #45
  bl put_byte
  neg x19, x19
write_positive:
  sub sp, sp, #32
  add x20, sp, #32
  mov x21, x20
write_divide:
  mov x1, #10
  udiv x2, x19, x1
  msub x3, x2, x1, x19
  add w3, w3, #48
  strb w3, [x20, #-1]!
  mov x19, x2
  cbnz x19, write_divide
write_decimal:
  ldrb w0, [x20], #1
  bl put_byte
  cmp x20, x21
  b.ne write_decimal
  add sp, sp, #32
write_end:
  mov w0, #10
  bl put_byte
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x29, x30, [sp], #48
  ret

// Appends the string x0 to the output.
put_string:
  mov x9, x30
  mov x10, x0
put_next:
  ldrb w0, [x10], #1
  cbz w0, put_done
  bl put_byte
  b put_next
put_done:
  mov x30, x9
  ret

// Appends the byte w0; what does not fit is dropped, which results cannot cause.
put_byte:
  ldr x1, [x26, #24]
  ldr x2, output_size
  cmp x1, x2
  b.hs put_full
  ldr x3, output_address
  strb w0, [x3, x1]
  add x1, x1, #1
  str x1, [x26, #24]
put_full:
  ret

// Writes the output.
flush:
  ldr x1, output_address
  ldr x2, [x26, #24]
  str xzr, [x26, #24]
flush_more:
  cbz x2, flushed
  mov x0, #1
  mov x8, #64
  svc #0
  cmp x0, #0
  b.le flushed
  add x1, x1, x0
  sub x2, x2, x0
  b flush_more
flushed:
  ret
`
