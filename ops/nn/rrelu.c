// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = x s,  s = 1 where x > 0, else a number drawn from [lower, upper), or without training their mean
//
// The slopes are constants to the derivative: dx = g s.
#include "ops/kernels/dropout.h"
#include "ops/ops.h"
#include "ops/rows.h"

enum { Y, SLOPE };

static const sg_rrelu_options defaults = {1. / 8, 1. / 3, false};

static sg_status prepare(sg_plan *plan) {
  const sg_rrelu_options *options = plan->options;
  if (options->lower > options->upper)
    return sg_reject(plan, "lower is %g and upper %g, expected lower <= upper", options->lower, options->upper);
  plan->output_shape[Y] = plan->output_shape[SLOPE] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const sg_rrelu_options *options = call->options;
  const sg_tensor *x = call->inputs[0];
  const double mean = options->lower / 2 + options->upper / 2;
  rrelu_parameter parameter = {mean, mean, 0, 0};
  if (options->training) {
    const sg_random_state start = sg_random_reserve(call->context, sg_tensor_elements(x));
    parameter = (rrelu_parameter){options->lower, options->upper, start.seed, start.position};
  }
  sg_rows_compute(
      call, sg_row_rrelu,
      &(sg_rows){
          .operand = {x}, .result = {call->outputs[Y], call->outputs[SLOPE]}, .parameter = &parameter, .work = 8});
}

static void backward(const sg_call *call) {
  sg_rows_compute(call, sg_row_mul,
                  &(sg_rows){.operand = {call->d_outputs[Y], call->outputs[SLOPE]}, .result = {call->d_inputs[0]}});
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_mul(call->context, call->d_outputs[Y], call->outputs[SLOPE]);
}

const sg_op op_rrelu = {
    SG_COMPUTED(rrelu, prepare, forward, vjp),
    SG_WORDS(
        "A leaky relu with slopes below 0 that are drawn in training.",
        "y = x where x > 0, else s x; s uniform in [lower, upper), or (lower + upper) / 2 without training",
        "Xu et al., Empirical Evaluation of Rectified Activations in Convolutional Network, 2015; the derivative "
        "at 0 is s"),
    .subgradient = "that of the negative side at 0",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}, {"slope", SG_STEP | SG_HIDDEN, "1 where x > 0, else s"}),
    SG_OPTIONS(sg_rrelu_options, &defaults,
               SG_OPTION(sg_rrelu_options, lower, FLOAT, "the least slope; default 1/8"),
               SG_OPTION(sg_rrelu_options, upper, FLOAT, "the largest slope; default 1/3"),
               SG_OPTION(sg_rrelu_options, training, BOOL, "slopes are drawn; default false")),
    .save_outputs = 1 << SLOPE,
    .backward = backward,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(2, -4, 0)), SG_WITH(sg_rrelu_options, 0.25, 0.5, false), SG_GIVES(2, -1.5, 0)},
        {"drawn", SG_ON(SG_RANDN(5, 7)), SG_WITH(sg_rrelu_options, 1. / 8, 1. / 3, true)},
        {"drawn, wide", SG_ON(SG_RANDN(40)), SG_WITH(sg_rrelu_options, -1, 2, true)},
        {"mean", SG_ON(SG_RANDN(3, 4))},
        {"scalar", SG_ON(SG_NORMAL(-1, 0.1, SG_SCALAR)), SG_WITH(sg_rrelu_options, 1. / 8, 1. / 3, true)},
        {"empty", SG_ON(SG_RANDN(2, 0)), SG_WITH(sg_rrelu_options, 1. / 8, 1. / 3, true)}),
    .bad_samples = SG_SAMPLES({"range", SG_ON(SG_RANDN(2)), SG_WITH(sg_rrelu_options, 0.5, 0.25, false),
                               .error = "lower is 0.5 and upper 0.25, expected lower <= upper"}),
};

sg_tensor *sg_rrelu(sg_context *context, sg_tensor *x, const sg_rrelu_options *options) {
  sg_tensor *outputs[2];
  return sg_apply(context, &op_rrelu, 1, &x, options, outputs) == SG_OK ? outputs[Y] : NULL;
}
