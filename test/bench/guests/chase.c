// Pointer chase: each load's address comes from the load before, in random order through 1 MiB.
#include "work.h"

struct node {
  struct node *next;
  u64 value;
  u64 padding[6];
};

#define NODES ((1 << 20) / sizeof(struct node))
static struct node nodes[NODES];
static struct node *position;

// A cycle through all nodes (Sattolo's shuffle).
void prepare(void) {
  static u32 order[NODES];
  u64 state = 99;
  for (u32 n = 0; n < NODES; n++) order[n] = n;
  for (u32 n = NODES - 1; n > 0; n--) {
    u32 other = (u32)(next_random(&state) % n), moved = order[n];
    order[n] = order[other];
    order[other] = moved;
  }
  for (u32 n = 0; n < NODES; n++) {
    nodes[order[n]].next = &nodes[order[(n + 1) % NODES]];
    nodes[order[n]].value = n;
  }
  position = nodes;
}

u64 work(u64 units) {
  u64 sum = 0;
  struct node *node = position;
  for (u64 n = 0; n < units * 1000; n++) {
    sum += node->value ^ n;
    node = node->next;
  }
  position = node;
  return mix(mix(0, sum), node->value);
}
