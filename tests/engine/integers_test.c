// SPDX-License-Identifier: GPL-3.0-or-later
//
// Arithmetic, comparisons and choice of integers: exact beyond 2^53, modulo 2^64, and in the dtype of a floating
// tensor beside them.
#include "ops/ops.h"
#include "tests/support/fixture.h"

static sg_tensor *integers(sg_context *context, int64_t count, const int64_t *values) {
  return sg_tensor_from(context, SG_I64, &(sg_shape){1, {count}}, values);
}
#define INTEGERS(context, ...)                                                                                     \
  integers(context, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static void expect_integers(sg_context *context, const sg_tensor *tensor, int64_t count, const int64_t *values) {
  expect_ok(context);
  assert_int_equal(sg_tensor_dtype(tensor), SG_I64);
  assert_int_equal(sg_tensor_elements(tensor), count);
  for (int64_t i = 0; i < count; i++) assert_int_equal(sg_tensor_integer(tensor, i), values[i]);
}
#define EXPECT_INTEGERS(context, tensor, ...)                                                                      \
  expect_integers(context, tensor, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static const int64_t large = INT64_C(1) << 60;

static void one_operand(void **state) {
  sg_context *c = *state;
  sg_tensor *x = INTEGERS(c, 3, -large - 1, 0, INT64_MIN);
  EXPECT_INTEGERS(c, sg_neg(c, x), -3, large + 1, 0, INT64_MIN);
  EXPECT_INTEGERS(c, sg_abs(c, x), 3, large + 1, 0, INT64_MIN);
  EXPECT_INTEGERS(c, sg_sign(c, x), 1, -1, 0, -1);
  EXPECT_INTEGERS(c, sg_square(c, INTEGERS(c, -3, (INT64_C(1) << 31) + 1)), 9, large * 4 + (INT64_C(1) << 32) + 1);
}

static void two_operands(void **state) {
  sg_context *c = *state;
  sg_tensor *a = INTEGERS(c, INT64_MAX, large + 1, -7), *b = INTEGERS(c, 1, large, 2);
  EXPECT_INTEGERS(c, sg_add(c, a, b), INT64_MIN, 2 * large + 1, -5);
  EXPECT_INTEGERS(c, sg_sub(c, b, a), INT64_MIN + 2, -1, 9);
  EXPECT_INTEGERS(c, sg_mul(c, a, INTEGERS(c, 3)), INT64_MAX - 2, 3 * large + 3, -21);
  EXPECT_INTEGERS(c, sg_maximum(c, a, b), INT64_MAX, large + 1, 2);
  EXPECT_INTEGERS(c, sg_minimum(c, a, b), 1, large, -7);
}

static void comparisons(void **state) {
  sg_context *c = *state;
  sg_tensor *a = INTEGERS(c, large, large + 1, 5), *b = INTEGERS(c, large + 1, large + 1, 4);
  sg_tensor *results[] = {sg_eq(c, a, b), sg_ne(c, a, b), sg_lt(c, a, b),
                          sg_le(c, a, b), sg_gt(c, a, b), sg_ge(c, a, b)};
  static const int expected[6][3] = {{0, 1, 0}, {1, 0, 1}, {1, 0, 0}, {1, 1, 0}, {0, 0, 1}, {0, 1, 1}};
  expect_ok(c);
  for (int k = 0; k < 6; k++)
    for (int i = 0; i < 3; i++) assert_int_equal(sg_tensor_integer(results[k], i), expected[k][i]);
}

static void choice(void **state) {
  sg_context *c = *state;
  sg_tensor *a = INTEGERS(c, large + 1, 2, 3), *b = INTEGERS(c, 4, large + 5, 6);
  static const unsigned char bytes[] = {1, 0, 1};
  sg_tensor *mask = sg_tensor_from(c, SG_BOOL, &(sg_shape){1, {3}}, bytes);
  EXPECT_INTEGERS(c, sg_where(c, mask, a, b), large + 1, large + 5, 3);
  EXPECT_INTEGERS(c, sg_where(c, INTEGERS(c, 0, large, -1), a, b), 4, 2, 3);
  EXPECT(sg_where(c, mask, VECTOR(c, 1, 2, 3), VECTOR(c, 4, 5, 6)), 1, 5, 3);
  sg_where(c, mask, mask, mask);
  expect_error(c, SG_INVALID_ARGUMENT, "where: a has dtype bool, expected f32, f64 or i64");
  EXPECT(sg_where(c, VECTOR(c, 0, -1), VECTOR(c, 1, 2), VECTOR(c, 3, 4)), 3, 2);
}

// The gradient of the floating one is what it is with floating numbers alone.
static void beside_floating(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 0.5, -2);
  sg_tensor *y = sg_mul(c, INTEGERS(c, 3, 4), x);
  EXPECT(y, 1.5, -8);
  sg_backward(c, total(c, y), NULL, NULL);
  expect_ok(c);
  EXPECT(sg_tensor_grad(x), 3, 4);
  EXPECT(sg_gt(c, x, INTEGERS(c, 0)), 1, 0);
}

static void floating_only(void **state) {
  sg_context *c = *state;
  sg_exp(c, INTEGERS(c, 1));
  expect_error(c, SG_INVALID_ARGUMENT, "exp: x has dtype i64");
  sg_div(c, INTEGERS(c, 1), INTEGERS(c, 2));
  expect_error(c, SG_INVALID_ARGUMENT, "div: a has dtype i64");
}

int main(void) {
  const struct CMUnitTest tests[] = {TEST_OF(one_operand), TEST_OF(two_operands),    TEST_OF(comparisons),
                                     TEST_OF(choice),      TEST_OF(beside_floating), TEST_OF(floating_only)};
  return cmocka_run_group_tests_name("integers", tests, NULL, NULL);
}
