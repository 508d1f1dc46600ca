// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = (x - mean(x)) rstd,  rstd = 1 / sqrt(var(x) + eps)  over the given dimensions, with the biased variance. Not
// centred: y = x rstd,  rstd = 1 / sqrt(mean(x^2) + eps).
//
// What the derivatives of normalizations are made of. Mean and variance stay in double, so that y has one rounding
// however far the mean is from zero, and rstd is right where the variance itself is no number of the dtype.
#include <math.h>

#include "ops/ops.h"
#include "ops/reduce/centring.h"
#include "ops/reduce/reduction.h"

enum { Y, RSTD };

static sg_status prepare(sg_plan *plan) {
  const sg_standardize_options *options = plan->options;
  const reduce_layout *layout = &((const sg_reduction_plan *)plan->own)->layout;
  if (sg_reduction_prepare(plan, &options->dim, true)) return sg_error_status(plan->context);
  plan->output_shape[RSTD] = plan->output_shape[0];
  plan->output_shape[Y] = *sg_plan_shape(plan, 0);
  plan->scratch_bytes = 2 * (size_t)layout->outputs * sizeof(double) + sg_reduction_scratch(layout);
  return SG_OK;
}

// 1 / sqrt(var + eps) in place of the variances. Where their squares left the range of double, which those of f32
// do not, they are summed once more; where a deviation itself did, nothing is known of it: NaN. A mean square is
// infinite only where x is.
static void invert(const reduce_layout *layout, sg_dtype dtype, const void *x, const double *mean,
                   const sg_standardize_options *options, double *var) {
  double eps = options->eps, beyond = options->centred ? (double)NAN : 0;
  for (int64_t i = 0; i < layout->outputs; i++) {
    double sum = var[i] + eps;
    if (dtype == SG_F64 && (isinf(sum) || sum < 1e-280)) {
      long double square = sg_reduction_wide_squares(layout, x, i, mean[i]);
      var[i] = isinf(square) ? beyond : (double)(1 / sqrtl(square / (long double)layout->reduced_elements + eps));
    } else {
      var[i] = 1 / sqrt(sum);
    }
  }
}

static void forward(const sg_call *call) {
  const sg_standardize_options *options = call->options;
  const reduce_layout *layout = &((const sg_reduction_plan *)call->plan)->layout;
  double *mean = call->scratch, *rstd = mean + layout->outputs, *scratch = rstd + layout->outputs;
  void *y = sg_output_data(call->outputs[Y]), *out = sg_output_data(call->outputs[RSTD]);
  const void *x = sg_tensor_data(call->inputs[0]);
  if (options->centred) {
    x = sg_centring_means(call, layout, x, y, mean, scratch);
  } else {
    for (int64_t i = 0; i < layout->outputs; i++) mean[i] = 0;
  }
  sg_reduction_run(call->context, call->dtype, layout, REDUCE_SQUARES, x, mean,
                   1 / (double)layout->reduced_elements, NULL, rstd, scratch);
  invert(layout, call->dtype, x, mean, options, rstd);
  sg_centring_apply(call, layout, x, mean, rstd, NULL, y);
  for (int64_t i = 0; i < layout->outputs; i++) {
    if (call->dtype == SG_F32) {
      ((float *)out)[i] = (float)rstd[i];
    } else {
      ((double *)out)[i] = rstd[i];
    }
  }
}

// With g = dy and n values behind each mean:
//   d_x = rstd (g - mean(g) - y mean(g y)) - rstd' rstd^2 y / n
// where rstd' is the cotangent of rstd. What is not centred is without mean(g).
static void vjp(const sg_call *call) {
  const sg_standardize_options *options = call->options;
  sg_context *c = call->context;
  sg_tensor *y = call->outputs[Y], *rstd = call->outputs[RSTD];
  sg_reduce_options over = {.dim = options->dim, .keepdim = true};
  sg_tensor *g = options->centred ? sg_centre(c, call->d_outputs[Y], &over.dim) : call->d_outputs[Y];
  sg_tensor *along_y = sg_mul(c, y, sg_mean(c, sg_mul(c, g, y), &over));
  sg_tensor *d_x = sg_mul(c, rstd, sg_sub(c, g, along_y));
  if (call->d_outputs[RSTD]) {
    double count = (double)((const sg_reduction_plan *)call->plan)->layout.reduced_elements;
    // Each factor with a rstd of its own: rstd' rstd^2 may overflow where y is 0.
    sg_tensor *part = sg_mul(c, sg_mul_scalar(c, call->d_outputs[RSTD], 1 / count), rstd);
    d_x = sg_sub(c, d_x, sg_mul(c, part, sg_mul(c, rstd, y)));
  }
  call->d_inputs[0] = d_x;
}

