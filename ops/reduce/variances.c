// SPDX-License-Identifier: GPL-3.0-or-later
//
// v = sum of (x - mean(x))^2 / max(0, n - correction) over the given dimensions, in two passes; n is the number of
// elements there. With correction 1 the unbiased variance. n <= correction divides by 0: NaN where all elements are
// equal, else infinity. A standard deviation is sqrt(v), rounded to the dtype after that alone.
// Chan, Golub, LeVeque, Algorithms for computing the sample variance, The American Statistician 37 (1983)
#include "ops/reduce/variances.h"
#include "ops/ops.h"
#include "ops/reduce/centring.h"
#include "ops/reduce/sums.h"

#include <float.h>
#include <math.h>

static const sg_variances_member *member_of(const sg_op *op) { return op->member; }

static double scale_of(const sg_call *call) {
  const sg_reduction_plan *reduction = call->plan;
  const sg_var_options *options = call->options;
  return 1 / fmax(0, (double)reduction->layout.reduced_elements - options->correction);
}

static sg_status prepare(sg_plan *plan) {
  const sg_var_options *options = plan->options;
  const sg_variances_member *member = member_of(plan->op);
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  if (member->mean) plan->output_shape[1] = plan->output_shape[0];
  plan->save_outputs = member->root ? 1 << 0 : 0;
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  plan->scratch_bytes =
      (member->root ? 2 : 1) * (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  plan->backward_scratch_bytes = 3 * (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  return SG_OK;
}

// ---- forward ----------------------------------------------------------------------------------------

// Variances whose sums of squares left the range of double, though they may not.
static void mend_overflow(const reduce_layout *layout, const double *x, const double *mean, double scale,
                          double *y) {
  for (int64_t i = 0; i < layout->outputs; i++) {
    if (!isinf(y[i]) || isinf(scale)) continue;
    y[i] = (double)(sg_reduction_wide_squares(layout, x, i, mean[i]) * scale);
  }
}

typedef struct roots {
  const sg_call *call;
  const reduce_layout *layout;
  const double *mean, *variance;
  double scale;
} roots;

// The root of a variance that is no number of double may be one. Squares whose sum is below this may have lost
// digits to underflow.
static double root(const roots *a, int64_t i) {
  static const double least = DBL_MIN / DBL_EPSILON;
  const double v = a->variance[i];
  const bool in_doubt = isinf(v) || (v < least && a->layout->reduced_elements > 1);
  if (a->call->dtype != SG_F64 || !in_doubt || isinf(a->scale)) return sqrt(v);
  return (double)sqrtl(sg_reduction_wide_squares(a->layout, sg_input_data(a->call, 0), i, a->mean[i]) * a->scale);
}

static void take_roots(const void *arguments, int64_t begin, int64_t end) {
  const roots *a = arguments;
  void *y = sg_output_data(a->call->outputs[0]);
  for (int64_t i = begin; i < end; i++) {
    if (a->call->dtype == SG_F32)
      ((float *)y)[i] = (float)root(a, i);
    else
      ((double *)y)[i] = root(a, i);
  }
}

static void store_means(const sg_call *call, int64_t count, const double *mean) {
  void *y = sg_output_data(call->outputs[1]);
  for (int64_t i = 0; i < count; i++) {
    if (call->dtype == SG_F32)
      ((float *)y)[i] = (float)mean[i];
    else
      ((double *)y)[i] = mean[i];
  }
}

static void forward(const sg_call *call) {
  const sg_variances_member *member = member_of(call->op);
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const void *x = sg_input_data(call, 0);
  double *mean = call->scratch, *scratch = mean + layout->outputs, scale = scale_of(call);
  sg_reduction_means(call->context, call->dtype, layout, x, mean, scratch);
  if (member->mean) store_means(call, layout->outputs, mean);
  if (member->root) {
    double *variance = scratch;
    scratch += layout->outputs;
    sg_reduction_run(call->context, call->dtype, layout, REDUCE_SQUARES, x, mean, scale, NULL, variance, scratch);
    const roots a = {call, layout, mean, variance, scale};
    sg_parallel(call->context, layout->outputs, sg_grain(4), take_roots, &a);
    return;
  }
  void *y = sg_output_data(call->outputs[0]);
  sg_reduction_run(call->context, call->dtype, layout, REDUCE_SQUARES, x, mean, scale, y, NULL, scratch);
  if (call->dtype == SG_F64) mend_overflow(layout, x, mean, scale, y);
}

// ---- backward -----------------------------------------------------------------------------------------

typedef struct slopes {
  const sg_call *call;
  double *variance; // times n - correction; then d_x / (x - mean(x))
  double *shift;    // through the mean
} slopes;

static double element(const sg_tensor *t, int64_t i) {
  const void *data = sg_tensor_data(t);
  return sg_tensor_dtype(t) == SG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static void take_slopes(const void *arguments, int64_t begin, int64_t end) {
  const slopes *a = arguments;
  const sg_call *call = a->call;
  const double scale = scale_of(call), n = (double)((const sg_reduction_plan *)call->plan)->layout.reduced_elements;
  for (int64_t i = begin; i < end; i++) {
    const double d_y = element(call->d_outputs[0], i) * scale;
    if (a->shift) a->shift[i] = element(call->d_outputs[1], i) / n;
    if (!member_of(call->op)->root) {
      a->variance[i] = 2 * d_y;
      continue;
    }
    const double y = call->dtype == SG_F64 ? element(call->outputs[0], i) : sqrt(a->variance[i] * scale);
    a->variance[i] = y == 0 ? 0 : d_y / y;
  }
}

// Of f64, where d_y / y left the range and d_y (x - mean(x)) / y need not: d_x from the x in its place, and for
// what follows a slope of 1.
static void slopes_beyond_range(const slopes *a, double *mean, double *d_x) {
  const sg_call *call = a->call;
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  for (int64_t i = 0; i < layout->outputs; i++) {
    const double y = element(call->outputs[0], i), d_y = element(call->d_outputs[0], i),
                 size = fabs(a->variance[i]);
    if (y == 0 || d_y == 0 || isnan(size) || (size > DBL_MIN && size <= DBL_MAX)) continue;
    const long double slope = (long double)d_y * scale_of(call) / y;
    const int64_t row = layout->columns ? 1 : layout->row, kept = layout->columns ? i / layout->row : i;
    const int64_t first = reduce_offset(&layout->kept, kept) + (layout->columns ? i % layout->row : 0);
    for (int64_t r = 0; r < layout->reduced.count; r++)
      for (int64_t at = first + reduce_offset(&layout->reduced, r), j = 0; j < row; j++, at++)
        d_x[at] = (double)(((long double)d_x[at] - mean[i]) * slope);
    mean[i] = 0;
    a->variance[i] = 1;
  }
}

// In f64 d_x holds x less a first mean on the way, as in sg_centre.
static void backward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  void *d_x = sg_gradient_data(call, 0);
  if (!call->d_outputs[0]) {
    sg_sums_spread(call, sg_tensor_data(call->d_outputs[1]), (double)layout->reduced_elements);
    return;
  }
  const bool root = member_of(call->op)->root, shifted = member_of(call->op)->mean && call->d_outputs[1];
  double *mean = call->scratch, *variance = mean + layout->outputs, *shift = variance + layout->outputs;
  double *scratch = shift + layout->outputs;
  const void *x = sg_centring_means(call, layout, sg_input_data(call, 0), d_x, mean, scratch);
  if (root && call->dtype == SG_F32)
    sg_reduction_run(call->context, call->dtype, layout, REDUCE_SQUARES, x, mean, 1, NULL, variance, scratch);
  const slopes a = {call, variance, shifted ? shift : NULL};
  sg_parallel(call->context, layout->outputs, sg_grain(4), take_slopes, &a);
  if (root && call->dtype == SG_F64) slopes_beyond_range(&a, mean, d_x);
  sg_centring_apply(call, layout, x, mean, variance, a.shift, d_x);
}

// ---- vjp --------------------------------------------------------------------------------------------

// dv/dx = 2 (x - mean(x)) / (n - correction); the term through the mean is zero, for deviations sum to zero. The
// mean is not rounded first: far from zero its rounding would not be small beside the deviations.
static sg_tensor *through_variance(const sg_call *call) {
  sg_tensor *d_y = sg_mul_scalar(call->context, sg_reduction_kept(call, call->d_outputs[0]), 2 * scale_of(call));
  const sg_ints *dim = &((const sg_var_options *)call->options)->dim;
  return sg_mul(call->context, d_y, sg_centre(call->context, call->inputs[0], dim));
}

// Of y = sqrt(v) dy/dx = (x - mean(x)) / y / (n - correction): as a quotient first, which is no larger than
// sqrt(n), and in f64 with y in f64, of which the one in f32 may not have a digit. Where y is 0 it has a kink, of
// which 0 is a subgradient, in derivatives of every order.
static sg_tensor *through_root(const sg_call *call) {
  sg_context *c = call->context;
  const sg_var_options *options = call->options;
  sg_tensor *x = sg_to(c, call->inputs[0], SG_F64), *d_y = sg_to(c, call->d_outputs[0], SG_F64);
  sg_tensor *y = call->dtype == SG_F64 ? call->outputs[0] : sg_std(c, x, options);
  if (!y || !d_y) return NULL;
  y = sg_reduction_kept(call, y);
  sg_tensor *flat = sg_eq(c, y, sg_scalar_like(c, y, 0)), *zero = sg_scalar_like(c, y, 0);
  d_y = sg_where(c, flat, zero, sg_mul_scalar(c, sg_reduction_kept(call, d_y), scale_of(call)));
  sg_tensor *slope = sg_div(c, sg_centre(c, x, &options->dim), sg_where(c, flat, sg_scalar_like(c, y, 1), y));
  return sg_to(c, sg_mul(c, d_y, slope), call->dtype);
}

static sg_tensor *through_squares(const sg_call *call) {
  return member_of(call->op)->root ? through_root(call) : through_variance(call);
}

static sg_tensor *through_mean(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  sg_tensor *part = sg_reduction_kept(call, call->d_outputs[1]);
  return sg_expand(call->context, sg_mul_scalar(call->context, part, 1 / (double)layout->reduced_elements),
                   &call->input_shapes[0]);
}

static void vjp(const sg_call *call) {
  sg_tensor *squares = call->d_outputs[0] ? through_squares(call) : NULL;
  if (!member_of(call->op)->mean || !call->d_outputs[1])
    call->d_inputs[0] = squares;
  else
    call->d_inputs[0] = squares ? sg_add(call->context, squares, through_mean(call)) : through_mean(call);
}

// ---- The family -------------------------------------------------------------------------------------

const sg_op sg_variances_family = {
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    SG_OPTIONS(sg_var_options, SG_CONSTANT(sg_var_options, .correction = 1),
               SG_OPTION(sg_var_options, dim, DIMS, "dimensions to reduce; default all"),
               SG_OPTION(sg_var_options, correction, FLOAT,
                         "taken from the number of elements: 1 unbiased, 0 biased", SG_AT_LEAST, 0),
               SG_OPTION(sg_var_options, keepdim, BOOL, "keep the reduced dimensions, with extent 1")),
    .save_inputs = 1 << 0,
    SG_PLANNED(sg_reduction_plan, prepare, forward, vjp),
    .backward = backward,
    .samples = SG_SAMPLES({"columns", SG_ON(SG_NORMAL(3, 1, SG_DIMS(5, 3))), SG_OVER_CORRECTED(true, 1, 0)},
                          {"all but the channels", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 2, 4))),
                           SG_OVER_CORRECTED(false, 1, 0, 2, -1)},
                          {"middle", SG_ON(SG_RANDN(3, 4, 2)), SG_OVER_CORRECTED(false, 0.5, -2)},
                          {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER_CORRECTED(false, 1, 1)}),
    .bad_samples = SG_SAMPLES(
        {"dimension twice", SG_ON(SG_RANDN(2, 3)), SG_OVER_CORRECTED(false, 1, 1, -1), .error = "named twice"}),
};
