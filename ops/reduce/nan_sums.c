// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = (sum of x over dim) / divisor    dx = dy / divisor, where x is not NaN, 0 where it is
#include "ops/reduce/nan_sums.h"

#include "ops/ops.h"

static bool is_mean(const sg_op *op) { return ((const sg_nan_sums_member *)op->member)->mean; }

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  if (!sg_dtype_is_floating(plan->output_dtype[0])) plan->output_dtype[0] = SG_I64;
  plan->scratch_bytes = 2 * (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const void *x = sg_input_data(call, 0);
  void *y = sg_output_data(call->outputs[0]);
  double *sum = call->scratch, *count = sum + layout->outputs, *scratch = count + layout->outputs;
  if (!sg_dtype_is_floating(call->dtype)) {
    sg_reduction_run_integers(call->context, call->dtype, layout, INTEGER_SUM, x, y, scratch);
    return;
  }
  sg_reduction_sum_numbers(call->context, call->dtype, layout, x, sum, scratch);
  if (is_mean(call->op))
    sg_reduction_run(call->context, call->dtype, layout, REDUCE_NUMBER_COUNT, x, NULL, 1, NULL, count, scratch);
  for (int64_t i = 0; i < layout->outputs; i++) {
    const double value = is_mean(call->op) ? sum[i] / count[i] : sum[i];
    if (call->dtype == SG_F32)
      ((float *)y)[i] = (float)value;
    else
      ((double *)y)[i] = value;
  }
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *part = sg_reduction_kept(call, call->d_outputs[0]), *none = sg_isnan(c, call->inputs[0]);
  if (!part) return;
  if (is_mean(call->op)) {
    const sg_reduce_options kept = {.dim = ((const sg_reduce_options *)call->options)->dim, .keepdim = true};
    part = sg_div(c, part, sg_to(c, sg_sum(c, sg_logical_not(c, none), &kept), call->dtype));
  }
  call->d_inputs[0] = sg_where(c, none, sg_scalar_like(c, part, 0), part);
}

const sg_op sg_nan_sums_family = {
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    SG_REDUCE_OPTIONS("dimensions to reduce; default all"),
    .save_inputs = 1 << 0,
    SG_PLANNED(sg_reduction_plan, prepare, forward, vjp),
    .samples =
        SG_SAMPLES({"columns", SG_ON(SG_RANDN(5, 3)), SG_OVER(true, 0)},
                   {"all but the channels", SG_ON(SG_RANDN(2, 3, 2, 4)), SG_OVER(false, 0, 2, -1)},
                   {"middle", SG_ON(SG_RANDN(3, 4, 2)), SG_OVER(false, -2)}, {"one element", SG_ON(SG_RANDN(1, 1))},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_OVER(false, -1)},
                   {"long", SG_ON(SG_RANDN(2, 700)), SG_OVER(false, 1)},
                   {"every second dimension", SG_ON(SG_RANDN(2, 3, 2, 3)), SG_OVER(true, 0, 2)},
                   {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)}),
    .bad_samples = sg_reduce_bad_samples,
};
