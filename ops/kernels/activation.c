// SPDX-License-Identifier: GPL-3.0-or-later
//
// Activations in pieces, bent by exponentials and shrunk, and their first derivatives. A NaN fails every comparison
// and takes the piece that passes it on.
#include "ops/kernels/row_vector.h"

#include <stdbool.h>

// ---- Straight pieces --------------------------------------------------------------------------------

// min(max(x, low), high); d_x = d_y in between, without the bounds
ALWAYS_INLINE real hardtanh_of(real x, real low, real high) {
  const real above = x < low ? low : x;
  return above > high ? high : above;
}
ALWAYS_INLINE real hardtanh_slope(real x, real d_y, real low, real high) {
  return ((x <= low) | (x >= high)) ? 0 : d_y;
}
void VARIANT(hardtanh_row)(const sg_row *row) { map_scalar_with(hardtanh_of, row, 2); }
void VARIANT(d_hardtanh_row)(const sg_row *row) { map_slope_with(hardtanh_slope, row, 2); }

ALWAYS_INLINE real relu6_of(real x) { return hardtanh_of(x, 0, 6); }
ALWAYS_INLINE real relu6_slope(real x, real d_y) { return hardtanh_slope(x, d_y, 0, 6); }
void VARIANT(relu6_row)(const sg_row *row) { map_scalar(relu6_of, row); }
void VARIANT(d_relu6_row)(const sg_row *row) { map_slope(relu6_slope, row); }

// min(max(x + 3, 0), 6) / 6
ALWAYS_INLINE real hardsigmoid_of(real x) { return relu6_of(x + 3) / 6; }
ALWAYS_INLINE real hardsigmoid_slope(real x, real d_y) { return hardtanh_slope(x, d_y / 6, -3, 3); }
void VARIANT(hardsigmoid_row)(const sg_row *row) { map_scalar(hardsigmoid_of, row); }
void VARIANT(d_hardsigmoid_row)(const sg_row *row) { map_slope(hardsigmoid_slope, row); }

// x hardsigmoid(x); d_x = d_y (x / 3 + 1/2) for -3 <= x <= 3
ALWAYS_INLINE real hardswish_of(real x) { return x < -3 ? 0 : x > 3 ? x : x * ((x + 3) / 6); }
ALWAYS_INLINE real hardswish_slope(real x, real d_y) {
  return x < -3 ? 0 : x > 3 ? d_y : d_y * (x / 3 + (real)0.5);
}
void VARIANT(hardswish_row)(const sg_row *row) { map_scalar(hardswish_of, row); }
void VARIANT(d_hardswish_row)(const sg_row *row) { map_slope(hardswish_slope, row); }

// x beyond [-lambda, lambda], else 0
ALWAYS_INLINE real hardshrink_of(real x, real lambda, real unused) {
  return (void)unused, ((x >= -lambda) & (x <= lambda)) ? 0 : x;
}
ALWAYS_INLINE real hardshrink_slope(real x, real d_y, real lambda, real unused) {
  return (void)unused, ((x >= -lambda) & (x <= lambda)) ? 0 : d_y;
}
void VARIANT(hardshrink_row)(const sg_row *row) { map_scalar_with(hardshrink_of, row, 1); }
void VARIANT(d_hardshrink_row)(const sg_row *row) { map_slope_with(hardshrink_slope, row, 1); }

// x - lambda and x + lambda beyond [-lambda, lambda], else 0
ALWAYS_INLINE real softshrink_of(real x, real lambda, real unused) {
  return (void)unused, ((x >= -lambda) & (x <= lambda)) ? 0 : x < 0 ? x + lambda : x - lambda;
}
void VARIANT(softshrink_row)(const sg_row *row) { map_scalar_with(softshrink_of, row, 1); }

// x above the threshold, else the value
ALWAYS_INLINE real threshold_of(real x, real threshold, real value) { return x <= threshold ? value : x; }
ALWAYS_INLINE real threshold_slope(real x, real d_y, real threshold, real value) {
  return (void)value, x <= threshold ? 0 : d_y;
}
void VARIANT(threshold_row)(const sg_row *row) { map_scalar_with(threshold_of, row, 2); }
void VARIANT(d_threshold_row)(const sg_row *row) { map_slope_with(threshold_slope, row, 1); }

