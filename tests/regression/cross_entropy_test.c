// SPDX-License-Identifier: GPL-3.0-or-later
//
// cross_entropy: rows that are ignored have no part in anything, whatever they hold; weights that sum to 0, are at
// the ends of the range, or infinite; gradients of the weights; and means of losses whose sums no number can hold.
#include <math.h>

#include "tests/support/fixture.h"

static const sg_backward_options keep = {.retain_graph = true};
static const sg_backward_options recorded = {.create_graph = true};

enum { ROWS = 3, CLASSES = 2, IGNORED = -100 };

typedef struct problem {
  sg_tensor *x, *target, *weight, *cotangent;
  sg_cross_entropy_options options;
} problem;

// Row 1 is ignored; `hole` stands in it, or for a weight that no other row uses, or in its cotangent.
static problem problem_of(sg_context *c, sg_reduction reduction, double in_row, double in_weight,
                          double in_cotangent) {
  problem p = {.options = {(int)reduction, 0, 1 + sg_index_base(c)}};
  int64_t base = sg_index_base(c);
  p.x = sg_tensor_from(c, SG_F64, &(sg_shape){2, {ROWS, CLASSES}}, (const double[]){1, 2, in_row, in_row, 0.5, -1});
  p.weight = sg_tensor_from(c, SG_F64, &(sg_shape){1, {CLASSES}}, (const double[]){0.7, in_weight});
  p.target = sg_tensor_full(c, SG_I64, &(sg_shape){1, {ROWS}}, (double)base);
  ((int64_t *)sg_tensor_write(p.target, "test"))[1] = 1 + base;
  if (reduction == SG_REDUCTION_NONE)
    p.cotangent = sg_tensor_from(c, SG_F64, &(sg_shape){1, {ROWS}}, (const double[]){1, in_cotangent, 0.3});
  sg_tensor_set_requires_grad(p.x, true);
  sg_tensor_set_requires_grad(p.weight, true);
  return p;
}

static void gradients(sg_context *c, const problem *p, const sg_backward_options *options, sg_tensor *d[2]) {
  sg_tensor *y = sg_cross_entropy(c, p->x, p->target, p->weight, &p->options), *cotangent = p->cotangent;
  sg_tensor *inputs[] = {p->x, p->weight};
  sg_grad(c, 1, &y, &cotangent, 2, inputs, options, d);
  expect_ok(c);
}

static void ignore_rows_whatever_they_hold(void **state) {
  sg_context *c = *state;
  const double holes[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  for (int reduction = SG_REDUCTION_MEAN; reduction <= SG_REDUCTION_NONE; reduction++) {
    for (int k = 0; k < 27; k++) {
      sg_scope scope = sg_scope_open(c);
      problem plain = problem_of(c, (sg_reduction)reduction, 0, 1, 1),
              odd = problem_of(c, (sg_reduction)reduction, holes[k % 3], holes[k / 3 % 3], holes[k / 9]);
      for (int pass = 0; pass < 2; pass++) {
        sg_tensor *want[2], *got[2];
        gradients(c, &plain, pass ? &recorded : &keep, want);
        gradients(c, &odd, pass ? &recorded : &keep, got);
        for (int64_t i = 0; i < 2 * ROWS; i++)
          assert_true(sg_tensor_value(got[0], i) == sg_tensor_value(want[0], i));
        assert_true(sg_tensor_value(got[0], 2) == 0 && sg_tensor_value(got[0], 3) == 0);
        // The mean's numerator and divisor have the weight of class 0 alone, so it cancels.
        double of_weight = sg_tensor_value(want[1], 0), bound = 1e-15;
        assert_true(fabs(sg_tensor_value(got[1], 0) - of_weight) <= bound);
        assert_true(reduction != SG_REDUCTION_MEAN || fabs(of_weight) <= bound);
      }
      sg_scope_close(c, scope);
    }
  }
}

// As in PyTorch, the mean over weights that sum to 0 is 0 / 0, and so are its derivatives; rows that are ignored
// keep their gradient of 0.
static void divide_by_no_weight(void **state) {
  sg_context *c = *state;
  problem p = problem_of(c, SG_REDUCTION_MEAN, 0, 0, 1);
  p.weight = sg_tensor_full(c, SG_F64, &(sg_shape){1, {CLASSES}}, 0);
  sg_tensor_set_requires_grad(p.weight, true);
  assert_true(isnan(sg_tensor_value(sg_cross_entropy(c, p.x, p.target, p.weight, &p.options), 0)));
  for (int pass = 0; pass < 2; pass++) {
    sg_tensor *d[2];
    gradients(c, &p, pass ? &recorded : &keep, d);
    for (int64_t i = 0; i < 2 * ROWS; i++)
      assert_true(i / 2 == 1 ? sg_tensor_value(d[0], i) == 0 : isnan(sg_tensor_value(d[0], i)));
    assert_true(isnan(sg_tensor_value(d[1], 0)));
  }
}

// sum over rows of w[t] (-log p[t]) is linear in w: each class gets the losses of its rows. Two rows of even
// logits.
static void differentiate_the_weights(void **state) {
  sg_context *c = *state;
  problem p = problem_of(c, SG_REDUCTION_SUM, 0, 1, 1);
  p.x = sg_tensor_full(c, SG_F64, &(sg_shape){2, {ROWS, CLASSES}}, 0);
  for (int pass = 0; pass < 2; pass++) {
    sg_tensor *y = sg_cross_entropy(c, p.x, p.target, p.weight, &p.options), *d = NULL;
    sg_grad(c, 1, &y, NULL, 1, &p.weight, pass ? &recorded : &keep, &d);
    expect_ok(c);
    assert_true(fabs(sg_tensor_value(d, 0) - 2 * M_LN2) < 1e-15 && sg_tensor_value(d, 1) == 0);
  }
}

// The mean is the same for weights times any number u, and so is its gradient of x, to any order; that of the
// weights is divided by u. Powers of two at both ends of the range of f64, and the gradients of a plain weight.
static void weigh_in_any_unit(void **state) {
  sg_context *c = *state;
  const double units[] = {0x1p1023, 0x1p1000, 0x1p-1000, 0x1p-1022, 0x1p-1074};
  for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
    for (int pass = 0; pass < 2; pass++) {
      problem plain = problem_of(c, SG_REDUCTION_MEAN, 0.2, 1, 1), far = plain;
      plain.options.label_smoothing = far.options.label_smoothing = 0.25;
      far.weight = sg_tensor_full(c, SG_F64, &(sg_shape){1, {CLASSES}}, units[k]);
      plain.weight = sg_tensor_full(c, SG_F64, &(sg_shape){1, {CLASSES}}, 1);
      sg_tensor_set_requires_grad(far.weight, true);
      sg_tensor_set_requires_grad(plain.weight, true);
      sg_tensor *want[2], *got[2];
      gradients(c, &plain, pass ? &recorded : &keep, want);
      gradients(c, &far, pass ? &recorded : &keep, got);
      for (int64_t i = 0; i < 2 * ROWS; i++) assert_true(sg_tensor_value(got[0], i) == sg_tensor_value(want[0], i));
      for (int64_t i = 0; i < CLASSES; i++)
        assert_true(sg_tensor_value(got[1], i) == sg_tensor_value(want[1], i) / units[k]);
      sg_tensor *y = sg_cross_entropy(c, plain.x, plain.target, plain.weight, &plain.options);
      sg_tensor *z = sg_cross_entropy(c, far.x, far.target, far.weight, &far.options);
      assert_true(sg_tensor_value(y, 0) == sg_tensor_value(z, 0));
    }
  }
}

