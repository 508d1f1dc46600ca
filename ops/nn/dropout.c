// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = x mask,  mask = 0 with probability p, else 1 / (1 - p)
//
// so that the expectation of y is x. The mask is a constant to the derivative: dx = g mask.
// Reference: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.
#include "ops/kernels/dropout.h"
#include "ops/ops.h"
#include "ops/rows.h"

enum { Y, MASK };

static const sg_dropout_options defaults = {0.5};

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[Y] = plan->output_shape[MASK] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

// ---- forward, backward, vjp -------------------------------------------------------------------------

static void forward(const sg_call *call) {
  const sg_dropout_options *options = call->options;
  const sg_tensor *x = call->inputs[0];
  sg_random_state start = sg_random_reserve(call->context, sg_tensor_elements(x));
  dropout_parameter parameter = {.p = options->p, .seed = start.seed, .position = start.position};
  sg_rows_compute(
      call, sg_row_dropout,
      &(sg_rows){
          .operand = {x}, .result = {call->outputs[Y], call->outputs[MASK]}, .parameter = &parameter, .work = 8});
}

static void backward(const sg_call *call) {
  sg_rows_compute(call, sg_row_mul,
                  &(sg_rows){.operand = {call->d_outputs[Y], call->outputs[MASK]}, .result = {call->d_inputs[0]}});
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_mul(call->context, call->d_outputs[Y], call->outputs[MASK]);
}

// ---- samples --------------------------------------------------------------------------------------

static const sg_dropout_options none = {0}, most = {0.9}, all = {1};
static const double numbers[] = {1, -2, 3};

const sg_op op_dropout = {
    SG_COMPUTED(dropout, prepare, forward, vjp),
    SG_WORDS("Sets elements to zero at random and scales the others so that the expectation stays.",
             "y = x * mask, mask = 0 with probability p, else 1 / (1 - p)",
             "Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, 2014"),
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"},
                        {"mask", SG_STEP | SG_HIDDEN, "0 where an element was dropped, else 1 / (1 - p)"}),
    SG_OPTIONS(sg_dropout_options, &defaults,
               SG_OPTION(sg_dropout_options, p, FLOAT, "probability of a zero; default 0.5",
                         SG_AT_LEAST | SG_AT_MOST, 0, 1)),
    .save_outputs = 1 << MASK,
    .backward = backward,
    .samples = SG_SAMPLES(
        {"nothing dropped", SG_ON(SG_VALUES(numbers, SG_DIMS(3))), .options = &none, .expected = numbers},
        {"half", SG_ON(SG_RANDN(5, 7))}, {"most", SG_ON(SG_RANDN(40)), .options = &most},
        {"all", SG_ON(SG_RANDN(3, 2)), .options = &all}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(2, 0))}),
};

sg_tensor *sg_dropout(sg_context *context, sg_tensor *x, const sg_dropout_options *options) {
  sg_tensor *outputs[2];
  return sg_apply(context, &op_dropout, 1, &x, options, outputs) == SG_OK ? outputs[Y] : NULL;
}
