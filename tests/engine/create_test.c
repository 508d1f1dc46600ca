// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops without tensor inputs: what they give is a leaf, integers are exact, the random stream moves as it does by
// the functions of the engine, and a prepared call can be computed again.
#include <math.h>

#include "autograd/prepared.h"
#include "tests/support/fixture.h"

static const sg_shape two_by_three = SG_DIMS(2, 3);

static void same_bits(const sg_tensor *a, const sg_tensor *b) {
  assert_int_equal(sg_tensor_dtype(a), sg_tensor_dtype(b));
  assert_true(sg_shape_equal(sg_tensor_shape(a), sg_tensor_shape(b)));
  assert_memory_equal(sg_tensor_data(a), sg_tensor_data(b), sg_tensor_bytes(a));
}

static void the_results_are_leaves(void **state) {
  sg_context *context = *state;
  sg_tensor *x = sg_randn(context, SG_F64, &two_by_three);
  assert_true(sg_tensor_is_leaf(x));
  assert_false(sg_tensor_requires_grad(x));
  assert_int_equal(sg_tensor_set_requires_grad(x, true), SG_OK);
  sg_backward(context, total(context, sg_mul(context, x, sg_ones(context, SG_F64, &two_by_three))), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), 1, 1, 1, 1, 1, 1);
}

static void integers_are_exact(void **state) {
  sg_context *context = *state;
  const int64_t large = INT64_MAX - 1;
  sg_tensor *x = sg_full(context, SG_I64, &two_by_three, sg_whole(large));
  assert_true(sg_tensor_integer(x, 5) == large);
  x = sg_arange(context, SG_I64, sg_whole(INT64_MAX - 3), sg_whole(INT64_MAX), sg_whole(2));
  assert_int_equal(sg_tensor_elements(x), 2);
  assert_true(sg_tensor_integer(x, 1) == large);
  x = sg_linspace(context, SG_I64, sg_whole(INT64_MIN), sg_whole(INT64_MAX), 2);
  assert_true(sg_tensor_integer(x, 0) == INT64_MIN && sg_tensor_integer(x, 1) == INT64_MAX);
  x = sg_full(context, SG_F64, &(sg_shape)SG_SCALAR, sg_real(-0.0));
  assert_true(signbit(sg_tensor_value(x, 0)));
  expect_ok(context);
}

// The same numbers of the same stream as the functions of the engine, one after the other.
static void the_stream_is_that_of_the_context(void **state) {
  sg_context *context = *state;
  sg_tensor *ops[4], *functions[4];
  const sg_random_state start = sg_random_get_state(context);
  ops[0] = sg_rand(context, SG_F32, &two_by_three);
  ops[1] = sg_randn(context, SG_F64, &(sg_shape)SG_DIMS(5));
  ops[2] = sg_randint(context, -4, 9, &two_by_three);
  ops[3] = sg_randperm(context, 11);
  const sg_random_state end = sg_random_get_state(context);
  sg_random_set_state(context, start);
  functions[0] = sg_random_uniform(context, SG_F32, &two_by_three, 0, 1);
  functions[1] = sg_random_normal(context, SG_F64, &(sg_shape)SG_DIMS(5), 0, 1);
  functions[2] = sg_random_integers(context, &two_by_three, -4, 9);
  functions[3] = sg_random_permutation(context, 11);
  expect_ok(context);
  for (int i = 0; i < 4; i++) same_bits(ops[i], functions[i]);
  assert_true(end.position == sg_random_get_state(context).position);
}

static void a_prepared_call_draws_anew(void **state) {
  sg_context *context = *state;
  const sg_op *op = sg_op_find(context, "rand");
  sg_prepared prepared;
  assert_int_equal(sg_prepare(context, op, 0, NULL, NULL, &prepared), SG_OK);
  double before = -1;
  for (int i = 0; i < 5; i++) {
    sg_compute(&prepared);
    const double now = sg_tensor_value(prepared.call.outputs[0], 0);
    assert_true(now >= 0 && now < 1 && (now < before || now > before));
    before = now;
  }
}

static void refusals(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1);
  assert_null(sg_apply_one(context, sg_op_find(context, "zeros"), 1, &x, NULL));
  expect_error(context, SG_INVALID_ARGUMENT, "zeros: takes no tensors");
  assert_null(sg_full(context, SG_U8, &two_by_three, sg_whole(256)));
  expect_error(context, SG_INVALID_ARGUMENT, "full: a u8 tensor cannot hold the value 256");
  assert_null(sg_zeros(context, SG_F64, &(sg_shape)SG_DIMS(1 << 30, 1 << 30, 4)));
  expect_error(context, SG_INVALID_ARGUMENT, "zeros: a tensor cannot have the shape");
  assert_null(sg_zeros(context, (sg_dtype)99, &two_by_three));
  expect_error(context, SG_INVALID_ARGUMENT, "zeros: dtype is no dtype (99)");
  assert_null(sg_arange(context, SG_I64, sg_whole(0), sg_real(2.5), sg_real(0.5)));
  expect_error(context, SG_INVALID_ARGUMENT, "arange: element 1 is 0.5, expected an integer for dtype i64");
  // Lists that are too long are told at once.
  sg_memory_set_limit(context, 1 << 20);
  assert_null(sg_arange(context, SG_I64, sg_whole(0), sg_whole(INT64_C(1) << 55), sg_whole(1)));
  expect_error(context, SG_OUT_OF_MEMORY, "arange: ");
  assert_null(sg_arange(context, SG_U8, sg_whole(0), sg_whole(INT64_C(1) << 55), sg_whole(1)));
  expect_error(context, SG_INVALID_ARGUMENT, "element 256 is 256");
  assert_null(sg_linspace(context, SG_I64, sg_real(0x1p60), sg_real(0x1p60 + 0.5), INT64_C(1) << 50));
  expect_error(context, SG_OUT_OF_MEMORY, "linspace: ");
  assert_null(sg_linspace(context, SG_I64, sg_whole(0), sg_real(0.5), INT64_C(1) << 50));
  expect_error(context, SG_INVALID_ARGUMENT, "expected an integer");
  sg_memory_set_limit(context, 0);
  // What is refused has drawn nothing.
  const sg_random_state start = sg_random_get_state(context);
  assert_null(sg_rand(context, SG_I64, &two_by_three));
  expect_error(context, SG_INVALID_ARGUMENT, "rand: dtype is i64, expected f32 or f64");
  assert_true(start.position == sg_random_get_state(context).position);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(the_results_are_leaves),     TEST_OF(integers_are_exact), TEST_OF(the_stream_is_that_of_the_context),
      TEST_OF(a_prepared_call_draws_anew), TEST_OF(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
