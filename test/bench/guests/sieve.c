// Sieve of Eratosthenes over a million numbers, a byte each.
#include "work.h"

#define LIMIT 1000000
static u8 composite[LIMIT];

void prepare(void) {}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) {
    for (u32 n = 0; n < LIMIT; n++) composite[n] = 0;
    for (u32 n = 2; n * n < LIMIT; n++) {
      if (composite[n]) continue;
      for (u32 multiple = n * n; multiple < LIMIT; multiple += n) composite[multiple] = 1;
    }
    u32 count = 0;
    for (u32 n = 2; n < LIMIT; n++) count += !composite[n];
    sum = mix(sum, count + unit);
  }
  return sum;
}
