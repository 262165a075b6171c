// Pipe throughput: reads what another task writes, 4 KiB at a time.
#include "kenix.h"

OTHER_SIDE;

__attribute__((used)) void enter(void) {
  u64 buffer[512];
  struct results pipe = call(PIPE, 0, 0, 0);
  u64 reader = needed((i64)pipe.x[0]), writer = pipe.x[1];
  // The other side inherits descriptor 1.
  u64 console = needed(result_of(DUP, 1, 0, 0));
  needed(result_of(DUP2, writer, 1, 0));
  u64 task = START_OTHER_SIDE();
  needed(result_of(DUP2, console, 1, 0));
  call(CLOSE, writer, 0, 0);
  call(CLOSE, console, 0, 0);
  mark("begin", 0);
  u64 sum = 0, bytes = 0;
  for (;;) {
    u64 length = needed(result_of(READ, reader, (u64)buffer, sizeof buffer));
    if (length == 0) break;
    bytes += length;
    sum += buffer[0];
  }
  mark("end", mix(sum == 0, bytes));
  call(WAIT, task, 0, 0);
  end(0);
}
