// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elementary functions on vectors of `real`: SLEEF on x86-64 (errors of at most 1.0 ULP, 1.5 for erfc), elsewhere
// the C library on vectors of one element. A `vreal` is a vector type of the compiler: + - * / and comparisons
// work on it, also against a scalar of type `real`; a comparison gives a `vmask` for vector_select.
//
// Every lane is computed alike, and the last elements of an array go through a padded vector, so the bits of a
// result do not depend on where in the array its argument stands.
#ifndef SELENOGRAD_VECTOR_MATH_H
#define SELENOGRAD_VECTOR_MATH_H

#include "ops/kernels/real.h"
#include "ops/kernels/tail.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#define VECTOR_SLEEF
#if SG_KERNEL_ISA_LEVEL == 2
enum { VECTOR_BYTES = 64 };
#elif SG_KERNEL_ISA_LEVEL == 1
enum { VECTOR_BYTES = 32 };
#else
enum { VECTOR_BYTES = 16 };
#endif
typedef real vreal __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef real vreal;
#endif

#if defined(SG_KERNEL_F32)
typedef int32_t vector_integer;
#else
typedef int64_t vector_integer;
#endif

#if !defined(VECTOR_SLEEF) && defined(SG_KERNEL_F32)
#define VECTOR_FUNCTION(name, bound) name##f
#elif !defined(VECTOR_SLEEF)
#define VECTOR_FUNCTION(name, bound) name
#elif SG_KERNEL_ISA_LEVEL == 2 && defined(SG_KERNEL_F32)
#define VECTOR_FUNCTION(name, bound) Sleef_##name##f16_##bound##avx512f
#elif SG_KERNEL_ISA_LEVEL == 2
#define VECTOR_FUNCTION(name, bound) Sleef_##name##d8_##bound##avx512f
#elif SG_KERNEL_ISA_LEVEL == 1 && defined(SG_KERNEL_F32)
#define VECTOR_FUNCTION(name, bound) Sleef_##name##f8_##bound##avx2
#elif SG_KERNEL_ISA_LEVEL == 1
#define VECTOR_FUNCTION(name, bound) Sleef_##name##d4_##bound##avx2
#elif defined(SG_KERNEL_F32)
#define VECTOR_FUNCTION(name, bound) Sleef_##name##f4_##bound##sse2
#else
#define VECTOR_FUNCTION(name, bound) Sleef_##name##d2_##bound##sse2
#endif

enum { VECTOR_LANES = (int)(sizeof(vreal) / sizeof(real)) };

#if defined(VECTOR_SLEEF)
typedef vector_integer vmask __attribute__((vector_size(sizeof(vreal))));
// Lane by lane: mask ? a : b.
ALWAYS_INLINE vreal vector_select(vmask mask, vreal a, vreal b) {
  return (vreal)((mask & (vmask)a) | (~mask & (vmask)b));
}
#else
typedef int vmask;
ALWAYS_INLINE vreal vector_select(vmask mask, vreal a, vreal b) { return mask ? a : b; }
#endif

// ---- Moving elements ------------------------------------------------------------------------------

ALWAYS_INLINE vreal vector_load(const real *x) {
  vreal v;
  memcpy(&v, x, sizeof v);
  return v;
}

ALWAYS_INLINE void vector_store(real *y, vreal v) { memcpy(y, &v, sizeof v); }

// The same number in every lane. (0 + s would turn -0 into +0.)
ALWAYS_INLINE vreal vector_splat(real s) { return s - (vreal){0}; }

// The first `count` < VECTOR_LANES lanes from x, the others `fill`.
ALWAYS_INLINE vreal vector_load_part(const real *x, int64_t count, real fill) {
  real buffer[VECTOR_LANES];
  for (int64_t i = 0; i < VECTOR_LANES; ++i) buffer[i] = i < count ? x[i] : fill;
  return vector_load(buffer);
}

ALWAYS_INLINE void vector_store_part(real *y, vreal v, int64_t count) {
  real buffer[VECTOR_LANES];
  vector_store(buffer, v);
  for (int64_t i = 0; i < count; ++i) y[i] = buffer[i];
}

// The lanes added up in order, in double.
ALWAYS_INLINE double vector_sum(vreal v) {
  real buffer[VECTOR_LANES];
  vector_store(buffer, v);
  double sum = 0;
  for (int i = 0; i < VECTOR_LANES; ++i) sum += (double)buffer[i];
  return sum;
}

// ---- Functions ------------------------------------------------------------------------------------

