// SPDX-License-Identifier: GPL-3.0-or-later
//
// Batch normalization with given statistics (inference):
//
//   y = gamma_c (x - mean_c) / sqrt(var_c + eps) + beta_c
//
// S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
// Shift", ICML 2015, algorithm 2. mean and var are independent inputs here, and differentiable like the others.
#include <string.h>

#include "ops/norm/batch_norm_shape.h"
#include "ops/norm/normalization.h"
#include "ops/ops.h"

enum { X, MEAN, VAR, GAMMA, BETA };

static const sg_batch_norm_options defaults = {.eps = 1e-5};

static sg_status prepare(sg_plan *plan) {
  const sg_batch_norm_options *options = plan->options;
  if (sg_batch_norm_check_input(plan)) return sg_error_status(plan->context);
  norm_geometry geometry = sg_batch_norm_geometry(sg_plan_shape(plan, X));
  sg_shape channels = {1, {geometry.groups}};
  for (int input = MEAN; input <= BETA; input++) {
    if (sg_norm_check_parameters(plan, input, &channels, "channels")) return sg_error_status(plan->context);
  }
  norm_plan *own = plan->own;
  *own = sg_norm_plan(geometry, NORM_GIVEN, options->eps, true);
  plan->output_shape[0] = *sg_plan_shape(plan, X);
  plan->scratch_bytes = sg_norm_forward_scratch(own);
  plan->backward_scratch_bytes = sg_norm_backward_scratch(own);
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_norm_forward(call, call->plan,
                  (norm_forward_arguments){.x = sg_input_data(call, X),
                                           .gamma = sg_input_data(call, GAMMA),
                                           .beta = sg_input_data(call, BETA),
                                           .given_mean = sg_input_data(call, MEAN),
                                           .given_var = sg_input_data(call, VAR),
                                           .y = sg_output_data(call->outputs[0])});
}

// With rstd = 1 / sqrt(var + eps):
//   d_x     = dy gamma rstd
//   d_gamma = sum(dy (x - mean)) rstd,     d_beta = sum(dy)
//   d_mean  = -sum(dy) gamma rstd,         d_var  = -sum(dy (x - mean)) gamma rstd^3 / 2
static void backward(const sg_call *call) {
  // Without values the sums are empty.
  for (int i = MEAN; i <= VAR; i++) {
    if (call->d_inputs[i]) memset(sg_gradient_data(call, i), 0, sg_tensor_bytes(call->d_inputs[i]));
  }
  sg_norm_backward(call, call->plan,
                   (norm_backward_arguments){.x = sg_input_data(call, X),
                                             .gamma = sg_input_data(call, GAMMA),
                                             .dy = sg_tensor_data(call->d_outputs[0]),
                                             .mean = sg_input_data(call, MEAN),
                                             .var = sg_input_data(call, VAR),
                                             .d_x = sg_gradient_data(call, X),
                                             .d_gamma = sg_gradient_data(call, GAMMA),
                                             .d_beta = sg_gradient_data(call, BETA),
                                             .d_mean = sg_gradient_data(call, MEAN),
                                             .d_var = sg_gradient_data(call, VAR)});
}

// The shape [1, C, 1, ...] in which a tensor of the channels broadcasts against x.
static sg_shape column_of(const sg_shape *x) {
  sg_shape shape = {x->rank, {0}};
  for (int d = 0; d < x->rank; d++) shape.size[d] = d == 1 ? x->size[1] : 1;
  return shape;
}

// Every dimension of x but the channels'.
static sg_ints other_dims(const sg_shape *x) {
  sg_ints dims = {0};
  for (int d = 0; d < x->rank; d++) {
    if (d != 1) dims.value[dims.count++] = d;
  }
  return dims;
}

static sg_tensor *times(sg_context *context, sg_tensor *t, sg_tensor *gamma) {
  return gamma ? sg_mul(context, t, gamma) : t;
}

// In ops, where xhat is this op again, with its range. gamma comes last, where it makes nothing infinite on the
// way.
static void vjp(const sg_call *call) {
  const sg_batch_norm_options *options = call->options;
  sg_context *c = call->context;
  sg_tensor *dy = call->d_outputs[0], *mean = call->inputs[MEAN], *var = call->inputs[VAR];
  sg_tensor *gamma = call->inputs[GAMMA];
  sg_shape column = column_of(&call->input_shapes[X]);
  sg_shape channels = {1, {call->input_shapes[X].size[1]}};
  sg_reduce_options dims = {.dim = other_dims(&call->input_shapes[X])};

  sg_tensor *rstd = sg_rsqrt(c, sg_add(c, var, sg_tensor_scalar(c, call->dtype, options->eps)));
  rstd = sg_reshape(c, rstd, &column);
  // Sums of nothing are 0, whatever gamma is.
  if (sg_shape_elements(&call->input_shapes[X]) == 0) gamma = NULL;
  sg_tensor *d_xhat = sg_mul(c, dy, rstd);
  if (call->needs[X]) call->d_inputs[X] = times(c, d_xhat, gamma ? sg_reshape(c, gamma, &column) : NULL);
  if (call->needs[BETA]) call->d_inputs[BETA] = sg_reshape(c, sg_sum(c, dy, &dims), &channels);
  if (call->needs[MEAN])
    call->d_inputs[MEAN] = times(c, sg_reshape(c, sg_neg(c, sg_sum(c, d_xhat, &dims)), &channels), gamma);
  if (!call->needs[GAMMA] && !call->needs[VAR]) return;
  sg_tensor *xhat = sg_batch_norm_inference(c, call->inputs[X], mean, var, NULL, NULL, options);
  if (call->needs[GAMMA]) call->d_inputs[GAMMA] = sg_reshape(c, sg_sum(c, sg_mul(c, dy, xhat), &dims), &channels);
  if (call->needs[VAR]) {
    // Each factor with a 1 / sqrt(var + eps) of its own: their product is of moderate size before the sum.
    sg_tensor *terms = sg_mul(c, d_xhat, sg_mul_scalar(c, sg_mul(c, xhat, rstd), -0.5));
    call->d_inputs[VAR] = times(c, sg_reshape(c, sg_sum(c, terms, &dims), &channels), gamma);
  }
}

