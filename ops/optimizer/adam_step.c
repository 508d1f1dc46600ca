// SPDX-License-Identifier: GPL-3.0-or-later
//
//   m = beta1 m + (1 - beta1) g    v = beta2 v + (1 - beta2) g^2
//   p = p - lr / (1 - beta1^step) m / (sqrt(v / (1 - beta2^step)) + eps)
//
// Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015; Loshchilov and Hutter, "Decoupled Weight Decay
// Regularization", 2019.
#include <math.h>

#include "ops/kernels/optimizer.h"
#include "ops/optimizer/step.h"

enum { PARAMETER, GRADIENT, EXP_AVG, EXP_AVG_SQ };

static void forward(const sg_call *call) {
  const sg_adam_options *options = call->options;
  const double steps = (double)options->step;
  const adam_parameter rule = {.lr = options->lr,
                               .beta1 = options->beta1,
                               .beta2 = options->beta2,
                               .eps = options->eps,
                               .weight_decay = options->weight_decay,
                               .correction1 = 1 - pow(options->beta1, steps),
                               .correction2 = sqrt(1 - pow(options->beta2, steps)),
                               .decoupled = options->decoupled,
                               .maximize = options->maximize};
  sg_rows_compute(call, sg_row_adam,
                  &(sg_rows){.operand = {call->inputs[GRADIENT]},
                             .result = {call->outputs[0], call->outputs[1], call->outputs[2]},
                             .parameter = &rule});
}

static sg_status prepare(sg_plan *plan) { return sg_step_check_shapes(plan); }

#define RULE(...)                                                                                                  \
  &(const sg_adam_options) { .lr = 0.1, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, __VA_ARGS__ }
#define ALL(...)                                                                                                   \
  {                                                                                                                \
    SG_NORMAL(0, 1, __VA_ARGS__), SG_NORMAL(0, 1, __VA_ARGS__), SG_NORMAL(0, 1, __VA_ARGS__),                      \
        SG_UNIFORM(0.1, 2, __VA_ARGS__)                                                                            \
  }

const sg_op op_adam_step = {
    SG_COMPUTED(adam_step, prepare, forward, NULL),
    SG_WORDS("One step of Adam or AdamW, in place.",
             "m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; "
             "p = p - lr / (1 - beta1^step) m / (sqrt(v / (1 - beta2^step)) + eps)",
             "Kingma, Ba, Adam: A Method for Stochastic Optimization, 2015; Loshchilov, Hutter, Decoupled Weight "
             "Decay Regularization, 2019"),
    .inputs = SG_PORTS({"parameter", 0, "what is moved, p"}, {"gradient", 0, "the shape of p"},
                       {"exp_avg", 0, "m, the shape of p"}, {"exp_avg_sq", 0, "v, the shape of p"}),
    .outputs = SG_PORTS({"parameter", SG_WRITTEN, "p itself"}, {"exp_avg", SG_WRITTEN | SG_HIDDEN, "m itself"},
                        {"exp_avg_sq", SG_WRITTEN | SG_HIDDEN, "v itself"}),
    SG_OPTIONS(
        sg_adam_options,
        SG_CONSTANT(sg_adam_options, .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .step = 1),
        SG_OPTION(sg_adam_options, step, INT, "the number of this step, from 1 on", SG_AT_LEAST, 1),
        SG_STEP_OPTIONS(sg_adam_options),
        SG_OPTION(sg_adam_options, beta1, FLOAT, "how much of m stays", SG_AT_LEAST | SG_BELOW, 0, 1),
        SG_OPTION(sg_adam_options, beta2, FLOAT, "how much of v stays", SG_AT_LEAST | SG_BELOW, 0, 1),
        SG_OPTION(sg_adam_options, eps, FLOAT, "added to the root of v", SG_AT_LEAST | SG_BELOW, 0, INFINITY),
        SG_STEP_DECAY(sg_adam_options),
        SG_OPTION(sg_adam_options, decoupled, BOOL,
                  "AdamW: p shrinks by lr weight_decay p; otherwise that is added to the gradient"),
        SG_STEP_MAXIMIZE(sg_adam_options)),
    .samples = SG_SAMPLES(
        {"first step", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(10, -10), SG_VECTOR(0, 0), SG_VECTOR(0, 0)),
         SG_WITH(sg_adam_options, .lr = 0.5, .beta1 = 0.5, .beta2 = 0.75, .eps = 0, .step = 1), SG_GIVES(0.5, 2.5)},
        {"fifth step", .inputs = ALL(SG_DIMS(3, 4)), RULE(.step = 5)},
        {"weight decay", .inputs = ALL(SG_DIMS(3, 4)), RULE(.step = 2, .weight_decay = 0.1)},
        {"decoupled", .inputs = ALL(SG_DIMS(3, 4)), RULE(.step = 2, .weight_decay = 0.1, .decoupled = true)},
        {"upwards", .inputs = ALL(SG_DIMS(3)), RULE(.step = 3, .maximize = true)},
        {"scalar", .inputs = ALL(SG_SCALAR), RULE(.step = 1)},
        {"empty", .inputs = ALL(SG_DIMS(0, 2)), RULE(.step = 1)}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2), SG_RANDN(2), SG_RANDN(2), SG_RANDN(1)), RULE(.step = 1),
                               .error = "exp_avg_sq has shape [1], expected [2] (the parameter's)"}),
};

sg_status sg_adam_step(sg_context *context, sg_tensor *parameter, sg_tensor *gradient, sg_tensor *m, sg_tensor *v,
                       const sg_adam_options *options) {
  sg_tensor *outputs[3];
  return sg_apply(context, &op_adam_step, 4, (sg_tensor *[]){parameter, gradient, m, v}, options, outputs);
}
