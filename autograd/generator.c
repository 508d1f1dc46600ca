// SPDX-License-Identifier: GPL-3.0-or-later
//
// Number i of a stream is a pure function of the seed and i, so results do not depend on who computes it.
// A Philox block (128 bits) holds two numbers of 64 bits.
#include "autograd/context.h"
#include "autograd/random.h"

void sg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = UINT64_C(0xD2511F53) * c0, p1 = UINT64_C(0xCD9E8D57) * c2;
    uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    c0 = n0;
    c2 = n2;
    k0 += UINT32_C(0x9E3779B9);
    k1 += UINT32_C(0xBB67AE85);
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
}

uint64_t sg_philox_bits(sg_random_state start, int64_t number) {
  uint64_t position = start.position + (uint64_t)number, block = position / 2;
  uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), 0, 0}, output[4];
  uint32_t key[2] = {(uint32_t)start.seed, (uint32_t)(start.seed >> 32)};
  sg_philox(counter, key, output);
  int half = (int)(position & 1) * 2;
  return (uint64_t)output[half + 1] << 32 | output[half];
}

double sg_philox_uniform(sg_random_state start, int64_t number) {
  return (double)(sg_philox_bits(start, number) >> 11) * 0x1p-53;
}

double sg_stream_uniform(uint64_t seed, uint64_t position) {
  return sg_philox_uniform((sg_random_state){seed, position}, 0);
}

sg_random_state sg_random_reserve(sg_context *context, int64_t count) {
  sg_random_state start = context->random;
  context->random.position += (uint64_t)count;
  return start;
}

// ---- The stream as a GSL generator ----------------------------------------------------------------

static void gsl_set(void *state, unsigned long seed) {
  *(sg_random_state *)state = (sg_random_state){.seed = seed};
}

static unsigned long gsl_get(void *state) {
  sg_random_state *stream = state;
  uint64_t bits = sg_philox_bits(*stream, 0);
  stream->position++;
  return (unsigned long)(bits >> 32);
}

static double gsl_get_double(void *state) {
  sg_random_state *stream = state;
  double value = sg_philox_uniform(*stream, 0);
  stream->position++;
  return value;
}

static const gsl_rng_type philox_type = {.name = "philox4x32-10",
                                         .max = 0xffffffffUL,
                                         .min = 0,
                                         .size = sizeof(sg_random_state),
                                         .set = gsl_set,
                                         .get = gsl_get,
                                         .get_double = gsl_get_double};

const gsl_rng_type *sg_random_gsl_type(void) { return &philox_type; }

gsl_rng *sg_random_generator(sg_context *context) { return &context->generator; }

void sg_random_open(sg_context *context, uint64_t seed) {
  context->random = (sg_random_state){.seed = seed};
  context->generator = (gsl_rng){.type = &philox_type, .state = &context->random};
}

void sg_random_seed(sg_context *context, uint64_t seed) { context->random = (sg_random_state){.seed = seed}; }
sg_random_state sg_random_get_state(const sg_context *context) { return context->random; }
void sg_random_set_state(sg_context *context, sg_random_state state) { context->random = state; }
