// Multi-block loop: predictable branches split the body into small blocks.
#include "work.h"

void prepare(void) {}

u64 work(u64 units) {
  u64 even = 0, thirds = 0, large = 0, x = 12345;
  for (u64 n = 0; n < units * 1000; n++) {
    x += n;
    if (n & 1) {
      even += x;
    } else {
      even ^= x;
    }
    if ((n & 3) == 3) {
      __asm__ volatile("" : "+r"(thirds));
      thirds += even >> 2;
    }
    if (x & 0x100) {
      __asm__ volatile("" : "+r"(large));
      large += 3;
    } else {
      __asm__ volatile("" : "+r"(x));
      x ^= large;
    }
    if ((n & 7) == 0) {
      __asm__ volatile("" : "+r"(x));
      x -= thirds;
    }
  }
  return mix(mix(mix(mix(0, even), thirds), large), x);
}
