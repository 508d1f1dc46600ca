// SPDX-License-Identifier: GPL-3.0-or-later
//
// Root mean square normalization, over the last dimensions, those of normalized_shape:
//
//   mean_square = (1/n) sum x^2                                   of the n values of a row
//   y           = gamma x / sqrt(mean_square + eps)               gamma of the shape normalized_shape
//
// B. Zhang and R. Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019, equation 4.
#include <float.h>

#include "ops/norm/normalization.h"
#include "ops/norm/trailing_shape.h"
#include "ops/ops.h"

static const double of_dtype = -1; // eps

static sg_status describe(const sg_plan *plan, sg_norm_description *d) {
  const sg_rms_norm_options *options = plan->options;
  d->eps = options->eps;
  if (d->eps == of_dtype) {
    d->eps = plan->output_dtype[0] == SG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  } else if (d->eps < 0) {
    return sg_reject(plan, "eps is %g, expected a value of at least 0, or -1 for the epsilon of x's dtype", d->eps);
  }
  return sg_norm_describe_trailing(plan, &options->normalized_shape, d);
}

#define OVER(small, ...) (&(const sg_rms_norm_options){.normalized_shape = SG_DIMS(__VA_ARGS__), .eps = small})

const sg_op op_rms_norm = {
    SG_MEMBER(rms_norm, sg_norm_family, sg_norm_member, NORM_SQUARE, "row", "normalized dimensions", describe),
    SG_WORDS("Divides the last dimensions by their root mean square, then scales each element.",
             "y = gamma x / sqrt(mean_square + eps), mean_square over the dimensions of normalized_shape",
             "Zhang and Sennrich 2019, Root Mean Square Layer Normalization, NeurIPS, equation 4"),
    .inputs = SG_PORTS({"x", 0, "any shape that ends with normalized_shape"},
                       {"gamma", SG_OPTIONAL, "scale of each element, of shape normalized_shape; 1 when absent"}),
    .outputs =
        SG_PORTS({"y", SG_ZERO_IF_UNUSED, "the shape of x"},
                 {"mean_square", 0, "mean square of each row, in the shape of x without the last dimensions"}),
    SG_OPTIONS(sg_rms_norm_options, SG_CONSTANT(sg_rms_norm_options, .eps = -1),
               SG_OPTION(sg_rms_norm_options, normalized_shape, SHAPE, "the last dimensions of x", SG_REQUIRED),
               SG_OPTION(sg_rms_norm_options, eps, FLOAT,
                         "added to the mean square inside the square root, >= 0; -1: the machine epsilon of x's "
                         "dtype")),
    .samples = SG_SAMPLES(
        {"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, -7, 7, 1), SG_DIMS(2, 2)), SG_VECTOR(6, 12)), OVER(11, 2),
         SG_GIVES(1, -14, 7, 2)},
        {"rows, eps of the dtype", SG_ON(SG_NORMAL(0.3, 1.2, SG_DIMS(4, 5)), SG_UNIFORM(0.5, 1.5, SG_DIMS(5))),
         OVER(-1, 5)},
        {"last two dimensions, eps 1e-3",
         SG_ON(SG_NORMAL(-1, 2, SG_DIMS(2, 2, 3, 4)), SG_UNIFORM(-1.5, 1.5, SG_DIMS(3, 4))), OVER(1e-3, 3, 4)},
        {"one row", SG_ON(SG_RANDN(6), SG_NORMAL(1, 1, SG_DIMS(6))), OVER(1e-5, 6)},
        {"without gamma", SG_ON(SG_RANDN(3, 2, 4)), OVER(1e-5, 4)},
        {"without gamma, many short rows", SG_ON(SG_RANDN(20, 3)), OVER(1e-5, 3)},
        {"longer rows", SG_ON(SG_NORMAL(1, 1, SG_DIMS(2, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(70))), OVER(1e-5, 70)},
        {"rows of one value, large eps", SG_ON(SG_RANDN(3, 1), SG_NORMAL(1, 1, SG_DIMS(1))), OVER(0.5, 1)},
        {"mean far from zero", SG_ON(SG_NORMAL(1000, 1, SG_DIMS(2, 8)), SG_UNIFORM(0.5, 1.5, SG_DIMS(8))),
         OVER(1e-5, 8)},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_RANDN(3)), OVER(1e-5, 3)}),
    .bad_samples =
        SG_SAMPLES({"another last dimension", SG_ON(SG_RANDN(4, 3)), OVER(1e-5, 4),
                    .error = "rms_norm: x has shape [4, 3], expected one that ends with normalized_shape [4]"},
                   {"no dimensions", SG_ON(SG_RANDN(4, 3)), SG_WITH(sg_rms_norm_options, .eps = 1e-5),
                    .error = "normalized_shape is [], expected at least one dimension"},
                   {"gamma of another shape", SG_ON(SG_RANDN(4, 3), SG_RANDN(4)), OVER(1e-5, 3),
                    .error = "rms_norm: gamma has shape [4], expected [3] (normalized dimensions of x [4, 3])"},
                   {"rows of none", SG_ON(SG_RANDN(4, 0)), OVER(1e-5, 0),
                    .error = "x has shape [4, 0]: no value per row, expected at least one"},
                   {"negative eps", SG_ON(SG_RANDN(4, 3)), OVER(-0.5, 3),
                    .error = "eps is -0.5, expected a value of at least 0"}),
};

sg_tensor *sg_rms_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, const sg_rms_norm_options *options,
                       sg_tensor **mean_square) {
  sg_tensor *outputs[SG_MAX_PORTS] = {NULL};
  sg_apply(context, &op_rms_norm, 2, (sg_tensor *[]){x, gamma}, options, outputs);
  if (mean_square) *mean_square = outputs[1];
  return outputs[0];
}
