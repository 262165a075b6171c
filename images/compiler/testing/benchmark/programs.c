/* Benchmark programs in C; programs.ts has the same in AssemblyScript. `PROGRAM NAME SIZE` writes a checksum. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static union {
  uint8_t bytes[65536];
  uint32_t words[16384];
  int32_t ints[16384];
  double doubles[8192];
} A, B;

int sieve(int n) {
  memset(A.bytes, 1, n);
  int count = 0;
  for (int i = 2; i < n; i++) {
    if (A.bytes[i] == 0) continue;
    count++;
    for (int j = i + i; j < n; j += i) A.bytes[j] = 0;
  }
  return count;
}

int crc(int n) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    A.words[i] = c;
  }
  uint32_t crc = 0xffffffff;
  for (int i = 0; i < n; i++) crc = A.words[(crc ^ (i * 7)) & 255] ^ (crc >> 8);
  return ~crc;
}

int matrix(int n) {
  for (int i = 0; i < n * n; i++) {
    A.doubles[i] = i;
    B.doubles[i] = i & 7;
  }
  double total = 0;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int k = 0; k < n; k++) sum += A.doubles[i * n + k] * B.doubles[k * n + j];
      total += sum;
    }
  }
  return total;
}

static void fill_random(int32_t *at, int n) {
  uint32_t seed = 12345;
  for (int i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223;
    at[i] = (seed >> 8) & 0xffff;
  }
}

int insertion(int n) {
  fill_random(A.ints, n);
  for (int i = 1; i < n; i++) {
    int value = A.ints[i];
    int j = i - 1;
    while (j >= 0 && A.ints[j] > value) {
      A.ints[j + 1] = A.ints[j];
      j--;
    }
    A.ints[j + 1] = value;
  }
  return A.ints[n >> 1];
}

static void sort_range(int low, int high) {
  if (low >= high) return;
  int pivot = A.ints[(low + high) >> 1];
  int i = low, j = high;
  while (i <= j) {
    while (A.ints[i] < pivot) i++;
    while (A.ints[j] > pivot) j--;
    if (i <= j) {
      int swapped = A.ints[i];
      A.ints[i] = A.ints[j];
      A.ints[j] = swapped;
      i++;
      j--;
    }
  }
  sort_range(low, j);
  sort_range(i, high);
}

int quicksort(int n) {
  fill_random(A.ints, n);
  sort_range(0, n - 1);
  return A.ints[n >> 1];
}

int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int collatz(int n) {
  int best = 0;
  for (int i = 1; i < n; i++) {
    uint64_t value = i;
    int steps = 0;
    while (value != 1) {
      value = value & 1 ? 3 * value + 1 : value >> 1;
      steps++;
    }
    if (steps > best) best = steps;
  }
  return best;
}

int fnv(int n) {
  for (int i = 0; i < n; i++) A.bytes[i] = i * 31;
  uint32_t hash = 2166136261u;
  for (int i = 0; i < n; i++) hash = (hash ^ A.bytes[i]) * 16777619;
  return hash;
}

static int safe(int row, int column) {
  for (int i = 0; i < row; i++) {
    int other = A.ints[i];
    if (other == column || other - column == i - row || other - column == row - i) return 0;
  }
  return 1;
}

static int place(int row, int n) {
  if (row == n) return 1;
  int count = 0;
  for (int column = 0; column < n; column++) {
    if (!safe(row, column)) continue;
    A.ints[row] = column;
    count += place(row + 1, n);
  }
  return count;
}

int queens(int n) { return place(0, n); }

struct node {
  struct node *next;
  int32_t value, weight;
};

static struct node nodes[4096];

int list(int n) {
  struct node *head = 0;
  for (int i = 0; i < n; i++) {
    struct node *node = &nodes[i];
    node->next = head;
    node->value = i;
    node->weight = i & 3;
    head = node;
  }
  struct node *reversed = 0;
  while (head) {
    struct node *next = head->next;
    head->next = reversed;
    reversed = head;
    head = next;
  }
  int sum = 0;
  for (struct node *node = reversed; node; node = node->next) sum += node->value * node->weight;
  return sum;
}

int mandelbrot(int n) {
  int count = 0;
  for (int row = 0; row < n; row++) {
    for (int column = 0; column < n; column++) {
      double cx = 3.0 * column / n - 2.0;
      double cy = 2.0 * row / n - 1.0;
      double x = 0, y = 0;
      int turns = 0;
      while (turns < 50 && x * x + y * y <= 4.0) {
        double next = x * x - y * y + cx;
        y = 2.0 * x * y + cy;
        x = next;
        turns++;
      }
      if (turns == 50) count++;
    }
  }
  return count;
}

int life(int n) {
  for (int i = 0; i < 4096; i++) A.bytes[i] = (i * i + (i >> 3)) % 3 == 0;
  uint8_t *from = A.bytes, *to = B.bytes;
  for (int turn = 0; turn < n; turn++) {
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 64; x++) {
        int around = 0;
        for (int dy = -1; dy <= 1; dy++) {
          for (int dx = -1; dx <= 1; dx++) around += from[((y + dy) & 63) * 64 + ((x + dx) & 63)];
        }
        int alive = from[y * 64 + x];
        to[y * 64 + x] = around == 3 || (alive != 0 && around == 4);
      }
    }
    uint8_t *swapped = from;
    from = to;
    to = swapped;
  }
  int count = 0;
  for (int i = 0; i < 4096; i++) count += from[i];
  return count;
}

static uint32_t rotate(uint32_t value, uint32_t by) { return (value >> by) | (value << (32 - by)); }

int sha(int n) {
  uint32_t *K = A.words, *W = B.words;
  uint32_t seed = 1;
  for (int i = 0; i < 64; i++) {
    seed = seed * 1103515245 + 12345;
    K[i] = seed;
  }
  uint32_t h0 = 0x6a09e667, h1 = 0xbb67ae85, h2 = 0x3c6ef372, h3 = 0xa54ff53a;
  uint32_t h4 = 0x510e527f, h5 = 0x9b05688c, h6 = 0x1f83d9ab, h7 = 0x5be0cd19;
  for (int block = 0; block < n; block++) {
    for (int i = 0; i < 16; i++) W[i] = block * 16 + i;
    for (int i = 16; i < 64; i++) {
      uint32_t w15 = W[i - 15], w2 = W[i - 2];
      uint32_t s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >> 3);
      uint32_t s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >> 10);
      W[i] = W[i - 16] + W[i - 7] + s0 + s1;
    }
    uint32_t a = h0, b = h1, c = h2, d = h3, e = h4, f = h5, g = h6, h = h7;
    for (int i = 0; i < 64; i++) {
      uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      uint32_t ch = (e & f) ^ (~e & g);
      uint32_t t1 = h + s1 + ch + K[i] + W[i];
      uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    h0 += a;
    h1 += b;
    h2 += c;
    h3 += d;
    h4 += e;
    h5 += f;
    h6 += g;
    h7 += h;
  }
  return h0 ^ h1 ^ h2 ^ h3 ^ h4 ^ h5 ^ h6 ^ h7;
}

int words(int n) {
  memset(B.bytes, 0, 4096);
  for (int i = 0; i < n; i++) A.bytes[i] = i % 5 == 4 ? 32 : 97 + ((i * i) >> 2) % 7;
  int distinct = 0;
  uint32_t hash = 0;
  for (int i = 0; i < n; i++) {
    uint32_t byte = A.bytes[i];
    if (byte != 32) {
      hash = hash * 31 + byte;
      continue;
    }
    uint32_t slot = hash & 1023;
    for (;;) {
      uint32_t known = B.words[slot];
      if (known == hash) break;
      if (known == 0) {
        B.words[slot] = hash;
        distinct++;
        break;
      }
      slot = (slot + 1) & 1023;
    }
    hash = 0;
  }
  return distinct;
}

static const struct {
  const char *name;
  int (*run)(int);
} programs[] = {
    {"sieve", sieve},         {"crc", crc},     {"matrix", matrix}, {"insertion", insertion},
    {"quicksort", quicksort}, {"fib", fib},     {"collatz", collatz}, {"fnv", fnv},
    {"queens", queens},       {"list", list},   {"mandelbrot", mandelbrot}, {"life", life},
    {"sha", sha},             {"words", words},
};

int main(int count, char **arguments) {
  if (count != 3) return 2;
  for (unsigned i = 0; i < sizeof programs / sizeof *programs; i++) {
    if (strcmp(arguments[1], programs[i].name)) continue;
    printf("%d\n", programs[i].run(atoi(arguments[2])));
    return 0;
  }
  return 2;
}
