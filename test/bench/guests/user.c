// Going to EL0 and back.
#include "user.h"

extern u8 __start_user[], __stop_user[];
extern u8 user_ended[];

#define SPSR_EL1H_MASKED 0x3c5

void map_user(u64 *level1, void *stack_page) {
  for (u64 at = 0; at < (u64)(__stop_user - __start_user); at += PAGE) {
    *entry_of(level1, USER_TEXT + at) = ((u64)__start_user + at) | USER_CODE;
  }
  *entry_of(level1, USER_STACK - PAGE) = (u64)stack_page | USER_DATA;
  __asm__ volatile("dsb ishst\n isb" : : : "memory");
}

u64 user_address(const void *function) {
  return USER_TEXT + (u64)((const u8 *)function - __start_user);
}

void end_user(struct frame *frame, u64 result) {
  frame->x[0] = result;
  frame->elr = (u64)user_ended;
  frame->spsr = SPSR_EL1H_MASKED;
}