#define STATISTICS(...) SG_NORMAL(0, 1, __VA_ARGS__), SG_UNIFORM(0.5, 2, __VA_ARGS__)
#define OPTIONS(...) (&(const sg_batch_norm_options){__VA_ARGS__})

const sg_op op_batch_norm_inference = {
    SG_COMPUTED(batch_norm_inference, prepare, forward, vjp),
    SG_WORDS("Normalizes every channel by given statistics, then scales and shifts it.",
             "y = gamma (x - mean) / sqrt(var + eps) + beta",
             "Ioffe and Szegedy 2015, Batch Normalization, ICML, algorithm 2"),
    .inputs = SG_PORTS({"x", 0, "(N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W)"},
                       {"mean", 0, "mean of each channel, (C)"}, {"var", 0, "variance of each channel, (C)"},
                       {"gamma", SG_OPTIONAL, "scale of each channel, (C); 1 when absent"},
                       {"beta", SG_OPTIONAL, "shift of each channel, (C); 0 when absent"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(sg_batch_norm_options, &defaults,
               SG_OPTION(sg_batch_norm_options, eps, FLOAT, "added to the variance inside the square root",
                         SG_AT_LEAST, 0)),
    .plan_bytes = sizeof(norm_plan),
    .save_inputs = 1 << X | 1 << MEAN | 1 << VAR | 1 << GAMMA,
    .backward = backward,
    .samples = SG_SAMPLES(
        {"(N,C)", SG_ON(SG_RANDN(4, 3), STATISTICS(SG_DIMS(3)), SG_RANDN(3), SG_RANDN(3))},
        {"(N,C,L), eps 0.1", SG_ON(SG_RANDN(2, 2, 5), STATISTICS(SG_DIMS(2)), SG_RANDN(2), SG_RANDN(2)),
         OPTIONS(.eps = 0.1)},
        {"(N,C,H,W)", SG_ON(SG_RANDN(2, 3, 2, 3), STATISTICS(SG_DIMS(3)), SG_RANDN(3), SG_RANDN(3))},
        {"(N,C,D,H,W), long rows", SG_ON(SG_RANDN(1, 2, 2, 6, 6), STATISTICS(SG_DIMS(2)), {0}, SG_RANDN(2))},
        {"without beta", SG_ON(SG_RANDN(3, 2), STATISTICS(SG_DIMS(2)), SG_RANDN(2))},
        {"neither gamma nor beta", SG_ON(SG_RANDN(3, 2), STATISTICS(SG_DIMS(2)))},
        {"no rows", SG_ON(SG_RANDN(0, 3), STATISTICS(SG_DIMS(3)), SG_RANDN(3))},
        {"no pixels", SG_ON(SG_RANDN(2, 3, 0), STATISTICS(SG_DIMS(3)))},
        {"one value per channel", SG_ON(SG_RANDN(1, 3), STATISTICS(SG_DIMS(3)))}),
    .bad_samples = SG_SAMPLES(
        {"rank 1", SG_ON(SG_RANDN(4), STATISTICS(SG_DIMS(4))), .error = "x has shape [4], expected (N,C)"},
        {"short mean", SG_ON(SG_RANDN(4, 3), SG_RANDN(2), SG_UNIFORM(1, 2, SG_DIMS(3))),
         .error = "batch_norm_inference: mean has shape [2], expected [3] (channels of x [4, 3])"},
        {"scalar var", SG_ON(SG_RANDN(4, 3), SG_RANDN(3), SG_UNIFORM(1, 2, SG_SCALAR)),
         .error = "var has shape [], expected [3]"}),
};

sg_tensor *sg_batch_norm_inference(sg_context *context, sg_tensor *x, sg_tensor *mean, sg_tensor *var,
                                   sg_tensor *gamma, sg_tensor *beta, const sg_batch_norm_options *options) {
  return sg_apply_one(context, &op_batch_norm_inference, 5, (sg_tensor *[]){x, mean, var, gamma, beta}, options);
}
