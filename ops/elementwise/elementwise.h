// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that work element by element. Two tensors broadcast by NumPy's rule: aligned at the last dimension, extents
// equal or 1. Inputs have one floating dtype, which the result has too. add, sub, mul, maximum, minimum, neg, abs,
// sign, square and comparisons take i64 as well, modulo 2^64: there integers and bools take the dtype of a floating
// tensor beside them, and are i64 without one. Errors: another dtype, shapes that do not broadcast.
#ifndef SELENOGRAD_ELEMENTWISE_H
#define SELENOGRAD_ELEMENTWISE_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// ---- Arithmetic -------------------------------------------------------------------------------------

sg_tensor *sg_add(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_sub(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_mul(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_div(sg_context *context, sg_tensor *a, sg_tensor *b);
// The derivative of g a / b by b, 0 to 16 times; all three broadcast.
sg_tensor *sg_div_derivative(sg_context *context, sg_tensor *g, sg_tensor *a, sg_tensor *b, int64_t order);
// a^b; NaN where a < 0 and b is not whole; 0^0 = 1.
sg_tensor *sg_pow(sg_context *context, sg_tensor *a, sg_tensor *b);
// The derivative of a^b, order_a times by a and order_b times by b, each 0..16.
sg_tensor *sg_pow_derivative(sg_context *context, sg_tensor *a, sg_tensor *b, int64_t order_a, int64_t order_b);
sg_tensor *sg_maximum(sg_context *context, sg_tensor *a,
                      sg_tensor *b); // NaN when one is; a tie shares the gradient
sg_tensor *sg_minimum(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_neg(sg_context *context, sg_tensor *x);
sg_tensor *sg_abs(sg_context *context, sg_tensor *x);  // derivative 0 at 0
sg_tensor *sg_sign(sg_context *context, sg_tensor *x); // -1, 0, 1; derivative 0
sg_tensor *sg_square(sg_context *context, sg_tensor *x);
sg_tensor *sg_sqrt(sg_context *context, sg_tensor *x);  // NaN below 0; derivative infinite at 0
sg_tensor *sg_rsqrt(sg_context *context, sg_tensor *x); // 1 / sqrt(x)
sg_tensor *sg_reciprocal(sg_context *context, sg_tensor *x);
sg_tensor *sg_hypot(sg_context *context, sg_tensor *a, sg_tensor *b); // sqrt(a^2 + b^2); derivative 0 at 0, 0
// a / hypot(a, b), 0 where both are 0: the derivative of hypot by a.
sg_tensor *sg_hypot_slope(sg_context *context, sg_tensor *a, sg_tensor *b);
// min(max(x, min), max); an infinite bound is none.
sg_tensor *sg_clamp(sg_context *context, sg_tensor *x, double min, double max);

// A number as a rank-0 tensor of the dtype of t; t + number; t * number. A NULL t gives NULL.
sg_tensor *sg_scalar_like(sg_context *context, sg_tensor *t, double number);
sg_tensor *sg_add_scalar(sg_context *context, sg_tensor *t, double number);
sg_tensor *sg_mul_scalar(sg_context *context, sg_tensor *t, double number);

// ---- Transcendental functions -----------------------------------------------------------------------

sg_tensor *sg_exp(sg_context *context, sg_tensor *x);
sg_tensor *sg_log(sg_context *context, sg_tensor *x); // natural
sg_tensor *sg_sin(sg_context *context, sg_tensor *x); // radians
sg_tensor *sg_cos(sg_context *context, sg_tensor *x);
sg_tensor *sg_exp2(sg_context *context, sg_tensor *x);
sg_tensor *sg_expm1(sg_context *context, sg_tensor *x); // exp(x) - 1
sg_tensor *sg_log1p(sg_context *context, sg_tensor *x); // log(1 + x)
sg_tensor *sg_log2(sg_context *context, sg_tensor *x);
sg_tensor *sg_log10(sg_context *context, sg_tensor *x);
sg_tensor *sg_tan(sg_context *context, sg_tensor *x);
sg_tensor *sg_asin(sg_context *context, sg_tensor *x); // NaN beyond -1 and 1, where the derivative is infinite
sg_tensor *sg_acos(sg_context *context, sg_tensor *x);
sg_tensor *sg_atan(sg_context *context, sg_tensor *x);
sg_tensor *sg_sinh(sg_context *context, sg_tensor *x);
sg_tensor *sg_cosh(sg_context *context, sg_tensor *x);
sg_tensor *sg_tanh(sg_context *context, sg_tensor *x);
sg_tensor *sg_asinh(sg_context *context, sg_tensor *x);
sg_tensor *sg_acosh(sg_context *context, sg_tensor *x); // NaN below 1
sg_tensor *sg_atanh(sg_context *context, sg_tensor *x); // NaN beyond -1 and 1
sg_tensor *sg_erf(sg_context *context, sg_tensor *x);
sg_tensor *sg_erfc(sg_context *context, sg_tensor *x); // 1 - erf(x)

// ---- Activations ------------------------------------------------------------------------------------

sg_tensor *sg_sigmoid(sg_context *context, sg_tensor *x);
sg_tensor *sg_sigmoid_slope(sg_context *context, sg_tensor *x); // the derivative of sigmoid, accurate in both tails
sg_tensor *sg_relu(sg_context *context, sg_tensor *x);          // derivative 0 at 0
// x where x > 0, else negative_slope * x.
sg_tensor *sg_leaky_relu(sg_context *context, sg_tensor *x, double negative_slope);
// log(1 + exp(beta * x)) / beta, beta > 0.
sg_tensor *sg_softplus(sg_context *context, sg_tensor *x, double beta);
sg_tensor *sg_silu(sg_context *context, sg_tensor *x); // x * sigmoid(x)
sg_tensor *sg_gelu(sg_context *context, sg_tensor *x, bool tanh_approximation);

// ---- Comparisons and choice -------------------------------------------------------------------------

// 1 where the comparison holds, else 0, in the dtype of a and b. Constants to derivatives.
sg_tensor *sg_gt(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_ge(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_lt(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_le(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_eq(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_ne(sg_context *context, sg_tensor *a, sg_tensor *b);
// a where condition is not 0, else b. The condition has any dtype, a and b one of f32, f64 and i64; all three
// broadcast.
sg_tensor *sg_where(sg_context *context, sg_tensor *condition, sg_tensor *a, sg_tensor *b);

SG_PUBLIC_END

#endif
