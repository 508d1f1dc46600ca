// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = m + log(sum of exp(x - m)) with the largest x for m, so that nothing overflows    dx = dy softmax(x)
#include <math.h>

#include "ops/ops.h"
#include "ops/reduce/reduction.h"

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  plan->scratch_bytes = 2 * (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  return SG_OK;
}

typedef struct logarithms {
  const double *shift, *sum;
  void *y;
  bool f32;
} logarithms;

static void take_logarithms(const void *arguments, int64_t begin, int64_t end) {
  const logarithms *a = arguments;
  for (int64_t i = begin; i < end; i++) {
    const double y = a->shift[i] + log(a->sum[i]);
    if (a->f32)
      ((float *)a->y)[i] = (float)y;
    else
      ((double *)a->y)[i] = y;
  }
}

// An infinite maximum shifts nothing: exp(-inf) is 0 and exp(inf) infinite, which is what they add to the sum.
static void forward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const void *x = sg_input_data(call, 0);
  double *shift = call->scratch, *sum = shift + layout->outputs, *scratch = sum + layout->outputs;
  sg_reduction_run(call->context, call->dtype, layout, REDUCE_MAX, x, NULL, 1, NULL, shift, scratch);
  for (int64_t i = 0; i < layout->outputs; i++) shift[i] = isinf(shift[i]) ? 0 : shift[i];
  sg_reduction_run(call->context, call->dtype, layout, REDUCE_EXPONENTIALS, x, shift, 1, NULL, sum, scratch);
  const logarithms a = {shift, sum, sg_output_data(call->outputs[0]), call->dtype == SG_F32};
  sg_parallel(call->context, layout->outputs, sg_grain(8), take_logarithms, &a);
}

// Where all x are -infinity no softmax is defined; zeros stand for them, and the cotangent is taken as 0.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *y = sg_reduction_kept(call, call->outputs[0]), *d_y = sg_reduction_kept(call, call->d_outputs[0]);
  if (!y || !d_y) return;
  sg_tensor *zero = sg_scalar_like(c, y, 0), *none = sg_eq(c, y, sg_scalar_like(c, y, -HUGE_VAL));
  sg_tensor *lines = sg_reduction_lines(call, sg_where(c, none, zero, call->inputs[0]));
  sg_tensor *p = sg_reduction_unlines(call, sg_softmax(c, lines, NULL));
  call->d_inputs[0] = sg_mul(c, sg_where(c, none, zero, d_y), p);
}

const sg_op op_logsumexp = {
    SG_PLANNED_OP(logsumexp, sg_reduction_plan, prepare, forward, vjp),
    .summary = "The logarithm of a sum of exponentials over dimensions, which never overflow.",
    .formula = "y = log(sum of exp(x) over dim)",
    .reference = "Blanchard, Higham, Higham, Accurately computing the log-sum-exp and softmax functions, 2021",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the logarithms; -infinity of nothing"}),
    SG_REDUCE_OPTIONS("dimensions to reduce; default all"),
    .save_inputs = 1 << 0,
    .save_outputs = 1 << 0,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 0)), SG_GIVES(M_LN2)},
        {"rows", SG_ON(SG_NORMAL(0, 2, SG_DIMS(3, 5))), SG_OVER(false, 1)},
        {"columns", SG_ON(SG_NORMAL(0, 2, SG_DIMS(5, 3))), SG_OVER(true, 0)},
        {"all but the channels", SG_ON(SG_RANDN(2, 3, 2, 4)), SG_OVER(false, 0, 2, -1)},
        {"middle", SG_ON(SG_RANDN(3, 4, 2)), SG_OVER(false, -2)},
        {"large values", SG_ON(SG_NORMAL(1000, 2, SG_DIMS(2, 3))), SG_OVER(false, 1)},
        {"very negative values", SG_ON(SG_NORMAL(-1000, 2, SG_DIMS(2, 3))), SG_OVER(true, 0)},
        {"long", SG_ON(SG_RANDN(3, 700)), SG_OVER(false, 1)}, {"wide", SG_ON(SG_RANDN(3, 700)), SG_OVER(false, 0)},
        {"ties", SG_ON(SG_VALUES(SG_NUMBERS(1, 1, 0, -2, 3, 3), SG_DIMS(2, 3))), SG_OVER(false, 1)},
        {"one element", SG_ON(SG_RANDN(1, 1))}, {"one term each", SG_ON(SG_RANDN(3, 1)), SG_OVER(false, 1)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
        {"scalar, its last dimension", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_OVER(false, -1)},
        {"of nothing", SG_ON(SG_RANDN(2, 0)), SG_OVER(false, 1)},
        {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)}),
    .bad_samples =
        SG_SAMPLES({"dimension twice", SG_ON(SG_RANDN(2, 3)), SG_OVER(false, 1, -1), .error = "named twice"}),
};

sg_tensor *sg_logsumexp(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_logsumexp, 1, &x, options);
}
