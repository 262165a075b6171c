// The end of a program that took an exception it did not expect.
#include "trap.h"
#include "console.h"

_Noreturn void unexpected(struct frame *frame, u64 vector) {
  put_text("BENCH trap vector ");
  put_hex(vector);
  put_text(" ESR ");
  put_hex(READ(esr_el1));
  put_text(" ELR ");
  put_hex(frame->elr);
  put_text(" FAR ");
  put_hex(READ(far_el1));
  put_text("\n");
  power_off();
}

__attribute__((weak)) void trap(struct frame *frame, u64 vector) {
  unexpected(frame, vector);
}
