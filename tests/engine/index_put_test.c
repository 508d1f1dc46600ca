// SPDX-License-Identifier: GPL-3.0-or-later
//
// index_put and index_put_: which value stays, and which has a gradient; sums that lose nothing; and that
// index_put_ and slice_put_ are writes like all others, to views too.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fixture.h"

static sg_tensor *integers(sg_context *c, int64_t count, const int64_t *values) {
  return sg_tensor_from(c, SG_I64, &(const sg_shape){1, {count}}, values);
}

#define INTEGERS(c, ...)                                                                                           \
  integers(c, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (const int64_t[]){__VA_ARGS__})

// Position 1 is named three times. What was overwritten has no part in y, and so no gradient.
static void the_last_value_stays_and_has_the_gradient(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 1, 2, 3), *values = LEAF(c, 10, 20, 30, 40), *index = INTEGERS(c, 1, 0, 1, 1);
  sg_tensor *y = sg_index_put(c, x, values, 1, &index, false);
  EXPECT(y, 20, 40, 3);
  sg_backward(c, total(c, sg_mul(c, y, VECTOR(c, 5, 7, 9))), NULL, NULL);
  expect_ok(c);
  EXPECT(sg_tensor_grad(x), 0, 0, 9);
  EXPECT(sg_tensor_grad(values), 0, 5, 0, 7);
}

// d/dvalues of sum(y^3) is 3 y^2 where a value stays; its own derivative along ones is 6 y there, and 0 elsewhere.
static void second_derivatives_know_it_too(void **state) {
  sg_context *c = *state;
  sg_tensor *values = LEAF(c, 2, 3, 4), *x = LEAF(c, 5, 6), *index = INTEGERS(c, 1, 1, 0);
  sg_tensor *y = sg_index_put(c, x, values, 1, &index, false), *first[2], *second[2];
  sg_tensor *cubes = total(c, sg_mul(c, y, sg_mul(c, y, y)));
  sg_grad(c, 1, &cubes, NULL, 2, (sg_tensor *[]){values, x}, &(sg_backward_options){.create_graph = true}, first);
  expect_ok(c);
  EXPECT(first[0], 0, 27, 48);
  EXPECT(first[1], 0, 0);
  sg_tensor *slope = total(c, first[0]);
  sg_grad(c, 1, &slope, NULL, 2, (sg_tensor *[]){values, x}, &(sg_backward_options){.allow_unused = true}, second);
  expect_ok(c);
  EXPECT(second[0], 0, 18, 24);
  if (second[1]) EXPECT(second[1], 0, 0);
}

static void added_values_all_have_a_gradient(void **state) {
  sg_context *c = *state;
  sg_tensor *x = LEAF(c, 1, 2, 3), *values = LEAF(c, 10, 20, 30), *index = INTEGERS(c, 1, 0, 1);
  sg_tensor *y = sg_index_put(c, x, values, 1, &index, true);
  EXPECT(y, 21, 42, 3);
  sg_backward(c, total(c, sg_mul(c, y, VECTOR(c, 5, 7, 9))), NULL, NULL);
  expect_ok(c);
  EXPECT(sg_tensor_grad(x), 5, 7, 9);
  EXPECT(sg_tensor_grad(values), 7, 5, 7);
}

// A double has 53 bits, these sums 62; and integers go around at 2^63 as in add.
static void integers_are_exact(void **state) {
  sg_context *c = *state;
  const int64_t large = (INT64_C(1) << 61) + 1;
  sg_tensor *x = INTEGERS(c, large, 0), *values = INTEGERS(c, large, large - 2), *index = INTEGERS(c, 0, 1);
  sg_index_put_(c, x, values, 1, &index, true);
  expect_ok(c);
  assert_true(sg_tensor_integer(x, 0) == 2 * large && sg_tensor_integer(x, 1) == large - 2);
  sg_index_put_(c, x, INTEGERS(c, large + 4, large), 1, &index, false);
  assert_true(sg_tensor_integer(x, 0) == large + 4 && sg_tensor_integer(x, 1) == large);
}

