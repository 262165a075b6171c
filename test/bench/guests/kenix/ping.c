// IPC ping-pong: a call to another task and its reply, again and again.
#include "kenix.h"

#define ROUNDS 200000

OTHER_SIDE;

__attribute__((used)) void enter(void) {
  u64 endpoint = needed(result_of(ENDPOINT_CREATE, 0, 0, 0));
  needed(result_of(DUP2, endpoint, MEETING_SLOT, 0));
  u64 task = START_OTHER_SIDE();
  u64 sum = needed(result_of(CALL, MEETING_SLOT, 1, 1));
  mark("begin", 0);
  for (u64 n = 0; n < ROUNDS; n++) {
    struct results reply = call(CALL, MEETING_SLOT, n & 0xffff, sum);
    sum = mix(needed((i64)reply.x[0]), reply.x[1]);
  }
  mark("end", sum);
  call(KILL, task, 0, 0);
  call(WAIT, task, 0, 0);
  end(0);
}
