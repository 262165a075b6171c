// The identity map every program runs in, and pages beside it for programs at EL0. The first is made with the MMU off, so this
// is compiled with strict alignment.
#include "paging.h"

#define RAM 0x40000000ul
#define BLOCK_BYTES 0x200000ul
#define POOL 64

static table level1, level2, pool[POOL];
static u32 taken;

u64 *map_machine(void) {
  for (u64 n = 0; n < ENTRIES; n++) level2[n] = (RAM + n * BLOCK_BYTES) | PTE_BLOCK | PTE_NORMAL;
  map_kernel(level1);
  return level1;
}

void map_kernel(u64 *table) {
  table[0] = PTE_BLOCK | PTE_DEVICE | PTE_PXN | PTE_UXN;
  table[1] = (u64)level2 | PTE_TABLE;
}

static u64 *below(u64 *entry) {
  if (*entry == 0) *entry = (u64)pool[taken++] | PTE_TABLE;
  return (u64 *)(*entry & ~(PAGE - 1));
}

u64 *entry_of(u64 *table, u64 address) {
  u64 *second = below(&table[address >> 30 & (ENTRIES - 1)]);
  u64 *third = below(&second[address >> 21 & (ENTRIES - 1)]);
  return &third[address >> 12 & (ENTRIES - 1)];
}
