// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the largest or smallest element is NaN, the gradient goes to the elements that are NaN, in equal parts, and
// to no other: max, min, amax and amin over everything and over dimensions, scatter and scatter_reduce.
#include <math.h>

#include "ops/ops.h"
#include "tests/support/fixture.h"

static sg_tensor *tensor_of(sg_context *c, const sg_shape *shape, const double *values) {
  sg_tensor *x = sg_tensor_from(c, SG_F64, shape, values);
  sg_tensor_set_requires_grad(x, true);
  return x;
}

static void assert_gradient(sg_context *c, sg_tensor *y, sg_tensor *x, const double *expected) {
  sg_tensor_set_grad(x, NULL);
  sg_backward(c, sg_sum(c, y, NULL), NULL, NULL);
  for (int64_t i = 0; i < sg_tensor_elements(x); i++) {
    const double got = sg_tensor_value(sg_tensor_grad(x), i);
    if (!(got == expected[i])) fail_msg("element %lld is %g, expected %g", (long long)i, got, expected[i]);
  }
}

static void over_everything(void **state) {
  sg_context *c = *state;
  sg_tensor *x = tensor_of(c, &(sg_shape){1, {5}}, (const double[]){1, NAN, 3, NAN, 2});
  const double half[] = {0, 0.5, 0, 0.5, 0};
  assert_gradient(c, sg_max(c, x, NULL, NULL), x, half);
  assert_gradient(c, sg_min(c, x, NULL, NULL), x, half);
  assert_gradient(c, sg_amax(c, x, NULL), x, half);
  assert_gradient(c, sg_amin(c, x, NULL), x, half);
}

static void over_rows(void **state) {
  sg_context *c = *state;
  const sg_reduce_options rows = {.dim = {1, {1}}};
  sg_tensor *x = tensor_of(c, &(sg_shape){2, {2, 3}}, (const double[]){1, NAN, 3, 1, 2, 2});
  assert_gradient(c, sg_amax(c, x, &rows), x, (const double[]){0, 1, 0, 0, 0.5, 0.5});
  assert_gradient(c, sg_amin(c, x, &rows), x, (const double[]){0, 1, 0, 1, 0, 0});
  assert_gradient(c, sg_max(c, x, &rows, NULL), x, (const double[]){0, 1, 0, 0, 1, 0});
}

static void scattered(void **state) {
  sg_context *c = *state;
  const int64_t base = sg_index_base(c), positions[] = {base, base, base + 1};
  sg_tensor *index = sg_tensor_from(c, SG_I64, &(sg_shape){1, {3}}, positions);
  sg_tensor *x = tensor_of(c, &(sg_shape){1, {2}}, (const double[]){1, 5});
  sg_tensor *source = tensor_of(c, &(sg_shape){1, {3}}, (const double[]){NAN, 2, 5});
  assert_gradient(c, sg_scatter_reduce(c, x, index, source, 0, "amax", true), source, (const double[]){1, 0, 0.5});
  assert_gradient(c, sg_scatter_reduce(c, x, index, source, 0, "amax", true), x, (const double[]){0, 0.5});
  assert_gradient(c, sg_scatter_reduce(c, x, index, source, 0, "amin", false), source, (const double[]){1, 0, 1});
  assert_gradient(c, sg_scatter_reduce(c, x, index, source, 0, "amin", false), x, (const double[]){0, 0});
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {TEST_OF(over_everything), TEST_OF(over_rows), TEST_OF(scattered)};
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
