// Straight ALU: one long block of dependent and independent integer operations, no memory.
#include "work.h"

void prepare(void) {}

u64 work(u64 units) {
  u64 a = 1, b = 2, c = 3, d = 4;
  for (u64 n = 0; n < units * 1000; n++) {
    a += b ^ (c << 7);
    b = (b >> 3 | b << 61) - d;
    c = (c & a) + (b | 0x1234);
    d ^= a + (c >> 11);
    a = (a << 5) ^ (b + 77);
    b += c * 5;
    c ^= (d >> 9) + a;
    d = d + (a & ~b) + n;
    a ^= (c >> 17) + (d << 3);
    b = b - (a | c);
    c += (b << 13) ^ d;
    d = (d >> 1 | d << 63) + c;
  }
  return mix(mix(mix(mix(0, a), b), c), d);
}
