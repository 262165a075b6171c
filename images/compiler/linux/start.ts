/**
 * Assembly of a Linux program's start: linear memory, stack, signals; then calls from the command line or standard input.
 *
 * System calls by the numbers of arm64 (Linux include/uapi/asm-generic/unistd.h); the layout of the signal frame from
 * arch/arm64/include/uapi/asm/sigcontext.h. X27 and X28 are as in `convention.ts`; X26 points to `variables`.
 */

/** Reserved for linear memory: the largest index and the largest offset reach 8 GiB, the access itself a little more. */
export const RESERVATION = 0x2_0001_0000n

/** The stack, and below it what no access may touch, wider than any frame. */
export const STACK = 8n << 20n
export const GUARD = 16n << 20n

/** Bytes of buffers: tokens of a line, input, output. */
export const TOKENS = 1024
export const INPUT = 1 << 16
export const OUTPUT = 1 << 18
export const SIGNAL_STACK = 1 << 16

/** Offsets in `variables`. */
export const VARIABLES_SIZE = 64

export const START = `
_start:
  mov x19, sp
  ldr x26, variables_address
  ldr x27, context_address
  // Linear memory: reserved whole, opened as far as it exists.
  mov x0, #0
  ldr x1, reservation
  mov w2, #0
  bl map
  mov x28, x0
  str x28, [x26, #56]
  ldr w1, [x27]
  lsl x1, x1, #16
  cbz x1, stack
  mov w2, #3
  mov x8, #226
  svc #0
  cbnz x0, no_memory
stack:
  mov x0, #0
  ldr x1, stack_and_guard
  mov w2, #0
  bl map
  str x0, [x26, #16]
  ldr x1, guard_size
  add x0, x0, x1
  ldr x1, stack_size
  add x20, x0, x1
  mov w2, #3
  mov x8, #226
  svc #0
  cbnz x0, no_memory
  ldr x0, signal_stack_address
  mov x1, #0
  mov x8, #132
  svc #0
  mov w0, #11
  bl catch
  mov w0, #7
  bl catch
  mov w0, #5
  bl catch
  mov sp, x20
  str x20, [x26]
  // One argument "-" means calls on standard input.
  ldr x0, [x19]
  cmp x0, #2
  b.lo usage
  b.ne begin
  ldr x1, [x19, #16]
  ldrb w2, [x1]
  cmp w2, #45
  b.ne begin
  ldrb w2, [x1, #1]
  cbnz w2, begin
  mov x2, #1
  str x2, [x26, #8]
begin:
  str x19, [x26, #48]
  bl instantiate
  ldr x0, [x26, #8]
  cbnz x0, lines
  ldr x19, [x26, #48]
  ldr x20, [x19]
  sub x20, x20, #1
  cmp x20, #1024
  b.hi too_many
  ldr x21, tokens_address
  mov x22, #0
argument:
  add x0, x19, x22, lsl #3
  ldr x0, [x0, #16]
  bl length
  add x2, x21, x22, lsl #4
  stp x0, x1, [x2]
  add x22, x22, #1
  cmp x22, x20
  b.ne argument
  mov x0, x20
  bl call_export
  mov x20, x0
  bl flush
  mov x0, x20
  b exit
too_many:
  adr x0, too_many_text
  b die
usage:
  adr x0, usage_text
  b die
no_memory:
  adr x0, no_memory_text
die:
  bl length
  mov x2, x1
  mov x1, x0
  mov x0, #2
  mov x8, #64
  svc #0
  mov x0, #2
exit:
  mov x8, #94
  svc #0

// Maps x1 bytes with protection w2; ends the program if that fails.
map:
  mov x0, #0
  mov w3, #0x4022
  mov x4, #-1
  mov x5, #0
  mov x8, #222
  svc #0
  cmn x0, #4095
  b.hs no_memory
  ret

// Catches signal w0 on the signal stack.
catch:
  ldr x1, action_address
  mov x2, #0
  mov x3, #8
  mov x8, #134
  svc #0
  ret

// x0 to a string: x1 becomes its length.
length:
  mov x1, #0
length_next:
  ldrb w2, [x0, x1]
  cbz w2, length_done
  add x1, x1, #1
  b length_next
length_done:
  ret

// A signal: a trap leads to "trapped" with its text in x0; anything else happens again without this handler.
handler:
  ldr x9, variables_address
  cmp w0, #5
  b.ne fault
  ldr x3, [x2, #440]
  ldr w3, [x3]
  lsr w4, w3, #21
  mov w5, #0x6a1
  cmp w4, w5
  b.ne fatal
  ubfx w3, w3, #5, #16
  sub w3, w3, #0x100
  cmp w3, #10
  b.hs fatal
  b resume
fault:
  ldr x3, [x1, #16]
  ldr x4, [x9, #16]
  sub x4, x3, x4
  ldr x5, guard_size
  cmp x4, x5
  mov w6, #9
  b.lo found
  ldr x4, [x9, #56]
  sub x4, x3, x4
  ldr x5, reservation
  cmp x4, x5
  mov w6, #4
  b.hs fatal
found:
  mov w3, w6
resume:
  ldr x4, texts_address
  ldr x4, [x4, w3, uxtw #3]
  str x4, [x2, #184]
  ldr x4, [x9]
  str x4, [x2, #432]
  ldr x4, trapped_address
  str x4, [x2, #440]
  ret
fatal:
  ldr x1, default_address
  mov x2, #0
  mov x3, #8
  mov x8, #134
  svc #0
  ret

trapped:
  mov x20, x0
  ldr x26, variables_address
  str xzr, [x26, #24]
  adr x0, trap_text
  bl put_string
  mov x0, x20
  bl put_string
  mov w0, #10
  bl put_byte
  bl flush
  ldr x0, [x26, #8]
  cbz x0, trapped_exit
  ldr x0, [x26, #32]
  cbnz x0, next_line
trapped_exit:
  mov x0, #134
  b exit

// Lines of standard input. [#32] begin of what is not yet used, [#40] its end.
lines:
  ldr x0, input_address
  str x0, [x26, #32]
  str x0, [x26, #40]
next_line:
  ldr x19, [x26, #32]
  ldr x20, [x26, #40]
  mov x21, x19
scan:
  cmp x21, x20
  b.eq more
  ldrb w0, [x21], #1
  cmp w0, #10
  b.ne scan
  str x21, [x26, #32]
  sub x20, x21, #1
  b tokens_of_line
more:
  // Moves the rest to the front and reads behind it.
  ldr x0, input_address
  mov x1, x19
  mov x21, x0
move_rest:
  cmp x1, x20
  b.eq moved_rest
  ldrb w2, [x1], #1
  strb w2, [x21], #1
  b move_rest
moved_rest:
  str x0, [x26, #32]
  ldr x2, input_end
  sub x2, x2, x21
  cbz x2, too_long
  mov x0, #0
  mov x1, x21
  mov x8, #63
  svc #0
  cmp x0, #0
  b.lt end_of_input
  b.eq last_line
  add x0, x21, x0
  str x0, [x26, #40]
  b next_line
last_line:
  ldr x19, [x26, #32]
  mov x20, x21
  str x21, [x26, #32]
  str x21, [x26, #40]
  cmp x19, x20
  b.ne tokens_of_line
end_of_input:
  mov x0, #0
  b exit
too_long:
  adr x0, too_long_text
  b die
tokens_of_line:
  // x19 to x20
  ldr x21, tokens_address
  mov x22, #0
skip_space:
  cmp x19, x20
  b.eq tokens_done
  ldrb w0, [x19]
  cmp w0, #32
  b.hi token
  add x19, x19, #1
  b skip_space
token:
  cmp x22, #1024
  b.eq too_many
  add x1, x21, x22, lsl #4
  str x19, [x1]
  mov x2, x19
token_next:
  add x19, x19, #1
  cmp x19, x20
  b.eq token_end
  ldrb w0, [x19]
  cmp w0, #32
  b.hi token_next
token_end:
  sub x2, x19, x2
  str x2, [x1, #8]
  add x22, x22, #1
  b skip_space
tokens_done:
  cbz x22, next_line
  mov x0, x22
  bl call_export
  bl flush
  b next_line
`

/** Growth of memory: opens more of the reservation. */
export const GROW = `
memory_grow:
  ldr w9, [x27]
  ldr w10, [x27, #4]
  add x11, x9, w0, uxtw
  cmp x11, x10
  b.hi grow_failed
  cbz w0, memory_grown
  mov w1, w0
  lsl x1, x1, #16
  add x0, x28, x9, lsl #16
  mov w2, #3
  mov x8, #226
  svc #0
  cbnz x0, grow_failed
  str w11, [x27]
memory_grown:
  mov w0, w9
  ret
grow_failed:
  mov w0, #-1
  ret
`