// As <sleef.h> declares them, which would bring all of the compiler's intrinsics along: half of the time that a
// file of kernels takes to compile.
#if defined(VECTOR_SLEEF)
typedef vreal vector_function(vreal x);
typedef vreal vector_function_2(vreal a, vreal b);
vector_function VECTOR_FUNCTION(exp, u10), VECTOR_FUNCTION(expm1, u10), VECTOR_FUNCTION(log, u10),
    VECTOR_FUNCTION(log1p, u10), VECTOR_FUNCTION(sin, u10), VECTOR_FUNCTION(cos, u10), VECTOR_FUNCTION(exp2, u10),
    VECTOR_FUNCTION(log2, u10), VECTOR_FUNCTION(log10, u10), VECTOR_FUNCTION(tan, u10), VECTOR_FUNCTION(asin, u10),
    VECTOR_FUNCTION(acos, u10), VECTOR_FUNCTION(atan, u10), VECTOR_FUNCTION(atanh, u10), VECTOR_FUNCTION(tanh, u10),
    VECTOR_FUNCTION(erf, u10), VECTOR_FUNCTION(erfc, u15);
vector_function_2 VECTOR_FUNCTION(atan2, u10), VECTOR_FUNCTION(pow, u10);
#endif

ALWAYS_INLINE vreal vector_exp(vreal x) { return VECTOR_FUNCTION(exp, u10)(x); }
ALWAYS_INLINE vreal vector_expm1(vreal x) { return VECTOR_FUNCTION(expm1, u10)(x); }
ALWAYS_INLINE vreal vector_log(vreal x) { return VECTOR_FUNCTION(log, u10)(x); }
ALWAYS_INLINE vreal vector_log1p(vreal x) { return VECTOR_FUNCTION(log1p, u10)(x); }
ALWAYS_INLINE vreal vector_sin(vreal x) { return VECTOR_FUNCTION(sin, u10)(x); }
ALWAYS_INLINE vreal vector_cos(vreal x) { return VECTOR_FUNCTION(cos, u10)(x); }
ALWAYS_INLINE vreal vector_exp2(vreal x) { return VECTOR_FUNCTION(exp2, u10)(x); }
ALWAYS_INLINE vreal vector_log2(vreal x) { return VECTOR_FUNCTION(log2, u10)(x); }
ALWAYS_INLINE vreal vector_log10(vreal x) { return VECTOR_FUNCTION(log10, u10)(x); }
ALWAYS_INLINE vreal vector_tan(vreal x) { return VECTOR_FUNCTION(tan, u10)(x); }
ALWAYS_INLINE vreal vector_asin(vreal x) { return VECTOR_FUNCTION(asin, u10)(x); }
ALWAYS_INLINE vreal vector_acos(vreal x) { return VECTOR_FUNCTION(acos, u10)(x); }
ALWAYS_INLINE vreal vector_atan(vreal x) { return VECTOR_FUNCTION(atan, u10)(x); }
ALWAYS_INLINE vreal vector_atanh(vreal x) { return VECTOR_FUNCTION(atanh, u10)(x); }
ALWAYS_INLINE vreal vector_atan2(vreal a, vreal b) { return VECTOR_FUNCTION(atan2, u10)(a, b); }
ALWAYS_INLINE vreal vector_tanh(vreal x) { return VECTOR_FUNCTION(tanh, u10)(x); }
ALWAYS_INLINE vreal vector_erf(vreal x) { return VECTOR_FUNCTION(erf, u10)(x); }
ALWAYS_INLINE vreal vector_erfc(vreal x) { return VECTOR_FUNCTION(erfc, u15)(x); }
ALWAYS_INLINE vreal vector_pow(vreal x, vreal exponent) { return VECTOR_FUNCTION(pow, u10)(x, exponent); }

ALWAYS_INLINE vreal vector_sqrt(vreal x) {
  real lanes[VECTOR_LANES];
  vector_store(lanes, x);
  for (int i = 0; i < VECTOR_LANES; i++)
    lanes[i] = sizeof(real) == 4 ? (real)sqrtf((float)lanes[i]) : (real)sqrt((double)lanes[i]);
  return vector_load(lanes);
}

// The size of the one, at least 0, with the sign of the other, of a zero too.
#if defined(VECTOR_SLEEF)
ALWAYS_INLINE vreal vector_with_sign(vreal size, vreal x) {
  const vmask sign = (vmask)vector_splat((real)-0.0);
  return (vreal)((vmask)size | (sign & (vmask)x));
}
#else
ALWAYS_INLINE vreal vector_with_sign(vreal size, vreal x) { return (real)copysign(size, x); }
#endif

ALWAYS_INLINE vreal vector_abs(vreal x) { return vector_select((vmask)(x < 0), -x, x + 0); }

