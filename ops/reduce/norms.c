// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = s (sum of (|x| / s)^p)^(1/p)    dx = dy sign(x) (|x| / y)^(p-1)
//
// with the largest |x|, or for p < 0 the smallest, for s, so that nothing leaves the range. Where x is 0 the
// gradient is 0: what is there is a kink, or for 0 < p < 1 a cusp.
#include "ops/reduce/norms.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "ops/kernels/norm_slopes.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

static double ord_of(const sg_call *call) { return ((const sg_norm_options *)call->options)->ord; }

static sg_status prepare(sg_plan *plan) {
  const sg_norm_options *options = plan->options;
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  if ((options->ord < 0 || isinf(options->ord)) && layout->reduced_elements == 0)
    return sg_reject(plan, "x has shape %s, and there is no such norm of nothing",
                     sg_shape_text(sg_plan_shape(plan, 0)).text);
  plan->scratch_bytes = 2 * (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  plan->backward_scratch_bytes = plan->scratch_bytes + (size_t)layout->outputs * sizeof(double);
  return SG_OK;
}

// ---- forward ----------------------------------------------------------------------------------------

typedef struct norms {
  const sg_call *call;
  double *y, *scale;
} norms;

// A sum of squares of f64 that is infinite, or may have lost digits to underflow.
static bool is_in_doubt(double squares) { return isinf(squares) || squares < DBL_MIN / DBL_EPSILON; }

static double norm_of(const norms *a, int64_t i) {
  const reduce_layout *layout = &((const sg_reduction_plan *)a->call->plan)->layout;
  const double p = ord_of(a->call), y = a->y[i];
  if (p == 2 && a->call->dtype == SG_F64 && layout->reduced_elements > 0 && is_in_doubt(y))
    return (double)sqrtl(sg_reduction_wide_squares(layout, sg_input_data(a->call, 0), i, 0));
  if (p == 2) return sqrt(y);
  if (!a->scale) return y;
  // 0, infinite or NaN, it is the norm.
  return a->scale[i] > 0 && isfinite(a->scale[i]) ? a->scale[i] * pow(y, 1 / p) : a->scale[i];
}

static void finish(const void *arguments, int64_t begin, int64_t end) {
  const norms *a = arguments;
  for (int64_t i = begin; i < end; i++) a->y[i] = norm_of(a, i);
}

// Into the first of the three parts of scratch.
static double *norms_in_double(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const double p = ord_of(call);
  const void *x = sg_input_data(call, 0);
  double *y = call->scratch, *scale = y + layout->outputs, *scratch = scale + layout->outputs;
  norms a = {call, y, NULL};
  if (p == 0 || p == 1 || p == 2 || isinf(p)) {
    const reduce_kind kind = p == 0   ? REDUCE_NONZERO
                             : p == 1 ? REDUCE_SIZES
                             : p == 2 ? REDUCE_PURE_SQUARES
                             : p > 0  ? REDUCE_LARGEST
                                      : REDUCE_SMALLEST;
    sg_reduction_run(call->context, call->dtype, layout, kind, x, NULL, 1, NULL, y, scratch);
  } else {
    a.scale = scale;
    sg_reduction_run(call->context, call->dtype, layout, p > 0 ? REDUCE_LARGEST : REDUCE_SMALLEST, x, NULL, 1, NULL,
                     scale, scratch);
    sg_reduction_powers(call->context, call->dtype, layout, x, scale, p, y, scratch);
    for (int64_t i = 0; i < layout->outputs; i++) // the largest of nothing is none
      if (layout->reduced_elements == 0) scale[i] = 0;
  }
  sg_parallel(call->context, layout->outputs, sg_grain(4), finish, &a);
  return y;
}

static void forward(const sg_call *call) {
  const int64_t outputs = ((const sg_reduction_plan *)call->plan)->layout.outputs;
  const double *y = norms_in_double(call);
  void *out = sg_output_data(call->outputs[0]);
  for (int64_t i = 0; i < outputs; i++) {
    if (call->dtype == SG_F32)
      ((float *)out)[i] = (float)y[i];
    else
      ((double *)out)[i] = y[i];
  }
}

// ---- backward ---------------------------------------------------------------------------------------

// Every norm of one element is |x|.
static double slope_order(const sg_call *call) {
  return ((const sg_reduction_plan *)call->plan)->layout.reduced_elements == 1 ? 1 : ord_of(call);
}

static void widen(const sg_tensor *t, int64_t count, double *out) {
  const void *data = sg_tensor_data(t);
  for (int64_t i = 0; i < count; i++)
    out[i] = sg_tensor_dtype(t) == SG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

// The norm of an infinite order is an element, as it stands; others are worked out again where they were rounded.
static void backward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const int64_t elements = sg_shape_elements(&call->input_shapes[0]);
  void *d_x = sg_gradient_data(call, 0);
  const double order = slope_order(call);
  if (ord_of(call) == 0) {
    memset(d_x, 0, (size_t)elements * sg_dtype_bytes(call->dtype));
    return;
  }
  double *y = call->scratch, *d_y = y + layout->outputs, *count = d_y + layout->outputs;
  const bool exact = call->dtype == SG_F64 || isinf(order) || order == 1;
  exact ? widen(call->outputs[0], layout->outputs, y) : (void)norms_in_double(call);
  widen(call->d_outputs[0], layout->outputs, d_y);
  if (isinf(order)) {
    sg_reduction_run(call->context, call->dtype, layout, REDUCE_EQUALS, sg_input_data(call, 0), y, 1, NULL, count,
                     count + layout->outputs);
    for (int64_t i = 0; i < layout->outputs; i++) d_y[i] /= count[i];
  }
  const norm_slope_arguments a = {.layout = layout,
                                  .pieces = (layout->row + REDUCE_PIECE - 1) / REDUCE_PIECE,
                                  .order = order,
                                  .x = sg_input_data(call, 0),
                                  .norm = y,
                                  .d_y = d_y,
                                  .d_x = d_x};
  sg_parallel(call->context, layout->kept.count * layout->reduced.count * a.pieces,
              sg_grain(8 * (layout->row < REDUCE_PIECE ? layout->row : REDUCE_PIECE)),
              sg_kernels_for(call->context, call->dtype)->norm_slopes->apply, &a);
}

// ---- vjp --------------------------------------------------------------------------------------------

// The elements that are the norm share its gradient. Where it is NaN none is, and 0 / 0 is the gradient.
static sg_tensor *of_extreme(sg_context *c, sg_tensor *x, sg_tensor *y, sg_tensor *d_y, const sg_ints *dim) {
  const sg_reduce_options kept = {.dim = *dim, .keepdim = true};
  sg_tensor *chosen = sg_eq(c, sg_abs(c, x), y);
  sg_tensor *share = sg_div(c, d_y, sg_to(c, sg_sum(c, chosen, &kept), SG_F64));
  return sg_mul(c, sg_where(c, chosen, share, sg_mul_scalar(c, share, 0)), sg_sign(c, x));
}

// x / y, 0 where y is.
static sg_tensor *of_length(sg_context *c, sg_tensor *x, sg_tensor *y, sg_tensor *d_y) {
  sg_tensor *flat = sg_eq(c, y, sg_scalar_like(c, y, 0));
  d_y = sg_where(c, flat, sg_scalar_like(c, y, 0), d_y);
  return sg_mul(c, d_y, sg_div(c, x, sg_where(c, flat, sg_scalar_like(c, y, 1), y)));
}

static sg_tensor *of_power(sg_context *c, sg_tensor *x, sg_tensor *y, sg_tensor *d_y, double p) {
  sg_tensor *one = sg_scalar_like(c, y, 1), *zero = sg_scalar_like(c, y, 0);
  sg_tensor *flat = sg_logical_or(c, sg_eq(c, x, zero), sg_eq(c, y, zero));
  sg_tensor *ratio = sg_div(c, sg_where(c, flat, one, sg_abs(c, x)), sg_where(c, flat, one, y));
  sg_tensor *power = sg_pow(c, ratio, sg_scalar_like(c, y, p - 1));
  return sg_mul(c, sg_mul(c, sg_where(c, flat, zero, d_y), sg_sign(c, x)), power);
}

sg_tensor *sg_norm_slope(sg_context *context, sg_tensor *x, sg_tensor *y, sg_tensor *d_y, double p,
                         const sg_ints *dim) {
  if (!x || !y || !d_y) return NULL;
  if (p == 2) return of_length(context, x, y, d_y);
  return isinf(p) ? of_extreme(context, x, y, d_y, dim) : of_power(context, x, y, d_y, p);
}

// In f64, and of a norm in f64, as 1 / y and |x| / y may leave the range of f32 where the derivatives do not.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const double p = ord_of(call);
  if (p == 0) {
    call->d_inputs[0] = sg_tensor_full(c, call->dtype, &call->input_shapes[0], 0);
    return;
  }
  sg_tensor *d_y = sg_reduction_kept(call, call->d_outputs[0]);
  if (slope_order(call) == 1) {
    call->d_inputs[0] = sg_mul(c, d_y, sg_sign(c, call->inputs[0]));
    return;
  }
  sg_tensor *x = sg_to(c, call->inputs[0], SG_F64);
  sg_tensor *y = call->dtype == SG_F64 ? call->outputs[0] : sg_apply_one(c, call->op, 1, &x, call->options);
  if (!y) return;
  const sg_ints *dim = &((const sg_norm_options *)call->options)->dim;
  sg_tensor *d_x = sg_norm_slope(c, x, sg_reduction_kept(call, y), sg_to(c, d_y, SG_F64), p, dim);
  call->d_inputs[0] = sg_to(c, d_x, call->dtype);
}

