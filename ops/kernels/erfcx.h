// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x^2) erfc(x), the complementary error function without its exponential, on vectors. For x >= 0 (1 + 2 x)
// times it hardly varies, and is a polynomial in q = (x - 3) / (x + 3), which has [0, infinity] on [-1, 1]:
// Shepherd and Laframboise 1981, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity". The
// coefficients are those of the truncated Chebyshev series, computed in 40 digits; what is left out is below 1e-17
// (f32: 1e-8).
#ifndef SELENOGRAD_KERNELS_ERFCX_H
#define SELENOGRAD_KERNELS_ERFCX_H

#include "ops/kernels/vector_math.h"

#if defined(SG_KERNEL_F32)
static const real erfcx_coefficient[] = {
    1.2530080563677553423F,    -0.1356210694002736027F,    -4.75621569275200741e-2F,   0.12964411434408139391F,
    -0.11927527528224089297F,  6.8316567771140853377e-2F,  -2.3763576439495039671e-2F, 2.4991168696069475641e-3F,
    1.8750791237723530031e-3F, -7.2645367903404842363e-4F, -9.2545166869239659643e-5F, 7.7310242240768950556e-5F};
#else
static const real erfcx_coefficient[] = {
    1.2530080582697296471,    -0.13562110612458115851,   -4.7562294353449196685e-2, 0.12964515870275939232,
    -0.11927366341538638408,  6.8308027344009903797e-2,  -2.3770514917171336801e-2, 2.5293918156939695289e-3,
    1.8886903449991718495e-3, -7.7983226965433065201e-4, -1.0515971958448064841e-4, 1.2509934245837290944e-4,
    4.9491966499683453145e-6, -2.0100542268525610943e-5, -7.308281468783613929e-7,  3.4723709449771681704e-6,
    3.5576086684080594355e-7, -6.1660114603987259305e-7, -1.4047654315428462328e-7, 1.0183620603842736649e-7,
    4.1064013667940352766e-8, -1.3312919661038687714e-8, -8.2175950587114538546e-9, 9.8625335103455875929e-10,
    8.3937348586908775479e-10};
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
