// Context switches: eight programs at EL0, each in an address space with an ASID of its own, work on 16 pages at the same
// addresses and yield in turn.
#include "user.h"

#define TASKS 8
#define PAGES 16
#define CALL_YIELD 1

static table spaces[TASKS];
static u8 stacks[TASKS][PAGE] __attribute__((aligned(4096)));
static u8 memories[TASKS][PAGES][PAGE] __attribute__((aligned(4096)));
static struct frame frames[TASKS];
static u64 results[TASKS];
static u32 current, running;

void prepare(void) {
  for (u32 task = 0; task < TASKS; task++) {
    map_kernel(spaces[task]);
    map_user(spaces[task], stacks[task]);
    for (u32 page = 0; page < PAGES; page++) {
      *entry_of(spaces[task], USER_DATA_BASE + page * PAGE) = (u64)memories[task][page] | USER_DATA;
    }
  }
}

USER static void program(u64 units) {
  u64 sum = 0;
  volatile u64 *memory = (volatile u64 *)USER_DATA_BASE;
  for (u64 n = 0; n < units * 100; n++) {
    for (u64 page = 0; page < PAGES; page += 2) {
      sum += memory[page * (PAGE / 8) + n % (PAGE / 8)];
      memory[(page + 1) * (PAGE / 8) + n % (PAGE / 8)] = sum;
    }
    sum = call(CALL_YIELD, sum);
  }
  call(CALL_EXIT, sum);
}

static void use(u32 task) {
  WRITE(ttbr0_el1, (u64)spaces[task] | (u64)(task + 1) << 48);
  ISB();
}

// Continues with the next task that has not ended.
static void next(struct frame *frame) {
  do current = (current + 1) % TASKS;
  while (!(running >> current & 1));
  *frame = frames[current];
  use(current);
}

void trap(struct frame *frame, u64 vector) {
  if (vector != VECTOR_SYNC_LOWER || EXCEPTION_CLASS(READ(esr_el1)) != CLASS_SVC) unexpected(frame, vector);
  if (frame->x[8] == CALL_YIELD) {
    frame->x[0] += current;
    frames[current] = *frame;
    next(frame);
    return;
  }
  results[current] = frame->x[0];
  running &= ~(1u << current);
  if (running) next(frame);
  else end_user(frame, 0);
}

u64 work(u64 units) {
  for (u32 task = 0; task < TASKS; task++) {
    frames[task] = (struct frame){ .elr = user_address(program), .sp_el0 = USER_STACK };
    frames[task].x[0] = units;
  }
  running = (1u << TASKS) - 1;
  current = 0;
  use(0);
  enter_user(user_address(program), USER_STACK, units);
  u64 sum = 0;
  for (u32 task = 0; task < TASKS; task++) sum = mix(sum, results[task]);
  return sum;
}
