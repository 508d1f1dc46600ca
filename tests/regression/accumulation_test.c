// SPDX-License-Identifier: GPL-3.0-or-later
//
// f32 sums of very many terms at one place: their error must not grow with the number of terms. Added one by one, a
// million times 0.1 comes to 100958, and counting ones stops at 2^24. The bound is 1.6e-5 of the sum: the 255
// roundings of half a unit in the last place (6e-8) that a short stretch of f32 may make.
#include "tests/support/fixture.h"

#include <math.h>
#include <stdlib.h>

enum { MILLION = 1000000 };
static const double bound = 1.6e-5;
static const double tenth = 0.1F;

static sg_tensor *filled(sg_context *c, double value, sg_shape shape) {
  return sg_tensor_full(c, SG_F32, &shape, value);
}

static sg_tensor *f32_leaf(sg_context *c, double value, sg_shape shape) {
  sg_tensor *tensor = filled(c, value, shape);
  expect_ok(c);
  sg_tensor_set_requires_grad(tensor, true);
  return tensor;
}

static sg_tensor *same_index(sg_context *c, int64_t position, sg_shape shape) {
  return sg_tensor_full(c, SG_I64, &shape, (double)position);
}

static void require_near(const sg_tensor *tensor, int64_t element, double want) {
  double got = sg_tensor_value(tensor, element);
  if (!(fabs(got - want) <= bound * fabs(want)))
    fail_msg("element %lld is %.9g, expected %.9g", (long long)element, got, want);
}

// The gradient of the output under the cotangent 0.1, fused and recorded.
static void expect_gradient(sg_context *c, sg_tensor *y, sg_tensor *x, int64_t element, double want) {
  expect_ok(c);
  sg_tensor *cotangent = filled(c, tenth, *sg_tensor_shape(y)), *gradient;
  const sg_backward_options keep = {.retain_graph = true}, recorded = {.create_graph = true};
  sg_grad(c, 1, &y, &cotangent, 1, &x, &keep, &gradient);
  expect_ok(c);
  require_near(gradient, element, want);
  sg_grad(c, 1, &y, &cotangent, 1, &x, &recorded, &gradient);
  expect_ok(c);
  require_near(gradient, element, want);
}

// ---- Indexed sums -----------------------------------------------------------------------------------

static void index_add(void **state) {
  sg_context *c = *state;
  for (int64_t width = 1; width <= 3; width += 2) { // and rows beside the crowded one
    sg_tensor *index = same_index(c, 1, (sg_shape)SG_DIMS(MILLION));
    for (int64_t i = 0; i < 40; i++) ((int64_t *)sg_tensor_write(index, "the test"))[1000 * i] = 2;
    sg_tensor *y = sg_index_add(c, filled(c, 7, (sg_shape)SG_DIMS(3, width)), index,
                                filled(c, tenth, (sg_shape)SG_DIMS(MILLION, width)), 0);
    expect_ok(c);
    for (int64_t j = 0; j < width; j++) {
      assert_true(sg_tensor_value(y, j) == 7);
      require_near(y, width + j, 7 + (MILLION - 40) * tenth);
      require_near(y, 2 * width + j, 7 + 40 * tenth);
    }
  }
}

// Along the last dimension, in more columns than a kernel takes at a time.
static void index_add_columns(void **state) {
  sg_context *c = *state;
  enum { COUNT = 200000 };
  sg_tensor *index = same_index(c, 0, (sg_shape)SG_DIMS(COUNT));
  sg_tensor *rows = sg_index_add(c, filled(c, 0, (sg_shape)SG_DIMS(3, 2)), index,
                                 filled(c, tenth, (sg_shape)SG_DIMS(3, COUNT)), -1);
  expect_ok(c);
  for (int64_t i = 0; i < 3; i++) require_near(rows, 2 * i, COUNT * tenth);
  enum { FEW = 5000, WIDE = 300 };
  index = same_index(c, 1, (sg_shape)SG_DIMS(FEW));
  sg_tensor *wide = sg_index_add(c, filled(c, 0, (sg_shape)SG_DIMS(2, WIDE)), index,
                                 filled(c, tenth, (sg_shape)SG_DIMS(FEW, WIDE)), 0);
  expect_ok(c);
  for (int64_t j = 0; j < WIDE; j++) require_near(wide, WIDE + j, FEW * tenth);
}

