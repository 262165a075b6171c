// Translation tables: 39-bit addresses, 4 KiB granule, levels 1 to 3.
#pragma once
#include "work.h"

#define PAGE 4096ul
#define ENTRIES 512

// Descriptor bits (Arm ARM, VMSAv8-64 descriptor formats).
#define PTE_BLOCK 1ul
#define PTE_TABLE 3ul
#define PTE_PAGE 3ul
#define PTE_NORMAL (0x700ul | 0 << 2)
#define PTE_DEVICE (0x400ul | 1 << 2)
#define PTE_USER (1ul << 6)
#define PTE_READ_ONLY (1ul << 7)
#define PTE_NOT_GLOBAL (1ul << 11)
#define PTE_PXN (1ul << 53)
#define PTE_UXN (1ul << 54)

// What user programs have: data, and code that they only read.
#define USER_DATA (PTE_PAGE | PTE_NORMAL | PTE_USER | PTE_NOT_GLOBAL | PTE_PXN | PTE_UXN)
#define USER_CODE (PTE_PAGE | PTE_NORMAL | PTE_USER | PTE_READ_ONLY | PTE_NOT_GLOBAL | PTE_PXN)

typedef u64 table[ENTRIES] __attribute__((aligned(4096)));

// Identity map: devices below 1 GiB, RAM above it in 2 MiB blocks. Returns the level 1 table.
u64 *map_machine(void);

// Sets the level 1 table's entries that map the machine. For further address spaces.
void map_kernel(u64 *level1);

// The entry of a page in a level 3 table, whose tables are made as needed.
u64 *entry_of(u64 *level1, u64 address);
