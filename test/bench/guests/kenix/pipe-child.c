// The other side of pipe.c: writes 64 MiB.
#include "kenix.h"

#define BYTES (64ul << 20)

__attribute__((used)) void enter(void) {
  u64 buffer[512];
  for (u64 n = 0; n < 512; n++) buffer[n] = n + 1;
  for (u64 left = BYTES; left > 0; left -= sizeof buffer) {
    if (result_of(WRITE, 1, (u64)buffer, sizeof buffer) != sizeof buffer) end(1);
  }
  end(0);
}