static void counting(void **state) {
  sg_context *c = *state;
  enum { COUNT = (1 << 24) + 8 };
  sg_tensor *index = same_index(c, 0, (sg_shape)SG_DIMS(COUNT)), *ones = filled(c, 1, (sg_shape)SG_DIMS(COUNT));
  sg_tensor *y = sg_scatter_add(c, filled(c, 0, (sg_shape)SG_DIMS(2)), index, ones, 0);
  expect_ok(c);
  assert_true(sg_tensor_value(y, 0) == COUNT);
  assert_true(sg_tensor_value(y, 1) == 0);
}

// Some lines are crowded and some are not; the lines are columns.
static void scatter_add_lines(void **state) {
  sg_context *c = *state;
  enum { COUNT = 100000, LINES = 40 };
  sg_tensor *index = same_index(c, 0, (sg_shape)SG_DIMS(COUNT, LINES));
  int64_t *position = sg_tensor_write(index, "the test");
  for (int64_t i = 0; i < COUNT; i++)
    for (int64_t line = 1; line < LINES; line += 2) position[i * LINES + line] = i;
  sg_tensor *y = sg_scatter_add(c, filled(c, 0, (sg_shape)SG_DIMS(COUNT, LINES)), index,
                                filled(c, tenth, (sg_shape)SG_DIMS(COUNT, LINES)), 0);
  expect_ok(c);
  for (int64_t line = 0; line < LINES; line += 2) require_near(y, line, COUNT * tenth);
  for (int64_t line = 1; line < LINES; line += 2) assert_true(sg_tensor_value(y, 77 * LINES + line) == tenth);
}

static void infinite_terms(void **state) {
  sg_context *c = *state;
  sg_tensor *index = same_index(c, 0, (sg_shape)SG_DIMS(1000)), *source = filled(c, 1e38, (sg_shape)SG_DIMS(1000));
  sg_tensor *y = sg_index_add(c, filled(c, 0, (sg_shape)SG_DIMS(1)), index, source, 0);
  expect_ok(c);
  assert_true(sg_tensor_value(y, 0) == HUGE_VAL);
  ((float *)sg_tensor_write(source, "the test"))[3] = -INFINITY;
  assert_true(sg_tensor_value(sg_index_add(c, filled(c, 0, (sg_shape)SG_DIMS(1)), index, source, 0), 0) ==
              -HUGE_VAL);
}

// ---- Gradients --------------------------------------------------------------------------------------

static void index_select_gradient(void **state) {
  sg_context *c = *state;
  sg_tensor *x = f32_leaf(c, 1, (sg_shape)SG_DIMS(3, 2));
  sg_tensor *index = same_index(c, 1, (sg_shape)SG_DIMS(MILLION));
  expect_gradient(c, sg_index_select(c, x, index, 0), x, 3, MILLION * tenth);
}

static void gather_gradient(void **state) {
  sg_context *c = *state;
  sg_tensor *x = f32_leaf(c, 1, (sg_shape)SG_DIMS(3));
  expect_gradient(c, sg_gather(c, x, same_index(c, 2, (sg_shape)SG_DIMS(MILLION)), 0), x, 2, MILLION * tenth);
}

// The largest pixel lies in the middle of a line and in every window, which are half as long.
static void max_pool_gradient(void **state) {
  sg_context *c = *state;
  enum { KERNEL = 4000 };
  const sg_max_pool_options pool = {
      .kernel_size = {2, {1, KERNEL}}, .stride = {1, {1}}, .padding = {1, {0}}, .dilation = {1, {1}}};
  sg_tensor *x = f32_leaf(c, 0, (sg_shape)SG_DIMS(1, 2, 1, 2 * KERNEL - 1));
  sg_set_grad_enabled(c, false);
  ((float *)sg_tensor_write(x, "the test"))[KERNEL - 1] = 1;
  sg_set_grad_enabled(c, true);
  sg_tensor *y = sg_max_pool2d(c, x, &pool);
  expect_gradient(c, y, x, KERNEL - 1, KERNEL * tenth);
  expect_gradient(c, y, x, 2 * KERNEL, tenth); // in the other plane, the first pixel of each window
}

