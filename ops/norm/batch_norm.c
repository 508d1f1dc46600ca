// SPDX-License-Identifier: GPL-3.0-or-later
//
// Batch normalization with the batch's own statistics (training).
//
//   mean_c = (1/n) sum x          over every dimension but the channels', n values in a channel
//   var_c  = (1/n) sum (x - mean_c)^2
//   xhat   = (x - mean_c) / sqrt(var_c + eps)
//   y      = gamma_c xhat + beta_c
//
// S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
// Shift", ICML 2015, algorithm 1. The op is pure: running averages are kept by whoever calls it.
#include "ops/norm/batch_norm_shape.h"
#include "ops/norm/normalization.h"
#include "ops/ops.h"

static sg_status describe(const sg_plan *plan, sg_norm_description *d) {
  const sg_batch_norm_options *options = plan->options;
  if (sg_batch_norm_check_input(plan)) return sg_error_status(plan->context);
  d->geometry = sg_batch_norm_geometry(sg_plan_shape(plan, 0));
  d->eps = options->eps;
  d->parameters = d->moments = (sg_shape){1, {d->geometry.groups}};
  return SG_OK;
}

#define OPTIONS(...) (&(const sg_batch_norm_options){__VA_ARGS__})

const sg_op op_batch_norm = {
    SG_MEMBER(batch_norm, sg_norm_family, sg_norm_member, NORM_CENTRED, "channel in training", "channels",
              describe),
    SG_WORDS(
        "Normalizes every channel by the mean and the biased variance of the batch, then scales and shifts it.",
        "y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over all dimensions but the second",
        "Ioffe and Szegedy 2015, Batch Normalization, ICML, algorithm 1"),
    SG_NORM_PORTS("(N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W), more than one value in a channel", "channel", "(C)",
                  "channel", "(C)"),
    SG_OPTIONS(sg_batch_norm_options, SG_CONSTANT(sg_batch_norm_options, .eps = 1e-5),
               SG_NORM_EPS(sg_batch_norm_options)),
    .samples = SG_SAMPLES(
        {"(N,C)", SG_ON(SG_NORMAL(0.3, 1.2, SG_DIMS(6, 3)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)), SG_RANDN(3))},
        {"(N,C,L)", SG_ON(SG_RANDN(3, 2, 5), SG_RANDN(2), SG_RANDN(2))},
        {"(N,C,H,W), eps 1e-3",
         SG_ON(SG_NORMAL(-1, 2, SG_DIMS(2, 3, 3, 4)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)), SG_RANDN(3)),
         OPTIONS(.eps = 1e-3)},
        {"(N,C,D,H,W)", SG_ON(SG_RANDN(2, 2, 2, 3, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)), SG_RANDN(2))},
        {"long rows", SG_ON(SG_NORMAL(2, 1, SG_DIMS(2, 1, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(1)), SG_RANDN(1))},
        {"without gamma", SG_ON(SG_RANDN(5, 2), {0}, SG_RANDN(2))},
        {"without beta", SG_ON(SG_RANDN(5, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)))},
        {"neither gamma nor beta", SG_ON(SG_RANDN(2, 2, 3))},
        {"eps 0", SG_ON(SG_RANDN(5, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))), OPTIONS(.eps = 0)},
        {"large eps", SG_ON(SG_RANDN(4, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))), OPTIONS(.eps = 2)},
        {"two values in a channel", SG_ON(SG_DISTINCT(-1, 2, SG_DIMS(2, 3)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)))},
        {"mean far from zero", SG_ON(SG_NORMAL(1000, 1, SG_DIMS(8, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)))},
        {"no channels", SG_ON(SG_RANDN(4, 0), SG_RANDN(0))},
        {"one channel of one row", SG_ON(SG_RANDN(1, 1, 6), SG_RANDN(1))}),
    .bad_samples = SG_SAMPLES({"rank 1", SG_ON(SG_RANDN(4)), .error = "x has shape [4], expected (N,C)"},
                              {"rank 6", SG_ON(SG_RANDN(1, 2, 1, 1, 1, 2)), .error = "expected (N,C)"},
                              {"short gamma", SG_ON(SG_RANDN(4, 3), SG_RANDN(2)),
                               .error = "batch_norm: gamma has shape [2], expected [3] (channels of x [4, 3])"},
                              {"beta of rank 2", SG_ON(SG_RANDN(4, 3), {0}, SG_RANDN(1, 3)),
                               .error = "batch_norm: beta has shape [1, 3], expected [3] (channels of x [4, 3])"},
                              {"one value per channel", SG_ON(SG_RANDN(1, 3)), .error = "one value per channel"},
                              {"no rows", SG_ON(SG_RANDN(0, 3)), .error = "no value per channel in training"},
                              {"no images", SG_ON(SG_RANDN(0, 3, 2, 2)), .error = "no value per channel"},
                              {"no pixels", SG_ON(SG_RANDN(2, 3, 0)), .error = "no value per channel"},
                              {"one pixel", SG_ON(SG_RANDN(1, 3, 1, 1)), .error = "one value per channel"}),
};

sg_tensor *sg_batch_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_batch_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  return sg_norm_apply(context, &op_batch_norm, x, gamma, beta, options, mean, var);
}
