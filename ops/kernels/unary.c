// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions of one element and their first derivatives. Each derivative says in its comment which value it gets:
// the op's input x or its output y.
#include "ops/kernels/unary.h"
#include "ops/kernels/vector_math.h"
#include <stdbool.h>

// ---- How a function of one element becomes a kernel -------------------------------------------------

ALWAYS_INLINE void map_scalar(real (*f)(real), const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real *x = a->x;
  real *y = a->y;
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) y[i] = f(x[i]);
}

ALWAYS_INLINE void map_scalar_derivative(real (*f)(real, real), const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real *saved = a->x, *d_y = a->d_y;
  real *d_x = a->y;
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) d_x[i] = f(saved[i], d_y[i]);
}

ALWAYS_INLINE void map_vector(vreal (*f)(vreal), const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  vector_map(f, (const real *)a->x + begin, (real *)a->y + begin, end - begin);
}

ALWAYS_INLINE void map_vector_derivative(vreal (*f)(vreal, vreal), const void *arguments, int64_t begin,
                                         int64_t end) {
  const unary_arguments *a = arguments;
  vector_map_2(f, (const real *)a->x + begin, 1, (const real *)a->d_y + begin, 1, (real *)a->y + begin,
               end - begin);
}

// ---- Transcendental functions -----------------------------------------------------------------------

static void exponential(const void *g, int64_t begin, int64_t end) { map_vector(vector_exp, g, begin, end); }
static void logarithm(const void *g, int64_t begin, int64_t end) { map_vector(vector_log, g, begin, end); }
static void sine(const void *g, int64_t begin, int64_t end) { map_vector(vector_sin, g, begin, end); }
static void cosine(const void *g, int64_t begin, int64_t end) { map_vector(vector_cos, g, begin, end); }
static void hyperbolic_tangent(const void *g, int64_t begin, int64_t end) {
  map_vector(vector_tanh, g, begin, end);
}
static void sigmoid(const void *g, int64_t begin, int64_t end) { map_vector(vector_sigmoid, g, begin, end); }
static void sigmoid_slope(const void *g, int64_t begin, int64_t end) {
  map_vector(vector_sigmoid_slope, g, begin, end);
}
static void error_function(const void *g, int64_t begin, int64_t end) { map_vector(vector_erf, g, begin, end); }
static void complementary_error_function(const void *g, int64_t begin, int64_t end) {
  map_vector(vector_erfc, g, begin, end);
}

// d_x = d_y cos(x)
ALWAYS_INLINE vreal sine_derivative(vreal x, vreal d_y) { return d_y * vector_cos(x); }
static void d_sine(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(sine_derivative, g, begin, end);
}

// d_x = -d_y sin(x)
ALWAYS_INLINE vreal cosine_derivative(vreal x, vreal d_y) { return -(d_y * vector_sin(x)); }
static void d_cosine(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(cosine_derivative, g, begin, end);
}

// d_x = d_y (1 - tanh(x)^2)
ALWAYS_INLINE vreal tanh_derivative(vreal x, vreal d_y) { return d_y * (4 * vector_sigmoid_slope(2 * x)); }
static void d_tanh(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(tanh_derivative, g, begin, end);
}

// With s = sigmoid(x): d_x = d_y s (1 - s)
ALWAYS_INLINE vreal sigmoid_derivative(vreal x, vreal d_y) { return d_y * vector_sigmoid_slope(x); }
static void d_sigmoid(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(sigmoid_derivative, g, begin, end);
}

// d_x = d_y 2 / sqrt(pi) exp(-x^2)
ALWAYS_INLINE vreal erf_derivative(vreal x, vreal d_y) {
  const real two_over_sqrt_pi = (real)1.12837916709551257390;
  return d_y * (two_over_sqrt_pi * vector_exp(-(x * x)));
}
static void d_erf(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(erf_derivative, g, begin, end);
}

// d_x = -d_y 2 / sqrt(pi) exp(-x^2)
ALWAYS_INLINE vreal erfc_derivative(vreal x, vreal d_y) { return -erf_derivative(x, d_y); }
static void d_erfc(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(erfc_derivative, g, begin, end);
}

// ---- Arithmetic -------------------------------------------------------------------------------------

ALWAYS_INLINE real neg_of(real x) { return -x; }
static void neg(const void *g, int64_t begin, int64_t end) { map_scalar(neg_of, g, begin, end); }

