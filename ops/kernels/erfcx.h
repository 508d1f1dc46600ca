// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x^2) erfc(x) by its polynomial (erfcx_polynomials.h) on vectors; that of f32 leaves out less than 1e-8.
#ifndef SELENOGRAD_KERNELS_ERFCX_H
#define SELENOGRAD_KERNELS_ERFCX_H

#include "ops/kernels/erfcx_polynomials.h"
#include "ops/kernels/vector_math.h"

#if defined(SG_KERNEL_F32)
static const real erfcx_coefficient[] = {
    1.2530080563677553423F,    -0.1356210694002736027F,    -4.75621569275200741e-2F,   0.12964411434408139391F,
    -0.11927527528224089297F,  6.8316567771140853377e-2F,  -2.3763576439495039671e-2F, 2.4991168696069475641e-3F,
    1.8750791237723530031e-3F, -7.2645367903404842363e-4F, -9.2545166869239659643e-5F, 7.7310242240768950556e-5F};
#else
static const real erfcx_coefficient[] = {ERFCX_POLYNOMIAL};
#endif

// For x >= 0. (With a numerator of a half, as 1 + 2 x may overflow.)
ALWAYS_INLINE vreal erfcx_of_positive(vreal x) {
  const vreal q = 1 - 6 / (x + 3);
  const int count = sizeof erfcx_coefficient / sizeof(real);
  vreal sum = vector_splat(erfcx_coefficient[count - 1]);
  for (int k = count - 2; k >= 0; k--) sum = sum * q + erfcx_coefficient[k];
  return (real)0.5 * sum / ((real)0.5 + x);
}

// exp(sign x^2) where it is in the range; sign 1, -1 or a half of it. What the square lost when it was rounded is
// put back: both halves of x have so few digits that their products are exact.
ALWAYS_INLINE vreal exp_of_square(vreal x, real sign) {
  const real split = sizeof(real) == 4 ? (real)0x1.001p12 : (real)0x1.0000002p27;
  const vreal scaled = x * split, high = scaled - (scaled - x), low = x - high, square = x * x;
  const vreal lost = ((high * high - square) + 2 * high * low) + low * low, e = vector_exp(sign * square);
  return e * (1 + sign * lost);
}

#endif
