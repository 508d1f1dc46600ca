// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that work element by element. Two tensors broadcast by NumPy's rule: aligned at the last dimension, extents
// equal or 1. Inputs have one floating dtype, which the result has too. add, sub, mul, maximum, minimum, neg, abs,
// sign and square take i64 as well, modulo 2^64, and so do what rounds and fmod, remainder and floor_divide. Where
// two tensors are added, multiplied and the like, integers and bools take the dtype of a floating one, and without
// one they are i64. Errors: another dtype, shapes that do not broadcast.
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

// ---- Whole numbers and rests ------------------------------------------------------------------------

// Steps; their derivative is zero.
sg_tensor *sg_floor(sg_context *context, sg_tensor *x);
sg_tensor *sg_ceil(sg_context *context, sg_tensor *x);
sg_tensor *sg_round(sg_context *context, sg_tensor *x); // a half to the even number
sg_tensor *sg_trunc(sg_context *context, sg_tensor *x);
sg_tensor *sg_frac(sg_context *context, sg_tensor *x); // x - trunc(x)
// The rest of a / b, with the sign of a or that of b; floor(a / b), a step. i64 too; to divide integers by 0 is an
// error.
sg_tensor *sg_fmod(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_remainder(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_floor_divide(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_copysign(sg_context *context, sg_tensor *a, sg_tensor *b); // |a| with the sign of b, a step
// nan, posinf and neginf in place of NaN and infinities; a number beyond the dtype stands for its largest one.
sg_tensor *sg_nan_to_num(sg_context *context, sg_tensor *x, double nan, double posinf, double neginf);

// start + weight (end - start); x + value tensor1 tensor2; x + value tensor1 / tensor2. All three broadcast.
sg_tensor *sg_lerp(sg_context *context, sg_tensor *start, sg_tensor *end, sg_tensor *weight);
sg_tensor *sg_addcmul(sg_context *context, sg_tensor *x, sg_tensor *tensor1, sg_tensor *tensor2, double value);
sg_tensor *sg_addcdiv(sg_context *context, sg_tensor *x, sg_tensor *tensor1, sg_tensor *tensor2, double value);

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

sg_tensor *sg_atan2(sg_context *context, sg_tensor *a, sg_tensor *b);     // the angle of (b, a), in radians
sg_tensor *sg_logaddexp(sg_context *context, sg_tensor *a, sg_tensor *b); // log(exp(a) + exp(b))
sg_tensor *sg_xlogy(sg_context *context, sg_tensor *a, sg_tensor *b);     // a log(b), 0 where a is 0
// log(x / (1 - x)), of x limited to [eps, 1 - eps] where eps >= 0.
sg_tensor *sg_logit(sg_context *context, sg_tensor *x, double eps);

sg_tensor *sg_erfinv(sg_context *context, sg_tensor *x);  // erf(y) = x
sg_tensor *sg_lgamma(sg_context *context, sg_tensor *x);  // log |gamma(x)|
sg_tensor *sg_digamma(sg_context *context, sg_tensor *x); // the derivative of log gamma(x)
// The derivative of digamma, n times, 0..16.
sg_tensor *sg_polygamma(sg_context *context, sg_tensor *x, int64_t n);
sg_tensor *sg_sinc(sg_context *context, sg_tensor *x);                           // sin(pi x) / (pi x), 1 at 0
sg_tensor *sg_sinc_derivative(sg_context *context, sg_tensor *x, int64_t order); // 0..16 times

// ---- Activations ------------------------------------------------------------------------------------

sg_tensor *sg_sigmoid(sg_context *context, sg_tensor *x);
sg_tensor *sg_sigmoid_slope(sg_context *context, sg_tensor *x); // the derivative of sigmoid, accurate in both tails
sg_tensor *sg_relu(sg_context *context, sg_tensor *x);          // derivative 0 at 0
// x where x > 0, else negative_slope * x.
sg_tensor *sg_leaky_relu(sg_context *context, sg_tensor *x, double negative_slope);
// log(1 + exp(beta * x)) / beta, beta > 0; x where beta * x is above the threshold, of which infinity is none.
sg_tensor *sg_softplus(sg_context *context, sg_tensor *x, double beta, double threshold);
sg_tensor *sg_silu(sg_context *context, sg_tensor *x); // x * sigmoid(x)
sg_tensor *sg_gelu(sg_context *context, sg_tensor *x, bool tanh_approximation);

// x where x > 0, else weight x, with one weight or one for each channel, dimension 1.
sg_tensor *sg_prelu(sg_context *context, sg_tensor *x, sg_tensor *weight);
sg_tensor *sg_elu(sg_context *context, sg_tensor *x, double alpha); // x where x > 0, else alpha (exp(x) - 1)
sg_tensor *sg_celu(sg_context *context, sg_tensor *x,
                   double alpha); // ..., else alpha (exp(x / alpha) - 1); alpha > 0
sg_tensor *sg_selu(sg_context *context, sg_tensor *x);
sg_tensor *sg_mish(sg_context *context, sg_tensor *x);       // x tanh(log(1 + exp(x)))
sg_tensor *sg_softsign(sg_context *context, sg_tensor *x);   // x / (1 + |x|)
sg_tensor *sg_logsigmoid(sg_context *context, sg_tensor *x); // log(sigmoid(x))
sg_tensor *sg_tanhshrink(sg_context *context, sg_tensor *x); // x - tanh(x)
// Straight pieces: clamp with derivative 0 at the bounds too; the same with 0 and 6; min(max(x + 3, 0), 6) / 6, and
// x times that.
sg_tensor *sg_hardtanh(sg_context *context, sg_tensor *x, double min_val, double max_val);
sg_tensor *sg_relu6(sg_context *context, sg_tensor *x);
sg_tensor *sg_hardsigmoid(sg_context *context, sg_tensor *x);
sg_tensor *sg_hardswish(sg_context *context, sg_tensor *x);
// 0 where |x| <= lambd, else x, or x moved towards 0 by lambd; x above a threshold, else value.
sg_tensor *sg_hardshrink(sg_context *context, sg_tensor *x, double lambd);
sg_tensor *sg_softshrink(sg_context *context, sg_tensor *x, double lambd);
sg_tensor *sg_threshold(sg_context *context, sg_tensor *x, double threshold, double value);

// ---- Comparisons and choice -------------------------------------------------------------------------

// Bools, of tensors of any dtypes: integers are compared exactly, and beside a floating tensor take its dtype.
// Constants to derivatives.
sg_tensor *sg_gt(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_ge(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_lt(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_le(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_eq(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_ne(sg_context *context, sg_tensor *a, sg_tensor *b);
// The same of whether elements are not 0, which NaN is not.
sg_tensor *sg_logical_and(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_logical_or(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_logical_xor(sg_context *context, sg_tensor *a, sg_tensor *b);
sg_tensor *sg_logical_not(sg_context *context, sg_tensor *x);
// Integers are neither NaN nor infinite.
sg_tensor *sg_isnan(sg_context *context, sg_tensor *x);
sg_tensor *sg_isinf(sg_context *context, sg_tensor *x);
sg_tensor *sg_isfinite(sg_context *context, sg_tensor *x);

typedef struct sg_isclose_options {
  double rtol, atol; // >= 0; default 1e-5 and 1e-8
  bool equal_nan;    // NaN is close to NaN; default false
} sg_isclose_options;

// |a - b| <= atol + rtol |b|, as bools. `options` NULL: the defaults.
sg_tensor *sg_isclose(sg_context *context, sg_tensor *a, sg_tensor *b, const sg_isclose_options *options);
// a where condition is not 0, else b; all three broadcast. The condition has any dtype; those of a and b meet in
// the first of floating, i64, u8, bool that is there.
sg_tensor *sg_where(sg_context *context, sg_tensor *condition, sg_tensor *a, sg_tensor *b);
// value, of shape [] and the dtype of x, where mask is not 0, else x. The mask broadcasts to the shape of x.
sg_tensor *sg_masked_fill(sg_context *context, sg_tensor *x, sg_tensor *mask, sg_tensor *value);

SG_PUBLIC_END

#endif
