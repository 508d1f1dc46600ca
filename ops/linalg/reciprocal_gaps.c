// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[i, j] = 1 / (x[j] - x[i]), 0 on the diagonal: what derivatives of eigenvectors and singular vectors are made
// of. Equal values are refused, because their vectors may be turned into each other, and have no derivative.
//
// For a cotangent g, with h = -y^2 g,  d_x[j] = sum over i of h[i, j] - h[j, i].
#include <float.h>
#include <math.h>

#include "ops/linalg/matrices.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank == 0 || x->rank == SG_MAX_RANK)
    return sg_reject(plan, "x has shape %s, expected 1 to %d dimensions", sg_shape_text(x).text, SG_MAX_RANK - 1);
  sg_shape *y = &plan->output_shape[0];
  *y = *x;
  y->size[y->rank++] = x->size[x->rank - 1];
  return SG_OK;
}

static double value(const sg_call *call, int64_t i) {
  const void *x = sg_input_data(call, 0);
  return call->dtype == SG_F32 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

// LAPACK's values carry some roundings of the largest.
static double tolerance(const sg_call *call, int64_t first, int64_t n) {
  double largest = 0;
  for (int64_t i = 0; i < n; i++) largest = fmax(largest, fabs(value(call, first + i)));
  return 4 * sqrt((double)n) * (call->dtype == SG_F32 ? (double)FLT_EPSILON : DBL_EPSILON) * largest;
}

static sg_status check(const sg_call *call) {
  const sg_shape *shape = sg_tensor_shape(call->inputs[0]);
  const int64_t n = shape->size[shape->rank - 1], elements = sg_tensor_elements(call->inputs[0]);
  const int base = sg_index_base(call->context);
  for (int64_t first = 0; first < elements; first += n) {
    const double bound = tolerance(call, first, n);
    for (int64_t i = 0; i < n; i++) {
      for (int64_t j = 0; j < i; j++) {
        const double a = value(call, first + j), b = value(call, first + i);
        if (fabs(a - b) > bound || isnan(a - b)) continue;
        return sg_refuse(call,
                         "values %lld and %lld of matrix %lld are equal but for rounding, %.17g and %.17g: their "
                         "vectors have no derivative",
                         (long long)(j + base), (long long)(i + base), (long long)(first / n + base), a, b);
      }
    }
  }
  return SG_OK;
}

typedef struct gaps {
  sg_dtype dtype;
  int64_t n;
  const void *x;
  void *y;
} gaps;

static void fill_f32(const gaps *g, int64_t row) {
  const float *x = (const float *)g->x + row / g->n * g->n;
  float *y = (float *)g->y + row * g->n;
  for (int64_t j = 0; j < g->n; j++) y[j] = j == row % g->n ? 0 : 1 / (x[j] - x[row % g->n]);
}

static void fill_f64(const gaps *g, int64_t row) {
  const double *x = (const double *)g->x + row / g->n * g->n;
  double *y = (double *)g->y + row * g->n;
  for (int64_t j = 0; j < g->n; j++) y[j] = j == row % g->n ? 0 : 1 / (x[j] - x[row % g->n]);
}

static void fill_rows(const void *arguments, int64_t begin, int64_t end) {
  const gaps *g = arguments;
  for (int64_t row = begin; row < end; row++) (g->dtype == SG_F32 ? fill_f32 : fill_f64)(g, row);
}

static void forward(const sg_call *call) {
  const sg_shape *shape = sg_tensor_shape(call->inputs[0]);
  const gaps g = {call->dtype, shape->size[shape->rank - 1], sg_input_data(call, 0),
                  sg_output_data(call->outputs[0])};
  sg_parallel(call->context, sg_tensor_elements(call->inputs[0]), sg_grain(g.n), fill_rows, &g);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *h = sg_mul(c, sg_square(c, call->outputs[0]), call->d_outputs[0]);
  sg_tensor *down = sg_sum(c, h, &(sg_reduce_options){.dim = {1, {-2}}});
  sg_tensor *along = sg_sum(c, h, &(sg_reduce_options){.dim = {1, {-1}}});
  call->d_inputs[0] = sg_sub(c, along, down);
}

const sg_op op_reciprocal_gaps = {
    SG_COMPUTED(reciprocal_gaps, prepare, forward, vjp),
    SG_WORDS(
        "One over the differences of values, of which no two may be equal: the derivatives of eigenvectors and "
        "singular vectors are made of it.",
        "y[..., i, j] = 1 / (x[..., j] - x[..., i]), and 0 where i = j", SG_GILES_EXTENDED("3.1")),
    .inputs = SG_PORTS({"x", 0, "(..., n)"}),
    .outputs = SG_PORTS({"y", 0, "(..., n, n)"}),
    .save_outputs = 1 << 0,
    .check = check,
    .conditioned = true,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 3)), SG_GIVES(0, 0.5, -0.5, 0)},
                          {"vector", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5)))},
                          {"batch", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 2, 3)))},
                          {"one", SG_ON(SG_VECTOR(2)), SG_GIVES(0)}, {"nothing", SG_ON(SG_RANDN(2, 0))}),
    .bad_samples = SG_SAMPLES(
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "x has shape [], expected 1 to 7 dimensions"},
        {"equal", SG_ON(SG_VECTOR(1, 2, 1)), .error = "are equal but for rounding, 1 and 1: their vectors"},
        {"zeros", SG_ON(SG_VECTOR(0, 0)), .error = "are equal but for rounding, 0 and 0"}),
};

sg_tensor *sg_reciprocal_gaps(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_reciprocal_gaps, 1, &x, NULL);
}
