// Indirect calls: methods through tables, as object-oriented code has them; which object comes next is random.
#include "work.h"

struct object;
typedef u64 (*method)(struct object *self, u64 argument);
struct object {
  const method *methods;
  u64 value;
};

#define OBJECTS 1024
static struct object objects[OBJECTS];

static NOINLINE u64 add(struct object *self, u64 argument) { return self->value += argument; }
static NOINLINE u64 flip(struct object *self, u64 argument) { return self->value ^= ~argument; }
static NOINLINE u64 turn(struct object *self, u64 argument) {
  return self->value = (self->value << 9 | self->value >> 55) + argument;
}
static NOINLINE u64 halve(struct object *self, u64 argument) {
  return self->value = (self->value >> 1) + (argument << 40);
}
static NOINLINE u64 get(struct object *self, u64 argument) { return self->value + argument; }
static NOINLINE u64 low(struct object *self, u64 argument) { return (u32)self->value ^ argument; }

static const method classes[6][2] = {
  { add, get }, { flip, low }, { turn, get }, { halve, get }, { add, low }, { turn, low },
};

void prepare(void) {
  u64 state = 42;
  for (u32 n = 0; n < OBJECTS; n++) {
    objects[n].methods = classes[next_random(&state) % 6];
    objects[n].value = n;
  }
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 n = 0; n < units * 1000; n++) {
    struct object *object = &objects[n % OBJECTS];
    sum += object->methods[0](object, sum);
    sum ^= object->methods[1](object, n);
  }
  return mix(0, sum);
}
