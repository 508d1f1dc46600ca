// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = sum of (x - mean(x))^2 / max(0, n - correction) over the given dimensions, in two passes; n is the number of
// elements there. With correction 1 the unbiased variance. n <= correction divides by 0: NaN where all elements are
// equal, else infinity.
// Chan, Golub, LeVeque, Algorithms for computing the sample variance, The American Statistician 37 (1983)
#include <math.h>

#include "ops/ops.h"
#include "ops/reduce/reduction.h"

static double scale_of(const sg_call *call) {
  const sg_reduction_plan *reduction = call->plan;
  const sg_var_options *options = call->options;
  return 1 / fmax(0, (double)reduction->layout.reduced_elements - options->correction);
}

static sg_status prepare(sg_plan *plan) {
  const sg_var_options *options = plan->options;
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  plan->scratch_bytes = (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  return SG_OK;
}

// Variances whose sums of squares left the range of double, though they may not.
static void mend_overflow(const reduce_layout *layout, const double *x, const double *mean, double scale,
                          double *y) {
  for (int64_t i = 0; i < layout->outputs; i++) {
    if (!isinf(y[i]) || isinf(scale)) continue;
    y[i] = (double)(sg_reduction_wide_squares(layout, x, i, mean[i]) * scale);
  }
}

static void forward(const sg_call *call) {
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  const void *x = sg_input_data(call, 0);
  double *mean = call->scratch, *scratch = mean + layout->outputs, scale = scale_of(call);
  void *y = sg_output_data(call->outputs[0]);
  sg_reduction_means(call->context, call->dtype, layout, x, mean, scratch);
  sg_reduction_run(call->context, call->dtype, layout, REDUCE_SQUARES, x, mean, scale, y, NULL, scratch);
  if (call->dtype == SG_F64) mend_overflow(layout, x, mean, scale, y);
}

// dx = dy 2 (x - mean(x)) / (n - correction); the term through the mean is zero, for deviations sum to zero. The
// mean is not rounded first: far from zero its rounding would not be small beside the deviations.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_var_options *options = call->options;
  sg_tensor *part = sg_mul_scalar(c, sg_reduction_kept(call, call->d_outputs[0]), 2 * scale_of(call));
  call->d_inputs[0] = sg_mul(c, part, sg_centre(c, call->inputs[0], &options->dim));
}

#define OVER(keep, correct, ...)                                                                                   \
  (&(const sg_var_options){.dim = SG_DIMS(__VA_ARGS__), .keepdim = keep, .correction = correct})

const sg_op op_var = {
    .name = "var",
    SG_WORDS("Variance over dimensions.",
             "y = (sum of (x - mean(x))^2 over dim) / max(0, n - correction), n elements each;\n"
             "n <= correction divides by 0: NaN where all elements are equal, else infinity",
             "Chan, Golub, LeVeque, Algorithms for computing the sample variance, 1983 (the two-pass algorithm)"),
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the variances"}),
    SG_OPTIONS(sg_var_options, SG_CONSTANT(sg_var_options, .correction = 1),
               SG_OPTION(sg_var_options, dim, DIMS, "dimensions to reduce; default all"),
               SG_OPTION(sg_var_options, correction, FLOAT,
                         "taken from the number of elements: 1 unbiased, 0 biased", SG_AT_LEAST, 0),
               SG_OPTION(sg_var_options, keepdim, BOOL, "keep the reduced dimensions, with extent 1")),
    .save_inputs = 1 << 0,
    .plan_bytes = sizeof(sg_reduction_plan),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples =
        SG_SAMPLES({"everything", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(5.0 / 3)},
                   {"biased rows", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 7), SG_DIMS(2, 2))), OVER(false, 0, 1),
                    SG_GIVES(0.25, 4)},
                   {"columns", SG_ON(SG_NORMAL(3, 1, SG_DIMS(5, 3))), OVER(true, 1, 0)},
                   {"all but the channels", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 2, 4))), OVER(false, 1, 0, 2, -1)},
                   {"middle", SG_ON(SG_RANDN(3, 4, 2)), OVER(false, 0.5, -2)},
                   {"no results", SG_ON(SG_RANDN(0, 2)), OVER(false, 1, 1)}),
    .bad_samples =
        SG_SAMPLES({"dimension twice", SG_ON(SG_RANDN(2, 3)), OVER(false, 1, 1, -1), .error = "named twice"}),
};

sg_tensor *sg_var(sg_context *context, sg_tensor *x, const sg_var_options *options) {
  return sg_apply_one(context, &op_var, 1, &x, options);
}