// a where a > 0, else b a
ALWAYS_INLINE real prelu_of(real a, real b) { return a > 0 ? a : b * a; }
void VARIANT(prelu_row)(const sg_row *row) { map_scalar_2(prelu_of, row); }

// x / (1 + |x|), 1 or -1 where that is infinity by infinity; d_x = d_y / (1 + |x|)^2
ALWAYS_INLINE real softsign_of(real x) {
  const real size = x < 0 ? -x : x;
  return size == (real)INFINITY ? (x < 0 ? (real)-1 : (real)1) : x / (1 + size);
}
ALWAYS_INLINE real softsign_slope(real x, real d_y) {
  const real sum = 1 + (x < 0 ? -x : x);
  return d_y / sum / sum;
}
void VARIANT(softsign_row)(const sg_row *row) { map_scalar(softsign_of, row); }
void VARIANT(d_softsign_row)(const sg_row *row) { map_slope(softsign_slope, row); }

// ---- Exponentials for x <= 0 ------------------------------------------------------------------------

ALWAYS_INLINE vreal nonpositive(vreal x) { return vector_select((vmask)(x > 0), vector_splat(0), x); }

// x for x > 0, else alpha (exp(x) - 1)
ALWAYS_INLINE vreal elu_of(vreal x, vreal alpha, vreal unused) {
  return (void)unused, vector_select((vmask)(x > 0), x, alpha * vector_quick_expm1(nonpositive(x)));
}
ALWAYS_INLINE vreal elu_slope(vreal x, vreal d_y, vreal alpha, vreal unused) {
  return (void)unused, d_y * vector_select((vmask)(x > 0), vector_splat(1), alpha * vector_exp(nonpositive(x)));
}
void VARIANT(elu_row)(const sg_row *row) { map_vector_with(elu_of, row, 1); }
void VARIANT(d_elu_row)(const sg_row *row) { map_vector_slope_with(elu_slope, row, 1); }

// x for x > 0, else alpha (exp(x / alpha) - 1)
ALWAYS_INLINE vreal celu_of(vreal x, vreal alpha, vreal unused) {
  return (void)unused, vector_select((vmask)(x > 0), x, alpha * vector_quick_expm1(nonpositive(x) / alpha));
}
ALWAYS_INLINE vreal celu_slope(vreal x, vreal d_y, vreal alpha, vreal unused) {
  return (void)unused, d_y * vector_select((vmask)(x > 0), vector_splat(1), vector_exp(nonpositive(x) / alpha));
}
void VARIANT(celu_row)(const sg_row *row) { map_vector_with(celu_of, row, 1); }
void VARIANT(d_celu_row)(const sg_row *row) { map_vector_slope_with(celu_slope, row, 1); }

// scale times elu(x) with an alpha and a scale that keep mean 0 and variance 1
static const real selu_scale = (real)1.0507009873554804934193349852946;
static const real selu_scale_alpha = (real)(1.0507009873554804934193349852946 * 1.6732632423543772848170429916717);

ALWAYS_INLINE vreal selu_of(vreal x) {
  return vector_select((vmask)(x > 0), selu_scale * x, selu_scale_alpha * vector_quick_expm1(nonpositive(x)));
}
ALWAYS_INLINE vreal selu_slope(vreal x, vreal d_y) {
  const vreal bent = selu_scale_alpha * vector_exp(nonpositive(x));
  return d_y * vector_select((vmask)(x > 0), vector_splat(selu_scale), bent);
}
void VARIANT(selu_row)(const sg_row *row) { map_vector(selu_of, row); }
void VARIANT(d_selu_row)(const sg_row *row) { map_vector_slope(selu_slope, row); }

// ---- Smooth ones ------------------------------------------------------------------------------------

