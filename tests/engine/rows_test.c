// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rows: whatever way a loop is taken (one row, long rows, blocks of short ones, over threads), each element of the
// result is a function of the elements that belong to it. No arithmetic is involved, so that everything is exact.
#include <string.h>

#include "ops/ops.h"
#include "ops/rows.h"
#include "tests/support/fixture.h"

// ---- An operand of its own for each of three element sizes, two results ------------------------------

enum { LARGEST = 200000 };

// first = a + 100 b, second = the position; a is f32, b is i64. The parameter counts the elements.
static void collect(const sg_row *row) {
  const float *a = row->operand[0];
  const int64_t *b = row->operand[1];
  double *first = row->result[0];
  int64_t *second = row->result[1];
  assert_true(row->count > 0);
  assert_true(row->stride[0] >> 1 == 0 && row->stride[1] >> 1 == 0);
  for (int64_t i = 0; i < row->count; i++) {
    if (first) first[i] = (double)a[i * row->stride[0]] + 1e6 * (double)b[i * row->stride[1]];
    if (second) second[i] = row->position + i;
  }
  __atomic_fetch_add((int64_t *)(uintptr_t)row->parameter, row->count, __ATOMIC_RELAXED);
}

static uint64_t next(uint64_t *state) { return sg_sample_hash((*state)++); }

// A random shape of at most LARGEST elements, and an operand's that broadcasts to it.
static sg_shape random_shape(uint64_t *random) {
  static const int64_t sizes[] = {1, 2, 3, 5, 8, 15, 16, 17, 100, 255, 257, 1024, 1030};
  sg_shape shape = {.rank = (int)(next(random) % 6)};
  int64_t elements = 1;
  for (int d = 0; d < shape.rank; d++) {
    shape.size[d] = sizes[next(random) % (sizeof sizes / sizeof sizes[0])];
    if (elements * shape.size[d] > LARGEST) shape.size[d] = 1;
    elements *= shape.size[d];
  }
  return shape;
}

static sg_shape operand_shape(const sg_shape *result, uint64_t *random) {
  const int missing = result->rank ? (int)(next(random) % 3) % (result->rank + 1) : 0;
  sg_shape shape = {.rank = result->rank - missing};
  for (int d = 0; d < shape.rank; d++) shape.size[d] = next(random) % 2 ? result->size[d + missing] : 1;
  return shape;
}

// Element i: the number i, as far as the dtype holds it.
static int64_t number_at(sg_dtype dtype, int64_t i) {
  return dtype == SG_BOOL ? i % 3 == 0 : dtype == SG_U8 ? i % 256 : i;
}

static sg_tensor *counted(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  sg_tensor *tensor = sg_tensor_new(context, dtype, shape);
  void *data = sg_output_data(tensor);
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    if (dtype == SG_F32)
      ((float *)data)[i] = (float)i;
    else if (dtype == SG_F64)
      ((double *)data)[i] = (double)i;
    else if (dtype == SG_I64)
      ((int64_t *)data)[i] = i;
    else
      ((uint8_t *)data)[i] = (uint8_t)number_at(dtype, i);
  }
  return tensor;
}

// Which element of an operand belongs to `position` of the result: slowly, and without layouts.
static int64_t origin(const sg_shape *result, const sg_shape *operand, int64_t position) {
  int64_t offset = 0, stride = 1;
  for (int d = result->rank - 1; d >= 0; d--) {
    const int64_t index = position % result->size[d];
    const int own = d - (result->rank - operand->rank);
    position /= result->size[d];
    if (own < 0) continue;
    if (operand->size[own] != 1) offset += index * stride;
    stride *= operand->size[own];
  }
  return offset;
}

