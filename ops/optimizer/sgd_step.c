// SPDX-License-Identifier: GPL-3.0-or-later
//
//   g = gradient + weight_decay p    b = momentum b + (1 - dampening) g    p = p - lr b    (nesterov: g + momentum
//   b)
//
// Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013; the form is that of
// torch.optim.SGD.
#include <math.h>

#include "ops/kernels/optimizer.h"
#include "ops/optimizer/step.h"

enum { PARAMETER, GRADIENT, MOMENTUM_BUFFER };

static sg_status prepare(sg_plan *plan) {
  const sg_sgd_options *options = plan->options;
  const bool momentum = options->momentum != 0;
  if (options->nesterov && (!momentum || options->dampening != 0)) {
    return sg_reject(plan, "nesterov needs momentum above 0 and dampening 0, not %g and %g", options->momentum,
                     options->dampening);
  }
  if (momentum && !plan->inputs[MOMENTUM_BUFFER]) return sg_reject(plan, "momentum_buffer is missing");
  if (!momentum && plan->inputs[MOMENTUM_BUFFER]) {
    return sg_reject(plan, "there is a momentum_buffer, and momentum is 0");
  }
  return sg_step_check_shapes(plan);
}

static void forward(const sg_call *call) {
  const sg_sgd_options *options = call->options;
  const sgd_parameter rule = {.lr = options->lr,
                              .momentum = options->momentum,
                              .dampening = options->dampening,
                              .weight_decay = options->weight_decay,
                              .nesterov = options->nesterov,
                              .maximize = options->maximize,
                              .first = options->first};
  sg_rows_compute(call, sg_row_sgd,
                  &(sg_rows){.operand = {call->inputs[GRADIENT]},
                             .result = {call->outputs[0], call->outputs[1]},
                             .parameter = &rule});
}

#define RULE(...)                                                                                                  \
  &(const sg_sgd_options) { .lr = 0.1, __VA_ARGS__ }
#define TENSOR SG_RANDN(3, 4)

const sg_op op_sgd_step = {
    SG_COMPUTED(sgd_step, prepare, forward, NULL),
    SG_WORDS("One step of stochastic gradient descent, in place.",
             "g = gradient + weight_decay p; b = momentum b + (1 - dampening) g; p = p - lr b, or with nesterov "
             "p - lr (g + momentum b)",
             "Sutskever et al., On the importance of initialization and momentum in deep learning, 2013"),
    .inputs = SG_PORTS({"parameter", 0, "what is moved, p"}, {"gradient", 0, "the shape of p"},
                       {"momentum_buffer", SG_OPTIONAL, "b, the shape of p; only with momentum"}),
    .outputs =
        SG_PORTS({"parameter", SG_WRITTEN, "p itself"}, {"momentum_buffer", SG_WRITTEN | SG_HIDDEN, "b itself"}),
    SG_OPTIONS(
        sg_sgd_options, SG_CONSTANT(sg_sgd_options, .lr = 1e-3), SG_STEP_OPTIONS(sg_sgd_options),
        SG_OPTION(sg_sgd_options, momentum, FLOAT, "how much of b stays", SG_AT_LEAST | SG_BELOW, 0, INFINITY),
        SG_OPTION(sg_sgd_options, dampening, FLOAT, "how much of g is left out of b", SG_ABOVE | SG_BELOW,
                  -INFINITY, INFINITY),
        SG_STEP_DECAY(sg_sgd_options), SG_OPTION(sg_sgd_options, nesterov, BOOL, "the step looks ahead"),
        SG_STEP_MAXIMIZE(sg_sgd_options),
        SG_OPTION(sg_sgd_options, first, BOOL, "b holds nothing yet and becomes g")),
    .samples =
        SG_SAMPLES({"plain", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(10, -10)), RULE(.weight_decay = 0), SG_GIVES(0, 3)},
                   {"weight decay, upwards", SG_ON(TENSOR, TENSOR), RULE(.weight_decay = 0.3, .maximize = true)},
                   {"momentum", SG_ON(TENSOR, TENSOR, TENSOR), RULE(.momentum = 0.9, .dampening = 0.2)},
                   {"first momentum", SG_ON(TENSOR, TENSOR, TENSOR), RULE(.momentum = 0.9, .first = true)},
                   {"nesterov", SG_ON(TENSOR, TENSOR, TENSOR), RULE(.momentum = 0.5, .nesterov = true)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR)), RULE(.momentum = 0)},
                   {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(0, 2)), RULE(.momentum = 0)}),
    .bad_samples = SG_SAMPLES(
        {"shapes", SG_ON(TENSOR, SG_RANDN(4)), RULE(.momentum = 0),
         .error = "gradient has shape [4], expected [3, 4] (the parameter's)"},
        {"no buffer", SG_ON(TENSOR, TENSOR), RULE(.momentum = 0.9), .error = "momentum_buffer is missing"},
        {"a buffer for nothing", SG_ON(TENSOR, TENSOR, TENSOR), RULE(.momentum = 0),
         .error = "there is a momentum_buffer, and momentum is 0"},
        {"nesterov without momentum", SG_ON(TENSOR, TENSOR), RULE(.nesterov = true),
         .error = "nesterov needs momentum above 0"}),
};

sg_status sg_sgd_step(sg_context *context, sg_tensor *parameter, sg_tensor *gradient, sg_tensor *momentum_buffer,
                      const sg_sgd_options *options) {
  sg_tensor *outputs[2];
  return sg_apply(context, &op_sgd_step, 3, (sg_tensor *[]){parameter, gradient, momentum_buffer}, options,
                  outputs);
}
