// Branchy code: branches and a switch that depend on random data, so that nothing predicts them.
#include "work.h"

#define INPUT 65536
static u8 input[INPUT];

void prepare(void) {
  u64 state = 88172645463325252ul;
  for (u32 n = 0; n < INPUT; n++) input[n] = (u8)(next_random(&state) >> 24);
}

u64 work(u64 units) {
  u64 sum = 0, depth = 0, words = 0;
  for (u64 n = 0; n < units * 1000; n++) {
    u8 c = input[n % INPUT];
    switch (c & 7) {
      case 0: sum += c; break;
      case 1: depth++; break;
      case 2: if (depth) depth--; else sum ^= 0x55; break;
      case 3: words += c > 128 ? 2 : 1; break;
      case 4: sum = sum << 1 | sum >> 63; break;
      case 5: if (c < 64) sum -= 7; else if (c < 160) words ^= sum; else depth += 2; break;
      case 6: sum ^= depth * 31; break;
      default: if (sum & 1) words++; else sum += words; break;
    }
    if (c > 200 && sum > words) words += 5;
  }
  return mix(mix(mix(0, sum), depth), words);
}
