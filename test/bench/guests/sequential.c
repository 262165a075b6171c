// Memory, sequential: reads and writes of 8 MiB in order, 8 bytes at a time.
#include "work.h"

#define WORDS (1 << 20)
static u64 from[WORDS], to[WORDS];

void prepare(void) {
  for (u64 n = 0; n < WORDS; n++) from[n] = n * 0x10001;
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) {
    for (u64 n = 0; n < WORDS; n += 4) {
      to[n] = from[n] + unit;
      to[n + 1] = from[n + 1] ^ unit;
      to[n + 2] = from[n + 2];
      to[n + 3] = from[n + 3] - unit;
    }
    for (u64 n = 0; n < WORDS; n++) sum += to[n];
  }
  return mix(0, sum);
}
