// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x s(beta x) with the sigmoid s(t) = 1 / (1 + exp(-t)).
// Ramachandran, Zoph and Le 2017, "Searching for Activation Functions", arXiv:1710.05941.
//
// The shortest complete op: options, prepare, forward, backward, vjp, samples, descriptor.
#include <math.h>
#include <selenograd.h>

typedef struct swish_options {
  double beta;
} swish_options;

static const swish_options defaults = {.beta = 1};

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

// ---- The loops: blocks [begin, end) of elements, which the engine spreads over threads ----------------------

typedef struct swish_arguments {
  const void *x, *d_y; // d_y in the derivative
  void *result;        // y, or d_x
  double beta;
} swish_arguments;

static double sigmoid(double t) { return 1 / (1 + exp(-t)); }

// d_x = d_y (s + beta x s (1 - s))
static double slope(double x, double beta) {
  double s = sigmoid(beta * x);
  return s + beta * x * s * (1 - s);
}

static void forward_f32(const void *arguments, int64_t begin, int64_t end) {
  const swish_arguments *a = arguments;
  const float *x = a->x;
  float *y = a->result;
  for (int64_t i = begin; i < end; i++) y[i] = x[i] * (float)sigmoid(a->beta * (double)x[i]);
}

static void forward_f64(const void *arguments, int64_t begin, int64_t end) {
  const swish_arguments *a = arguments;
  const double *x = a->x;
  double *y = a->result;
  for (int64_t i = begin; i < end; i++) y[i] = x[i] * sigmoid(a->beta * x[i]);
}

static void backward_f32(const void *arguments, int64_t begin, int64_t end) {
  const swish_arguments *a = arguments;
  const float *x = a->x, *d_y = a->d_y;
  float *d_x = a->result;
  for (int64_t i = begin; i < end; i++) d_x[i] = d_y[i] * (float)slope((double)x[i], a->beta);
}

static void backward_f64(const void *arguments, int64_t begin, int64_t end) {
  const swish_arguments *a = arguments;
  const double *x = a->x, *d_y = a->d_y;
  double *d_x = a->result;
  for (int64_t i = begin; i < end; i++) d_x[i] = d_y[i] * slope(x[i], a->beta);
}

// ---- The hooks ----------------------------------------------------------------------------------------------

static void forward(const sg_call *call) {
  const swish_options *options = call->options;
  swish_arguments arguments = {
      .x = sg_input_data(call, 0), .result = sg_output_data(call->outputs[0]), .beta = options->beta};
  sg_parallel(call->context, sg_tensor_elements(call->inputs[0]), sg_grain(1),
              call->dtype == SG_F32 ? forward_f32 : forward_f64, &arguments);
}

// The first derivative in one loop.
static void backward(const sg_call *call) {
  const swish_options *options = call->options;
  swish_arguments arguments = {.x = sg_input_data(call, 0),
                               .d_y = sg_tensor_data(call->d_outputs[0]),
                               .result = sg_gradient_data(call, 0),
                               .beta = options->beta};
  sg_parallel(call->context, sg_tensor_elements(call->inputs[0]), sg_grain(1),
              call->dtype == SG_F32 ? backward_f32 : backward_f64, &arguments);
}

// The same formula in ops, for derivatives of higher order. Errors are sticky: nothing needs a check on the way.
static void vjp(const sg_call *call) {
  const swish_options *options = call->options;
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  sg_tensor *scaled = sg_mul_scalar(c, x, options->beta), *s = sg_sigmoid(c, scaled);
  sg_tensor *complement = sg_sub(c, sg_scalar_like(c, s, 1), s);
  sg_tensor *derivative = sg_add(c, s, sg_mul(c, scaled, sg_mul(c, s, complement)));
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], derivative);
}

// ---- Samples: what the gradient checks run on ---------------------------------------------------------------

static const double by_hand_x[] = {0, 1}, by_hand_y[] = {0, 0.73105857863000487925};

extern const sg_op op_swish;
const sg_op op_swish = {
    .name = "swish",
    .summary = "A smooth rectifier, silu with a slope of one's own.",
    .formula = "y = x / (1 + exp(-beta x))",
    .reference = "Ramachandran, Zoph and Le 2017, arXiv:1710.05941",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(swish_options, &defaults, SG_OPTION(swish_options, beta, FLOAT, "sharpness of the bend")),
    .save_inputs = 1 << 0,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VALUES(by_hand_x, SG_DIMS(2))), .expected = by_hand_y},
                          {"beta 3", SG_ON(SG_NORMAL(0, 2, SG_DIMS(3, 4))), SG_WITH(swish_options, 3)},
                          {"beta -1", SG_ON(SG_RANDN(5)), SG_WITH(swish_options, -1)},
                          {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))}, {"empty", SG_ON(SG_RANDN(2, 0))}),
    .bad_samples = SG_SAMPLES({"indices", SG_ON(SG_INDICES(3, SG_DIMS(2))), .error = "x has dtype i64"}),
};