// 200,000 times the f32 nearest to 0.1 at each of two positions. One after another in f32 they come to 2e4 with an
// error of 1e-3 of it; in double there is the rounding of the result, 6e-8.
static void sums_of_many_keep_their_digits(void **state) {
  sg_context *c = *state;
  enum { COUNT = 400000 };
  sg_tensor *x = sg_tensor_full(c, SG_F32, &(const sg_shape){1, {2}}, 0);
  int64_t *positions = malloc(COUNT * sizeof *positions);
  assert_non_null(positions);
  for (int64_t i = 0; i < COUNT; i++) positions[i] = i % 2;
  sg_tensor *index = integers(c, COUNT, positions);
  free(positions);
  sg_index_put_(c, x, sg_tensor_full(c, SG_F32, &(const sg_shape){0}, 0.1), 1, &index, true);
  expect_ok(c);
  const double sum = COUNT / 2 * (double)0.1f;
  for (int i = 0; i < 2; i++) assert_true(fabs(sg_tensor_value(x, i) - sum) <= 1e-7 * sum);
}

// Rows wider than a block of columns, in threads: the last one stays in all of them.
static void wide_rows_are_whole(void **state) {
  sg_context *c = *state;
  enum { ROWS = 200, WIDTH = 1000 };
  sg_tensor *x = sg_tensor_full(c, SG_F64, &(const sg_shape){2, {3, WIDTH}}, 0);
  sg_tensor *index = sg_tensor_full_integer(c, SG_I64, &(const sg_shape){1, {ROWS}}, 1);
  sg_tensor *values = sg_tensor_full(c, SG_F64, &(const sg_shape){2, {ROWS, WIDTH}}, 0);
  double *data = sg_tensor_write(values, "test");
  for (int64_t i = 0; i < ROWS * WIDTH; i++) data[i] = (double)i;
  sg_index_put_(c, x, values, 1, &index, false);
  expect_ok(c);
  for (int64_t j = 0; j < WIDTH; j++) {
    assert_float_equal(sg_tensor_value(x, j), 0, 0);
    assert_float_equal(sg_tensor_value(x, WIDTH + j), (double)((ROWS - 1) * WIDTH + j), 0);
    assert_float_equal(sg_tensor_value(x, 2 * WIDTH + j), 0, 0);
  }
}

// ---- Writing ------------------------------------------------------------------------------------------

typedef sg_status writer(sg_context *c, sg_tensor *x, sg_tensor *value);

static sg_status put_at_one(sg_context *c, sg_tensor *x, sg_tensor *value) {
  sg_tensor *index = INTEGERS(c, 1);
  return sg_index_put_(c, x, value, 1, &index, false);
}

static sg_status put_by_mask(sg_context *c, sg_tensor *x, sg_tensor *value) {
  const uint8_t chosen[] = {0, 1, 0};
  sg_tensor *mask = sg_tensor_from(c, SG_BOOL, sg_tensor_shape(x), chosen);
  return sg_index_put_(c, x, value, 1, &mask, false);
}

static sg_status put_range(sg_context *c, sg_tensor *x, sg_tensor *value) {
  return sg_slice_put_(c, x, value, &(sg_slice_options){.start = {1, {1}}, .stop = {1, {2}}});
}

static const struct {
  const char *name;
  writer *write;
} writers[] = {{"index_put_", put_at_one}, {"index_put_", put_by_mask}, {"slice_put_", put_range}};
enum { WRITERS = sizeof writers / sizeof *writers };

static void views_are_written_through(void **state) {
  sg_context *c = *state;
  for (int w = 0; w < WRITERS; w++) {
    sg_tensor *x = VECTOR(c, 1, 2, 3, 4);
    assert_int_equal(writers[w].write(c, sg_narrow(c, x, 0, 1, 3), VECTOR(c, 9)), SG_OK);
    EXPECT(x, 1, 2, 9, 4);
  }
}

static void saved_values_are_missed(void **state) {
  sg_context *c = *state;
  for (int w = 0; w < WRITERS; w++) {
    sg_tensor *weight = LEAF(c, 1, 1, 1), *x = VECTOR(c, 1, 2, 3);
    sg_tensor *sum = total(c, sg_mul(c, weight, x));
    writers[w].write(c, x, VECTOR(c, 9));
    sg_backward(c, sum, NULL, NULL);
    char text[64];
    snprintf(text, sizeof text, "was changed in place by %s", writers[w].name);
    expect_error(c, SG_INVALID_STATE, text);
  }
}

