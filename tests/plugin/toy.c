// SPDX-License-Identifier: GPL-3.0-or-later
//
// A plugin of small ops, one for each kind of derivative: of every order, of the first order only, none.
#include "autograd/plugin.h"
#include "ops/ops.h"
#include <string.h>

static sg_status prepare(sg_plan *plan) {
  for (int p = 0; p < sg_op_output_ports(plan->op); p++) plan->output_shape[p] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static double get(const sg_tensor *tensor, int64_t i) { return sg_tensor_value(tensor, i); }

static void put(sg_tensor *tensor, int64_t i, double value) {
  if (sg_tensor_dtype(tensor) == SG_F32)
    ((float *)sg_output_data(tensor))[i] = (float)value;
  else
    ((double *)sg_output_data(tensor))[i] = value;
}

static const sg_sample samples[] = {{"plain", SG_ON(SG_RANDN(3))}, {0}};

// ---- toy_cube: with vjp --------------------------------------------------------------------------------------

static void cube_forward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) {
    double x = get(call->inputs[0], i);
    put(call->outputs[0], i, x * x * x);
  }
}

static void cube_vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], sg_mul_scalar(c, sg_mul(c, x, x), 3));
}

static const sg_op op_cube = {.name = "toy_cube",
                              .summary = "The third power.",
                              .formula = "y = x^3",
                              .inputs = SG_PORTS({"x", 0, "any shape"}),
                              .outputs = SG_PORTS({"y", 0, "the shape of x"}),
                              .save_inputs = 1,
                              .prepare = prepare,
                              .forward = cube_forward,
                              .vjp = cube_vjp,
                              .samples = samples};

// ---- toy_fused: with backward alone --------------------------------------------------------------------------

static void fused_backward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->d_inputs[0]); i++) {
    double x = get(call->inputs[0], i);
    put(call->d_inputs[0], i, 3 * x * x * get(call->d_outputs[0], i));
  }
}

static const sg_op op_fused = {.name = "toy_fused",
                               .summary = "The third power, once differentiable.",
                               .inputs = SG_PORTS({"x", 0, "any shape"}),
                               .outputs = SG_PORTS({"y", 0, "the shape of x"}),
                               .save_inputs = 1,
                               .prepare = prepare,
                               .forward = cube_forward,
                               .backward = fused_backward,
                               .samples = samples};

// ---- toy_wrong: with an error in its derivative --------------------------------------------------------------

static void wrong_vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], sg_mul(c, x, x));
}

static const sg_op op_wrong = {.name = "toy_wrong",
                               .summary = "The third power, wrongly differentiated.",
                               .inputs = SG_PORTS({"x", 0, "any shape"}),
                               .outputs = SG_PORTS({"y", 0, "the shape of x"}),
                               .save_inputs = 1,
                               .prepare = prepare,
                               .forward = cube_forward,
                               .vjp = wrong_vjp,
                               .samples = samples};

// ---- toy_split: no derivative, an option, two results --------------------------------------------------------

typedef struct split_options {
  double at;
} split_options;

static void split_forward(const sg_call *call) {
  double at = ((const split_options *)call->options)->at;
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) {
    double x = get(call->inputs[0], i);
    put(call->outputs[0], i, x < at ? x : at);
    put(call->outputs[1], i, x < at ? 0 : x - at);
  }
}

static const sg_op op_split = {
    .name = "toy_split",
    .summary = "What is below a level, and what is above it.",
    .inputs = SG_PORTS({"x", SG_UNDIFFERENTIABLE, "any shape"}),
    .outputs = SG_PORTS({"below", 0, "the shape of x"}, {"above", 0, "the shape of x"}),
    SG_OPTIONS(split_options, SG_CONSTANT(split_options, 1), SG_OPTION(split_options, at, FLOAT, "the level")),
    .prepare = prepare,
    .forward = split_forward,
    .samples = samples};

// ---- toy_blend: with strings and lists among its options -----------------------------------------------------

typedef struct blend_options {
  const char *mode, *label;
  sg_float_list weights;
  sg_int_list powers;
} blend_options;

static sg_status blend_prepare(sg_plan *plan) {
  const blend_options *options = plan->options;
  if (options->weights.count != options->powers.count)
    return sg_reject(plan, "%d weights for %d powers", options->weights.count, options->powers.count);
  return prepare(plan);
}

// The sum of weights[k] x^powers[k], or of powers[k] weights[k] x^(powers[k] - 1).
static double blend(const blend_options *options, double x, bool slope) {
  double sum = 0;
  for (int k = 0; k < options->powers.count; k++) {
    const int64_t power = options->powers.value[k];
    double term = options->weights.value[k] * (slope ? (double)power : 1);
    for (int64_t i = slope; i < power; i++) term *= x;
    sum += term;
  }
  return strcmp(options->mode, "negative") == 0 ? -sum : sum;
}

static void blend_forward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++)
    put(call->outputs[0], i, blend(call->options, get(call->inputs[0], i), false));
}

static void blend_backward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->d_inputs[0]); i++)
    put(call->d_inputs[0], i, get(call->d_outputs[0], i) * blend(call->options, get(call->inputs[0], i), true));
}

static const char *const blend_modes[] = {"positive", "negative", NULL};

static const sg_op op_blend = {
    .name = "toy_blend",
    .summary = "A polynomial.",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    .attributes = SG_ATTRIBUTES(
        {"weights", SG_ATTRIBUTE_FLOAT_LIST, offsetof(blend_options, weights), "of the powers", SG_BELOW,
         .maximum = 100},
        {"powers", SG_ATTRIBUTE_INT_LIST, offsetof(blend_options, powers), "of x", SG_AT_LEAST, .minimum = 0},
        {"mode", SG_ATTRIBUTE_STRING, offsetof(blend_options, mode), "the sign", 0, .choices = blend_modes},
        {"label", SG_ATTRIBUTE_STRING, offsetof(blend_options, label), "any text", .flags = 0}),
    .options_bytes = sizeof(blend_options),
    .defaults = &(const blend_options){"positive", "", SG_FLOATS(1, 0.5), SG_INTEGERS(1, 2)},
    .save_inputs = 1,
    .prepare = blend_prepare,
    .forward = blend_forward,
    .backward = blend_backward,
    .samples = SG_SAMPLES(
        {.name = "the defaults", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3))}},
        {.name = "a cubic",
         .inputs = {SG_NORMAL(0, 1, SG_DIMS(3))},
         .options = &(const blend_options){"negative", "c", SG_FLOATS(2, 1, -1), SG_INTEGERS(0, 1, 3)}})};

SG_PLUGIN("toy", &op_cube, &op_fused, &op_wrong, &op_split, &op_blend);
