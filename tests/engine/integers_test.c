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

static void expect_integers_of(sg_context *context, sg_dtype dtype, const sg_tensor *tensor, int64_t count,
                               const int64_t *values) {
  expect_ok(context);
  assert_int_equal(sg_tensor_dtype(tensor), dtype);
  assert_int_equal(sg_tensor_elements(tensor), count);
  for (int64_t i = 0; i < count; i++) assert_int_equal(sg_tensor_integer(tensor, i), values[i]);
}
#define EXPECT_INTEGERS(context, tensor, ...)                                                                      \
  expect_integers_of(context, SG_I64, tensor, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t),                  \
                     (int64_t[]){__VA_ARGS__})

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

// The rest by rounding down, without an intermediate result that 64 bits cannot hold.
static int64_t rest_below(int64_t a, int64_t b) { return (int64_t)(((__int128)a % b + b) % b); }

// In every combination of signs, and where a quotient is beyond the range; one by one, and by one divisor for all.
static void division(void **state) {
  sg_context *c = *state;
  static const int64_t numbers[] = {0, 1, -1, 7, -7, 8, -8, INT64_MAX, INT64_MIN, INT64_MIN + 1, large + 1, -large};
  enum { COUNT = sizeof numbers / sizeof *numbers };
  sg_tensor *dividends = integers(c, COUNT, numbers);
  for (int k = 1; k < COUNT; k++) {
    const int64_t b = numbers[k];
    sg_tensor *divisors[] = {sg_tensor_full_integer(c, SG_I64, &(sg_shape)SG_SCALAR, b),
                             sg_tensor_full_integer(c, SG_I64, &(sg_shape)SG_DIMS(COUNT), b)};
    for (int each = 0; each < 2; each++) {
      const sg_tensor *cut = sg_fmod(c, dividends, divisors[each]),
                      *down = sg_remainder(c, dividends, divisors[each]),
                      *quotient = sg_floor_divide(c, dividends, divisors[each]);
      expect_ok(c);
      for (int i = 0; i < COUNT; i++) {
        const __int128 a = numbers[i];
        assert_int_equal(sg_tensor_integer(cut, i), (int64_t)(a % b));
        assert_int_equal(sg_tensor_integer(down, i), rest_below(numbers[i], b));
        assert_int_equal(sg_tensor_integer(quotient, i), (int64_t)((a - rest_below(numbers[i], b)) / b));
      }
    }
  }
}

// The element is counted like every other.
static void division_by_0(void **state) {
  static const char *const messages[] = {"fmod: b holds 0 (element 1), by which no integer is divided",
                                         "fmod: b holds 0 (element 2), by which no integer is divided"};
  (void)state;
  for (int base = 0; base < 2; base++) {
    sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .index_base = base});
    sg_fmod(c, INTEGERS(c, 5, 6), INTEGERS(c, 3, 0));
    expect_error(c, SG_INVALID_ARGUMENT, messages[base]);
    sg_close(c);
  }
}

static void comparisons(void **state) {
  sg_context *c = *state;
  sg_tensor *a = INTEGERS(c, large, large + 1, 5), *b = INTEGERS(c, large + 1, large + 1, 4);
  sg_tensor *results[] = {sg_eq(c, a, b), sg_ne(c, a, b), sg_lt(c, a, b),
                          sg_le(c, a, b), sg_gt(c, a, b), sg_ge(c, a, b)};
  static const int expected[6][3] = {{0, 1, 0}, {1, 0, 1}, {1, 0, 0}, {1, 1, 0}, {0, 0, 1}, {0, 1, 1}};
  expect_ok(c);
  for (int k = 0; k < 6; k++) {
    assert_int_equal(sg_tensor_dtype(results[k]), SG_BOOL);
    for (int i = 0; i < 3; i++) assert_int_equal(sg_tensor_integer(results[k], i), expected[k][i]);
  }
}

