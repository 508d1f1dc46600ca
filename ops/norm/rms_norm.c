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

static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, -7, 7, 1}), SG_DIMS(2, 2)),
                SG_VALUES(((const double[]){6, 12}), SG_DIMS(2))},
     .options = OVER(11, 2),
     .expected = (const double[]){1, -14, 7, 2}},
    {.name = "rows, eps of the dtype",
     .inputs = {SG_NORMAL(0.3, 1.2, SG_DIMS(4, 5)), SG_UNIFORM(0.5, 1.5, SG_DIMS(5))},
     .options = OVER(-1, 5)},
    {.name = "last two dimensions, eps 1e-3",
     .inputs = {SG_NORMAL(-1, 2, SG_DIMS(2, 2, 3, 4)), SG_UNIFORM(-1.5, 1.5, SG_DIMS(3, 4))},
     .options = OVER(1e-3, 3, 4)},
    {.name = "one row",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(6)), SG_NORMAL(1, 1, SG_DIMS(6))},
     .options = OVER(1e-5, 6)},
    {.name = "without gamma", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 2, 4))}, .options = OVER(1e-5, 4)},
    {.name = "without gamma, many short rows",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(20, 3))},
     .options = OVER(1e-5, 3)},
    {.name = "longer rows",
     .inputs = {SG_NORMAL(1, 1, SG_DIMS(2, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(70))},
     .options = OVER(1e-5, 70)},
    {.name = "rows of one value, large eps",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 1)), SG_NORMAL(1, 1, SG_DIMS(1))},
     .options = OVER(0.5, 1)},
    {.name = "mean far from zero",
     .inputs = {SG_NORMAL(1000, 1, SG_DIMS(2, 8)), SG_UNIFORM(0.5, 1.5, SG_DIMS(8))},
     .options = OVER(1e-5, 8)},
    {.name = "no rows",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 3)), SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = OVER(1e-5, 3)},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "another last dimension",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = OVER(1e-5, 4),
     .error = "rms_norm: x has shape [4, 3], expected one that ends with normalized_shape [4]"},
    {.name = "no dimensions",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = &(const sg_rms_norm_options){.eps = 1e-5},
     .error = "normalized_shape is [], expected at least one dimension"},
    {.name = "gamma of another shape",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_NORMAL(0, 1, SG_DIMS(4))},
     .options = OVER(1e-5, 3),
     .error = "rms_norm: gamma has shape [4], expected [3] (normalized dimensions of x [4, 3])"},
    {.name = "rows of none",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 0))},
     .options = OVER(1e-5, 0),
     .error = "x has shape [4, 0]: no value per row, expected at least one"},
    {.name = "negative eps",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = OVER(-0.5, 3),
     .error = "eps is -0.5, expected a value of at least 0"},
    {0},
};

const sg_op op_rms_norm = {
    .name = "rms_norm",
    .summary = "Divides the last dimensions by their root mean square, then scales each element.",
    .formula = "y = gamma x / sqrt(mean_square + eps), mean_square over the dimensions of normalized_shape",
    .reference = "Zhang and Sennrich 2019, Root Mean Square Layer Normalization, NeurIPS, equation 4",
    .inputs = SG_PORTS({"x", 0, "any shape that ends with normalized_shape"},
                       {"gamma", SG_OPTIONAL, "scale of each element, of shape normalized_shape; 1 when absent"}),
    .outputs =
        SG_PORTS({"y", SG_ZERO_IF_UNUSED, "the shape of x"},
                 {"mean_square", 0, "mean square of each row, in the shape of x without the last dimensions"}),
    .attributes =
        SG_ATTRIBUTES({"normalized_shape", SG_ATTRIBUTE_SHAPE, offsetof(sg_rms_norm_options, normalized_shape),
                       "the last dimensions of x", SG_REQUIRED, .minimum = 0},
                      {"eps", SG_ATTRIBUTE_FLOAT, offsetof(sg_rms_norm_options, eps),
                       "added to the mean square inside the square root, >= 0; -1: the machine epsilon of x's "
                       "dtype",
                       .flags = 0, .minimum = 0}),
    .options_bytes = sizeof(sg_rms_norm_options),
    .defaults = &(const sg_rms_norm_options){.eps = -1},
    .save_outputs = 1 << 1,
    .family = &sg_norm_family,
    .member = &(const sg_norm_member){NORM_SQUARE, "row", "normalized dimensions", describe},
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_rms_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, const sg_rms_norm_options *options,
                       sg_tensor **mean_square) {
  sg_tensor *outputs[SG_MAX_PORTS] = {NULL};
  sg_apply(context, &op_rms_norm, 2, (sg_tensor *[]){x, gamma}, options, outputs);
  if (mean_square) *mean_square = outputs[1];
  return outputs[0];
}
