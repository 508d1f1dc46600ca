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
#include "ops/ops.h"

enum { X, GAMMA, BETA };
enum { Y, MEAN, VAR };

static const sg_batch_norm_options defaults = {.eps = 1e-5};

static norm_plan plan_of(const sg_shape *x, const sg_batch_norm_options *options) {
  return sg_norm_plan(sg_batch_norm_geometry(x), NORM_CENTRED, options->eps, true);
}

static sg_status prepare(sg_plan *plan) {
  sg_context *context = plan->context;
  if (sg_batch_norm_check_input(plan)) return sg_error_status(context);
  if (sg_batch_norm_check_channels(plan, GAMMA)) return sg_error_status(context);
  if (sg_batch_norm_check_channels(plan, BETA)) return sg_error_status(context);
  const sg_shape *x = sg_plan_shape(plan, X);
  norm_plan norm = plan_of(x, plan->options);
  int64_t values = norm.geometry.segments * norm.geometry.spread;
  if (norm.geometry.groups > 0 && values < 2) {
    return sg_reject(plan, "x has shape %s: %s per channel in training, expected more than one",
                     sg_shape_text(x).text, values == 0 ? "no value" : "one value");
  }
  plan->output_shape[Y] = *x;
  plan->output_shape[MEAN] = plan->output_shape[VAR] = (sg_shape){1, {norm.geometry.groups}};
  plan->scratch_bytes = sg_norm_forward_scratch(&norm, true);
  plan->backward_scratch_bytes = sg_norm_backward_scratch(&norm, true);
  return SG_OK;
}

static void forward(const sg_call *call) {
  norm_plan plan = plan_of(sg_tensor_shape(call->inputs[X]), call->options);
  sg_norm_forward(call, &plan,
                  (norm_forward_arguments){.x = sg_input_data(call, X),
                                           .gamma = sg_input_data(call, GAMMA),
                                           .beta = sg_input_data(call, BETA),
                                           .y = sg_output_data(call->outputs[Y]),
                                           .mean = sg_output_data(call->outputs[MEAN]),
                                           .var = sg_output_data(call->outputs[VAR])});
}

static const void *cotangent_data(const sg_call *call, int output) {
  return call->d_outputs[output] ? sg_tensor_data(call->d_outputs[output]) : NULL;
}

// The chain rule through y, and through mean and var, which are functions of x too. With g = gamma dy:
//   d_xhat = g
//   d_var  = sum(g (x - mean)) (-1/2) (var + eps)^(-3/2)
//   d_mean = -sum(g) / sqrt(var + eps)                    (the term through var vanishes: sum(x - mean) = 0)
// To these come the cotangents of the outputs var and mean. Then
//   d_x    = g / sqrt(var + eps) + d_var 2 (x - mean) / n + d_mean / n
// which is, collected, without the statistics' own cotangents,
//   d_x     = (g - mean(g) - xhat mean(g xhat)) / sqrt(var + eps)
//   d_gamma = sum(dy xhat)
//   d_beta  = sum(dy)
// The kernel takes the three sums in one pass over x and dy, and d_x in a second one while they are in cache.
static void backward(const sg_call *call) {
  norm_plan plan = plan_of(&call->input_shapes[X], call->options);
  sg_norm_backward(call, &plan,
                   (norm_backward_arguments){.x = sg_input_data(call, X),
                                             .gamma = sg_input_data(call, GAMMA),
                                             .dy = sg_tensor_data(call->d_outputs[Y]),
                                             .mean = sg_tensor_data(call->outputs[MEAN]),
                                             .var = sg_tensor_data(call->outputs[VAR]),
                                             .mean_cotangent = cotangent_data(call, MEAN),
                                             .var_cotangent = cotangent_data(call, VAR),
                                             .d_x = sg_gradient_data(call, X),
                                             .d_gamma = sg_gradient_data(call, GAMMA),
                                             .d_beta = sg_gradient_data(call, BETA)});
}