ALWAYS_INLINE real sign_of(real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
static void sign(const void *g, int64_t begin, int64_t end) { map_scalar(sign_of, g, begin, end); }

ALWAYS_INLINE real abs_of(real x) { return x < 0 ? -x : x + 0; }
static void absolute(const void *g, int64_t begin, int64_t end) { map_scalar(abs_of, g, begin, end); }

// d_x = d_y sign(x)
ALWAYS_INLINE real abs_derivative(real x, real d_y) { return d_y * sign_of(x); }
static void d_absolute(const void *g, int64_t begin, int64_t end) {
  map_scalar_derivative(abs_derivative, g, begin, end);
}

ALWAYS_INLINE real square_of(real x) { return x * x; }
static void square(const void *g, int64_t begin, int64_t end) { map_scalar(square_of, g, begin, end); }

// d_x = 2 x d_y
ALWAYS_INLINE real square_derivative(real x, real d_y) { return 2 * (x * d_y); }
static void d_square(const void *g, int64_t begin, int64_t end) {
  map_scalar_derivative(square_derivative, g, begin, end);
}

#if defined(SG_KERNEL_F32)
ALWAYS_INLINE real sqrt_of(real x) { return sqrtf(x); }
#else
ALWAYS_INLINE real sqrt_of(real x) { return sqrt(x); }
#endif
static void square_root(const void *g, int64_t begin, int64_t end) { map_scalar(sqrt_of, g, begin, end); }

// d_x = d_y / (2 y)
ALWAYS_INLINE real sqrt_derivative(real y, real d_y) { return d_y / (2 * y); }
static void d_square_root(const void *g, int64_t begin, int64_t end) {
  map_scalar_derivative(sqrt_derivative, g, begin, end);
}

ALWAYS_INLINE real rsqrt_of(real x) { return 1 / sqrt_of(x); }
static void reciprocal_root(const void *g, int64_t begin, int64_t end) { map_scalar(rsqrt_of, g, begin, end); }

// d_x = -1/2 d_y y^3, where y^3 overflows before its half
ALWAYS_INLINE real rsqrt_derivative(real y, real d_y) { return d_y * ((real)-0.5 * y * (y * y)); }
static void d_reciprocal_root(const void *g, int64_t begin, int64_t end) {
  map_scalar_derivative(rsqrt_derivative, g, begin, end);
}

// ---- Rectifiers -------------------------------------------------------------------------------------

// NaN fails the comparison and so passes through.
ALWAYS_INLINE real relu_of(real x) { return x <= 0 ? 0 : x; }
static void relu(const void *g, int64_t begin, int64_t end) { map_scalar(relu_of, g, begin, end); }

// d_x = d_y where y > 0
ALWAYS_INLINE real relu_derivative(real y, real d_y) { return y <= 0 ? 0 : d_y; }
static void d_relu(const void *g, int64_t begin, int64_t end) {
  map_scalar_derivative(relu_derivative, g, begin, end);
}

static void clamp(const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real *x = a->x, low = (real)a->parameter[0], high = (real)a->parameter[1];
  real *y = a->y;
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) {
    real above = x[i] < low ? low : x[i];
    y[i] = above > high ? high : above;
  }
}

// d_x = d_y where low <= x <= high, and where x is NaN, which passes through; none where y is one number anyway
static void d_clamp(const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real *x = a->x, *d_y = a->d_y, low = (real)a->parameter[0], high = (real)a->parameter[1];
  real *d_x = a->y;
  const bool constant = low >= high;
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) d_x[i] = (constant | (x[i] < low) | (x[i] > high)) ? 0 : d_y[i];
}

static void leaky_relu(const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real *x = a->x, slope = (real)a->parameter[0];
  real *y = a->y;
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

// d_x = d_y where x > 0, else slope d_y
static void d_leaky_relu(const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real *x = a->x, *d_y = a->d_y, slope = (real)a->parameter[0];
  real *d_x = a->y;
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) d_x[i] = x[i] > 0 ? d_y[i] : slope * d_y[i];
}

// ---- Smooth rectifiers ------------------------------------------------------------------------------

// max(x, 0) + log(1 + exp(-|beta x|)) / beta: the exponential cannot overflow
ALWAYS_INLINE vreal softplus_of(vreal x, vreal beta) {
  vreal positive = vector_select((vmask)(x > 0), x, vector_splat(0));
  return positive + vector_log1p(vector_exp(-vector_abs(beta * x))) / beta;
}

static void softplus(const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real beta = (real)a->parameter[0];
  vector_map_2(softplus_of, (const real *)a->x + begin, 1, &beta, 0, (real *)a->y + begin, end - begin);
}