// As the recorded derivative of max pooling adds: a few positions for many elements of a line.
static void scatter_add_of_planes(void **state) {
  sg_context *c = *state;
  sg_shape lines = SG_DIMS(1, 3, 1000 * 300);
  sg_tensor *zeros = filled(c, 0, (sg_shape)SG_DIMS(1, 3, 4));
  sg_tensor *y = sg_scatter_add(c, zeros, same_index(c, 2, lines), filled(c, tenth, lines), 2);
  expect_ok(c);
  for (int64_t plane = 0; plane < 3; plane++) {
    require_near(y, 4 * plane + 2, 1000 * 300 * tenth);
    assert_true(sg_tensor_value(y, 4 * plane) == 0);
  }
}

// ---- Products ---------------------------------------------------------------------------------------

static void products(void **state) {
  sg_context *c = *state;
  sg_tensor *ones = filled(c, 1, (sg_shape)SG_DIMS(MILLION)), *x = f32_leaf(c, tenth, (sg_shape)SG_DIMS(MILLION));
  require_near(sg_matmul(c, x, ones), 0, MILLION * tenth);
  sg_tensor *rows = filled(c, 1, (sg_shape)SG_DIMS(MILLION, 3));
  sg_tensor *weight = f32_leaf(c, tenth, (sg_shape)SG_DIMS(2, 3)), *bias = f32_leaf(c, tenth, (sg_shape)SG_DIMS(2));
  expect_gradient(c, sg_linear(c, rows, weight, bias), weight, 5, MILLION * tenth);
  expect_gradient(c, sg_linear(c, rows, weight, bias), bias, 1, MILLION * tenth);
}

// The sum runs over a batch of small matrices.
static void broadcast_products(void **state) {
  sg_context *c = *state;
  enum { COUNT = 200000 };
  sg_tensor *a = filled(c, 1, (sg_shape)SG_DIMS(COUNT, 2, 2)), *b = f32_leaf(c, 1, (sg_shape)SG_DIMS(1, 2, 3));
  expect_gradient(c, sg_matmul(c, a, b), b, 4, 2 * COUNT * tenth);
}

// A result that is summed in double tile by tile: it is larger than what one tile holds, and not a multiple of it.
static void large_product(void **state) {
  sg_context *c = *state;
  enum { ROWS = 131, COLUMNS = 67, TERMS = (1 << 18) + 5 };
  sg_tensor *a = filled(c, tenth, (sg_shape)SG_DIMS(TERMS, ROWS)),
            *b = filled(c, 1, (sg_shape)SG_DIMS(TERMS, COLUMNS));
  float *value = sg_tensor_write(a, "the test");
  for (int64_t row = 0; row < ROWS; row++) value[(TERMS - 1) * ROWS + row] = 1000 * (float)row;
  value = sg_tensor_write(b, "the test");
  for (int64_t column = 0; column < COLUMNS; column++) value[(TERMS - 1) * COLUMNS + column] = (float)column;
  sg_tensor *weight = f32_leaf(c, 0, (sg_shape)SG_DIMS(COLUMNS, ROWS)), *gradient;
  sg_tensor *y = sg_linear(c, a, weight, NULL);
  sg_grad(c, 1, &y, &b, 1, &weight, NULL, &gradient);
  expect_ok(c);
  for (int64_t column = 0; column < COLUMNS; column++)
    for (int64_t row = 0; row < ROWS; row++)
      require_near(gradient, column * ROWS + row, (TERMS - 1) * tenth + 1000.0 * (double)(row * column));
}

static void convolution_weight_gradient(void **state) {
  sg_context *c = *state;
  enum { COUNT = 300000 };
  sg_tensor *x = filled(c, 1, (sg_shape)SG_DIMS(COUNT, 1, 2, 2));
  sg_tensor *weight = f32_leaf(c, 1, (sg_shape)SG_DIMS(2, 1, 2, 2)), *bias = f32_leaf(c, 1, (sg_shape)SG_DIMS(2));
  expect_gradient(c, sg_conv2d(c, x, weight, bias, NULL), weight, 6, COUNT * tenth);
  expect_gradient(c, sg_conv2d(c, x, weight, bias, NULL), bias, 1, COUNT * tenth);
}

