// Mandelbrot set, 64 x 64 points, up to 200 steps each, double precision.
#include "work.h"

#define SIZE 64
#define STEPS 200

void prepare(void) {}

u64 work(u64 units) {
  u64 sum = 0;
  for (u64 unit = 0; unit < units; unit++) {
    for (int row = 0; row < SIZE; row++) {
      for (int column = 0; column < SIZE; column++) {
        double cr = column * (3.0 / SIZE) - 2.0, ci = row * (2.5 / SIZE) - 1.25;
        double zr = 0, zi = 0;
        int step = 0;
        while (step < STEPS && zr * zr + zi * zi < 4.0) {
          double next = zr * zr - zi * zi + cr;
          zi = 2.0 * zr * zi + ci;
          zr = next;
          step++;
        }
        sum = mix(sum, (u64)step);
      }
    }
  }
  return sum;
}