#define SQRT2 1.4142135623730951
#define OVER(small, ...)                                                                                           \
  (&(const sg_standardize_options){.dim = SG_DIMS(__VA_ARGS__), .eps = small, .centred = true})
#define SQUARE(small, ...) (&(const sg_standardize_options){.dim = SG_DIMS(__VA_ARGS__), .eps = small})

const sg_op op_standardize = {
    SG_PLANNED_OP(standardize, sg_reduction_plan, prepare, forward, vjp),
    SG_WORDS("Takes the mean over dimensions away and divides by the standard deviation.",
             "y = (x - mean(x)) rstd, rstd = 1 / sqrt(mean((x - mean(x))^2) + eps), means over dim",
             "Chan, Golub, LeVeque, Algorithms for computing the sample variance, 1983 (the two-pass algorithm)"),
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ZERO_IF_UNUSED, "the shape of x"},
                        {"rstd", 0, "one over the deviations, with extents of 1 in dim; NaN of nothing"}),
    SG_OPTIONS(sg_standardize_options, SG_CONSTANT(sg_standardize_options, .eps = 1e-5, .centred = true),
               SG_OPTION(sg_standardize_options, dim, DIMS, "dimensions of the mean and the variance; default all"),
               SG_OPTION(sg_standardize_options, eps, FLOAT, "added to the variance inside the square root",
                         SG_AT_LEAST, 0),
               SG_OPTION(sg_standardize_options, centred, BOOL,
                         "take the mean away; else the mean square is in the place of the variance")),
    .save_outputs = 1 << Y | 1 << RSTD,
    .samples = SG_SAMPLES(
        {"everything, eps 0", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 3, 1), SG_DIMS(2, 2))),
         SG_WITH(sg_standardize_options, .eps = 0, .centred = true), SG_GIVES(-1, 1, 1, -1)},
        {"rows", SG_ON(SG_NORMAL(0, 2, SG_DIMS(3, 5))), OVER(1e-5, 1)},
        {"columns", SG_ON(SG_NORMAL(1, 1, SG_DIMS(5, 3))), OVER(1e-5, 0)},
        {"all but the channels, large eps", SG_ON(SG_NORMAL(1, 2, SG_DIMS(2, 3, 2, 4))), OVER(1, 0, 2, -1)},
        {"middle", SG_ON(SG_RANDN(3, 4, 2)), OVER(1e-3, -2)},
        {"mean far from zero", SG_ON(SG_NORMAL(1000, 1, SG_DIMS(2, 8))), OVER(1e-5, 1)},
        {"not centred, worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(3, 4, 5, 12), SG_DIMS(2, 2))), SQUARE(0, 1),
         SG_GIVES(0.6 * SQRT2, 0.8 * SQRT2, 5 * SQRT2 / 13, 12 * SQRT2 / 13)},
        {"not centred, columns", SG_ON(SG_NORMAL(1, 1, SG_DIMS(5, 3))), SQUARE(1e-5, 0)},
        {"not centred, middle, large eps", SG_ON(SG_RANDN(3, 4, 2)), SQUARE(1, 1)},
        {"one value each", SG_ON(SG_RANDN(3, 1)), OVER(0.5, 1)}, {"empty", SG_ON(SG_RANDN(2, 0)), OVER(1e-5, 0)}),
    .bad_samples =
        SG_SAMPLES({"dimension twice", SG_ON(SG_RANDN(2, 3)), OVER(1e-5, 1, -1), .error = "named twice"}),
};

sg_tensor *sg_standardize(sg_context *context, sg_tensor *x, const sg_standardize_options *options,
                          sg_tensor **rstd) {
  sg_tensor *outputs[SG_MAX_PORTS] = {NULL};
  sg_apply(context, &op_standardize, 1, &x, options, outputs);
  if (rstd) *rstd = outputs[RSTD];
  return outputs[Y];
}