// d_x = w (p - [class = target]) with an infinite weight of the target, whichever class is the largest.
static void weigh_infinitely(void **state) {
  sg_context *c = *state;
  problem p = problem_of(c, SG_REDUCTION_SUM, 0, 1, 1);
  p.weight = sg_tensor_full(c, SG_F64, &(sg_shape){1, {CLASSES}}, HUGE_VAL);
  for (int pass = 0; pass < 2; pass++) {
    sg_tensor *y = sg_cross_entropy(c, p.x, p.target, p.weight, &p.options), *d = NULL;
    sg_grad(c, 1, &y, NULL, 1, &p.x, pass ? &recorded : &keep, &d);
    expect_ok(c);
    EXPECT(d, -HUGE_VAL, HUGE_VAL, 0, 0, -HUGE_VAL, HUGE_VAL);
  }
}

// Squares of 1e19 add up to more than f32 can hold, absolute values of 3e38 too; their means do not.
static void mean_of_what_overflows(void **state) {
  sg_context *c = *state;
  const sg_shape shape = {1, {1000}};
  sg_tensor *zero = sg_tensor_full(c, SG_F32, &shape, 0);
  double square = sg_tensor_value(sg_mse_loss(c, sg_tensor_full(c, SG_F32, &shape, 1e19), zero, NULL), 0);
  double absolute = sg_tensor_value(sg_l1_loss(c, sg_tensor_full(c, SG_F32, &shape, 3e38), zero, NULL), 0);
  assert_true(fabs(square / 1e38 - 1) < 1e-6);
  assert_true(fabs(absolute / 3e38 - 1) < 1e-6);
}

// The same in f64: x - target of 1.5e308 and, where that overflows, its mean with many zeros.
static void mean_of_what_overflows_double(void **state) {
  sg_context *c = *state;
  const sg_shape shape = {1, {1000}};
  sg_tensor *zero = sg_tensor_full(c, SG_F64, &shape, 0), *one = sg_tensor_full(c, SG_F64, &shape, 0);
  double square = sg_tensor_value(sg_mse_loss(c, sg_tensor_full(c, SG_F64, &shape, 1e154), zero, NULL), 0);
  double absolute = sg_tensor_value(sg_l1_loss(c, sg_tensor_full(c, SG_F64, &shape, 1.5e308), zero, NULL), 0);
  ((double *)sg_tensor_write(zero, "test"))[7] = 1.5e308;
  ((double *)sg_tensor_write(one, "test"))[7] = -1.5e308;
  double apart = sg_tensor_value(sg_l1_loss(c, zero, one, NULL), 0);
  assert_true(fabs(square / 1e308 - 1) < 1e-12);
  assert_true(fabs(absolute / 1.5e308 - 1) < 1e-12);
  assert_true(fabs(apart / 3e305 - 1) < 1e-12);
  sg_tensor *x = sg_tensor_full(c, SG_F64, &(sg_shape){2, {2, 2}}, 0);
  for (int i = 0; i < 2; i++) ((double *)sg_tensor_write(x, "test"))[2 * i] = 1.5e308;
  sg_tensor *target = sg_tensor_full(c, SG_I64, &(sg_shape){1, {2}}, 1 + (double)sg_index_base(c));
  double loss = sg_tensor_value(sg_cross_entropy(c, x, target, NULL, NULL), 0);
  assert_true(fabs(loss / 1.5e308 - 1) < 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(ignore_rows_whatever_they_hold),
      TEST_OF(divide_by_no_weight),
      TEST_OF(differentiate_the_weights),
      TEST_OF(weigh_in_any_unit),
      TEST_OF(weigh_infinitely),
      TEST_OF(mean_of_what_overflows),
      TEST_OF(mean_of_what_overflows_double),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