// ---- The family -------------------------------------------------------------------------------------

#define OF(p, keep, ...) SG_WITH(sg_norm_options, .ord = p, .dim = SG_DIMS(__VA_ARGS__), .keepdim = keep)
#define ROWS SG_VALUES(SG_NUMBERS(3, -4, -2, 0.25), SG_DIMS(2, 2))
#define AWAY_FROM_0(...) SG_UNIFORM(0.5, 2, SG_DIMS(__VA_ARGS__))

const sg_op sg_norms_family = {
    .subgradient = "0 for elements that are 0 and where the norm is 0; of p = inf and -inf equal elements share it",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the norms; 0 of nothing, an error where p is negative or infinite"}),
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    SG_PLANNED(sg_reduction_plan, prepare, forward, vjp),
    .backward = backward,
    .samples =
        SG_SAMPLES({"length", SG_ON(SG_VECTOR(3, -4)), SG_GIVES(5)},
                   {"sizes", SG_ON(ROWS), OF(1, false, 1), SG_GIVES(7, 2.25)},
                   {"how many", SG_ON(ROWS), OF(0, false, 1), SG_GIVES(2, 2)},
                   {"the largest", SG_ON(ROWS), OF(HUGE_VAL, false, 1), SG_GIVES(4, 2)},
                   {"the smallest", SG_ON(ROWS), OF(-HUGE_VAL, true, 1), SG_GIVES(3, 0.25)},
                   {"cubes", SG_ON(SG_RANDN(3, 5)), OF(3, false, -1)},
                   {"cubes, columns", SG_ON(SG_RANDN(5, 3)), OF(3, true, 0)},
                   {"roots", SG_ON(AWAY_FROM_0(3, 4)), OF(0.5, false, 1)},
                   {"roots, columns", SG_ON(AWAY_FROM_0(3, 4)), OF(0.5, false, 0)},
                   {"inverses", SG_ON(AWAY_FROM_0(3, 4)), OF(-1, false, 1)},
                   {"all but the channels", SG_ON(SG_RANDN(2, 3, 2, 4)), OF(2, false, 0, 2, -1)},
                   {"middle", SG_ON(SG_RANDN(3, 4, 2)), OF(2, true, 1)},
                   {"the largest, columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), OF(HUGE_VAL, false, 0)},
                   {"ties", SG_ON(SG_VECTOR(2, -2, 1)), SG_WITH(sg_norm_options, .ord = HUGE_VAL), SG_GIVES(2)},
                   {"long", SG_ON(SG_RANDN(2, 700)), OF(2, false, 1)}, {"one element", SG_ON(SG_RANDN(1, 1))},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), OF(1.5, false, -1)},
                   {"of nothing", SG_ON(SG_RANDN(2, 0)), OF(2, false, 1), SG_GIVES(0, 0)},
                   {"power of nothing", SG_ON(SG_RANDN(2, 0)), OF(3, false, 1), SG_GIVES(0, 0)},
                   {"no results", SG_ON(SG_RANDN(0, 2)), OF(2, false, 1)}),
    .bad_samples = SG_SAMPLES(
        {"dimension twice", SG_ON(SG_RANDN(2, 3)), OF(2, false, 1, -1), .error = "named twice"},
        {"largest of nothing", SG_ON(SG_RANDN(2, 0)), OF(HUGE_VAL, false, 1), .error = "no such norm of nothing"},
        {"inverses of nothing", SG_ON(SG_RANDN(2, 0)), OF(-1, false, 1), .error = "no such norm of nothing"}),
};
