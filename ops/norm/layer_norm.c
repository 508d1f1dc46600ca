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

static const sg_sample samples[] = {
    {.name = "rows",
     .inputs = {SG_NORMAL(0.3, 1.2, SG_DIMS(4, 5)), SG_UNIFORM(0.5, 1.5, SG_DIMS(5)), SG_NORMAL(0, 1, SG_DIMS(5))},
     .options = OVER(1e-5, 5)},
    {.name = "last two dimensions, eps 1e-3",
     .inputs = {SG_NORMAL(-1, 2, SG_DIMS(2, 2, 3, 4)), SG_UNIFORM(-1.5, 1.5, SG_DIMS(3, 4)),
                SG_NORMAL(0, 1, SG_DIMS(3, 4))},
     .options = OVER(1e-3, 3, 4)},
    {.name = "one row",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(6)), SG_NORMAL(1, 1, SG_DIMS(6))},
     .options = OVER(1e-5, 6)},
    {.name = "(N,L,D), neither gamma nor beta",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 2, 4))},
     .options = OVER(1e-5, 4)},
    {.name = "without gamma",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4)), {0}, SG_NORMAL(0, 1, SG_DIMS(4))},
     .options = OVER(1e-5, 4)},
    {.name = "many short rows",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(9, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))},
     .options = OVER(0.5, 2)},
    {.name = "longer rows",
     .inputs = {SG_NORMAL(2, 3, SG_DIMS(2, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(70)), SG_NORMAL(0, 1, SG_DIMS(70))},
     .options = OVER(1e-5, 70)},
    {.name = "eps 0",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 5)), SG_NORMAL(0, 1, SG_DIMS(5))},
     .options = OVER(0, 5)},
    {.name = "mean far from zero",
     .inputs = {SG_NORMAL(1000, 1, SG_DIMS(2, 8)), SG_UNIFORM(0.5, 1.5, SG_DIMS(8))},
     .options = OVER(1e-5, 8)},
    {.name = "large deviations",
     .inputs = {SG_NORMAL(0, 1e4, SG_DIMS(2, 6)), SG_UNIFORM(0.5, 1.5, SG_DIMS(6)), SG_NORMAL(0, 1, SG_DIMS(6))},
     .options = OVER(1e-5, 6)},
    {.name = "no rows",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 3)), SG_NORMAL(0, 1, SG_DIMS(3)), SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = OVER(1e-5, 3)},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "another last dimension",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = OVER(1e-5, 4),
     .error = "layer_norm: x has shape [4, 3], expected one that ends with normalized_shape [4]"},
    {.name = "more dimensions than x",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = OVER(1e-5, 2, 3),
     .error = "x has shape [3], expected one that ends with normalized_shape [2, 3]"},
    {.name = "no dimensions",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = &(const sg_layer_norm_options){.eps = 1e-5},
     .error = "normalized_shape is [], expected at least one dimension"},
    {.name = "gamma of another shape",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 2, 3)), SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = OVER(1e-5, 2, 3),
     .error = "layer_norm: gamma has shape [3], expected [2, 3] (normalized dimensions of x [4, 2, 3])"},
    {.name = "beta of another shape",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3)), {0}, SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = OVER(1e-5, 3),
     .error = "beta has shape [4, 3], expected [3]"},
    {.name = "rows of one value",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 1))},
     .options = OVER(1e-5, 1),
     .error = "x has shape [4, 1]: one value per row, expected more than one"},
    {.name = "rows of none",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 0))},
     .options = OVER(1e-5, 0),
     .error = "no value per row"},
    {.name = "negative eps",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = OVER(-1, 3),
     .error = "eps is -1, expected a value of at least 0"},
    {0},
};

const sg_op op_layer_norm = {
    .name = "layer_norm",
    .summary =
        "Normalizes the last dimensions by their mean and biased variance, then scales and shifts each element.",
    .formula =
        "y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over the dimensions of normalized_shape",
    .reference = "Ba, Kiros and Hinton 2016, Layer Normalization, section 3",
    .inputs = SG_PORTS({"x", 0, "any shape that ends with normalized_shape"},
                       {"gamma", SG_OPTIONAL, "scale of each element, of shape normalized_shape; 1 when absent"},
                       {"beta", SG_OPTIONAL, "shift of each element, of shape normalized_shape; 0 when absent"}),
    .outputs = SG_PORTS({"y", SG_ZERO_IF_UNUSED, "the shape of x"},
                        {"mean", 0, "mean of each row, in the shape of x without the last dimensions"},
                        {"var", 0, "biased variance of each row, likewise"}),
    .attributes =
        SG_ATTRIBUTES({"normalized_shape", SG_ATTRIBUTE_SHAPE, offsetof(sg_layer_norm_options, normalized_shape),
                       "the last dimensions of x", SG_REQUIRED, .minimum = 0},
                      {"eps", SG_ATTRIBUTE_FLOAT, offsetof(sg_layer_norm_options, eps),
                       "added to the variance inside the square root", SG_AT_LEAST, .minimum = 0}),
    .options_bytes = sizeof(sg_layer_norm_options),
    .defaults = &(const sg_layer_norm_options){.eps = 1e-5},
    .family = &sg_norm_family,
    .member = &(const sg_norm_member){NORM_CENTRED, "row", "normalized dimensions", describe},
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_layer_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_layer_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  return sg_norm_apply(context, &op_layer_norm, x, gamma, beta, options, mean, var);
}
