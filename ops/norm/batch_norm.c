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

static const sg_sample samples[] = {
    {.name = "(N,C)",
     .inputs = {SG_NORMAL(0.3, 1.2, SG_DIMS(6, 3)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)), SG_NORMAL(0, 1, SG_DIMS(3))}},
    {.name = "(N,C,L)",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 2, 5)), SG_NORMAL(0, 1, SG_DIMS(2)), SG_NORMAL(0, 1, SG_DIMS(2))}},
    {.name = "(N,C,H,W), eps 1e-3",
     .inputs = {SG_NORMAL(-1, 2, SG_DIMS(2, 3, 3, 4)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3)),
                SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = OPTIONS(.eps = 1e-3)},
    {.name = "(N,C,D,H,W)",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 3, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2)),
                SG_NORMAL(0, 1, SG_DIMS(2))}},
    {.name = "long rows",
     .inputs = {SG_NORMAL(2, 1, SG_DIMS(2, 1, 70)), SG_UNIFORM(0.5, 1.5, SG_DIMS(1)), SG_NORMAL(0, 1, SG_DIMS(1))}},
    {.name = "without gamma", .inputs = {SG_NORMAL(0, 1, SG_DIMS(5, 2)), {0}, SG_NORMAL(0, 1, SG_DIMS(2))}},
    {.name = "without beta", .inputs = {SG_NORMAL(0, 1, SG_DIMS(5, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))}},
    {.name = "neither gamma nor beta", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 3))}},
    {.name = "eps 0",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(5, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))},
     .options = OPTIONS(.eps = 0)},
    {.name = "large eps",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))},
     .options = OPTIONS(.eps = 2)},
    {.name = "two values in a channel",
     .inputs = {SG_DISTINCT(-1, 2, SG_DIMS(2, 3)), SG_UNIFORM(0.5, 1.5, SG_DIMS(3))}},
    {.name = "mean far from zero", .inputs = {SG_NORMAL(1000, 1, SG_DIMS(8, 2)), SG_UNIFORM(0.5, 1.5, SG_DIMS(2))}},
    {.name = "no channels", .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 0)), SG_NORMAL(0, 1, SG_DIMS(0))}},
    {.name = "one channel of one row", .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 6)), SG_NORMAL(0, 1, SG_DIMS(1))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank 1", .inputs = {SG_NORMAL(0, 1, SG_DIMS(4))}, .error = "x has shape [4], expected (N,C)"},
    {.name = "rank 6", .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 1, 1, 1, 2))}, .error = "expected (N,C)"},
    {.name = "short gamma",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .error = "batch_norm: gamma has shape [2], expected [3] (channels of x [4, 3])"},
    {.name = "beta of rank 2",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3)), {0}, SG_NORMAL(0, 1, SG_DIMS(1, 3))},
     .error = "batch_norm: beta has shape [1, 3], expected [3] (channels of x [4, 3])"},
    {.name = "one value per channel", .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 3))}, .error = "one value per channel"},
    {.name = "no rows", .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 3))}, .error = "no value per channel in training"},
    {.name = "no images", .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 3, 2, 2))}, .error = "no value per channel"},
    {.name = "no pixels", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 0))}, .error = "no value per channel"},
    {.name = "one pixel", .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 3, 1, 1))}, .error = "one value per channel"},
    {.name = "negative eps",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(4, 3))},
     .options = OPTIONS(.eps = -1e-5),
     .error = "batch_norm: eps is -1e-05, expected a value of at least 0"},
    {0},
};

const sg_op op_batch_norm = {
    .name = "batch_norm",
    .summary =
        "Normalizes every channel by the mean and the biased variance of the batch, then scales and shifts it.",
    .formula = "y = gamma (x - mean) / sqrt(var + eps) + beta, mean and var over all dimensions but the second",
    .reference = "Ioffe and Szegedy 2015, Batch Normalization, ICML, algorithm 1",
    .inputs = SG_PORTS({"x", 0, "(N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W), more than one value in a channel"},
                       {"gamma", SG_OPTIONAL, "scale of each channel, (C); 1 when absent"},
                       {"beta", SG_OPTIONAL, "shift of each channel, (C); 0 when absent"}),
    .outputs = SG_PORTS({"y", SG_ZERO_IF_UNUSED, "the shape of x"}, {"mean", 0, "mean of each channel, (C)"},
                        {"var", 0, "biased variance of each channel, (C)"}),
    .attributes = SG_ATTRIBUTES({"eps", SG_ATTRIBUTE_FLOAT, offsetof(sg_batch_norm_options, eps),
                                 "added to the variance inside the square root", SG_AT_LEAST, .minimum = 0}),
    .options_bytes = sizeof(sg_batch_norm_options),
    .defaults = &(const sg_batch_norm_options){.eps = 1e-5},
    .family = &sg_norm_family,
    .member = &(const sg_norm_member){NORM_CENTRED, "channel in training", "channels", describe},
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_batch_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_batch_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  return sg_norm_apply(context, &op_batch_norm, x, gamma, beta, options, mean, var);
}
