// SPDX-License-Identifier: GPL-3.0-or-later
//
// Losses of the difference of x and target: it keeps the digits of numbers that are close to each other and far
// from zero, and a loss is a number where the difference is none.
#include <float.h>
#include <math.h>

#include "ops/ops.h"
#include "tests/support/fixture.h"

static const double p = 0.3;

static sg_tensor *l1(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction) {
  return sg_l1_loss(c, x, target, &(sg_loss_options){reduction});
}
static sg_tensor *mse(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction) {
  return sg_mse_loss(c, x, target, &(sg_loss_options){reduction});
}
static sg_tensor *huber(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction) {
  return sg_huber_loss(c, x, target, &(sg_huber_loss_options){reduction, p});
}
static sg_tensor *smooth_l1(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction) {
  return sg_smooth_l1_loss(c, x, target, &(sg_smooth_l1_loss_options){reduction, p});
}

static double of_l1(double d) { return fabs(d); }
static double of_mse(double d) { return d * d; }
static double of_huber(double d) { return fabs(d) <= p ? d * d / 2 : p * (fabs(d) - p / 2); }
static double of_smooth_l1(double d) { return fabs(d) < p ? d * d / (2 * p) : fabs(d) - p / 2; }

static const struct {
  const char *name;
  sg_tensor *(*apply)(sg_context *c, sg_tensor *x, sg_tensor *target, int reduction);
  double (*of)(double d);
} losses[] = {
    {"l1_loss", l1, of_l1},
    {"mse_loss", mse, of_mse},
    {"huber_loss", huber, of_huber},
    {"smooth_l1_loss", smooth_l1, of_smooth_l1},
};
enum { LOSSES = sizeof losses / sizeof *losses, COUNT = 19 };

// x and target are exact in f32, and so is their difference, a multiple of 1/1024: what is left are the roundings
// of p, of three operations, and of a difference of two terms, of which the smaller is at most half of the larger.
static void close_numbers_far_from_zero(void **state) {
  sg_context *c = *state;
  double x[COUNT], target[COUNT];
  for (int i = 0; i < COUNT; i++) {
    target[i] = 10000 + i / 8.0;
    x[i] = target[i] + (i - 9) * 111 / 1024.0;
  }
  sg_tensor *a = sg_tensor_to(c, vector(c, COUNT, x), SG_F32);
  sg_tensor *b = sg_tensor_to(c, vector(c, COUNT, target), SG_F32);
  for (int k = 0; k < LOSSES; k++) {
    sg_tensor *y = losses[k].apply(c, a, b, SG_REDUCTION_NONE);
    sg_tensor *mean = losses[k].apply(c, a, b, SG_REDUCTION_MEAN);
    expect_ok(c);
    double sum = 0;
    for (int i = 0; i < COUNT; i++) {
      const double expected = losses[k].of(x[i] - target[i]), got = sg_tensor_value(y, i);
      sum += expected;
      if (!(fabs(got - expected) <= 8 * (double)FLT_EPSILON * expected))
        fail_msg("%s at %d: %.9g, expected %.9g", losses[k].name, i, got, expected);
    }
    const double got = sg_tensor_value(mean, 0);
    if (!(fabs(got - sum / COUNT) <= 8 * (double)FLT_EPSILON * sum / COUNT))
      fail_msg("mean of %s: %.9g, expected %.9g", losses[k].name, got, sum / COUNT);
  }
}

// |x - target| is beyond the range, and 0.3 of it is not.
static void a_difference_beyond_the_range(void **state) {
  sg_context *c = *state;
  sg_tensor *y = huber(c, VECTOR(c, 1.5e308, -1e308), VECTOR(c, -1.5e308, 1e308), SG_REDUCTION_NONE);
  expect_ok(c);
  assert_true(fabs(sg_tensor_value(y, 0) - 0.9e308) <= 1e294);
  assert_true(fabs(sg_tensor_value(y, 1) - 0.6e308) <= 1e294);
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST_OF(close_numbers_far_from_zero), TEST_OF(a_difference_beyond_the_range)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
