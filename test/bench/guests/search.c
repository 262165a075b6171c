// String search in 256 KiB of made-up text: once byte by byte, once by Horspool's skips.
#include "work.h"

#define LENGTH_OF_TEXT (256 << 10)
static char text[LENGTH_OF_TEXT];
static const char *const wanted[] = { "the end", "memory", "zebra crossing", "o" };

void prepare(void) {
  static const char letters[] = "etaoin shrdlu cmfwyp ";
  u64 state = 11;
  for (u32 n = 0; n < LENGTH_OF_TEXT; n++) {
    text[n] = letters[next_random(&state) % (sizeof letters - 1)];
  }
}

static u32 length_of(const char *word) {
  u32 length = 0;
  while (word[length]) length++;
  return length;
}

static NOINLINE u32 count_plainly(const char *word) {
  u32 count = 0, length = length_of(word);
  for (u32 at = 0; at + length <= LENGTH_OF_TEXT; at++) {
    u32 same = 0;
    while (same < length && text[at + same] == word[same]) same++;
    count += same == length;
  }
  return count;
}

static NOINLINE u32 count_skipping(const char *word) {
  u32 skip[256], count = 0, length = length_of(word);
  for (u32 n = 0; n < 256; n++) skip[n] = length;
  for (u32 n = 0; n + 1 < length; n++) skip[(u8)word[n]] = length - 1 - n;
  for (u32 at = 0; at + length <= LENGTH_OF_TEXT; at += skip[(u8)text[at + length - 1]]) {
    u32 left = length;
    while (left > 0 && text[at + left - 1] == word[left - 1]) left--;
    count += left == 0;
  }
  return count;
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) {
    text[unit % LENGTH_OF_TEXT] = 'o';
    for (u32 n = 0; n < LENGTH(wanted); n++) {
      sum = mix(sum, count_plainly(wanted[n]));
      sum = mix(sum, count_skipping(wanted[n]));
    }
  }
  return sum;
}