// The cotangents of the statistics where they were used, summed over what they contribute to d_x.
static sg_tensor *through_statistics(const sg_call *call, sg_tensor *d_x) {
  sg_context *c = call->context;
  const sg_shape *x = &call->input_shapes[X];
  sg_shape column = sg_batch_norm_column(x);
  sg_ints dims = sg_batch_norm_dims(x);
  sg_tensor *const *d = call->d_outputs;
  double count = (double)sg_shape_elements(x) / (double)x->size[1];
  if (d[MEAN]) d_x = sg_add(c, d_x, sg_mul_scalar(c, sg_reshape(c, d[MEAN], &column), 1 / count));
  if (d[VAR]) {
    sg_tensor *slope = sg_mul_scalar(c, sg_reshape(c, d[VAR], &column), 2 / count);
    d_x = sg_add(c, d_x, sg_mul(c, slope, sg_centre(c, call->inputs[X], &dims)));
  }
  return d_x;
}

// The same formulas in ops, which take no rounded mean away, and no variance that has left the range of the dtype.
static void vjp(const sg_call *call) {
  const sg_batch_norm_options *options = call->options;
  sg_context *c = call->context;
  sg_tensor *gamma = call->inputs[GAMMA], *dy = call->d_outputs[Y];
  sg_shape column = sg_batch_norm_column(&call->input_shapes[X]);
  sg_shape channels = {1, {call->input_shapes[X].size[1]}};
  sg_reduce_options dims = {.dim = sg_batch_norm_dims(&call->input_shapes[X]), .keepdim = true};
  sg_tensor *xhat = NULL, *rstd = NULL, *centred = NULL, *product = NULL;
  if (call->needs[X] || call->needs[GAMMA]) {
    xhat = sg_standardize(c, call->inputs[X], &dims.dim, options->eps, &rstd);
    centred = sg_centre(c, dy, &dims.dim); // sum(dy xhat) is the same, but for digits: the sum of xhat is 0
    product = sg_mul(c, centred, xhat);
  }
  if (call->needs[X]) {
    sg_tensor *along_xhat = sg_mul(c, xhat, sg_mean(c, product, &dims));
    sg_tensor *through_y = sg_mul(c, rstd, sg_sub(c, centred, along_xhat));
    if (gamma) through_y = sg_mul(c, through_y, sg_reshape(c, gamma, &column));
    call->d_inputs[X] = through_statistics(call, through_y);
  }
  if (call->needs[GAMMA]) {
    call->d_inputs[GAMMA] = sg_reshape(c, sg_sum(c, product, &dims), &channels);
  }
  if (call->needs[BETA]) call->d_inputs[BETA] = sg_reshape(c, sg_sum(c, dy, &dims), &channels);
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
    {.name = "mixed dtypes",
     .inputs = {SG_OF_DTYPE(SG_F32, SG_DIMS(4, 3)), SG_OF_DTYPE(SG_F64, SG_DIMS(3))},
     .error = "batch_norm: gamma has dtype f64"},
    {.name = "indices", .inputs = {SG_OF_DTYPE(SG_I64, SG_DIMS(4, 3))}, .error = "x has dtype i64"},
    {.name = "x missing", .inputs = {{0}, SG_NORMAL(0, 1, SG_DIMS(3))}, .error = "batch_norm: x is missing"},
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
    .defaults = &defaults,
    .save_inputs = 1 << X | 1 << GAMMA,
    .save_outputs = 1 << MEAN | 1 << VAR,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_batch_norm(sg_context *context, sg_tensor *x, sg_tensor *gamma, sg_tensor *beta,
                         const sg_batch_norm_options *options, sg_tensor **mean, sg_tensor **var) {
  sg_tensor *outputs[SG_MAX_PORTS] = {NULL};
  sg_apply(context, &op_batch_norm, 3, (sg_tensor *[]){x, gamma, beta}, options, outputs);
  if (mean) *mean = outputs[MEAN];
  if (var) *var = outputs[VAR];
  return outputs[Y];
}
