// System calls: a program at EL0 calls, the kernel saves a whole frame, finds the call in a table, and returns.
#include "user.h"

#define CALL_COUNT 1
#define CALL_ADD 2
#define CALL_SWAP 3

static u8 stack[PAGE] __attribute__((aligned(4096)));
static u64 counter, total, last;

static NOINLINE u64 count(u64 argument) { return counter += argument & 1; }
static NOINLINE u64 add(u64 argument) { return total += argument; }
static NOINLINE u64 swap(u64 argument) {
  u64 before = last;
  last = argument;
  return before;
}

static u64 (*const calls[])(u64) = { 0, count, add, swap };

void prepare(void) { map_user((u64 *)READ(ttbr0_el1), stack); }

USER static void program(u64 units) {
  u64 sum = 0;
  for (u64 n = 0; n < units * 1000; n++) sum += call(CALL_COUNT + n % 3, sum ^ n);
  call(CALL_EXIT, sum);
}

void trap(struct frame *frame, u64 vector) {
  u64 number = frame->x[8];
  if (vector != VECTOR_SYNC_LOWER || EXCEPTION_CLASS(READ(esr_el1)) != CLASS_SVC || number > CALL_SWAP) {
    unexpected(frame, vector);
  }
  if (number == CALL_EXIT) end_user(frame, frame->x[0]);
  else frame->x[0] = calls[number](frame->x[0]);
}

u64 work(u64 units) { return mix(0, enter_user(user_address(program), USER_STACK, units)); }
