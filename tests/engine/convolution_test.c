// SPDX-License-Identifier: GPL-3.0-or-later
//
// Convolutions of one to three dimensions against the sum that defines them, in geometries of every kind: whatever
// way the loops take, few filters or many, padded or not, in tiles or at once. The numbers are small integers, so
// that every order of the terms gives the same sum.
#include "tests/support/fixture.h"

enum { ROUNDS = 150, MOST_TERMS = 300000, SPATIAL_MOST = 3 };

typedef struct geometry {
  int spatial;
  int64_t batch, groups, channels, filters; // of a group
  int64_t in[SPATIAL_MOST], kernel[SPATIAL_MOST], out[SPATIAL_MOST];
  int64_t stride[SPATIAL_MOST], padding[SPATIAL_MOST], dilation[SPATIAL_MOST];
} geometry;

static int64_t one_of(uint64_t *random, int64_t count, const int64_t *values) {
  return values[sg_sample_hash((*random)++) % (uint64_t)count];
}
#define ONE_OF(random, ...)                                                                                        \
  one_of(random, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

// False: nothing fits, or the sum would take long. Dimensions that are missing have a kernel of one.
static bool random_geometry(uint64_t *random, geometry *g) {
  *g = (geometry){.spatial = (int)ONE_OF(random, 1, 2, 3), .batch = ONE_OF(random, 1, 2)};
  g->groups = ONE_OF(random, 1, 1, 2, 3);
  g->channels = ONE_OF(random, 1, 2, 3);
  g->filters = ONE_OF(random, 1, 2, 3, 4, 5, 7, 8, 9);
  int64_t terms = g->batch * g->groups * g->channels * g->filters;
  for (int d = 0; d < SPATIAL_MOST; d++) {
    const bool last = d == SPATIAL_MOST - 1, missing = d < SPATIAL_MOST - g->spatial;
    g->in[d] = missing ? 1 : last ? ONE_OF(random, 7, 16, 19, 33, 70) : ONE_OF(random, 1, 4, 9, 20);
    if (last && g->spatial == 1) g->in[d] = ONE_OF(random, 18, 300, 5000, 9001);
    g->kernel[d] = missing ? 1 : ONE_OF(random, 1, 2, 3, 5);
    g->stride[d] = missing ? 1 : ONE_OF(random, 1, 1, 1, 2);
    g->padding[d] = missing ? 0 : ONE_OF(random, 0, 0, 1, 2, 4);
    g->dilation[d] = missing ? 1 : ONE_OF(random, 1, 1, 2);
    const int64_t room = g->in[d] + 2 * g->padding[d] - g->dilation[d] * (g->kernel[d] - 1) - 1;
    if (room < 0) return false;
    g->out[d] = room / g->stride[d] + 1;
    terms *= g->out[d] * g->kernel[d];
  }
  return terms <= MOST_TERMS;
}

static sg_tensor *integers(sg_context *context, uint64_t *random, int spatial, int64_t first, int64_t second,
                           const int64_t *extents) {
  sg_shape shape = {.rank = 2 + spatial, .size = {first, second}};
  for (int d = 0; d < spatial; d++) shape.size[2 + d] = extents[SPATIAL_MOST - spatial + d];
  sg_tensor *tensor = sg_tensor_new(context, SG_F32, &shape);
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++)
    ((float *)sg_output_data(tensor))[i] = (float)(sg_sample_hash((*random)++) % 7) - 3;
  return tensor;
}

// The sum over the taps of one kernel at window (p, q, r), of one channel.
static double sum_of_taps(const geometry *g, const float *x, const float *weight, int64_t p, int64_t q, int64_t r) {
  double sum = 0;
  for (int64_t i = 0; i < g->kernel[0]; i++)
    for (int64_t j = 0; j < g->kernel[1]; j++)
      for (int64_t k = 0; k < g->kernel[2]; k++, weight++) {
        const int64_t depth = p * g->stride[0] - g->padding[0] + i * g->dilation[0];
        const int64_t line = q * g->stride[1] - g->padding[1] + j * g->dilation[1];
        const int64_t column = r * g->stride[2] - g->padding[2] + k * g->dilation[2];
        if (depth < 0 || depth >= g->in[0] || line < 0 || line >= g->in[1] || column < 0 || column >= g->in[2])
          continue;
        sum += (double)x[(depth * g->in[1] + line) * g->in[2] + column] * (double)*weight;
      }
  return sum;
}

static int64_t volume(const int64_t *extents) { return extents[0] * extents[1] * extents[2]; }

static double expected_at(const geometry *g, const float *x, const float *weight, const float *bias, int64_t image,
                          int64_t filter, int64_t window) {
  const int64_t group = filter / g->filters, r = window % g->out[2], q = window / g->out[2] % g->out[1];
  double sum = bias ? (double)bias[filter] : 0;
  for (int64_t c = 0; c < g->channels; c++)
    sum +=
        sum_of_taps(g, x + ((image * g->groups + group) * g->channels + c) * volume(g->in),
                    weight + (filter * g->channels + c) * volume(g->kernel), window / g->out[2] / g->out[1], q, r);
  return sum;
}

static sg_ints list_of(int spatial, const int64_t *values) {
  sg_ints list = {.count = spatial};
  for (int i = 0; i < spatial; i++) list.value[i] = values[SPATIAL_MOST - spatial + i];
  return list;
}

static void compare(sg_context *context, const geometry *g, uint64_t *random) {
  const int64_t filters = g->groups * g->filters, ones[] = {1, 1, 1};
  sg_tensor *x = integers(context, random, g->spatial, g->batch, g->groups * g->channels, g->in);
  sg_tensor *weight = integers(context, random, g->spatial, filters, g->channels, g->kernel);
  sg_tensor *bias = *random % 2 ? sg_flatten(context, integers(context, random, 1, filters, 1, ones), 0, -1) : NULL;
  const sg_conv_options options = {list_of(g->spatial, g->stride), list_of(g->spatial, g->padding),
                                   list_of(g->spatial, g->dilation), g->groups};
  static sg_tensor *(*const convolutions[])(sg_context *, sg_tensor *, sg_tensor *, sg_tensor *,
                                            const sg_conv_options *) = {sg_conv1d, sg_conv2d, sg_conv3d};
  sg_tensor *y = convolutions[g->spatial - 1](context, x, weight, bias, &options);
  expect_ok(context);
  const int64_t windows = volume(g->out);
  assert_int_equal(sg_tensor_elements(y), g->batch * filters * windows);
  for (int64_t i = 0; i < sg_tensor_elements(y); i++) {
    const double expected =
        expected_at(g, sg_tensor_data(x), sg_tensor_data(weight), bias ? sg_tensor_data(bias) : NULL,
                    i / windows / filters, i / windows % filters, i % windows);
    if (sg_tensor_value(y, i) != expected)
      fail_msg("x %s, weight %s, element %lld of %s: %g, not %g", sg_shape_text(sg_tensor_shape(x)).text,
               sg_shape_text(sg_tensor_shape(weight)).text, (long long)i, sg_shape_text(sg_tensor_shape(y)).text,
               sg_tensor_value(y, i), expected);
  }
}

static void every_geometry(void **state) {
  sg_context *context = *state;
  uint64_t random = 1;
  for (int round = 0; round < ROUNDS;) {
    geometry g;
    if (!random_geometry(&random, &g)) continue;
    sg_scope scope = sg_scope_open(context);
    compare(context, &g, &random);
    sg_scope_close(context, scope);
    round++;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST_OF(every_geometry)};
  return cmocka_run_group_tests_name("convolution", tests, NULL, NULL);
}
