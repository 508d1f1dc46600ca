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

static const sg_sample samples[] = {
    {.name = "(N,C,L)",
     .inputs = {SG_NORMAL(0.3, 1.2, SG_DIMS(2, 3, 5)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)),
                SG_NORMAL(0, 1, SG_DIMS(3))}},
    {.name = "(N,C,H,W), eps 1e-3",
     .inputs = {SG_NORMAL(-1, 2, SG_DIMS(2, 2, 4, 5)), SG_UNIFORM(-1.5, 1.5, SG_DIMS(2)),
                SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = OPTIONS(.eps = 1e-3)},
    {.name = "(N,C,D,H,W)",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 2, 3, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)),
                SG_NORMAL(0, 1, SG_DIMS(2))}},
    {.name = "long channels",
     .inputs = {SG_NORMAL(2, 1, SG_DIMS(2, 1, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(1)), SG_NORMAL(0, 1, SG_DIMS(1))}},
    {.name = "neither gamma nor beta", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 3))}},
    {.name = "without gamma", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 3)), {0}, SG_NORMAL(0, 1, SG_DIMS(2))}},
    {.name = "two pixels",
     .inputs = {SG_DISTINCT(-1, 2, SG_DIMS(2, 3, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3))},
     .options = OPTIONS(.eps = 0.1)},
    {.name = "eps 0",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 5)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))},
     .options = OPTIONS(.eps = 0)},
    {.name = "mean far from zero",
     .inputs = {SG_NORMAL(1000, 1, SG_DIMS(1, 2, 8)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))}},
    {.name = "no samples",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 2, 3)), SG_NORMAL(0, 1, SG_DIMS(2)), SG_NORMAL(0, 1, SG_DIMS(2))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank 2", .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))}, .error = "x has shape [4, 3], expected (N,C,L)"},
    {.name = "short gamma",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 4)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .error = "instance_norm: gamma has shape [2], expected [3] (channels of x [2, 3, 4])"},
    {.name = "one pixel",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3, 1))},
     .error = "x has shape [4, 3, 1]: one value per channel of a sample, expected more than one"},
    {.name = "no pixels", .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3, 0))}, .error = "no value per channel"},
    {.name = "negative eps",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 4))},
     .options = OPTIONS(.eps = -1),
     .error = "eps is -1, expected a value of at least 0"},
    {0},
};

const sg_op op_instance_norm = {
    .name = "instance_norm",
    .summary =
        "Normalizes every channel of every sample by its mean and biased variance, then scales and shifts it.",
    .formula = "y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over all dimensions but the first two",
    .reference = "Ulyanov, Vedaldi and Lempitsky 2016, Instance Normalization, equation 2",
    .inputs = SG_PORTS({"x", 0, "(N,C,L), (N,C,H,W) or (N,C,D,H,W), more than one pixel"},
                       {"gamma", SG_OPTIONAL, "scale of each channel, (C); 1 when absent"},
                       {"beta", SG_OPTIONAL, "shift of each channel, (C); 0 when absent"}),
    .outputs = SG_PORTS({"y", SG_ZERO_IF_UNUSED, "the shape of x"}, {"mean", 0, "mean of each channel, (N,C)"},
                        {"var", 0, "biased variance of each channel, (N,C)"}),
    .attributes = SG_ATTRIBUTES({"eps", SG_ATTRIBUTE_FLOAT, offsetof(sg_instance_norm_options, eps),
                                 "added to the variance inside the square root", SG_AT_LEAST, .minimum = 0}),
    .options_bytes = sizeof(sg_instance_norm_options),
    .defaults = &(const sg_instance_norm_options){.eps = 1e-5},
    .family = &sg_norm_family,
    .member = &(const sg_norm_member){NORM_CENTRED, "channel of a sample", "channels", describe},
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_instance_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                            const sg_instance_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  return sg_norm_apply(context, &op_instance_norm, x, gamma, beta, options, mean, var);
}
