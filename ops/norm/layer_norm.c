// SPDX-License-Identifier: GPL-3.0-or-later
//
// Layer normalization, over the last dimensions, those of normalized_shape:
//
//   mean = (1/n) sum x,     var = (1/n) sum (x - mean)^2          of the n values of a row
//   y    = gamma (x - mean) / sqrt(var + eps) + beta              gamma and beta of the shape normalized_shape
//
// J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", 2016, section 3.
#include "ops/norm/normalization.h"
#include "ops/norm/trailing_shape.h"
#include "ops/ops.h"

static sg_status describe(const sg_plan *plan, sg_norm_description *d) {
  const sg_layer_norm_options *options = plan->options;
  d->eps = options->eps;
  return sg_norm_describe_trailing(plan, &options->normalized_shape, d);
}

#define OVER(small, ...) (&(const sg_layer_norm_options){.normalized_shape = SG_DIMS(__VA_ARGS__), .eps = small})

const sg_op op_layer_norm = {
    SG_MEMBER(layer_norm, sg_norm_family, sg_norm_member, NORM_CENTRED, "row", "normalized dimensions", describe),
    SG_WORDS(
        "Normalizes the last dimensions by their mean and biased variance, then scales and shifts each element.",
        "y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over the dimensions of normalized_shape",
        "Ba, Kiros and Hinton 2016, Layer Normalization, section 3"),
    SG_NORM_PORTS("any shape that ends with normalized_shape", "element", "of shape normalized_shape", "row",
                  "in the shape of x without the last dimensions"),
    SG_OPTIONS(sg_layer_norm_options, SG_CONSTANT(sg_layer_norm_options, .eps = 1e-5),
               SG_OPTION(sg_layer_norm_options, normalized_shape, SHAPE, "the last dimensions of x", SG_REQUIRED),
               SG_NORM_EPS(sg_layer_norm_options)),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_NORMAL(0.3, 1.2, SG_DIMS(4, 5)), SG_UNIFORM(0.5, 1.5, SG_DIMS(5)), SG_RANDN(5)),
         OVER(1e-5, 5)},
        {"last two dimensions, eps 1e-3",
         SG_ON(SG_NORMAL(-1, 2, SG_DIMS(2, 2, 3, 4)), SG_UNIFORM(-1.5, 1.5, SG_DIMS(3, 4)), SG_RANDN(3, 4)),
         OVER(1e-3, 3, 4)},
        {"one row", SG_ON(SG_RANDN(6), SG_NORMAL(1, 1, SG_DIMS(6))), OVER(1e-5, 6)},
        {"(N,L,D), neither gamma nor beta", SG_ON(SG_RANDN(3, 2, 4)), OVER(1e-5, 4)},
        {"without gamma", SG_ON(SG_RANDN(3, 4), {0}, SG_RANDN(4)), OVER(1e-5, 4)},
        {"many short rows", SG_ON(SG_RANDN(9, 2), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))), OVER(0.5, 2)},
        {"longer rows", SG_ON(SG_NORMAL(2, 3, SG_DIMS(2, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(70)), SG_RANDN(70)),
         OVER(1e-5, 70)},
        {"eps 0", SG_ON(SG_RANDN(3, 5), SG_RANDN(5)), OVER(0, 5)},
        {"mean far from zero", SG_ON(SG_NORMAL(1000, 1, SG_DIMS(2, 8)), SG_UNIFORM(0.5, 1.5, SG_DIMS(8))),
         OVER(1e-5, 8)},
        {"large deviations", SG_ON(SG_NORMAL(0, 1e4, SG_DIMS(2, 6)), SG_UNIFORM(0.5, 1.5, SG_DIMS(6)), SG_RANDN(6)),
         OVER(1e-5, 6)},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_RANDN(3), SG_RANDN(3)), OVER(1e-5, 3)}),
    .bad_samples = SG_SAMPLES(
        {"another last dimension", SG_ON(SG_RANDN(4, 3)), OVER(1e-5, 4),
         .error = "layer_norm: x has shape [4, 3], expected one that ends with normalized_shape [4]"},
        {"more dimensions than x", SG_ON(SG_RANDN(3)), OVER(1e-5, 2, 3),
         .error = "x has shape [3], expected one that ends with normalized_shape [2, 3]"},
        {"no dimensions", SG_ON(SG_RANDN(4, 3)), SG_WITH(sg_layer_norm_options, .eps = 1e-5),
         .error = "normalized_shape is [], expected at least one dimension"},
        {"gamma of another shape", SG_ON(SG_RANDN(4, 2, 3), SG_RANDN(3)), OVER(1e-5, 2, 3),
         .error = "layer_norm: gamma has shape [3], expected [2, 3] (normalized dimensions of x [4, 2, 3])"},
        {"beta of another shape", SG_ON(SG_RANDN(4, 3), {0}, SG_RANDN(4, 3)), OVER(1e-5, 3),
         .error = "beta has shape [4, 3], expected [3]"},
        {"rows of one value", SG_ON(SG_RANDN(4, 1)), OVER(1e-5, 1),
         .error = "x has shape [4, 1]: one value per row, expected more than one"},
        {"rows of none", SG_ON(SG_RANDN(4, 0)), OVER(1e-5, 0), .error = "no value per row"}),
};

sg_tensor *sg_layer_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_layer_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  return sg_norm_apply(context, &op_layer_norm, x, gamma, beta, options, mean, var);
}
