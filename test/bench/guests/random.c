// Memory, random: reads and writes of words anywhere in 64 MiB. More pages than any TLB holds.
#include "work.h"

#define WORDS (8 << 20)
static u64 memory[WORDS];

void prepare(void) {
  for (u64 n = 0; n < WORDS; n++) memory[n] = n;
}

u64 work(u64 units) {
  u64 state = 1234567, sum = 0;
  for (u64 n = 0; n < units * 1000; n++) {
    u64 random = next_random(&state);
    sum += memory[random % WORDS];
    memory[(random >> 32) % WORDS] += sum;
  }
  return mix(0, sum);
}