// exp(x) - 1 in a third of the time of SLEEF's, with errors of a few ULP: the power series where that would cancel.
ALWAYS_INLINE vreal vector_quick_expm1(vreal x) {
  enum { TERMS = sizeof(real) == 4 ? 9 : 15 }; // x^TERMS / (TERMS + 1)! is nothing beside 1 for |x| = 1/2
  static const double one_over_factorial[] = {1.0,
                                              1 / 2.0,
                                              1 / 6.0,
                                              1 / 24.0,
                                              1 / 120.0,
                                              1 / 720.0,
                                              1 / 5040.0,
                                              1 / 40320.0,
                                              1 / 362880.0,
                                              1 / 3628800.0,
                                              1 / 39916800.0,
                                              1 / 479001600.0,
                                              1 / 6227020800.0,
                                              1 / 87178291200.0,
                                              1 / 1307674368000.0};
  vreal series = vector_splat((real)one_over_factorial[TERMS - 1]);
  for (int k = TERMS - 2; k >= 0; k--) series = series * x + (real)one_over_factorial[k];
  return vector_select((vmask)(vector_abs(x) < (real)0.5), x * series, vector_exp(x) - 1);
}

// SLEEF's log1p is infinite from 1e307 (f64) and 1e38 (f32) on: there log(x / 2^n) + n log(2).
ALWAYS_INLINE vreal vector_log1p_of_any(vreal x) {
#if defined(SG_KERNEL_F32)
  const real far_away = 0x1p100F, scaled_down = 0x1p-50F, shift = (real)(50 * 0.69314718055994530942);
#else
  const real far_away = 0x1p1000, scaled_down = 0x1p-500, shift = (real)(500 * 0.69314718055994530942);
#endif
  const vmask far = (vmask)(x > far_away);
  return vector_log1p(vector_select(far, x * scaled_down, x)) +
         vector_select(far, vector_splat(shift), vector_splat(0));
}

// 1 / (1 + exp(-x)), with the exponential of -|x| so that neither side overflows and the small side keeps its
// digits.
ALWAYS_INLINE vreal vector_sigmoid(vreal x) {
  vreal e = vector_exp(-vector_abs(x));
  return vector_select((vmask)(x < 0), e, vector_splat(1)) / (1 + e);
}

// The derivative of the sigmoid, s(x) s(-x) = e / (1 + e)^2 with e = exp(-|x|). The derivative of tanh is four
// times this at 2x. Neither is worked out from the function's own value, which rounds to 1 where 1 minus it is
// still to be told from 0.
ALWAYS_INLINE vreal vector_sigmoid_slope(vreal x) {
  vreal e = vector_exp(-vector_abs(x)), sum = 1 + e;
  return e / (sum * sum);
}

// Beyond +-TAIL exp(-|x|) is 0. A factor limited to that gives the same products with what decays so, and no
// infinity times 0. NaN stays NaN.
#if defined(SG_KERNEL_F32)
enum { TAIL = TAIL_F32 };
#else
enum { TAIL = TAIL_F64 };
#endif

ALWAYS_INLINE vreal vector_lower_tail(vreal x) {
  return vector_select((vmask)(x < -(real)TAIL), vector_splat(-(real)TAIL), x);
}
ALWAYS_INLINE vreal vector_tails(vreal x) {
  return vector_lower_tail(vector_select((vmask)(x > (real)TAIL), vector_splat((real)TAIL), x));
}

// ---- Maps -----------------------------------------------------------------------------------------

// y[i] = f(x[i]) for 0 <= i < count. x and y may be the same array.
ALWAYS_INLINE void vector_map(vreal (*f)(vreal), const real *x, real *y, int64_t count) {
  int64_t i = 0;
  for (; i + VECTOR_LANES <= count; i += VECTOR_LANES) vector_store(y + i, f(vector_load(x + i)));
  if (i < count) vector_store_part(y + i, f(vector_load_part(x + i, count - i, 1)), count - i);
}

// y[i] = f(a[i * a_stride], b[i * b_stride]), where a stride is 1, or 0 for an operand that is one number.
ALWAYS_INLINE void vector_map_2(vreal (*f)(vreal, vreal), const real *a, int64_t a_stride, const real *b,
                                int64_t b_stride, real *y, int64_t count) {
  if (count == 0) return;
  const vreal first_a = vector_splat(a[0]), first_b = vector_splat(b[0]);
  int64_t i = 0;
  for (; i + VECTOR_LANES <= count; i += VECTOR_LANES) {
    vreal va = a_stride ? vector_load(a + i) : first_a;
    vreal vb = b_stride ? vector_load(b + i) : first_b;
    vector_store(y + i, f(va, vb));
  }
  if (i == count) return;
  vreal va = a_stride ? vector_load_part(a + i, count - i, 1) : first_a;
  vreal vb = b_stride ? vector_load_part(b + i, count - i, 1) : first_b;
  vector_store_part(y + i, f(va, vb), count - i);
}

#endif
