// The same as main.c for the host: prints seconds and checksums.
#include "work.h"
#include <stdio.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void) {
  prepare();
  double begin = now();
  u64 sum = work(SHORT);
  printf("BENCH short %016lx %.6f\n", sum, now() - begin);
  sum = mix(sum, work(LONG - SHORT));
  printf("BENCH long %016lx %.6f\n", sum, now() - begin);
  return 0;
}
