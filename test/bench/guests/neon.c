// Product of square matrices by vectors of four (Advanced SIMD). ELEMENT is the element's type.
#include "work.h"

#define SIZE 96
typedef ELEMENT vector __attribute__((vector_size(16)));
static ELEMENT a[SIZE][SIZE];
static vector b[SIZE][SIZE / 4], c[SIZE][SIZE / 4];

void prepare(void) {
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) {
      a[row][column] = (ELEMENT)(row * 3 + column) / (ELEMENT)7;
      b[row][column / 4][column % 4] = (ELEMENT)(row - column * 2) / (ELEMENT)3;
    }
  }
}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) {
    a[unit % SIZE][0] += (ELEMENT)1;
    for (int row = 0; row < SIZE; row++) {
      for (int column = 0; column < SIZE / 4; column += 2) {
        vector left = {0}, right = {0};
        for (int n = 0; n < SIZE; n++) {
          left += a[row][n] * b[n][column];
          right += a[row][n] * b[n][column + 1];
        }
        c[row][column] = left;
        c[row][column + 1] = right;
      }
    }
    for (int n = 0; n < SIZE; n++) {
      sum = mix(sum, bits_of((double)c[n][(n * 7) % SIZE / 4][n % 4]));
    }
  }
  return sum;
}
