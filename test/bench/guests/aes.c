// AES-128 in counter mode by the instructions for it (AESE, AESMC; on an x86 host AESENC, which orders the same steps
// differently).
#include "work.h"

#define ROUNDS 10
#define BLOCKS 1024

#ifdef __aarch64__
#include <arm_neon.h>
typedef uint8x16_t block;
static block round_of(block state, block key) { return vaesmcq_u8(vaeseq_u8(state, key)); }
static block last_round(block state, block key) { return vaeseq_u8(state, key); }
#else
#include <wmmintrin.h>
typedef __m128i block;
static block round_of(block state, block key) {
  return _mm_aesenc_si128(_mm_xor_si128(state, key), _mm_setzero_si128());
}
static block last_round(block state, block key) {
  return _mm_aesenclast_si128(_mm_xor_si128(state, key), _mm_setzero_si128());
}
#endif

union text {
  u64 words[2];
  block block;
};

static union text keys[ROUNDS + 1], data[BLOCKS];

void prepare(void) {
  u64 state = 17;
  for (int n = 0; n <= ROUNDS; n++) {
    for (int half = 0; half < 2; half++) keys[n].words[half] = next_random(&state);
  }
}

u64 work(u64 units) {
  u64 counter = 0;
  for (u64 unit = 0; unit < units; unit++) {
    for (int n = 0; n < BLOCKS; n++) {
      union text text = { .words = { counter++, unit } };
      for (int round = 0; round < ROUNDS - 1; round++) {
        text.block = round_of(text.block, keys[round].block);
      }
      text.block = last_round(text.block, keys[ROUNDS - 1].block);
      data[n].words[0] ^= text.words[0] ^ keys[ROUNDS].words[0];
      data[n].words[1] ^= text.words[1] ^ keys[ROUNDS].words[1];
    }
  }
  u64 sum = 0;
  for (int n = 0; n < BLOCKS; n++) sum = mix(mix(sum, data[n].words[0]), data[n].words[1]);
  return sum;
}
