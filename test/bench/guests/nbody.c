// Five bodies under gravity, double precision, with square roots and divisions.
#include "work.h"

#define BODIES 5
struct body {
  double position[3], velocity[3], mass;
};

static struct body bodies[BODIES] = {
  { { 0, 0, 0 }, { 0, 0, 0 }, 39.47 },
  { { 4.84, -1.16, -0.10 }, { 0.606, 2.81, -0.02 }, 0.0376 },
  { { 8.34, 4.12, -0.40 }, { -1.01, 1.82, 0.008 }, 0.0112 },
  { { 12.89, -15.11, -0.22 }, { 1.08, 0.868, -0.010 }, 0.0017 },
  { { 15.37, -25.91, 0.179 }, { 0.979, 0.594, -0.034 }, 0.0020 },
};

void prepare(void) {}

static NOINLINE void advance(double step) {
  for (int i = 0; i < BODIES; i++) {
    struct body *one = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      struct body *other = &bodies[j];
      double d[3], square = 0;
      for (int k = 0; k < 3; k++) {
        d[k] = one->position[k] - other->position[k];
        square += d[k] * d[k];
      }
      double magnitude = step / (square * __builtin_sqrt(square));
      for (int k = 0; k < 3; k++) {
        one->velocity[k] -= d[k] * other->mass * magnitude;
        other->velocity[k] += d[k] * one->mass * magnitude;
      }
    }
  }
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) bodies[i].position[k] += step * bodies[i].velocity[k];
  }
}

u64 work(u64 units) {
  for (u64 n = 0; n < units * 100; n++) advance(0.01);
  u64 sum = 0;
  for (int i = 0; i < BODIES; i++) {
    for (int k = 0; k < 3; k++) sum = mix(sum, bits_of(bodies[i].position[k]));
  }
  return sum;
}
