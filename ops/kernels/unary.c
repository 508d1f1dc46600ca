// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions of one floating number and their first derivatives, which are worked out from x unless it says y.
#include "ops/kernels/erfcx.h"
#include "ops/kernels/row_vector.h"

#include <stdbool.h>

// ---- Transcendental functions -----------------------------------------------------------------------

void VARIANT(exp_row)(const sg_row *row) { map_vector(vector_exp, row); }
void VARIANT(log_row)(const sg_row *row) { map_vector(vector_log, row); }
void VARIANT(sin_row)(const sg_row *row) { map_vector(vector_sin, row); }
void VARIANT(cos_row)(const sg_row *row) { map_vector(vector_cos, row); }
void VARIANT(tanh_row)(const sg_row *row) { map_vector(vector_tanh, row); }
void VARIANT(erf_row)(const sg_row *row) { map_vector(vector_erf, row); }
void VARIANT(erfc_row)(const sg_row *row) { map_vector(vector_erfc, row); }
void VARIANT(sigmoid_row)(const sg_row *row) { map_vector(vector_sigmoid, row); }
void VARIANT(sigmoid_slope_row)(const sg_row *row) { map_vector(vector_sigmoid_slope, row); }

// d_x = d_y / x
ALWAYS_INLINE real log_slope(real x, real d_y) { return d_y / x; }
void VARIANT(d_log_row)(const sg_row *row) { map_slope(log_slope, row); }

// d_x = d_y cos(x)
ALWAYS_INLINE vreal sin_slope(vreal x, vreal d_y) { return d_y * vector_cos(x); }
void VARIANT(d_sin_row)(const sg_row *row) { map_vector_slope(sin_slope, row); }

// d_x = -d_y sin(x)
ALWAYS_INLINE vreal cos_slope(vreal x, vreal d_y) { return -(d_y * vector_sin(x)); }
void VARIANT(d_cos_row)(const sg_row *row) { map_vector_slope(cos_slope, row); }

// d_x = d_y (1 - tanh(x)^2)
ALWAYS_INLINE vreal tanh_slope(vreal x, vreal d_y) { return d_y * (4 * vector_sigmoid_slope(2 * x)); }
void VARIANT(d_tanh_row)(const sg_row *row) { map_vector_slope(tanh_slope, row); }

// With s = sigmoid(x): d_x = d_y s (1 - s)
ALWAYS_INLINE vreal sigmoid_derivative(vreal x, vreal d_y) { return d_y * vector_sigmoid_slope(x); }
void VARIANT(d_sigmoid_row)(const sg_row *row) { map_vector_slope(sigmoid_derivative, row); }

// d_x = d_y 2 / sqrt(pi) exp(-x^2)
ALWAYS_INLINE vreal erf_slope(vreal x, vreal d_y) {
  const real two_over_sqrt_pi = (real)1.12837916709551257390;
  return d_y * (two_over_sqrt_pi * vector_exp(-(x * x)));
}
void VARIANT(d_erf_row)(const sg_row *row) { map_vector_slope(erf_slope, row); }

// d_x = -d_y 2 / sqrt(pi) exp(-x^2)
ALWAYS_INLINE vreal erfc_slope(vreal x, vreal d_y) { return -erf_slope(x, d_y); }
void VARIANT(d_erfc_row)(const sg_row *row) { map_vector_slope(erfc_slope, row); }

// ---- Rectifiers -------------------------------------------------------------------------------------

// NaN fails the comparison and so passes through.
ALWAYS_INLINE real relu_of(real x) { return x <= 0 ? 0 : x; }
void VARIANT(relu_row)(const sg_row *row) { map_scalar(relu_of, row); }

// d_x = d_y where y > 0
ALWAYS_INLINE real relu_slope(real y, real d_y) { return y <= 0 ? 0 : d_y; }
void VARIANT(d_relu_row)(const sg_row *row) { map_slope(relu_slope, row); }

void VARIANT(clamp_row)(const sg_row *row) {
  const real *x = row->operand[0], low = parameter_of(row, 0), high = parameter_of(row, 1);
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) {
    real above = x[i] < low ? low : x[i];
    y[i] = above > high ? high : above;
  }
}

// d_x = d_y where low <= x <= high, and where x is NaN, which passes through; none where y is one number anyway
void VARIANT(d_clamp_row)(const sg_row *row) {
  const real *x = row->operand[0], *d_y = row->operand[1], low = parameter_of(row, 0), high = parameter_of(row, 1);
  real *d_x = row->result[0];
  const bool constant = low >= high;
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) d_x[i] = (constant | (x[i] < low) | (x[i] > high)) ? 0 : d_y[i];
}