static void choice(void **state) {
  sg_context *c = *state;
  sg_tensor *a = INTEGERS(c, large + 1, 2, 3), *b = INTEGERS(c, 4, large + 5, 6);
  static const unsigned char bytes[] = {1, 0, 1};
  sg_tensor *mask = sg_tensor_from(c, SG_BOOL, &(sg_shape){1, {3}}, bytes);
  EXPECT_INTEGERS(c, sg_where(c, mask, a, b), large + 1, large + 5, 3);
  EXPECT_INTEGERS(c, sg_where(c, INTEGERS(c, 0, large, -1), a, b), 4, 2, 3);
  EXPECT(sg_where(c, mask, VECTOR(c, 1, 2, 3), VECTOR(c, 4, 5, 6)), 1, 5, 3);
  expect_integers_of(c, SG_BOOL, sg_where(c, mask, mask, mask), 3, (int64_t[]){1, 0, 1});
  EXPECT(sg_where(c, VECTOR(c, 0, -1), VECTOR(c, 1, 2), VECTOR(c, 3, 4)), 3, 2);
  // a and b meet in the first of floating, i64, u8, bool.
  static const unsigned char other[] = {200, 1, 7};
  sg_tensor *image = sg_tensor_from(c, SG_U8, &(sg_shape){1, {3}}, other);
  expect_integers_of(c, SG_U8, sg_where(c, mask, image, mask), 3, (int64_t[]){200, 0, 7});
  expect_integers_of(c, SG_I64, sg_where(c, mask, image, b), 3, (int64_t[]){200, large + 5, 7});
  EXPECT(sg_where(c, mask, image, VECTOR(c, 4.5, 5.5, 6.5)), 200, 5.5, 7);
  EXPECT(sg_masked_fill(c, VECTOR(c, 1, 2, 3), mask, sg_tensor_scalar(c, SG_F64, -4)), -4, 2, -4);
  sg_tensor *number = sg_reshape(c, INTEGERS(c, large + 7), &(sg_shape){0});
  EXPECT_INTEGERS(c, sg_masked_fill(c, a, mask, number), large + 7, 2, large + 7);
}

// Of two lines, over every element and along each dimension, against what a loop gives.
static void check_reductions(sg_context *c, sg_dtype dtype, int64_t lines, int64_t length) {
  sg_scope scope = sg_scope_open(c);
  const sg_shape shape = {2, {lines, length}};
  const int64_t low = dtype == SG_I64 ? -large : 0, high = dtype == SG_I64 ? large : dtype == SG_U8 ? 256 : 2;
  sg_tensor *x = sg_tensor_to(c, sg_random_integers(c, &shape, low, high), dtype);
  for (int dim = 0; dim < 2; dim++) {
    const sg_reduce_options over = {.dim = {1, {dim}}};
    sg_tensor *sum = sg_sum(c, x, &over), *amax = sg_amax(c, x, &over), *least,
              *values = sg_min(c, x, &over, &least), *any = sg_any(c, x, &over), *all = sg_all(c, x, &over),
              *count = sg_count_nonzero(c, x, &over);
    expect_ok(c);
    const int64_t results = dim ? lines : length, terms = dim ? length : lines;
    for (int64_t i = 0; i < results; i++) {
      uint64_t total = 0;
      int64_t best = INT64_MIN, worst = INT64_MAX, first = -1, others = 0;
      for (int64_t k = 0; k < terms; k++) {
        const int64_t value = sg_tensor_integer(x, dim ? i * length + k : k * length + i);
        total += (uint64_t)value;
        if (value > best) best = value;
        if (value < worst) worst = value, first = k;
        others += value != 0;
      }
      assert_int_equal(sg_tensor_integer(sum, i), (int64_t)total);
      assert_int_equal(sg_tensor_integer(amax, i), best);
      assert_int_equal(sg_tensor_integer(values, i), worst);
      assert_int_equal(sg_tensor_integer(least, i), first + sg_index_base(c));
      assert_int_equal(sg_tensor_integer(count, i), others);
      assert_int_equal(sg_tensor_integer(any, i), others > 0);
      assert_int_equal(sg_tensor_integer(all, i), others == terms);
    }
    assert_int_equal(sg_tensor_dtype(sum), SG_I64);
    assert_int_equal(sg_tensor_dtype(amax), dtype);
    assert_int_equal(sg_tensor_dtype(values), dtype);
    assert_int_equal(sg_tensor_dtype(any), SG_BOOL);
    assert_int_equal(sg_tensor_dtype(count), SG_I64);
  }
  sg_scope_close(c, scope);
}

