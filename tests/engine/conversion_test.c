// SPDX-License-Identifier: GPL-3.0-or-later
//
// Values on their way into tensors: what i64 refuses, what it keeps exactly, and how floats are rounded.
#include <math.h>

#include "tests/support/fixture.h"

static const double unfit[] = {NAN, INFINITY, -INFINITY, 1e30, -1e30, 0x1p63, -0x1.0000000000001p63};
enum { UNFIT = sizeof unfit / sizeof *unfit };

static void expect_integers(const sg_tensor *tensor, int64_t count, const int64_t *values) {
  assert_non_null(tensor);
  assert_int_equal(sg_tensor_dtype(tensor), SG_I64);
  assert_int_equal(sg_tensor_elements(tensor), count);
  for (int64_t i = 0; i < count; i++) assert_int_equal(sg_tensor_integer(tensor, i), values[i]);
}

static void what_no_i64_can_be_is_refused_everywhere(void **state) {
  sg_context *c = *state;
  for (int i = 0; i < UNFIT; i++) {
    for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
      if (dtype == SG_F32 && (double)(float)unfit[i] == -0x1p63) continue; // rounded, it fits
      sg_tensor *x = sg_tensor_to(c, VECTOR(c, 0, unfit[i]), dtype);
      sg_tensor *target = sg_tensor_full(c, SG_I64, sg_tensor_shape(x), 7);
      assert_null(sg_tensor_to(c, x, SG_I64));
      expect_error(c, SG_INVALID_ARGUMENT, "to: x holds ");
      assert_null(sg_to(c, x, SG_I64));
      expect_error(c, SG_INVALID_ARGUMENT, "(element 1), which no i64 can be");
      sg_tensor_assign(target, x);
      expect_error(c, SG_INVALID_ARGUMENT, "copy_: the source holds ");
      expect_integers(target, 2, (int64_t[]){7, 7});
      assert_int_equal(sg_tensor_version(target), 0);
    }
    sg_tensor *full = sg_tensor_full(c, SG_I64, &(sg_shape)SG_DIMS(2), 7);
    assert_null(sg_tensor_scalar(c, SG_I64, unfit[i]));
    expect_error(c, SG_INVALID_ARGUMENT, "an i64 tensor cannot hold the value");
    sg_tensor_fill(full, unfit[i]);
    expect_error(c, SG_INVALID_ARGUMENT, "an i64 tensor cannot hold the value");
    expect_integers(full, 2, (int64_t[]){7, 7});
  }
}

// A double may stand for its neighbour beyond 2^53, and a fraction would be cut off unasked.
static void a_double_fills_with_whole_numbers_only(void **state) {
  sg_context *c = *state;
  expect_integers(sg_tensor_scalar(c, SG_I64, -0.0), 1, (int64_t[]){0});
  expect_integers(sg_tensor_scalar(c, SG_I64, -0x1p53), 1, (int64_t[]){-(INT64_C(1) << 53)});
  static const double refused[] = {0.5, -2.5, 0x1p54};
  for (int i = 0; i < 3; i++) {
    assert_null(sg_tensor_scalar(c, SG_I64, refused[i]));
    expect_error(c, SG_INVALID_ARGUMENT, "an i64 tensor cannot hold the value");
  }
}

static void integers_stay_exact(void **state) {
  sg_context *c = *state;
  static const int64_t values[] = {(INT64_C(1) << 53) + 1, -(INT64_C(1) << 53) - 1, INT64_MAX, INT64_MIN};
  for (int i = 0; i < 4; i++) {
    sg_tensor *full = sg_tensor_full_integer(c, SG_I64, &(sg_shape)SG_DIMS(1), values[i]);
    sg_tensor *target = sg_tensor_full(c, SG_I64, &(sg_shape)SG_DIMS(1), 0);
    expect_integers(full, 1, &values[i]);
    expect_integers(sg_tensor_to(c, full, SG_I64), 1, &values[i]);
    expect_integers(sg_clone(c, full), 1, &values[i]);
    sg_tensor_assign(target, full);
    expect_integers(target, 1, &values[i]);
    sg_tensor_fill(target, 0);
    sg_tensor_fill_integer(target, values[i]);
    expect_integers(target, 1, &values[i]);
  }
  expect_ok(c);
}

static void towards_zero_and_up_to_the_ends(void **state) {
  sg_context *c = *state;
  sg_tensor *x = VECTOR(c, 1.75, -1.75, -0.0, -0x1p63, 0x1.fffffffffffffp62);
  static const int64_t expected[] = {1, -1, 0, INT64_MIN, INT64_C(0x7ffffffffffffc00)};
  sg_tensor *target = sg_tensor_new(c, SG_I64, sg_tensor_shape(x));
  sg_tensor_assign(target, x);
  expect_integers(target, 5, expected);
  expect_integers(sg_tensor_to(c, x, SG_I64), 5, expected);
  expect_integers(sg_to(c, x, SG_I64), 5, expected);
}

