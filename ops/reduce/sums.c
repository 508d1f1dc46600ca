// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = (sum of x over dim) / divisor    dx = dy / divisor, the same for all terms of a sum
#include "ops/reduce/sums.h"
#include "ops/ops.h"
#include "ops/shape/strided.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { FEW = 16 }; // sums that need no scratch

static bool is_mean(const sg_op *op) { return op->member && ((const sg_sums_member *)op->member)->mean; }

static double divisor_of(const sg_call *call) {
  const sg_reduction_plan *reduction = call->plan;
  return is_mean(call->op) ? (double)reduction->layout.reduced_elements : 1;
}

// ---- forward ----------------------------------------------------------------------------------------

static inline bool is_number(const void *y, int64_t i, bool f32) {
  return f32 ? isfinite(((const float *)y)[i]) : isfinite(((const double *)y)[i]);
}

// Without a way out of the loops, which run for every sum there is.
static bool all_numbers(const void *y, int64_t count, bool f32) {
  const float *narrow = y;
  const double *wide = y;
  int others = 0;
  if (f32) {
    for (int64_t i = 0; i < count; i++) others |= !(fabsf(narrow[i]) <= FLT_MAX);
  } else {
    for (int64_t i = 0; i < count; i++) others |= !(fabs(wide[i]) <= DBL_MAX);
  }
  return !others;
}

// A sum that is a number of the dtype is one, though partial sums, in lanes or in stretches, may leave its range
// and cancel later; those sums are computed once more, the others stay the bits they are.
static void mend(const sg_call *call, const void *x, void *y, double *scratch) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  bool f32 = call->dtype == SG_F32;
  sg_reduction_double_sum(call->context, call->dtype, layout, x, divisor_of(call), scratch, scratch);
  for (int64_t i = 0; i < layout->outputs; i++) {
    if (is_number(y, i, f32)) continue;
    if (f32)
      ((float *)y)[i] = (float)scratch[i];
    else
      ((double *)y)[i] = scratch[i];
  }
}

void sg_sums_of(const sg_call *call, const void *x) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  void *y = sg_output_data(call->outputs[0]);
  double few[FEW], *scratch = call->scratch ? call->scratch : few;
  if (!sg_dtype_is_floating(call->dtype)) {
    sg_reduction_run_integers(call->context, call->dtype, layout, INTEGER_SUM, x, y, scratch);
    return;
  }
  if (layout->reduced_elements == 1) {
    memcpy(y, x, (size_t)layout->outputs * sg_dtype_bytes(call->dtype));
    return;
  }
  sg_reduction_run(call->context, call->dtype, layout, REDUCE_SUM, x, NULL, 1 / divisor_of(call), y, NULL, scratch);
  if (layout->reduced_elements > 0 && !all_numbers(y, layout->outputs, call->dtype == SG_F32))
    mend(call, x, y, scratch);
}

void sg_sums_forward(const sg_call *call) { sg_sums_of(call, sg_input_data(call, 0)); }

// ---- backward ---------------------------------------------------------------------------------------

typedef struct division {
  const void *x;
  void *y;
  double divisor;
  bool f32;
} division;

static void divide(const void *arguments, int64_t begin, int64_t end) {
  const division *a = arguments;
  if (a->f32)
    for (int64_t i = begin; i < end; i++)
      ((float *)a->y)[i] = (float)((double)((const float *)a->x)[i] / a->divisor);
  else
    for (int64_t i = begin; i < end; i++) ((double *)a->y)[i] = ((const double *)a->x)[i] / a->divisor;
}

void sg_sums_spread(const sg_call *call, const void *d_y, double divisor) {
  const sg_reduction_plan *reduction = call->plan;
  const sg_shape *x = &call->input_shapes[0];
  copy_arguments copy = {.rank = x->rank, .target = sg_output_data(call->d_inputs[0]), .source = d_y};
  if (reduction->layout.reduced_elements == 1) {
    memcpy(copy.target, d_y, (size_t)reduction->layout.outputs * sg_dtype_bytes(call->dtype));
    return;
  }
  if (divisor != 1) {
    division a = {d_y, call->scratch, divisor, call->dtype == SG_F32};
    sg_parallel(call->context, reduction->layout.outputs, sg_grain(1), divide, &a);
    copy.source = call->scratch;
  }
  int64_t stride = 1;
  sg_strides(x, copy.target_stride);
  for (int d = x->rank - 1; d >= 0; d--) {
    bool reduced = reduction->reduced >> d & 1;
    copy.size[d] = x->size[d];
    copy.source_stride[d] = reduced ? 0 : stride;
    stride *= reduced ? 1 : x->size[d];
  }
  sg_strided_copy(call->context, call->dtype, &copy);
}

void sg_sums_backward(const sg_call *call) {
  sg_sums_spread(call, sg_tensor_data(call->d_outputs[0]), divisor_of(call));
}

static void vjp(const sg_call *call) {
  sg_tensor *part = call->d_outputs[0];
  if (is_mean(call->op)) part = sg_mul_scalar(call->context, part, 1 / divisor_of(call));
  call->d_inputs[0] = sg_expand(call->context, sg_reduction_kept(call, part), &call->input_shapes[0]);
}

// ---- The family -------------------------------------------------------------------------------------

sg_status sg_sums_plan(sg_plan *plan) {
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  if (layout->chunks * layout->outputs > FEW) plan->scratch_bytes = sg_reduction_scratch(layout);
  if (is_mean(plan->op))
    plan->backward_scratch_bytes = (size_t)layout->outputs * sg_dtype_bytes(plan->output_dtype[0]);
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  if (!sg_dtype_is_floating(plan->output_dtype[0])) plan->output_dtype[0] = SG_I64;
  return sg_sums_plan(plan);
}

const sg_op sg_sums_family = {
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    SG_REDUCE_OPTIONS("dimensions to reduce; default all"),
    SG_PLANNED(sg_reduction_plan, prepare, sg_sums_forward, vjp),
    .backward = sg_sums_backward,
    .samples = SG_SAMPLES(
        {"columns", SG_ON(SG_RANDN(5, 3)), SG_OVER(true, 0)},
        {"all but the channels", SG_ON(SG_RANDN(2, 3, 2, 4)), SG_OVER(false, 0, 2, -1)},
        {"middle", SG_ON(SG_RANDN(3, 4, 2)), SG_OVER(false, -2)},
        {"every second dimension", SG_ON(SG_RANDN(2, 2, 2, 2, 1, 2, 2, 2)), SG_OVER(true, 0, 2, 5, 7)},
        {"one element", SG_ON(SG_RANDN(1, 1))}, {"one term each", SG_ON(SG_RANDN(3, 1)), SG_OVER(false, 1)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
        {"scalar, its last dimension", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_OVER(false, -1)},
        {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)}),
    .bad_samples = sg_reduce_bad_samples,
};
