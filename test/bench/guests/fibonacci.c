// Recursive Fibonacci: nothing but calls and returns.
#include "work.h"

void prepare(void) {}

// The compiler would unroll the recursion some levels deep, and each build differently.
static NOINLINE __attribute__((optimize("no-optimize-sibling-calls", "no-inline", "no-ipa-cp-clone"))) u64 fibonacci(u64 n) {
  if (n < 2) return n;
  u64 before = fibonacci(n - 1);
  __asm__ volatile("" : "+r"(before));
  return before + fibonacci(n - 2);
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) sum = mix(sum, fibonacci(20 + unit % 3));
  return sum;
}