// 2^54 + 2^30 + 1 lies above the middle of two f32 neighbours; by way of f64 it would be rounded down to the
// middle, and from there to the even neighbour below.
static void integers_are_rounded_once(void **state) {
  sg_context *c = *state;
  const int64_t value = (INT64_C(1) << 54) + (INT64_C(1) << 30) + 1;
  const float up = 0x1.000002p54F;
  sg_tensor *x = sg_tensor_full_integer(c, SG_I64, &(sg_shape)SG_DIMS(1), value);
  sg_tensor *target = sg_tensor_full(c, SG_F32, sg_tensor_shape(x), 0);
  sg_tensor_assign(target, x);
  sg_tensor *all[] = {target, sg_tensor_to(c, x, SG_F32), sg_to(c, x, SG_F32),
                      sg_tensor_full_integer(c, SG_F32, sg_tensor_shape(x), value)};
  expect_ok(c);
  for (int i = 0; i < 4; i++) assert_true(*(const float *)sg_tensor_data(all[i]) == up);
}

static void f32_beyond_its_range_is_infinite(void **state) {
  sg_context *c = *state;
  sg_tensor *x = VECTOR(c, 1e39, -1e39, NAN, 3.4028235e38);
  sg_tensor *target = sg_tensor_full(c, SG_F32, sg_tensor_shape(x), 0);
  sg_tensor_assign(target, x);
  sg_tensor *all[] = {target, sg_tensor_to(c, x, SG_F32), sg_to(c, x, SG_F32)};
  for (int i = 0; i < 3; i++) {
    assert_true(sg_tensor_value(all[i], 0) == (double)INFINITY && sg_tensor_value(all[i], 1) == -(double)INFINITY);
    assert_true(isnan(sg_tensor_value(all[i], 2)) && isfinite(sg_tensor_value(all[i], 3)));
  }
  assert_true(isinf(sg_tensor_value(sg_tensor_scalar(c, SG_F32, 1e39), 0)));
}

// More elements than one thread takes at once.
static void large_tensors_are_filled_and_converted_whole(void **state) {
  (void)state;
  enum { COUNT = 100003 };
  test_allocator allocator = {0};
  sg_context *c = open_context(&allocator, 4, NULL);
  sg_tensor *sevens = sg_tensor_full_integer(c, SG_I64, &(sg_shape)SG_DIMS(COUNT), 7),
            *x = sg_to(c, sevens, SG_F64);
  double *data = sg_tensor_write(x, "test");
  for (int64_t i = 0; i < COUNT; i++) {
    assert_true(sg_tensor_integer(sevens, i) == 7 && data[i] == 7);
    data[i] = (double)i;
  }
  const sg_dtype dtypes[] = {SG_F32, SG_F64, SG_I64};
  for (int d = 0; d < 3; d++) {
    sg_tensor *converted = sg_tensor_to(c, x, dtypes[d]),
              *assigned = sg_tensor_full(c, dtypes[d], sg_tensor_shape(x), 0);
    sg_tensor_assign(assigned, converted);
    for (int64_t i = 0; i < COUNT; i++)
      assert_true(sg_tensor_integer(converted, i) == i && sg_tensor_integer(assigned, i) == i);
  }
  close_context(c, &allocator);
}

static void nothing_has_no_copy(void **state) {
  sg_context *c = *state;
  assert_null(sg_clone(c, NULL));
  expect_error(c, SG_INVALID_ARGUMENT, "to: x is missing");
  assert_null(sg_to(c, NULL, SG_F64));
  expect_error(c, SG_INVALID_ARGUMENT, "to: x is missing");
}

static void a_stretch_of_elements_is_put_and_nothing_beyond(void **state) {
  sg_context *c = *state;
  const float numbers[] = {1, 2, 3};
  sg_tensor *x = sg_tensor_full(c, SG_F32, &(sg_shape)SG_DIMS(2, 3), 7);
  assert_int_equal(sg_tensor_put(x, 2, 3, numbers, "the test"), SG_OK);
  assert_int_equal(sg_tensor_put(x, 6, 0, NULL, "the test"), SG_OK);
  assert_int_equal(sg_tensor_version(x), 2);
  const int64_t places[][2] = {{4, 3}, {-1, 2}, {7, 0}, {0, -1}, {INT64_MAX, 1}, {1, INT64_MAX}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    sg_tensor_put(x, places[i][0], places[i][1], numbers, "the test");
    expect_error(c, SG_INVALID_ARGUMENT, "do not fit into a tensor of shape [2, 3]");
  }
  assert_int_equal(sg_tensor_version(x), 2);
  const double expected[] = {7, 7, 1, 2, 3, 7};
  for (int i = 0; i < 6; i++) assert_true(sg_tensor_value(x, i) == expected[i]);
  sg_tensor_set_requires_grad(x, true);
  sg_tensor_put(x, 0, 3, numbers, "the test");
  expect_error(c, SG_INVALID_STATE, "the test: the tensor [2, 3] requires a gradient");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(what_no_i64_can_be_is_refused_everywhere),
      TEST_OF(a_double_fills_with_whole_numbers_only),
      TEST_OF(integers_stay_exact),
      TEST_OF(towards_zero_and_up_to_the_ends),
      TEST_OF(integers_are_rounded_once),
      TEST_OF(f32_beyond_its_range_is_infinite),
      TEST_OF(nothing_has_no_copy),
      TEST_OF(a_stretch_of_elements_is_put_and_nothing_beyond),
      cmocka_unit_test(large_tensors_are_filled_and_converted_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