static void reductions(void **state) {
  static const int64_t sizes[][2] = {{1, 1},    {3, 5},     {2, 63},    {5, 64},
                                     {70, 130}, {2, 40000}, {40000, 3}, {900, 600}};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    check_reductions(*state, SG_I64, sizes[k][0], sizes[k][1]);
    check_reductions(*state, SG_U8, sizes[k][0], sizes[k][1]);
    check_reductions(*state, SG_BOOL, sizes[k][0], sizes[k][1]);
  }
}

// Sums are modulo 2^64; 2^53 and 2^53 + 1 are one number in f64.
static void exact_reductions(void **state) {
  sg_context *c = *state;
  sg_tensor *x = INTEGERS(c, (INT64_C(1) << 53) + 1, INT64_C(1) << 53, INT64_MAX);
  EXPECT_INTEGERS(c, sg_sum(c, x, NULL), (int64_t)((UINT64_C(1) << 63) + (UINT64_C(1) << 54)));
  sg_tensor *y = INTEGERS(c, INT64_C(1) << 53, (INT64_C(1) << 53) + 1), *position;
  EXPECT_INTEGERS(c, sg_amax(c, y, NULL), (INT64_C(1) << 53) + 1);
  EXPECT_INTEGERS(c, sg_max(c, y, &(sg_reduce_options){.dim = {1, {0}}}, &position), (INT64_C(1) << 53) + 1);
  EXPECT_INTEGERS(c, position, 1 + sg_index_base(c));
  EXPECT_INTEGERS(c, sg_argmin(c, y, NULL), sg_index_base(c));
  sg_mean(c, x, NULL);
  expect_error(c, SG_INVALID_ARGUMENT, "mean: x has dtype i64, expected f32 or f64; convert it with to()");
}

// Any dtype is marked and chosen from; the gradient goes back to where it came from.
static void masked_select(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 1, 2, 3, 4, 5, 6), *rows = sg_reshape(c, x, &(sg_shape){2, {3, 2}});
  static const unsigned char bytes[] = {1, 0, 1};
  sg_tensor *mask = sg_tensor_from(c, SG_BOOL, &(sg_shape){1, {3}}, bytes);
  sg_tensor *chosen = sg_index(c, rows, 1, &mask, 0);
  assert_true(sg_shape_equal(sg_tensor_shape(chosen), &(sg_shape){2, {2, 2}}));
  EXPECT(chosen, 1, 2, 5, 6);
  sg_backward(c, total(c, sg_square(c, chosen)), NULL, NULL);
  EXPECT(sg_tensor_grad(x), 2, 4, 0, 0, 10, 12);
  EXPECT(sg_masked_select(c, rows, sg_gt(c, rows, sg_tensor_scalar(c, SG_F64, 2.5))), 3, 4, 5, 6);
  EXPECT_INTEGERS(c, sg_masked_select(c, INTEGERS(c, large + 1, 2, 3), mask), large + 1, 3);
  ((unsigned char *)sg_tensor_write(mask, "test"))[0] = 255; // any byte that is not 0 marks one row
  EXPECT(sg_index(c, rows, 1, &mask, 0), 1, 2, 5, 6);
  assert_int_equal(sg_tensor_elements(sg_masked_select(c, rows, INTEGERS(c, 0, 0))), 0);
  assert_int_equal(sg_tensor_elements(sg_masked_select(c, rows, sg_tensor_scalar(c, SG_BOOL, 1))), 6);
  expect_ok(c);
  EXPECT(sg_masked_select(c, rows, INTEGERS(c, 0, 1)), 2, 4, 6);
  sg_masked_select(c, rows, mask);
  expect_error(c, SG_INVALID_ARGUMENT, "masked_select: mask has shape [3], which does not broadcast with x [3, 2]");
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
  expect_error(c, SG_INVALID_ARGUMENT, "div: expected f32 or f64");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(one_operand),   TEST_OF(two_operands),    TEST_OF(division),      cmocka_unit_test(division_by_0),
      TEST_OF(comparisons),   TEST_OF(choice),          TEST_OF(reductions),    TEST_OF(exact_reductions),
      TEST_OF(masked_select), TEST_OF(beside_floating), TEST_OF(floating_only),
  };
  return cmocka_run_group_tests_name("integers", tests, NULL, NULL);
}
