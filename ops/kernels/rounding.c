// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rounding to whole numbers, and division that leaves a rest. Integers are whole already.
#include "ops/kernels/row_map.h"

#include <float.h>

// ---- Rounding ---------------------------------------------------------------------------------------

#if defined(SG_KERNEL_I64)
ALWAYS_INLINE real floor_of(real x) { return x; }
ALWAYS_INLINE real ceil_of(real x) { return x; }
ALWAYS_INLINE real round_of(real x) { return x; }
ALWAYS_INLINE real trunc_of(real x) { return x; }
#elif defined(SG_KERNEL_F32)
ALWAYS_INLINE real floor_of(real x) { return floorf(x); }
ALWAYS_INLINE real ceil_of(real x) { return ceilf(x); }
ALWAYS_INLINE real round_of(real x) { return rintf(x); } // half to even
ALWAYS_INLINE real trunc_of(real x) { return truncf(x); }
#else
ALWAYS_INLINE real floor_of(real x) { return floor(x); }
ALWAYS_INLINE real ceil_of(real x) { return ceil(x); }
ALWAYS_INLINE real round_of(real x) { return rint(x); }
ALWAYS_INLINE real trunc_of(real x) { return trunc(x); }
#endif

void VARIANT(floor_row)(const sg_row *row) { map_scalar(floor_of, row); }
void VARIANT(ceil_row)(const sg_row *row) { map_scalar(ceil_of, row); }
void VARIANT(round_row)(const sg_row *row) { map_scalar(round_of, row); }
void VARIANT(trunc_row)(const sg_row *row) { map_scalar(trunc_of, row); }

// ---- Rests of integers ------------------------------------------------------------------------------

// The divisor is not 0. That of -1 goes apart: the smallest number divided by it is none.
#if defined(SG_KERNEL_I64)

ALWAYS_INLINE real fmod_of(real a, real b) { return b == -1 ? 0 : a % b; }
void VARIANT(fmod_row)(const sg_row *row) { map_scalar_2(fmod_of, row); }

