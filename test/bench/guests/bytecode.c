// A bytecode interpreter: a register machine with a switch, running a program that counts primes by trial division.
#include "work.h"

enum { LOAD, MOVE, ADD, SUBTRACT, MULTIPLY, REMAINDER, JUMP, JUMP_IF_ZERO, JUMP_IF_LESS, HALT };

struct instruction {
  u8 code, a, b, c;
};

// r0: limit, r1: candidate, r2: divisor, r3: count, r4: scratch, r5: 1, r6: 0.
static struct instruction program[] = {
  { LOAD, 1, 2, 0 },          // 0: candidate = 2
  { LOAD, 3, 0, 0 },          // 1: count = 0
  { LOAD, 5, 1, 0 },          // 2: one = 1
  { JUMP_IF_LESS, 1, 0, 5 },  // 3: while candidate < limit
  { HALT, 0, 0, 0 },          // 4
  { LOAD, 2, 2, 0 },          // 5: divisor = 2
  { MULTIPLY, 4, 2, 2 },      // 6: for divisor * divisor <= candidate
  { JUMP_IF_LESS, 1, 4, 12 }, // 7:   none divides: prime
  { REMAINDER, 4, 1, 2 },     // 8:
  { JUMP_IF_ZERO, 4, 0, 13 }, // 9:   divides: not prime
  { ADD, 2, 2, 5 },           // 10:  divisor++
  { JUMP, 6, 0, 0 },          // 11
  { ADD, 3, 3, 5 },           // 12: count++
  { ADD, 1, 1, 5 },           // 13: candidate++
  { JUMP, 3, 0, 0 },          // 14
};

void prepare(void) {}

static NOINLINE u64 interpret(const struct instruction *code, u64 limit) {
  u64 r[8] = { limit };
  for (u64 at = 0;;) {
    struct instruction i = code[at++];
    switch (i.code) {
      case LOAD: r[i.a] = i.b; break;
      case MOVE: r[i.a] = r[i.b]; break;
      case ADD: r[i.a] = r[i.b] + r[i.c]; break;
      case SUBTRACT: r[i.a] = r[i.b] - r[i.c]; break;
      case MULTIPLY: r[i.a] = r[i.b] * r[i.c]; break;
      case REMAINDER: r[i.a] = r[i.b] % r[i.c]; break;
      case JUMP: at = i.a; break;
      case JUMP_IF_ZERO: if (r[i.a] == 0) at = i.c; break;
      case JUMP_IF_LESS: if (r[i.a] < r[i.b]) at = i.c; break;
      default: return r[3];
    }
  }
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) sum = mix(sum, interpret(program, 2000 + unit % 7));
  return sum;
}
