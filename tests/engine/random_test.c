// SPDX-License-Identifier: GPL-3.0-or-later
//
// Philox4x32-10 against the known answers that Random123 publishes (kat_vectors), the context's stream and what is
// drawn from it.
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "autograd/random.h"
#include "tests/support/fixture.h"

static void check(const uint32_t counter[4], const uint32_t key[2], const uint32_t expected[4]) {
  uint32_t output[4];
  sg_philox(counter, key, output);
  for (int i = 0; i < 4; i++) assert_int_equal(output[i], expected[i]);
}

static void known_answers(void **state) {
  (void)state;
  const uint32_t ones = UINT32_C(0xffffffff);
  check((uint32_t[]){0, 0, 0, 0}, (uint32_t[]){0, 0}, (uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  check((uint32_t[]){ones, ones, ones, ones}, (uint32_t[]){ones, ones},
        (uint32_t[]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  check((uint32_t[]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, (uint32_t[]){0xa4093822, 0x299f31d0},
        (uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

static void one_stream_for_gsl_and_tensors(void **state) {
  sg_context *context = *state;
  sg_random_seed(context, 11);
  gsl_rng *generator = sg_random_generator(context);
  double first = gsl_rng_uniform(generator), second = gsl_rng_uniform(generator);
  assert_int_equal(sg_random_get_state(context).position, 2);
  sg_random_seed(context, 11);
  EXPECT(sg_random_uniform(context, SG_F64, &(sg_shape){1, {2}}, 0, 1), first, second);
  assert_true(sg_philox_uniform((sg_random_state){.seed = 11, .position = 0}, 1) == second);
  assert_true(sg_stream_uniform(11, 1) == second);
  gsl_ran_gamma(generator, 2, 1);
  assert_true(sg_random_get_state(context).position > 2);
  gsl_rng *own = gsl_rng_alloc(sg_random_gsl_type());
  gsl_rng_set(own, 11);
  assert_true(gsl_rng_uniform(own) == first);
  gsl_rng_free(own);
}

static void replay(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {1, {1001}};
  sg_random_normal(context, SG_F32, &shape, 0, 1);
  sg_random_state before = sg_random_get_state(context);
  sg_tensor *first[3], *again[3];
  for (int pass = 0; pass < 2; pass++) {
    sg_tensor **drawn = pass ? again : first;
    sg_random_set_state(context, before);
    drawn[0] = sg_random_normal(context, SG_F64, &shape, 0, 1);
    drawn[1] = sg_random_integers(context, &shape, -5, 5);
    drawn[2] = sg_random_permutation(context, 1001);
  }
  for (int i = 0; i < 3; i++) {
    assert_memory_equal(sg_tensor_data(first[i]), sg_tensor_data(again[i]), sg_tensor_bytes(first[i]));
  }
  sg_tensor *next = sg_random_normal(context, SG_F64, &shape, 0, 1);
  assert_memory_not_equal(sg_tensor_data(first[0]), sg_tensor_data(next), sg_tensor_bytes(next));
}

static void expect_range(const sg_tensor *x, double low, double high) {
  for (int64_t i = 0; i < sg_tensor_elements(x); i++) {
    double value = sg_tensor_value(x, i);
    if (!(value >= low && value < high)) fail_msg("%.17g is not in [%.17g, %.17g)", value, low, high);
  }
}

static void ranges(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {1, {100000}};
  expect_range(sg_random_uniform(context, SG_F32, &shape, -3, 5), -3, 5);
  expect_range(sg_random_uniform(context, SG_F64, &shape, 1e9, 1e9 + 1), 1e9, 1e9 + 1);
  // Between these two there are no other f32 numbers, and the upper end still never comes.
  expect_range(sg_random_uniform(context, SG_F32, &shape, 1, 1 + 0x1p-23), 1, 1 + 0x1p-23);
  expect_range(sg_random_integers(context, &shape, -2, 3), -2, 3);
  EXPECT(sg_random_uniform(context, SG_F64, &(sg_shape){1, {2}}, 4, 4), 4, 4);
  EXPECT(sg_random_integers(context, &(sg_shape){1, {2}}, 7, 8), 7, 7);
}

static void every_integer_comes(void **state) {
  sg_context *context = *state;
  enum { kinds = 5, draws = 50000 };
  int64_t counts[kinds] = {0};
  sg_tensor *x = sg_random_integers(context, &(sg_shape){1, {draws}}, 0, kinds);
  for (int64_t i = 0; i < draws; i++) counts[(int64_t)sg_tensor_value(x, i)]++;
  // A count has the standard deviation sqrt(50000 * 0.2 * 0.8) = 89.
  for (int k = 0; k < kinds; k++) assert_in_range(counts[k], draws / kinds - 540, draws / kinds + 540);
}

static void permutations(void **state) {
  sg_context *context = *state;
  enum { count = 1000 };
  char seen[count] = {0};
  int64_t fixed = 0;
  sg_tensor *x = sg_random_permutation(context, count);
  for (int64_t i = 0; i < count; i++) {
    int64_t value = (int64_t)sg_tensor_value(x, i);
    assert_in_range(value, 0, count - 1);
    assert_false(seen[value]);
    seen[value] = 1;
    fixed += value == i;
  }
  assert_true(fixed < 10); // their number is Poisson with mean 1
  assert_int_equal(sg_tensor_elements(sg_random_permutation(context, 0)), 0);
}

// Of n = 200,000 draws; each bound is six standard deviations of the estimate.
static void moments(void **state) {
  sg_context *context = *state;
  enum { n = 200000 };
  sg_tensor *x = sg_random_normal(context, SG_F64, &(sg_shape){1, {n}}, 3, 2);
  double mean = 0, second = 0, third = 0, fourth = 0, neighbours = 0;
  for (int64_t i = 0; i < n; i++) mean += sg_tensor_value(x, i) / n;
  for (int64_t i = 0; i < n; i++) {
    double z = (sg_tensor_value(x, i) - 3) / 2;
    second += z * z / n;
    third += z * z * z / n;
    fourth += z * z * z * z / n;
    if (i) neighbours += z * (sg_tensor_value(x, i - 1) - 3) / 2 / n;
  }
  const double one = 6 / sqrt(n);
  assert_true(fabs(mean - 3) < 2 * one);
  assert_true(fabs(second - 1) < sqrt(2) * one);
  assert_true(fabs(third) < sqrt(15) * one);
  assert_true(fabs(fourth - 3) < sqrt(96) * one);
  assert_true(fabs(neighbours) < one);
}

static void refusals(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {1, {3}};
  assert_null(sg_random_uniform(context, SG_I64, &shape, 0, 1));
  expect_error(context, SG_INVALID_ARGUMENT, "rand: dtype is i64, expected f32 or f64");
  assert_null(sg_random_uniform(context, SG_F64, &shape, 1, 0));
  expect_error(context, SG_INVALID_ARGUMENT, "rand: the range [1, 0) is empty");
  assert_null(sg_random_normal(context, SG_F64, &shape, 0, -1));
  expect_error(context, SG_INVALID_ARGUMENT, "randn: the standard deviation is -1");
  assert_null(sg_random_normal(context, SG_F64, &shape, (double)NAN, 1));
  expect_error(context, SG_INVALID_ARGUMENT, "must be finite");
  assert_null(sg_random_integers(context, &shape, 3, 3));
  expect_error(context, SG_INVALID_ARGUMENT, "randint: the range [3, 3) is empty");
  assert_null(sg_random_permutation(context, -1));
  expect_error(context, SG_INVALID_ARGUMENT, "[-1]");
  assert_int_equal(sg_random_get_state(context).position, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_answers),
      TEST_OF(one_stream_for_gsl_and_tensors),
      TEST_OF(replay),
      TEST_OF(ranges),
      TEST_OF(every_integer_comes),
      TEST_OF(permutations),
      TEST_OF(moments),
      TEST_OF(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
