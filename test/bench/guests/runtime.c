// What the compiler may call although there is no library.
#include "work.h"

typedef u64 __attribute__((may_alias, aligned(1))) any_word;

void *memcpy(void *restrict to, const void *restrict from, u64 bytes) {
  u8 *t = to;
  const u8 *f = from;
  for (; bytes >= 8; bytes -= 8, t += 8, f += 8) *(any_word *)t = *(const any_word *)f;
  while (bytes--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, u64 bytes) {
  u8 *t = to;
  u64 word = (u8)value * 0x0101010101010101ul;
  for (; bytes >= 8; bytes -= 8, t += 8) *(any_word *)t = word;
  while (bytes--) *t++ = (u8)value;
  return to;
}
