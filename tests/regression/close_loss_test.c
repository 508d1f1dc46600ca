// SPDX-License-Identifier: GPL-3.0-or-later
//
// Losses of x - target, where both are large and close to each other: the difference is exact, so the loss has all
// its digits. As the difference of two products it would have none.
#include <math.h>

#include "tests/support/fixture.h"

enum { COUNT = 5 };
static const double differences[COUNT] = {1, -2, 5, -16, 300};

typedef long double loss_function(long double size);

static long double absolute(long double size) { return size; }
static long double huber(long double size) { return 0.3L * (size - 0.15L); }
static long double smooth(long double size) { return size - 0.15L; }

// Every step is rounded once; the parameter 0.3 too, in f32.
static void expect_loss(sg_dtype dtype, const sg_tensor *y, int64_t i, long double want) {
  const long double bound = 8 * (dtype == SG_F32 ? 0x1p-24L : 0x1p-53L) * want;
  const double got = sg_tensor_value(y, i);
  if (!(fabsl(got - want) <= bound)) fail_msg("in %s: %.17g, expected %.17Lg", sg_dtype_name(dtype), got, want);
}

static void check(sg_context *c, sg_dtype dtype, sg_tensor *(*apply)(sg_context *, sg_tensor *, sg_tensor *, int),
                  loss_function *loss) {
  const double target = dtype == SG_F32 ? 11184811 : 6004799503160661; // of which a multiple has to be rounded
  double values[COUNT];
  for (int i = 0; i < COUNT; i++) values[i] = target + differences[i];
  sg_tensor *x = sg_tensor_to(c, vector(c, COUNT, values), dtype),
            *t = sg_tensor_full(c, dtype, &(sg_shape)SG_DIMS(COUNT), target);
  const sg_tensor *each = apply(c, x, t, SG_REDUCTION_NONE), *mean = apply(c, x, t, SG_REDUCTION_MEAN);
  expect_ok(c);
  long double sum = 0;
  for (int i = 0; i < COUNT; i++) {
    const long double want = loss(fabsl((long double)differences[i]));
    expect_loss(dtype, each, i, want);
    sum += want;
  }
  expect_loss(dtype, mean, 0, sum / COUNT);
}

static sg_tensor *l1_loss(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction) {
  return sg_l1_loss(c, x, target, &(sg_loss_options){reduction});
}
static sg_tensor *huber_loss(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction) {
  return sg_huber_loss(c, x, target, &(sg_huber_loss_options){reduction, 0.3});
}
static sg_tensor *smooth_l1_loss(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction) {
  return sg_smooth_l1_loss(c, x, target, &(sg_smooth_l1_loss_options){reduction, 0.3});
}

static void close_to_the_target(void **state) {
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    check(*state, dtype, l1_loss, absolute);
    check(*state, dtype, huber_loss, huber);
    check(*state, dtype, smooth_l1_loss, smooth);
  }
}

// A difference beyond the range, of which a small share is within.
static void beyond_the_range(void **state) {
  sg_context *c = *state;
  sg_tensor *x = vector(c, 1, (double[]){0x1.8p1023}), *target = vector(c, 1, (double[]){-0x1p1023});
  const double got =
      sg_tensor_value(sg_huber_loss(c, x, target, &(sg_huber_loss_options){SG_REDUCTION_NONE, 0x1p-3}), 0);
  assert_true(got == 0x1.4p1021);
}

// 1 / beta is infinite; both derivatives are d / beta, limited, and 0 where d is.
static void ends_below_the_normal_numbers(void **state) {
  sg_context *c = *state;
  sg_tensor *x = vector(c, 3, (double[]){0.5, 2, -0.25}), *target = vector(c, 3, (double[]){0.5, 0, 0}), *d_x;
  sg_tensor_set_requires_grad(x, true);
  for (int recorded = 0; recorded < 2; recorded++) {
    sg_tensor *y = sg_smooth_l1_loss(c, x, target, &(sg_smooth_l1_loss_options){SG_REDUCTION_SUM, 1e-310});
    sg_grad(c, 1, &y, NULL, 1, &x, &(sg_backward_options){.create_graph = recorded}, &d_x);
    expect_ok(c);
    const double expected[] = {0, 1, -1};
    for (int i = 0; i < 3; i++) assert_true(sg_tensor_value(d_x, i) == expected[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST_OF(close_to_the_target), TEST_OF(beyond_the_range),
                                     TEST_OF(ends_below_the_normal_numbers)};
  return cmocka_run_group_tests_name("losses close to the target", tests, NULL, NULL);
}
