// Sorting: quicksort with insertion sort for small parts, on 100,000 random words.
#include "work.h"

#define COUNT 100000
#define SMALL 16
static u32 values[COUNT];

void prepare(void) {}

static void insertion_sort(u32 *first, u32 *last) {
  for (u32 *at = first + 1; at <= last; at++) {
    u32 value = *at, *hole = at;
    while (hole > first && hole[-1] > value) {
      *hole = hole[-1];
      hole--;
    }
    *hole = value;
  }
}

static NOINLINE void quicksort(u32 *first, u32 *last) {
  while (last - first >= SMALL) {
    u32 pivot = first[(last - first) / 2], *low = first, *high = last;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low <= high) {
        u32 value = *low;
        *low++ = *high;
        *high-- = value;
      }
    }
    if (high - first < last - low) {
      quicksort(first, high);
      first = low;
    } else {
      quicksort(low, last);
      last = high;
    }
  }
  insertion_sort(first, last);
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) {
    u64 state = unit + 7;
    for (u32 n = 0; n < COUNT; n++) values[n] = (u32)next_random(&state);
    quicksort(values, values + COUNT - 1);
    for (u32 n = 0; n < COUNT; n += 997) sum = mix(sum, values[n]);
  }
  return sum;
}
