// System calls of Kenix for the benchmark programs, from docs/syscalls.md.
#pragma once

typedef unsigned char u8;
typedef long i64;
typedef unsigned long u64;

enum {
  RECV = 2, CALL = 3, REPLY = 4, SPAWN = 21, WAIT = 22, DUP = 23, DUP2 = 24, KILL = 25, ENDPOINT_CREATE = 40,
  CLOSE = 57, PIPE = 59, READ = 63, WRITE = 64, EXIT = 93
};

// Results x0 to x5.
struct results {
  u64 x[6];
};

static inline struct results call(u64 number, u64 a, u64 b, u64 c) {
  register u64 x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register u64 x3 __asm__("x3") = 0, x4 __asm__("x4") = 0, x5 __asm__("x5") = 0;
  register u64 x8 __asm__("x8") = number;
  __asm__ volatile("svc #0"
                   : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                   : "r"(x8)
                   : "memory");
  return (struct results){ { x0, x1, x2, x3, x4, x5 } };
}

static inline i64 result_of(u64 number, u64 a, u64 b, u64 c) {
  return (i64)call(number, a, b, c).x[0];
}

_Noreturn static inline void end(u64 code) {
  for (;;) call(EXIT, code, 0, 0);
}

static inline void put(const char *text, u64 length) {
  while (length > 0) {
    i64 written = result_of(WRITE, 1, (u64)text, length);
    if (written <= 0) end(1);
    text += written;
    length -= (u64)written;
  }
}

// Prints a mark for the host.
static inline void mark(const char *name, u64 sum) {
  char line[40] = "BENCH ";
  u64 at = 6;
  while (*name) line[at++] = *name++;
  line[at++] = ' ';
  for (int shift = 60; shift >= 0; shift -= 4) line[at++] = "0123456789abcdef"[(sum >> shift) & 15];
  line[at++] = '\n';
  put(line, at);
}

static inline u64 mix(u64 sum, u64 value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15ul;
  return sum ^ (sum >> 29);
}

// Ends the benchmark if a call failed.
static inline u64 needed(i64 result) {
  if (result < 0) {
    mark("failed", (u64)-result);
    end(1);
  }
  return (u64)result;
}

// The program that is started as the other side, put here by the assembler.
#define OTHER_SIDE                                                                                   \
  extern const u8 other_side[], other_side_end[];                                                    \
  __asm__(".pushsection .rodata\n.balign 16\nother_side:\n.incbin \"child\"\nother_side_end:\n"      \
          ".popsection\n")
#define START_OTHER_SIDE() needed(result_of(SPAWN, (u64)other_side, (u64)(other_side_end - other_side), 0))

void enter(void);
__asm__(".globl _start\n_start:\n  mov x29, xzr\n  mov x30, xzr\n  b enter\n");

// Slot in which the two sides meet: slots 32 to 58 are copied to what a task starts.
#define MEETING_SLOT 58
