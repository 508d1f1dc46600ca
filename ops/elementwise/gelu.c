// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x P(x), P the distribution function of the standard normal distribution, or, with approximate = "tanh",
// y = x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3).
// Exact: d_x = d_y (P(x) + x p(x)), p(x) = exp(-x^2 / 2) / sqrt(2 pi).
// Tanh: (1 + tanh(u)) / 2 = sigmoid(2 u) = s, so d_x = d_y (s + x s (1 - s) 2 u').
#include "ops/elementwise/unary.h"

typedef struct gelu_options {
  int approximate; // 0: none, 1: tanh
} gelu_options;

static const gelu_options defaults = {0};
static const char *const approximations[] = {"none", "tanh", NULL};

static bool is_approximate(const sg_call *call) { return ((const gelu_options *)call->options)->approximate; }

static void forward(const sg_call *call) {
  sg_unary_forward_by(call, is_approximate(call) ? sg_row_gelu_tanh : sg_row_gelu);
}

static void backward(const sg_call *call) {
  sg_unary_backward_by(call, is_approximate(call) ? sg_row_d_gelu_tanh : sg_row_d_gelu);
}

// P(x) + x p(x)
static sg_tensor *exact_slope(sg_context *c, sg_tensor *x) {
  const double minus_root_half = -0.70710678118654752440, density_at_0 = 0.39894228040143267794;
  sg_tensor *probability = sg_mul_scalar(c, sg_erfc(c, sg_mul_scalar(c, x, minus_root_half)), 0.5);
  sg_tensor *density = sg_mul_scalar(c, sg_exp(c, sg_mul_scalar(c, sg_square(c, x), -0.5)), density_at_0);
  return sg_add(c, probability, sg_mul(c, x, density));
}

// s + x s (1 - s) 2 u',  2 u = k (x + 0.044715 x^3),  k = 2 sqrt(2 / pi)
static sg_tensor *tanh_slope(sg_context *c, sg_tensor *x) {
  const double k = 1.59576912160573071176;
  sg_tensor *square = sg_square(c, x);
  sg_tensor *inner = sg_mul(c, x, sg_add_scalar(c, sg_mul_scalar(c, square, 0.044715 * k), k));
  sg_tensor *inner_slope = sg_add_scalar(c, sg_mul_scalar(c, square, 3 * 0.044715 * k), k);
  sg_tensor *s_slope = sg_mul(c, sg_sigmoid_slope(c, inner), inner_slope);
  return sg_add(c, sg_sigmoid(c, inner), sg_mul(c, x, s_slope));
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[0], *x = sg_tails(c, call->inputs[0]);
  const gelu_options *options = call->options;
  call->d_inputs[0] = sg_mul(c, d_y, options->approximate ? tanh_slope(c, x) : exact_slope(c, x));
}

const sg_op op_gelu = {
    SG_COMPUTED(gelu, NULL, forward, vjp),
    SG_WORDS("The Gaussian error linear unit.", "y = x * (1 + erf(x / sqrt(2))) / 2",
             "Hendrycks and Gimpel 2016, arXiv:1606.08415"),
    .family = &sg_unary_family,
    .member = &(const sg_unary){0},
    SG_OPTIONS(gelu_options, &defaults,
               SG_CHOICE(gelu_options, approximate, approximations,
                         "none: exact; tanh: the approximation by a hyperbolic tangent")),
    .save_inputs = 1,
    .backward = backward,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(0, 0.84134474606854294859)},
                          {"tanh", SG_ON(SG_RANDN(3, 4)), SG_WITH(gelu_options, 1)},
                          {"wide", SG_ON(SG_UNIFORM(-4, 4, SG_DIMS(7)))}),
};

sg_tensor *sg_gelu(sg_context *context, sg_tensor *x, bool tanh_approximation) {
  return sg_apply_one(context, &op_gelu, 1, &x, &(gelu_options){tanh_approximation});
}
