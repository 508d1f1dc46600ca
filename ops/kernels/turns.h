// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sines and cosines of pi x, with x moved to where the sine is the same, in [-1/2, 1/2]: no digit is lost, and
// whole and half numbers give exact zeros.
#ifndef SELENOGRAD_KERNELS_TURNS_H
#define SELENOGRAD_KERNELS_TURNS_H

#include "ops/kernels/row_vector.h"

#define PI 3.14159265358979323846264338327950288L

static inline long double sine_of_turns(long double x) {
  long double r = fmodl(x, 2), size = fabsl(r);
  if (size > 1.5L)
    r -= copysignl(2, r);
  else if (size > 0.5L)
    r = copysignl(1, r) - r;
  return sinl(PI * r);
}

// x less the nearest even number, in [-1, 1]: beyond WHOLE there are whole numbers alone, and adding it rounds to
// one. An infinity counts as even.
ALWAYS_INLINE vreal vector_turn(vreal x) {
#if defined(SG_KERNEL_F32)
  const real WHOLE = 0x1p23F;
#else
  const real WHOLE = 0x1p52;
#endif
  const vreal size = vector_abs(x), half = (real)0.5 * size, even = 2 * ((half + WHOLE) - WHOLE);
  const vreal rest = vector_select((vmask)(half >= WHOLE), vector_splat(0), size - even);
  return vector_select((vmask)(x < 0), -rest, rest);
}

// sin(pi r) and cos(pi r), r in [-1, 1]
ALWAYS_INLINE vreal vector_turn_sine(vreal r) {
  const vreal size = vector_abs(r), folded = vector_select((vmask)(size > (real)0.5), 1 - size, size);
  return vector_with_sign(vector_sin((real)PI * folded), r);
}
ALWAYS_INLINE vreal vector_turn_cosine(vreal r) { return vector_sin((real)PI * ((real)0.5 - vector_abs(r))); }

#endif