void VARIANT(leaky_relu_row)(const sg_row *row) {
  const real *x = row->operand[0], slope = parameter_of(row, 0);
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

// d_x = d_y where x > 0, else slope d_y
void VARIANT(d_leaky_relu_row)(const sg_row *row) {
  const real *x = row->operand[0], *d_y = row->operand[1], slope = parameter_of(row, 0);
  real *d_x = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) d_x[i] = x[i] > 0 ? d_y[i] : slope * d_y[i];
}

// ---- Smooth rectifiers ------------------------------------------------------------------------------

// max(x, 0) + log(1 + exp(-|beta x|)) / beta: the exponential cannot overflow; x where beta x is above the
// threshold
ALWAYS_INLINE vreal softplus_of(vreal x, vreal beta, vreal threshold) {
  const vreal scaled = beta * x, positive = vector_select((vmask)(x > 0), x, vector_splat(0));
  const vreal y = positive + vector_log1p(vector_exp(-vector_abs(scaled))) / beta;
  return vector_select((vmask)(scaled > threshold), x, y);
}
void VARIANT(softplus_row)(const sg_row *row) { map_vector_with(softplus_of, row, 2); }

// d_x = d_y sigmoid(beta x), d_y above the threshold
ALWAYS_INLINE vreal softplus_slope(vreal x, vreal d_y, vreal beta, vreal threshold) {
  const vreal scaled = beta * x;
  return vector_select((vmask)(scaled > threshold), d_y, d_y * vector_sigmoid(scaled));
}
void VARIANT(d_softplus_row)(const sg_row *row) { map_vector_slope_with(softplus_slope, row, 2); }

ALWAYS_INLINE vreal silu_of(vreal x) { return vector_lower_tail(x) * vector_sigmoid(x); }
void VARIANT(silu_row)(const sg_row *row) { map_vector(silu_of, row); }

// With s = sigmoid(x): d_x = d_y (s + x s (1 - s))
ALWAYS_INLINE vreal silu_slope(vreal x, vreal d_y) {
  return d_y * (vector_sigmoid(x) + vector_tails(x) * vector_sigmoid_slope(x));
}
void VARIANT(d_silu_row)(const sg_row *row) { map_vector_slope(silu_slope, row); }

// exp(-x^2 / 2), and P(X <= x) of the standard normal distribution, which has it as a factor in the left tail.
ALWAYS_INLINE vreal normal_probability(vreal x, vreal *exponential) {
  const real root_half = (real)0.70710678118654752440;
  const vreal near = vector_tails(x);
  *exponential = exp_of_square(near, (real)-0.5);
  const vreal tail = (real)0.5 * *exponential * erfcx_of_positive(root_half * vector_abs(near));
  return vector_select((vmask)(x > 0), 1 - tail, tail);
}

ALWAYS_INLINE vreal gelu_of(vreal x) {
  vreal exponential;
  return vector_lower_tail(x) * normal_probability(x, &exponential);
}
void VARIANT(gelu_row)(const sg_row *row) { map_vector(gelu_of, row); }

// d_x = d_y (P(x) + x p(x)), p(x) = exp(-x^2 / 2) / sqrt(2 pi)
ALWAYS_INLINE vreal gelu_slope(vreal x, vreal d_y) {
  const real density_at_0 = (real)0.39894228040143267794;
  vreal exponential;
  const vreal probability = normal_probability(x, &exponential);
  return d_y * (probability + vector_tails(x) * (density_at_0 * exponential));
}
void VARIANT(d_gelu_row)(const sg_row *row) { map_vector_slope(gelu_slope, row); }

// x (1 + tanh(u)) / 2 = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
ALWAYS_INLINE vreal gelu_tanh_argument(vreal x) {
  const real twice_root = (real)1.59576912160573071176, cubic = (real)0.044715;
  return twice_root * (x + cubic * (x * x * x));
}

ALWAYS_INLINE vreal gelu_tanh_of(vreal x) { return vector_lower_tail(x) * vector_sigmoid(gelu_tanh_argument(x)); }
void VARIANT(gelu_tanh_row)(const sg_row *row) { map_vector(gelu_tanh_of, row); }

// With s = sigmoid(2 u): d_x = d_y (s + x s (1 - s) 2 u')
ALWAYS_INLINE vreal gelu_tanh_slope(vreal x, vreal d_y) {
  const real twice_root = (real)1.59576912160573071176, three_cubic = (real)0.134145;
  x = vector_tails(x);
  vreal u = gelu_tanh_argument(x), slope = twice_root * (1 + three_cubic * (x * x));
  return d_y * (vector_sigmoid(u) + x * (vector_sigmoid_slope(u) * slope));
}
void VARIANT(d_gelu_tanh_row)(const sg_row *row) { map_vector_slope(gelu_tanh_slope, row); }
