// Page faults: a program at EL0 touches 256 pages that are not mapped; each fault is served with a page of zeros. Then it gives
// them all back, each with a TLBI by address.
#include "user.h"

#define PAGES 256
#define CALL_UNMAP 1
#define CLASS_DATA_ABORT_LOWER 0x24

static u8 stack[PAGE] __attribute__((aligned(4096)));
static u64 frames[PAGES][PAGE / 8] __attribute__((aligned(4096)));
static u64 *entries, used;

void prepare(void) {
  u64 *level1 = (u64 *)READ(ttbr0_el1);
  map_user(level1, stack);
  entries = entry_of(level1, USER_DATA_BASE);
}

USER static void program(u64 units) {
  u64 sum = 0;
  volatile u64 *memory = (volatile u64 *)USER_DATA_BASE;
  for (u64 unit = 0; unit < units; unit++) {
    for (u64 page = 0; page < PAGES; page++) {
      volatile u64 *word = &memory[page * (PAGE / 8) + unit % (PAGE / 8)];
      sum += *word;
      *word = sum ^ page;
    }
    for (u64 page = 0; page < PAGES; page += 3) sum += memory[page * (PAGE / 8) + unit % (PAGE / 8)];
    call(CALL_UNMAP, 0);
  }
  call(CALL_EXIT, sum);
}

static void serve(u64 address) {
  u64 *page = frames[used++ % PAGES];
  for (u64 n = 0; n < PAGE / 8; n += 4) page[n] = page[n + 1] = page[n + 2] = page[n + 3] = 0;
  entries[(address - USER_DATA_BASE) / PAGE] = (u64)page | USER_DATA;
  __asm__ volatile("dsb ishst\n isb" : : : "memory");
}

static void unmap(void) {
  for (u64 n = 0; n < PAGES; n++) {
    entries[n] = 0;
    __asm__ volatile("dsb ishst\n tlbi vae1is, %0" : : "r"((USER_DATA_BASE + n * PAGE) >> 12) : "memory");
  }
  __asm__ volatile("dsb ish\n isb" : : : "memory");
}

void trap(struct frame *frame, u64 vector) {
  u64 class = EXCEPTION_CLASS(READ(esr_el1)), address = READ(far_el1);
  if (vector != VECTOR_SYNC_LOWER) unexpected(frame, vector);
  if (class == CLASS_DATA_ABORT_LOWER && address - USER_DATA_BASE < PAGES * PAGE) serve(address);
  else if (class != CLASS_SVC) unexpected(frame, vector);
  else if (frame->x[8] == CALL_UNMAP) unmap();
  else end_user(frame, frame->x[0]);
}

u64 work(u64 units) { return mix(0, enter_user(user_address(program), USER_STACK, units)); }
