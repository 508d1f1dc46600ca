// SPDX-License-Identifier: GPL-3.0-or-later
//
// Instance normalization: every channel of every sample,
//
//   mean = (1/n) sum x,     var = (1/n) sum (x - mean)^2          of the n pixels of a channel
//   y    = gamma_c (x - mean) / sqrt(var + eps) + beta_c
//
// D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance Normalization: The Missing Ingredient for Fast Stylization",
// 2016, equation 2.
#include "ops/norm/batch_norm_shape.h"
#include "ops/norm/normalization.h"
#include "ops/ops.h"

static sg_status describe(const sg_plan *plan, sg_norm_description *d) {
  const sg_instance_norm_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (x->rank < 3 || x->rank > 5) {
    return sg_reject(plan, "x has shape %s, expected (N,C,L), (N,C,H,W) or (N,C,D,H,W)", sg_shape_text(x).text);
  }
  d->geometry = (norm_geometry){
      .outer = x->size[0], .segments = 1, .groups = x->size[1], .parts = 1, .spread = sg_norm_pixels(x)};
  d->eps = options->eps;
  d->parameters = (sg_shape){1, {x->size[1]}};
  d->moments = (sg_shape){2, {x->size[0], x->size[1]}};
  return SG_OK;
}

#define OPTIONS(...) (&(const sg_instance_norm_options){__VA_ARGS__})

const sg_op op_instance_norm = {
    SG_MEMBER(instance_norm, sg_norm_family, sg_norm_member, NORM_CENTRED, "channel of a sample", "channels",
              describe),
    SG_WORDS("Normalizes every channel of every sample by its mean and biased variance, then scales and shifts it.",
             "y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over all dimensions but the first two",
             "Ulyanov, Vedaldi and Lempitsky 2016, Instance Normalization, equation 2"),
    SG_NORM_PORTS("(N,C,L), (N,C,H,W) or (N,C,D,H,W), more than one pixel", "channel", "(C)", "channel", "(N,C)"),
    SG_OPTIONS(sg_instance_norm_options, SG_CONSTANT(sg_instance_norm_options, .eps = 1e-5),
               SG_NORM_EPS(sg_instance_norm_options)),
    .samples = SG_SAMPLES(
        {"(N,C,L)", SG_ON(SG_NORMAL(0.3, 1.2, SG_DIMS(2, 3, 5)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)), SG_RANDN(3))},
        {"(N,C,H,W), eps 1e-3",
         SG_ON(SG_NORMAL(-1, 2, SG_DIMS(2, 2, 4, 5)), SG_UNIFORM(-1.5, 1.5, SG_DIMS(2)), SG_RANDN(2)),
         OPTIONS(.eps = 1e-3)},
        {"(N,C,D,H,W)", SG_ON(SG_RANDN(1, 2, 2, 3, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)), SG_RANDN(2))},
        {"long channels", SG_ON(SG_NORMAL(2, 1, SG_DIMS(2, 1, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(1)), SG_RANDN(1))},
        {"neither gamma nor beta", SG_ON(SG_RANDN(2, 2, 3))},
        {"without gamma", SG_ON(SG_RANDN(2, 2, 3), {0}, SG_RANDN(2))},
        {"two pixels", SG_ON(SG_DISTINCT(-1, 2, SG_DIMS(2, 3, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3))),
         OPTIONS(.eps = 0.1)},
        {"eps 0", SG_ON(SG_RANDN(2, 2, 5), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))), OPTIONS(.eps = 0)},
        {"mean far from zero", SG_ON(SG_NORMAL(1000, 1, SG_DIMS(1, 2, 8)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)))},
        {"no samples", SG_ON(SG_RANDN(0, 2, 3), SG_RANDN(2), SG_RANDN(2))}),
    .bad_samples =
        SG_SAMPLES({"rank 2", SG_ON(SG_RANDN(4, 3)), .error = "x has shape [4, 3], expected (N,C,L)"},
                   {"short gamma", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2)),
                    .error = "instance_norm: gamma has shape [2], expected [3] (channels of x [2, 3, 4])"},
                   {"one pixel", SG_ON(SG_RANDN(4, 3, 1)),
                    .error = "x has shape [4, 3, 1]: one value per channel of a sample, expected more than one"},
                   {"no pixels", SG_ON(SG_RANDN(4, 3, 0)), .error = "no value per channel"}),
};

sg_tensor *sg_instance_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                            const sg_instance_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  return sg_norm_apply(context, &op_instance_norm, x, gamma, beta, options, mean, var);
}
