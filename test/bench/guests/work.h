// What a benchmark program is: state that it may set up once, and `work`, which does so many units and returns a checksum of
// all it computed. Compiled for bare AArch64 (main.c) and, where nothing in it is Arm's own, for the host (native.c).
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef int i32;
typedef long i64;

#define NOINLINE __attribute__((noinline, noclone))
#define LENGTH(array) (sizeof(array) / sizeof(array[0]))

// Runs before the clock starts.
void prepare(void);

// The work that is timed; called twice with different counts. What it returns depends on every result.
u64 work(u64 units);

// Marsaglia's xorshift: deterministic input without a table.
static inline u64 next_random(u64 *state) {
  u64 x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

// Mixes a value into a checksum.
static inline u64 mix(u64 sum, u64 value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15ul;
  return sum ^ (sum >> 29);
}

static inline u64 bits_of(double value) {
  union { double d; u64 u; } both = { .d = value };
  return both.u;
}