// A kernel half as long as the line: all its taps meet at the pixel in the middle.
static void convolution_input_gradient(void **state) {
  sg_context *c = *state;
  enum { KERNEL = 8000 };
  sg_tensor *x = f32_leaf(c, 1, (sg_shape)SG_DIMS(1, 2, 1, 2 * KERNEL - 1));
  sg_tensor *y = sg_conv2d(c, x, filled(c, 1, (sg_shape)SG_DIMS(1, 2, 1, KERNEL)), NULL, NULL);
  expect_gradient(c, y, x, KERNEL - 1, KERNEL * tenth);
  expect_gradient(c, y, x, 3 * KERNEL - 2, KERNEL * tenth);
  expect_gradient(c, y, x, 299, 300 * tenth);
}

// ---- Cotangents that meet at one tensor ---------------------------------------------------------------

static void same_tensor_many_times(void **state) {
  sg_context *c = *state;
  enum { COUNT = 300000 };
  sg_tensor *x = f32_leaf(c, 2, (sg_shape)SG_DIMS(2)), *inner = sg_neg(c, x);
  sg_tensor **copies = malloc(COUNT * sizeof *copies);
  for (int i = 0; i < COUNT; i++) copies[i] = x;
  expect_gradient(c, sg_stack(c, COUNT, copies, 0), x, 1, COUNT * tenth);
  for (int i = 0; i < COUNT; i++) copies[i] = inner;
  expect_gradient(c, sg_stack(c, COUNT, copies, 0), x, 0, -COUNT * tenth);
  free(copies);
}

// Backward adds to .grad with one rounding however many cotangents arrive; a .grad is stored in f32 between calls.
static void grad_of_many_uses(void **state) {
  sg_context *c = *state;
  enum { COUNT = 300000 };
  sg_tensor *x = f32_leaf(c, 2, (sg_shape)SG_DIMS(1)), **copies = malloc(COUNT * sizeof *copies);
  for (int i = 0; i < COUNT; i++) copies[i] = x;
  for (int call = 1; call <= 2; call++) {
    sg_tensor *y = sg_stack(c, COUNT, copies, 0);
    sg_backward(c, y, filled(c, tenth, *sg_tensor_shape(y)), NULL);
    expect_ok(c);
    require_near(sg_tensor_grad(x), 0, call * COUNT * tenth);
  }
  free(copies);
}

// Where partial sums overflow and cancel again, sums and means are right; products and sums dealt out by an index
// are right or no number, but not wrong. 3e38 is just within the range of f32.
static void overflow_on_the_way(void **state) {
  sg_context *c = *state;
  const sg_shape four = {1, {4}};
  sg_tensor *x = sg_tensor_from(c, SG_F32, &four, (const float[]){3e38F, 2e38F, -3e38F, -1e38F});
  require_near(sg_sum(c, x, NULL), 0, 1e38);
  require_near(sg_mean(c, x, NULL), 0, 0.25e38);
  sg_tensor *column = sg_reshape(c, x, &(sg_shape){2, {1, 4}}), *ones = filled(c, 1, (sg_shape){2, {4, 1}});
  sg_tensor *results[] = {
      sg_matmul(c, column, ones),
      sg_index_add(c, filled(c, 0, (sg_shape){1, {1}}), same_index(c, sg_index_base(c), four), x, 0),
      sg_scatter_add(c, filled(c, 0, (sg_shape){1, {1}}), same_index(c, sg_index_base(c), four), x, 0)};
  expect_ok(c);
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    if (isfinite(sg_tensor_value(results[i], 0))) require_near(results[i], 0, 1e38);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      TEST_OF(index_add),
      TEST_OF(index_add_columns),
      TEST_OF(counting),
      TEST_OF(scatter_add_lines),
      TEST_OF(infinite_terms),
      TEST_OF(index_select_gradient),
      TEST_OF(gather_gradient),
      TEST_OF(max_pool_gradient),
      TEST_OF(scatter_add_of_planes),
      TEST_OF(same_tensor_many_times),
      TEST_OF(grad_of_many_uses),
      TEST_OF(products),
      TEST_OF(broadcast_products),
      TEST_OF(large_product),
      TEST_OF(convolution_weight_gradient),
      TEST_OF(convolution_input_gradient),
      TEST_OF(overflow_on_the_way),
  };
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
