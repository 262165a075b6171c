// Calls: small functions, three levels deep, all direct.
#include "work.h"

void prepare(void) {}

static NOINLINE u64 leaf(u64 a, u64 b) {
  return a * 3 + (b >> 2);
}

static NOINLINE u64 other_leaf(u64 a) {
  return a ^ (a >> 7);
}

static NOINLINE u64 middle(u64 a, u64 b) {
  u64 x = leaf(a, b);
  return x + leaf(b, a) + other_leaf(x);
}

static NOINLINE u64 top(u64 a) {
  return middle(a, a + 1) ^ middle(a + 2, other_leaf(a));
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 n = 0; n < units * 1000; n++) sum += top(sum + n);
  return mix(0, sum);
}
