// SPDX-License-Identifier: GPL-3.0-or-later
//
// Errors are sticky, the first one counts, and what ops and attributes refuse is said in full.
#include <math.h>
#include <string.h>

#include "tests/support/fixture.h"

static void first_one_counts(void **state) {
  sg_context *context = *state;
  assert_string_equal(sg_error_message(context), "");
  assert_int_equal(sg_error(context, SG_IO_FAILED, "file %s, line %d", "a.lua", 3), SG_IO_FAILED);
  assert_int_equal(sg_error(context, SG_INVALID_ARGUMENT, "another"), SG_IO_FAILED);
  assert_string_equal(sg_error_message(context), "file a.lua, line 3");
  sg_error_clear(context);
  assert_int_equal(sg_error_status(context), SG_OK);
  assert_string_equal(sg_error_message(context), "");
}

static void long_messages_are_cut(void **state) {
  sg_context *context = *state;
  char text[10000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = 0;
  sg_error(context, SG_INVALID_STATE, "%s", text);
  assert_in_range(strlen(sg_error_message(context)), 1000, 9000);
  sg_error_clear(context);
}

// With an error pending nothing computes, and nothing is allocated.
static void pending_error_stops_all(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *gradient;
  sg_random_state random = sg_random_get_state(context);
  sg_memory_usage before = sg_memory(context);
  sg_error(context, SG_CALLBACK_FAILED, "the first");
  assert_null(sg_mul(context, x, x));
  assert_null(sg_mul(context, NULL, sg_exp(context, NULL)));
  assert_null(sg_tensor_full(context, SG_F64, &(sg_shape){0}, 1));
  assert_null(sg_tensor_copy(context, x));
  assert_null(sg_tensor_detach(context, x));
  assert_null(sg_tensor_to(context, x, SG_F32));
  assert_null(sg_random_normal(context, SG_F64, &(sg_shape){1, {9}}, 0, 1));
  assert_null(sg_random_permutation(context, 5));
  assert_null(sg_tensor_write(x, "test"));
  assert_int_equal(sg_tensor_fill(x, 0), SG_CALLBACK_FAILED);
  assert_int_equal(sg_backward(context, x, x, NULL), SG_CALLBACK_FAILED);
  assert_int_equal(sg_grad(context, 1, &x, &x, 1, &x, NULL, &gradient), SG_CALLBACK_FAILED);
  assert_int_equal(sg_tensor_set_grad(x, x), SG_CALLBACK_FAILED);
  assert_int_equal(sg_memory(context).live_bytes, before.live_bytes);
  assert_int_equal(sg_memory(context).peak_bytes, before.peak_bytes);
  assert_int_equal(sg_random_get_state(context).position, random.position);
  EXPECT(x, 2, 3);
  expect_error(context, SG_CALLBACK_FAILED, "the first");
  EXPECT(sg_mul(context, x, x), 4, 9);
}

static void chain_of_calls(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, 1, 2, 3), *w = VECTOR(context, 1, 2);
  assert_null(total(context, sg_exp(context, sg_mul(context, x, w))));
  expect_error(context, SG_INVALID_ARGUMENT, "mul: a has shape [3], b has shape [2]: they do not broadcast");
}

static void inputs(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, 1, 2), *f32 = sg_tensor_to(context, x, SG_F32),
            *i64 = sg_tensor_to(context, x, SG_I64);
  sg_mul(context, x, NULL);
  expect_error(context, SG_INVALID_ARGUMENT, "mul: b is missing");
  sg_mul(context, x, f32);
  expect_error(context, SG_INVALID_ARGUMENT, "mul: b has dtype f32, the inputs before it have f64");
  sg_exp(context, i64);
  expect_error(context, SG_INVALID_ARGUMENT, "exp: x has dtype i64, expected f32 or f64");
  sg_index_select(context, x, x, 0);
  expect_error(context, SG_INVALID_ARGUMENT, "index_select: index has dtype f64, expected i64");
  sg_apply_one(context, sg_op_find(context, "mul"), 1, &x, NULL);
  expect_error(context, SG_INVALID_ARGUMENT, "mul: 1 tensors given, expected 2");
  sg_cat(context, 0, NULL, 0);
  expect_error(context, SG_INVALID_ARGUMENT, "cat: 0 tensors given, expected at least 1");
}

static void attributes(void **state) {
  sg_context *context = *state;
  sg_tensor *x = sg_tensor_full(context, SG_F64, &(sg_shape){2, {3, 4}}, 1);
  sg_dropout(context, x, &(sg_dropout_options){.p = 2});
  expect_error(context, SG_INVALID_ARGUMENT, "dropout: p is 2, expected a value in [0, 1]");
  sg_dropout(context, x, &(sg_dropout_options){.p = (double)NAN});
  expect_error(context, SG_INVALID_ARGUMENT, "dropout: p is nan, expected a value in [0, 1]");
  sg_tensor *mean, *var;
  sg_batch_norm(context, x, NULL, NULL, &(sg_batch_norm_options){.eps = -1}, &mean, &var);
  expect_error(context, SG_INVALID_ARGUMENT, "batch_norm: eps is -1, expected a value of at least 0");
  sg_mse_loss(context, x, x, &(sg_loss_options){.reduction = 7});
  expect_error(context, SG_INVALID_ARGUMENT, "mse_loss: reduction has no choice number 7");
  sg_reduce_options options = {.dim = {9, {0}}};
  sg_sum(context, x, &options);
  expect_error(context, SG_INVALID_ARGUMENT, "sum: dim has 9 values, at most 8 are possible");
  options = (sg_reduce_options){.dim = {1, {2}}};
  sg_sum(context, x, &options);
  expect_error(context, SG_INVALID_ARGUMENT, "sum: dimension 2 is outside 0..1 and -2..-1 (x has shape [3, 4])");
  sg_sum(context, sg_tensor_scalar(context, SG_F64, 1), &options);
  expect_error(context, SG_INVALID_ARGUMENT, "sum: dimension 2 is outside of x, which is a scalar");
}

static void tensors(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2), *i64 = sg_tensor_to(context, x, SG_I64);
  sg_tensor_set_requires_grad(i64, true);
  expect_error(context, SG_INVALID_ARGUMENT, "a tensor of dtype i64 cannot require a gradient");
  sg_tensor_set_grad(x, VECTOR(context, 1, 2, 3));
  expect_error(context, SG_INVALID_ARGUMENT, "the gradient has shape [3] and dtype f64, expected [2] and f64");
  sg_tensor_fill(i64, 0.5);
  expect_error(context, SG_INVALID_ARGUMENT, "an i64 tensor cannot hold the value 0.5");
  sg_tensor_assign(i64, VECTOR(context, 1));
  expect_error(context, SG_INVALID_ARGUMENT, "copy_: the source has shape [1], expected [2]");
  sg_tensor_assign(sg_tensor_detach(context, x), x);
  expect_error(context, SG_INVALID_STATE, "copy_: the source requires a gradient");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(first_one_counts),
      TEST_OF(long_messages_are_cut),
      TEST_OF(pending_error_stops_all),
      TEST_OF(chain_of_calls),
      TEST_OF(inputs),
      TEST_OF(attributes),
      TEST_OF(tensors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
