// Programs at EL0. Their code is what stands in section `user`, seen at USER_TEXT, so it may refer to nothing outside.
#pragma once
#include "paging.h"
#include "trap.h"

#define USER __attribute__((section("user"), aligned(4096), noinline, noclone, used))
#define USER_TEXT 0x100000000ul
#define USER_STACK 0x100100000ul
#define USER_DATA_BASE 0x100200000ul

// System call numbers, in x8; all else is the program's own.
#define CALL_EXIT 0

// Maps the code of section `user` and one page of stack in an address space.
void map_user(u64 *level1, void *stack_page);

// Address of a function of section `user` as EL0 sees it.
u64 user_address(const void *function);

// Runs a program at EL0 until something resumes at `user_ended` with its result in x0.
u64 enter_user(u64 pc, u64 sp, u64 argument);

// Makes the trap return from enter_user instead of to EL0.
void end_user(struct frame *frame, u64 result);

// A system call.
static inline __attribute__((always_inline)) u64 call(u64 number, u64 argument) {
  register u64 x8 __asm__("x8") = number;
  register u64 x0 __asm__("x0") = argument;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
  return x0;
}
