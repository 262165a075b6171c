// Product of square matrices, one element at a time. ELEMENT is the element's type.
#include "work.h"

#define SIZE 96
static ELEMENT a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

void prepare(void) {
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) {
      a[row][column] = (ELEMENT)(row * 3 + column) / (ELEMENT)7;
      b[row][column] = (ELEMENT)(row - column * 2) / (ELEMENT)3;
    }
  }
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) {
    a[unit % SIZE][0] += (ELEMENT)1;
    for (int row = 0; row < SIZE; row++) {
      for (int column = 0; column < SIZE; column++) {
        ELEMENT total = 0;
        for (int n = 0; n < SIZE; n++) total += a[row][n] * b[n][column];
        c[row][column] = total;
      }
    }
    for (int n = 0; n < SIZE; n++) sum = mix(sum, bits_of((double)c[n][(n * 7) % SIZE]));
  }
  return sum;
}
