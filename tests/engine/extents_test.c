// SPDX-License-Identifier: GPL-3.0-or-later
//
// Shapes: counting without overflow, broadcasting, dimensions; empty and rank 0 tensors; too large ones.
#include <string.h>

#include "tests/support/fixture.h"

static const int64_t huge = INT64_C(1) << 40;

static void counting(void **state) {
  (void)state;
  int64_t count = -1;
  assert_true(sg_shape_count(&(sg_shape){0}, &count));
  assert_int_equal(count, 1);
  assert_true(sg_shape_count(&(sg_shape){3, {4, 0, 7}}, &count));
  assert_int_equal(count, 0);
  assert_true(sg_shape_count(&(sg_shape){2, {INT64_C(1) << 29, INT64_C(1) << 30}}, &count));
  assert_int_equal(count, INT64_C(1) << 59);
  assert_false(sg_shape_count(&(sg_shape){2, {huge, huge}}, &count));
  assert_false(sg_shape_count(&(sg_shape){1, {INT64_MAX}}, &count));
  assert_false(sg_shape_count(&(sg_shape){8, {huge, huge, huge, huge, huge, huge, huge, huge}}, &count));
  assert_false(sg_shape_count(&(sg_shape){3, {huge, 0, huge}}, &count)); // zero hides no overflow
  assert_false(sg_shape_count(&(sg_shape){2, {3, -1}}, &count));
  assert_false(sg_shape_count(&(sg_shape){9, {0}}, &count));
  assert_false(sg_shape_count(&(sg_shape){-1, {0}}, &count));
}

static void too_large(void **state) {
  sg_context *context = *state;
  sg_memory_set_limit(context, (uint64_t)1 << 30); // so that what is not refused by its shape is by its size
  assert_null(sg_tensor_new(context, SG_F64, &(sg_shape){2, {huge, huge}}));
  expect_error(context, SG_INVALID_ARGUMENT, "a tensor cannot have the shape [1099511627776, 1099511627776]");
  assert_null(sg_tensor_new(context, SG_F32, &(sg_shape){1, {(INT64_C(1) << 62) + 1}}));
  expect_error(context, SG_INVALID_ARGUMENT, "[4611686018427387905]");
  assert_null(sg_tensor_new(context, SG_F32, &(sg_shape){1, {INT64_C(1) << 59}}));
  expect_error(context, SG_OUT_OF_MEMORY, "of the limit of 1073741824 bytes");
  assert_null(sg_tensor_full(context, SG_I64, &(sg_shape){1, {-1}}, 0));
  expect_error(context, SG_INVALID_ARGUMENT, "[-1]");
  sg_tensor *x = VECTOR(context, 1);
  assert_null(sg_expand(context, x, &(sg_shape){3, {huge, huge, 1}}));
  assert_int_not_equal(sg_error_status(context), SG_OK);
  sg_error_clear(context);
  assert_null(sg_expand(context, x, &(sg_shape){2, {huge, 1}}));
  expect_error(context, SG_OUT_OF_MEMORY, "expand: a tensor f64 [1099511627776, 1]: out of memory");
  EXPECT(sg_mul(context, x, x), 1);
}

static bool broadcast(sg_shape a, sg_shape b, const char *expected) {
  sg_shape result;
  bool possible = sg_shape_broadcast(&a, &b, &result);
  if (possible) assert_string_equal(sg_shape_text(&result).text, expected);
  assert_int_equal(sg_shape_broadcast(&b, &a, &result), possible);
  if (possible) assert_string_equal(sg_shape_text(&result).text, expected);
  return possible;
}

static void broadcasting(void **state) {
  (void)state;
  assert_true(broadcast((sg_shape){2, {2, 3}}, (sg_shape){1, {3}}, "[2, 3]"));
  assert_true(broadcast((sg_shape){2, {2, 1}}, (sg_shape){1, {3}}, "[2, 3]"));
  assert_true(broadcast((sg_shape){0}, (sg_shape){2, {2, 3}}, "[2, 3]"));
  assert_true(broadcast((sg_shape){0}, (sg_shape){0}, "[]"));
  assert_true(broadcast((sg_shape){2, {1, 0}}, (sg_shape){2, {4, 1}}, "[4, 0]"));
  assert_true(broadcast((sg_shape){1, {1}}, (sg_shape){1, {0}}, "[0]"));
  assert_false(broadcast((sg_shape){1, {2}}, (sg_shape){1, {0}}, ""));
  assert_false(broadcast((sg_shape){2, {2, 3}}, (sg_shape){1, {2}}, ""));
}

static void dimensions(void **state) {
  (void)state;
  const sg_shape shape = {3, {4, 5, 6}}, scalar = {0};
  assert_int_equal(sg_shape_dimension(&shape, 0), 0);
  assert_int_equal(sg_shape_dimension(&shape, -1), 2);
  assert_int_equal(sg_shape_dimension(&shape, -3), 0);
  assert_int_equal(sg_shape_dimension(&shape, 3), -1);
  assert_int_equal(sg_shape_dimension(&shape, -4), -1);
  assert_int_equal(sg_shape_dimension(&shape, INT64_MIN), -1);
  assert_int_equal(sg_shape_dimension(&scalar, 0), -1);
}

static void text(void **state) {
  (void)state;
  const sg_shape longest = {8, {INT64_MAX, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, 1}};
  assert_string_equal(sg_shape_text(&(sg_shape){0}).text, "[]");
  assert_string_equal(sg_shape_text(&(sg_shape){3, {1, 20, 0}}).text, "[1, 20, 0]");
  sg_text whole = sg_shape_text(&longest);
  assert_true(strlen(whole.text) < sizeof whole.text);
}

static void empty_and_scalar(void **state) {
  sg_context *context = *state;
  sg_tensor *empty = sg_tensor_full(context, SG_F64, &(sg_shape){2, {0, 3}}, 1);
  sg_tensor_set_requires_grad(empty, true);
  sg_tensor *y = total(context, sg_exp(context, empty));
  EXPECT(y, 0);
  sg_backward(context, y, NULL, NULL);
  expect_ok(context);
  assert_int_equal(sg_tensor_elements(sg_tensor_grad(empty)), 0);
  sg_tensor *scalar = sg_tensor_scalar(context, SG_F64, 3);
  sg_tensor_set_requires_grad(scalar, true);
  sg_backward(context, sg_square(context, scalar), NULL, NULL);
  EXPECT(sg_tensor_grad(scalar), 6);
  assert_int_equal(sg_tensor_shape(sg_tensor_grad(scalar))->rank, 0);
}

static void conversion(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, -1.5, 2.75, 1e300);
  EXPECT(sg_tensor_to(context, VECTOR(context, -1.5, 2.75), SG_I64), -1, 2);
  EXPECT(sg_tensor_to(context, sg_tensor_to(context, VECTOR(context, 0.1), SG_F32), SG_F64), (double)0.1F);
  sg_tensor *i64 = sg_tensor_full(context, SG_I64, &(sg_shape){1, {2}}, -7);
  EXPECT(sg_tensor_to(context, i64, SG_F64), -7, -7);
  sg_tensor *copy = sg_tensor_copy(context, x), *alias = sg_tensor_detach(context, x);
  sg_tensor_fill(x, 5);
  EXPECT(copy, -1.5, 2.75, 1e300);
  EXPECT(alias, 5, 5, 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(counting), TEST_OF(too_large),        TEST_OF(broadcasting), TEST_OF(dimensions),
      TEST_OF(text),     TEST_OF(empty_and_scalar), TEST_OF(conversion),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
