// SPDX-License-Identifier: GPL-3.0-or-later
//
// Parts of one tensor, each added to its place in one gradient: the same as gradients that are 0 elsewhere, in
// values, in accuracy and when memory runs out, without their memory.
#include <math.h>

#include "tests/support/fixture.h"

enum { ROWS = 6, COLUMNS = 5 };

static sg_tensor *matrix(sg_context *context) {
  double values[ROWS * COLUMNS];
  for (int i = 0; i < ROWS * COLUMNS; i++) values[i] = i % 7 - 3;
  sg_tensor *x = leaf(context, ROWS * COLUMNS, values);
  return sg_reshape(context, x, &(const sg_shape)SG_DIMS(ROWS, COLUMNS));
}

// A whole number for every part, so that sums are exact in any order.
static void add_part(sg_context *context, sg_tensor **sum, double weight, sg_tensor *part) {
  sg_tensor *term = total(context, sg_mul_scalar(context, part, weight));
  *sum = *sum ? sg_add(context, *sum, term) : term;
}

// Rows, columns, steps, nothing, all of it, parts that meet, and x as a whole between them.
static sg_tensor *parts_of(sg_context *context, sg_tensor *x) {
  const sg_slice_options steps = {.start = SG_DIMS(1, 0), .stop = SG_DIMS(6, 5), .step = SG_DIMS(2, 3)};
  const sg_slice_options inner = {.start = SG_DIMS(1, 1), .stop = SG_DIMS(4, 3)};
  sg_tensor *sum = NULL;
  for (int i = 0; i < ROWS; i++) add_part(context, &sum, i + 1, sg_select(context, x, 0, i));
  for (int i = COLUMNS - 1; i >= 0; i -= 2) add_part(context, &sum, 10 * i, sg_select(context, x, 1, i));
  add_part(context, &sum, 3, sg_slice(context, x, &steps));
  add_part(context, &sum, 5, x);
  add_part(context, &sum, 7, sg_slice(context, x, &inner));
  add_part(context, &sum, 2, sg_narrow(context, x, 0, 2, 0));
  add_part(context, &sum, 4, sg_narrow(context, x, 1, 2, 3));
  add_part(context, &sum, -1, sg_slice(context, x, NULL));
  for (int k = 0; k < 100; k++) add_part(context, &sum, k, sg_select(context, x, 0, k % 2));
  return sum;
}

static void values(void **state) {
  sg_context *context = *state;
  for (int inner = 0; inner < 2; inner++) {
    sg_tensor *x = matrix(context), *plain, *recorded;
    if (inner) x = sg_neg(context, x);
    sg_tensor *y = parts_of(context, x);
    sg_grad(context, 1, &y, NULL, 1, &x, &(sg_backward_options){.retain_graph = true}, &plain);
    sg_grad(context, 1, &y, NULL, 1, &x, &(sg_backward_options){.create_graph = true}, &recorded);
    expect_ok(context);
    for (int64_t i = 0; i < ROWS * COLUMNS; i++)
      assert_true(sg_tensor_value(plain, i) == sg_tensor_value(recorded, i));
  }
}

// A gradient that is nothing but the place of an empty part is there, and 0.
static void empty_part(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2), *y = total(context, sg_narrow(context, x, 0, 1, 0)), *gradient;
  sg_grad(context, 1, &y, NULL, 1, &x, NULL, &gradient);
  expect_ok(context);
  EXPECT(gradient, 0, 0);
}

// What arrived first belongs to the caller, and is no place to add to.
static void cotangents_stay(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2), *y = sg_square(context, x), *part = sg_narrow(context, y, 0, 1, 1);
  sg_tensor *of_y = VECTOR(context, 10, 20), *of_part = VECTOR(context, 5), *gradient;
  sg_grad(context, 2, (sg_tensor *[]){y, part}, (sg_tensor *[]){of_y, of_part}, 1, &x, NULL, &gradient);
  expect_ok(context);
  EXPECT(gradient, 20, 100);
  EXPECT(of_y, 10, 20);
  EXPECT(of_part, 5);
}