static void leaves_and_gradients_are_kept(void **state) {
  sg_context *c = *state;
  for (int w = 0; w < WRITERS; w++) {
    sg_tensor *parameter = LEAF(c, 1, 2, 3), *x = VECTOR(c, 1, 2, 3), *value = LEAF(c, 9);
    writers[w].write(c, parameter, VECTOR(c, 9));
    expect_error(c, SG_INVALID_STATE, "x [3] requires a gradient, so it cannot be written in place");
    writers[w].write(c, x, value);
    expect_error(c, SG_INVALID_STATE, "requires a gradient, which a write in place would lose");
    EXPECT(x, 1, 2, 3);
    sg_set_grad_enabled(c, false);
    assert_int_equal(writers[w].write(c, parameter, value), SG_OK);
    sg_set_grad_enabled(c, true);
    EXPECT(parameter, 1, 9, 3);
  }
}

static void overlapping_values_are_read_first(void **state) {
  sg_context *c = *state;
  sg_tensor *x = VECTOR(c, 1, 2, 3, 4), *index = INTEGERS(c, 1, 2, 3);
  sg_index_put_(c, x, sg_narrow(c, x, 0, 0, 3), 1, &index, false);
  EXPECT(x, 1, 1, 2, 3);
  sg_slice_put_(c, x, sg_narrow(c, x, 0, 1, 3), &(sg_slice_options){.stop = {1, {3}}});
  EXPECT(x, 1, 2, 3, 3);
}

// Positions that are written themselves are read before.
static void the_index_may_be_what_is_written(void **state) {
  sg_context *c = *state;
  sg_tensor *x = INTEGERS(c, 2, 0, 1);
  sg_index_put_(c, x, INTEGERS(c, 7, 8, 9), 1, &x, false);
  expect_ok(c);
  assert_int_equal(sg_tensor_integer(x, 0), 8);
  assert_int_equal(sg_tensor_integer(x, 1), 9);
  assert_int_equal(sg_tensor_integer(x, 2), 7);
}

static void what_is_refused_changes_nothing(void **state) {
  sg_context *c = *state;
  sg_tensor *x = INTEGERS(c, 5, 6, 7), *index = INTEGERS(c, 0, 3), *good = INTEGERS(c, 0, 1);
  uint64_t version = sg_tensor_version(x);
  sg_index_put_(c, x, INTEGERS(c, 1, 2), 1, &index, false);
  expect_error(c, SG_INVALID_ARGUMENT, "index_put_: index 1 holds 3 (element 1), expected 0..2");
  sg_index_put_(c, x, VECTOR(c, 1, 1e30), 1, &good, false);
  expect_error(c, SG_INVALID_ARGUMENT, "index_put_: values holds 1e+30 (element 1), which no i64 can be");
  sg_slice_put_(c, x, VECTOR(c, 1, 2, 1e30), NULL);
  expect_error(c, SG_INVALID_ARGUMENT, "slice_put_: source holds 1e+30 (element 2), which no i64 can be");
  sg_tensor *many[SG_MAX_RANK + 4];
  for (int i = 0; i < SG_MAX_RANK + 4; i++) many[i] = good;
  sg_index_put_(c, x, INTEGERS(c, 1), SG_MAX_RANK + 4, many, false);
  expect_error(c, SG_INVALID_ARGUMENT, "dimensions are indexed, x [3] has 1");
  assert_int_equal(sg_tensor_integer(x, 0), 5);
  assert_int_equal(sg_tensor_version(x), version);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(the_last_value_stays_and_has_the_gradient),
      TEST_OF(second_derivatives_know_it_too),
      TEST_OF(added_values_all_have_a_gradient),
      TEST_OF(integers_are_exact),
      TEST_OF(sums_of_many_keep_their_digits),
      TEST_OF(wide_rows_are_whole),
      TEST_OF(views_are_written_through),
      TEST_OF(saved_values_are_missed),
      TEST_OF(leaves_and_gradients_are_kept),
      TEST_OF(overlapping_values_are_read_first),
      TEST_OF(the_index_may_be_what_is_written),
      TEST_OF(what_is_refused_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