// log(sigmoid(x)) = min(x, 0) - log(1 + exp(-|x|)); d_x = d_y sigmoid(-x)
ALWAYS_INLINE vreal logsigmoid_of(vreal x) { return nonpositive(x) - vector_log1p(vector_exp(-vector_abs(x))); }
ALWAYS_INLINE vreal logsigmoid_slope(vreal x, vreal d_y) { return d_y * vector_sigmoid(-x); }
void VARIANT(logsigmoid_row)(const sg_row *row) { map_vector(logsigmoid_of, row); }
void VARIANT(d_logsigmoid_row)(const sg_row *row) { map_vector_slope(logsigmoid_slope, row); }

// x - tanh(x); near 0, where that cancels, (x cosh(x) - sinh(x)) / cosh(x) = x^3 (1/3 + x^2/30 + ...) / cosh(x),
// the sum of 2 k x^(2 k - 2) / (2 k + 1)!. d_x = d_y tanh(x)^2
ALWAYS_INLINE vreal tanhshrink_of(vreal x) {
  const vreal square = x * x;
  vreal sum = vector_splat(0), e = vector_exp(vector_abs(x));
  double coefficient[10], factorial = 1;
  for (int k = 1; k <= 10; k++) {
    factorial *= (double)(2 * k) * (2 * k + 1);
    coefficient[k - 1] = 2 * k / factorial;
  }
  for (int k = 9; k >= 0; k--) sum = sum * square + (real)coefficient[k];
  const vreal near = x * square * sum / ((real)0.5 * (e + 1 / e));
  return vector_select((vmask)(square < 1), near, x - vector_tanh(x));
}
ALWAYS_INLINE vreal tanhshrink_slope(vreal x, vreal d_y) {
  const vreal t = vector_tanh(x);
  return d_y * (t * t);
}
void VARIANT(tanhshrink_row)(const sg_row *row) { map_vector(tanhshrink_of, row); }
void VARIANT(d_tanhshrink_row)(const sg_row *row) { map_vector_slope(tanhshrink_slope, row); }

// x t with t = tanh(softplus(x)) = n / (n + 2), n = e^2 + 2 e, e = exp(x); for x > 0 in terms of 1 / e.
// t' = 4 e (1 + e) / (n + 2)^2
typedef struct mish_parts {
  vreal e, sum; // exp(-|x|); n + 2, for x > 0 over exp(2 x)
  vmask negative;
} mish_parts;

ALWAYS_INLINE mish_parts mish_split(vreal x) {
  mish_parts p = {.e = vector_exp(-vector_abs(x)), .negative = (vmask)(x < 0)};
  p.sum = vector_select(p.negative, p.e * p.e + 2 * p.e + 2, 1 + 2 * p.e + 2 * (p.e * p.e));
  return p;
}
ALWAYS_INLINE vreal mish_gate(mish_parts p) {
  return vector_select(p.negative, p.e * (p.e + 2), 1 + 2 * p.e) / p.sum;
}
ALWAYS_INLINE vreal mish_of(vreal x) { return vector_lower_tail(x) * mish_gate(mish_split(x)); }
ALWAYS_INLINE vreal mish_slope(vreal x, vreal d_y) {
  const mish_parts p = mish_split(x);
  const vreal gate_slope = 4 * p.e * (1 + p.e) * vector_select(p.negative, vector_splat(1), p.e) / (p.sum * p.sum);
  return d_y * (mish_gate(p) + vector_tails(x) * gate_slope);
}
void VARIANT(mish_row)(const sg_row *row) { map_vector(mish_of, row); }
void VARIANT(d_mish_row)(const sg_row *row) { map_vector_slope(mish_slope, row); }

// ---- Gates ------------------------------------------------------------------------------------------

ALWAYS_INLINE vreal glu_of(vreal a, vreal b) { return a * vector_sigmoid(b); }
void VARIANT(glu_row)(const sg_row *row) { map_vector_2(glu_of, row); }

ALWAYS_INLINE vreal swiglu_of(vreal a, vreal b) { return vector_lower_tail(a) * vector_sigmoid(a) * b; }
void VARIANT(swiglu_row)(const sg_row *row) { map_vector_2(swiglu_of, row); }
