// The timed part of every program: marks on the console, which the host reads its clock at. SHORT units come first, while
// everything is cold, then the rest of LONG. At the end it stays until a key is typed, so that what the process cost can be read.
#include "console.h"

static void mark(const char *name, u64 sum) {
  put_text("BENCH ");
  put_text(name);
  put_text(" ");
  put_hex(sum);
  put_text("\n");
}

void main(void) {
  prepare();
  mark("begin", 0);
  u64 sum = work(SHORT);
  mark("short", sum);
  sum = mix(sum, work(LONG - SHORT));
  mark("long", sum);
  wait_for_key();
  power_off();
}