// 20000 times 0.1 at one element in f32: added one by one this is wrong by 5e-4, in stretches of 32 and then in
// pairs by less than 47 roundings of 6e-8.
static void accuracy(void **state) {
  enum { USES = 20000 };
  static sg_tensor *uses[USES];
  sg_context *context = *state;
  sg_tensor *x = sg_tensor_full(context, SG_F32, &(const sg_shape)SG_DIMS(3), 1);
  sg_tensor_set_requires_grad(x, true);
  for (int i = 0; i < USES; i++) uses[i] = sg_select(context, x, 0, 1);
  sg_backward(context, total(context, sg_mul_scalar(context, sg_stack(context, USES, uses, 0), 0.1)), NULL, NULL);
  expect_ok(context);
  assert_true(fabs(sg_tensor_value(sg_tensor_grad(x), 1) / (USES * (double)0.1f) - 1) < 47 * 6e-8);
  assert_true(sg_tensor_value(sg_tensor_grad(x), 0) == 0);
}

// The steps of a sequence, as rows and as columns: beside the gradient there is never another one of its size.
static void memory(void **state) {
  enum { STEPS = 200, WIDTH = 100 };
  sg_context *context = *state;
  for (int dim = 0; dim < 2; dim++) {
    const sg_shape shape = dim == 0 ? (sg_shape)SG_DIMS(STEPS, WIDTH) : (sg_shape)SG_DIMS(WIDTH, STEPS);
    sg_tensor *x = sg_tensor_full(context, SG_F64, &shape, 1), *sum = NULL;
    sg_tensor_set_requires_grad(x, true);
    for (int t = 0; t < STEPS; t++) add_part(context, &sum, t, sg_select(context, x, dim, t));
    expect_ok(context);
    const uint64_t before = sg_memory(context).live_bytes;
    sg_memory_reset_peak(context);
    sg_backward(context, sum, NULL, NULL);
    expect_ok(context);
    assert_true(sg_memory(context).peak_bytes - before < 8 * STEPS * WIDTH * 3 / 2);
    assert_true(sg_tensor_value(sg_tensor_grad(x), dim == 0 ? 7 * WIDTH : 7) == 7);
  }
}

// With every allocation of the pass and all that follow refused in turn, nothing is left behind and no .grad has
// changed.
static void without_memory(void **state) {
  (void)state;
  test_allocator allocator = {0};
  sg_context *context = open_context(&allocator, 1, NULL);
  int refused = 0;
  for (bool done = false; !done; refused++) {
    sg_scope scope = sg_scope_open(context);
    sg_tensor *x = LEAF(context, 3, -1, 2), *sum = NULL;
    for (int k = 0; k < 40; k++) add_part(context, &sum, k, sg_select(context, x, 0, k % 2));
    expect_ok(context);
    sg_memory_release_cache(context); // so that every block of the pass is asked for
    allocator.fail_at = allocator.allocations + 1 + (uint64_t)refused;
    allocator.fail_after = true;
    const uint64_t failures = allocator.failures;
    sg_backward(context, sum, NULL, NULL);
    done = allocator.failures == failures;
    allocator.fail_at = 0;
    if (!done) {
      expect_error(context, SG_OUT_OF_MEMORY, "out of memory");
      assert_null(sg_tensor_grad(x));
    } else {
      expect_ok(context);
      EXPECT(sg_tensor_grad(x), 380, 400, 0);
    }
    sg_tensor_set_grad(x, NULL);
    sg_scope_close(context, scope);
  }
  assert_true(refused > 3);
  close_context(context, &allocator);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {TEST_OF(values),   TEST_OF(empty_part), TEST_OF(cotangents_stay),
                                     TEST_OF(accuracy), TEST_OF(memory),     cmocka_unit_test(without_memory)};
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