// d_x = d_y sigmoid(beta x), in two steps through d_x
ALWAYS_INLINE vreal scaled_sigmoid(vreal x, vreal beta) { return vector_sigmoid(beta * x); }

static void d_softplus(const void *arguments, int64_t begin, int64_t end) {
  const unary_arguments *a = arguments;
  const real beta = (real)a->parameter[0], *d_y = a->d_y;
  real *d_x = a->y;
  vector_map_2(scaled_sigmoid, (const real *)a->x + begin, 1, &beta, 0, d_x + begin, end - begin);
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) d_x[i] *= d_y[i];
}

ALWAYS_INLINE vreal silu_of(vreal x) { return vector_lower_tail(x) * vector_sigmoid(x); }
static void silu(const void *g, int64_t begin, int64_t end) { map_vector(silu_of, g, begin, end); }

// With s = sigmoid(x): d_x = d_y (s + x s (1 - s))
ALWAYS_INLINE vreal silu_derivative(vreal x, vreal d_y) {
  return d_y * (vector_sigmoid(x) + vector_tails(x) * vector_sigmoid_slope(x));
}
static void d_silu(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(silu_derivative, g, begin, end);
}

// P(X <= x) of the standard normal distribution; the complement keeps the digits of the left tail.
ALWAYS_INLINE vreal normal_probability(vreal x) {
  const real minus_root_half = (real)-0.70710678118654752440;
  return (real)0.5 * vector_erfc(minus_root_half * x);
}

ALWAYS_INLINE vreal gelu_of(vreal x) { return vector_lower_tail(x) * normal_probability(x); }
static void gelu(const void *g, int64_t begin, int64_t end) { map_vector(gelu_of, g, begin, end); }

// d_x = d_y (P(x) + x p(x)), p(x) = exp(-x^2 / 2) / sqrt(2 pi)
ALWAYS_INLINE vreal gelu_derivative(vreal x, vreal d_y) {
  const real density_at_0 = (real)0.39894228040143267794;
  vreal density = density_at_0 * vector_exp((real)-0.5 * (x * x));
  return d_y * (normal_probability(x) + vector_tails(x) * density);
}
static void d_gelu(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(gelu_derivative, g, begin, end);
}

// x (1 + tanh(u)) / 2 = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
ALWAYS_INLINE vreal gelu_tanh_argument(vreal x) {
  const real twice_root = (real)1.59576912160573071176, cubic = (real)0.044715;
  return twice_root * (x + cubic * (x * x * x));
}

ALWAYS_INLINE vreal gelu_tanh_of(vreal x) {
  return vector_lower_tail(x) * vector_sigmoid(gelu_tanh_argument(x));
}
static void gelu_tanh(const void *g, int64_t begin, int64_t end) { map_vector(gelu_tanh_of, g, begin, end); }

// With s = sigmoid(2 u): d_x = d_y (s + x s (1 - s) 2 u')
ALWAYS_INLINE vreal gelu_tanh_derivative(vreal x, vreal d_y) {
  const real twice_root = (real)1.59576912160573071176, three_cubic = (real)0.134145;
  x = vector_tails(x);
  vreal u = gelu_tanh_argument(x), slope = twice_root * (1 + three_cubic * (x * x));
  return d_y * (vector_sigmoid(u) + x * (vector_sigmoid_slope(u) * slope));
}
static void d_gelu_tanh(const void *g, int64_t begin, int64_t end) {
  map_vector_derivative(gelu_tanh_derivative, g, begin, end);
}

const unary_kernels VARIANT(unary) = {
    .exp = {exponential, NULL},
    .log = {logarithm, NULL},
    .sin = {sine, d_sine},
    .cos = {cosine, d_cosine},
    .tanh = {hyperbolic_tangent, d_tanh},
    .sigmoid = {sigmoid, d_sigmoid},
    .sigmoid_slope = {sigmoid_slope, NULL},
    .neg = {neg, NULL},
    .abs = {absolute, d_absolute},
    .sign = {sign, NULL},
    .square = {square, d_square},
    .sqrt = {square_root, d_square_root},
    .rsqrt = {reciprocal_root, d_reciprocal_root},
    .relu = {relu, d_relu},
    .clamp = {clamp, d_clamp},
    .leaky_relu = {leaky_relu, d_leaky_relu},
    .softplus = {softplus, d_softplus},
    .silu = {silu, d_silu},
    .erf = {error_function, d_erf},
    .erfc = {complementary_error_function, d_erfc},
    .gelu = {gelu, d_gelu},
    .gelu_tanh = {gelu_tanh, d_gelu_tanh},
};