ALWAYS_INLINE real remainder_of(real a, real b) {
  const real rest = fmod_of(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
void VARIANT(remainder_row)(const sg_row *row) { map_scalar_2(remainder_of, row); }

ALWAYS_INLINE real floor_divide_of(real a, real b) {
  if (b == -1) return (real) - (ring)a;
  const real quotient = a / b, rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient;
}
void VARIANT(floor_divide_row)(const sg_row *row) { map_scalar_2(floor_divide_of, row); }

#else

// ---- Rests of floating numbers ----------------------------------------------------------------------

ALWAYS_INLINE real frac_of(real x) { return x - trunc_of(x); }
void VARIANT(frac_row)(const sg_row *row) { map_scalar(frac_of, row); }

// a - q b with q = a / b cut off is exact if it is rounded once and q is exact. The quotient may have been rounded
// up to the next whole number, and then the rest has the other sign. EXACT_QUOTIENT 0: there is no such product
// here.
#if defined(SG_KERNEL_F32)
#define EXACT_QUOTIENT 0x1p23F
ALWAYS_INLINE real rest_of(real a, real q, real b) { return (real)((double)a - (double)q * (double)b); }
ALWAYS_INLINE real slow_rest(real a, real b) { return fmodf(a, b); }
ALWAYS_INLINE real with_sign(real size, real x) { return copysignf(size, x); }
#else
#if defined(__FMA__)
#define EXACT_QUOTIENT 0x1p52
ALWAYS_INLINE real rest_of(real a, real q, real b) { return __builtin_fma(-q, b, a); }
#else
#define EXACT_QUOTIENT 0
ALWAYS_INLINE real rest_of(real a, real q, real b) { return (void)q, (void)b, a; }
#endif
ALWAYS_INLINE real slow_rest(real a, real b) { return fmod(a, b); }
ALWAYS_INLINE real with_sign(real size, real x) { return copysign(size, x); }
#endif

ALWAYS_INLINE real size_of(real x) { return x < 0 ? -x : x; }

ALWAYS_INLINE int is_slow(real a, real b) {
  return !((size_of(a / b) < EXACT_QUOTIENT) & (size_of(b) < (real)INFINITY));
}

// The rest with the sign of a, where it is not slow.
ALWAYS_INLINE real quick_rest(real a, real b) {
  const real rest = rest_of(a, trunc_of(a / b), b);
  const int beyond = (rest != 0) & ((rest < 0) != (a < 0));
  return with_sign(size_of(beyond ? size_of(b) - size_of(rest) : rest), a);
}

// y = f(a, b, the rest with the sign of a). Through a buffer, as y may be a or b.
typedef real rest_function(real a, real b, real rest);

ALWAYS_INLINE void map_rest(rest_function *f, const sg_row *row) {
  enum { CHUNK = 128 };
  const int64_t a_stride = row->stride[0], b_stride = row->stride[1];
  real buffer[CHUNK];
  for (int64_t start = 0; start < row->count; start += CHUNK) {
    const int64_t count = row->count - start < CHUNK ? row->count - start : CHUNK;
    const real *a = (const real *)row->operand[0] + start * a_stride,
               *b = (const real *)row->operand[1] + start * b_stride;
    int slow = 0;
#pragma omp simd reduction(| : slow)
    for (int64_t i = 0; i < count; i++) {
      const real a_i = a[i * a_stride], b_i = b[i * b_stride];
      slow |= is_slow(a_i, b_i);
      buffer[i] = f(a_i, b_i, quick_rest(a_i, b_i));
    }
    for (int64_t i = 0; slow && i < count; i++) {
      const real a_i = a[i * a_stride], b_i = b[i * b_stride];
      if (is_slow(a_i, b_i)) buffer[i] = f(a_i, b_i, slow_rest(a_i, b_i));
    }
    memcpy((real *)row->result[0] + start, buffer, (size_t)count * sizeof *buffer);
  }
}

ALWAYS_INLINE real rest_itself(real a, real b, real rest) { return (void)a, (void)b, rest; }
void VARIANT(fmod_row)(const sg_row *row) { map_rest(rest_itself, row); }

ALWAYS_INLINE int signs_differ(real b, real rest) { return (rest != 0) & ((rest < 0) != (b < 0)); }

// The rest with the sign of b.
ALWAYS_INLINE real remainder_of(real a, real b, real rest) {
  return (void)a, signs_differ(b, rest) ? rest + b : rest;
}
void VARIANT(remainder_row)(const sg_row *row) { map_rest(remainder_of, row); }

// The quotient without its rest is whole but for its own rounding.
ALWAYS_INLINE real floor_divide_of(real a, real b, real rest) {
  const real quotient = (a - rest) / b - (real)signs_differ(b, rest), whole = round_of(quotient);
  return b == 0 ? a / b : whole == 0 ? with_sign(0, a / b) : whole;
}
void VARIANT(floor_divide_row)(const sg_row *row) { map_rest(floor_divide_of, row); }

// ---- Signs, and numbers in place of what is none ----------------------------------------------------

ALWAYS_INLINE real copysign_of(real a, real b) { return with_sign(size_of(a), b); }
void VARIANT(copysign_row)(const sg_row *row) { map_scalar_2(copysign_of, row); }

// A number that overflows in the dtype becomes its largest one; infinity stays.
static real limited(double number) {
#if defined(SG_KERNEL_F32)
  if (number < HUGE_VAL && number > (double)FLT_MAX) return FLT_MAX;
  if (number > -HUGE_VAL && number < -(double)FLT_MAX) return -FLT_MAX;
#endif
  return (real)number;
}

void VARIANT(nan_to_num_row)(const sg_row *row) {
  const double *parameter = row->parameter;
  const real nan = limited(parameter[0]), above = limited(parameter[1]), below = limited(parameter[2]);
  const real *x = row->operand[0];
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) {
    y[i] = x[i] != x[i] ? nan : x[i] == (real)INFINITY ? above : x[i] == -(real)INFINITY ? below : x[i];
  }
}

// d_x = d_y where x is a finite number
ALWAYS_INLINE real nan_to_num_slope(real x, real d_y) { return x - x == 0 ? d_y : 0; }
void VARIANT(d_nan_to_num_row)(const sg_row *row) { map_slope(nan_to_num_slope, row); }

#endif