static void every_way(void **state) {
  (void)state;
  sg_context *contexts[2];
  for (int k = 0; k < 2; k++)
    contexts[k] = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1 + 2 * k, .seed = 1});
  uint64_t random = 1;
  for (int round = 0; round < 400; round++) {
    sg_context *context = contexts[round % 2];
    sg_scope scope = sg_scope_open(context);
    const sg_shape shape = random_shape(&random);
    const sg_shape a = operand_shape(&shape, &random), b = operand_shape(&shape, &random);
    sg_tensor *operands[] = {counted(context, SG_F32, &a), counted(context, SG_I64, &b)};
    sg_tensor *results[] = {sg_tensor_new(context, SG_F64, &shape), sg_tensor_new(context, SG_I64, &shape)};
    expect_ok(context);
    sg_rows_layout layout;
    sg_rows_lay_out(&layout, &shape, 2, (const sg_shape *[]){&a, &b});
    assert_true(sg_rows_layout_bytes(&layout) <= sizeof layout);
    memset(&layout.outer[layout.rank], 0x55, sizeof layout - sg_rows_layout_bytes(&layout)); // means nothing
    const int wanted = 1 + round % 3;
    int64_t seen = 0;
    sg_rows_run(context, collect,
                &(sg_rows){.layout = &layout,
                           .operand = {operands[0], operands[1]},
                           .result = {wanted & 1 ? results[0] : NULL, wanted & 2 ? results[1] : NULL},
                           .parameter = &seen});
    assert_int_equal(seen, sg_shape_elements(&shape));
    const double *first = sg_tensor_data(results[0]);
    const int64_t *second = sg_tensor_data(results[1]);
    for (int64_t i = 0; i < seen; i++) {
      const double expected = (double)origin(&shape, &a, i) + 1e6 * (double)origin(&shape, &b, i);
      if (wanted & 1 && first[i] != expected)
        fail_msg("shape %s of %s and %s, element %lld: %g, not %g", sg_shape_text(&shape).text,
                 sg_shape_text(&a).text, sg_shape_text(&b).text, (long long)i, first[i], expected);
      if (wanted & 2) assert_int_equal(second[i], i);
    }
    sg_scope_close(context, scope);
  }
  for (int k = 0; k < 2; k++) sg_close(contexts[k]);
}

// Integers and bools beside floating numbers, on either side, become such numbers on their way into a row.
static void dtypes_that_meet(void **state) {
  static const sg_dtype floating[] = {SG_F32, SG_F64}, others[] = {SG_BOOL, SG_U8, SG_I64};
  sg_context *context = *state;
  uint64_t random = 2;
  for (int round = 0; round < 120; round++) {
    sg_scope scope = sg_scope_open(context);
    const sg_shape shape = random_shape(&random), row = operand_shape(&shape, &random);
    const sg_dtype dtype = floating[round % 2], other = others[round % 3];
    sg_tensor *x = counted(context, dtype, &shape), *n = counted(context, other, &row);
    sg_tensor *left = sg_sub(context, n, x), *right = sg_sub(context, x, n);
    assert_int_equal(sg_add_(context, x, n, 1), SG_OK);
    assert_int_equal(sg_tensor_dtype(right), dtype);
    for (int64_t i = 0; i < sg_tensor_elements(x); i++) {
      const double number = (double)number_at(other, origin(&shape, &row, i));
      if (sg_tensor_value(right, i) != (double)i - number || sg_tensor_value(left, i) != number - (double)i ||
          sg_tensor_value(x, i) != (double)i + number)
        fail_msg("%s %s beside %s %s, element %lld", sg_dtype_name(dtype), sg_shape_text(&shape).text,
                 sg_dtype_name(other), sg_shape_text(&row).text, (long long)i);
    }
    sg_scope_close(context, scope);
  }
}

// A target that is an operand too, beside one that is laid out block by block.
static void in_place(void **state) {
  sg_context *context = *state;
  sg_tensor *target = counted(context, SG_F32, &(sg_shape){3, {50, 20, 3}});
  sg_tensor *source = counted(context, SG_F32, &(sg_shape){2, {20, 1}});
  assert_int_equal(sg_add_(context, target, source, 1000), SG_OK);
  for (int64_t i = 0; i < 3000; i++)
    assert_true(sg_tensor_value(target, i) == (double)i + 1000 * (double)(i / 3 % 20));
}

static void no_elements(void **state) {
  sg_context *context = *state;
  const sg_shape shape = {2, {3, 0}}, row = {2, {3, 1}};
  sg_rows_layout layout;
  sg_rows_lay_out(&layout, &shape, 2, (const sg_shape *[]){&row, &shape});
  int64_t seen = 0;
  sg_tensor *result = sg_tensor_new(context, SG_F64, &shape), *operand = counted(context, SG_F32, &row);
  sg_rows_run(context, collect,
              &(sg_rows){.layout = &layout, .operand = {operand, result}, .result = {result}, .parameter = &seen});
  assert_int_equal(seen, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_way), TEST_OF(dtypes_that_meet), TEST_OF(in_place),
                                     TEST_OF(no_elements)};
  return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
