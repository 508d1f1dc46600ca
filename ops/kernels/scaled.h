// SPDX-License-Identifier: GPL-3.0-or-later
//
// Products whose factors may leave the range of double on the way, though the product need not: m 2^exponent, with
// |m| in [2^-256, 2^256). A product that is 0, infinite or NaN has the exponent 0, and stays so.
#ifndef SELENOGRAD_KERNELS_SCALED_H
#define SELENOGRAD_KERNELS_SCALED_H

#include <float.h>
#include <math.h>

#include "ops/kernels/real.h"

typedef struct scaled {
  double m;
  int64_t exponent;
} scaled;

static inline scaled scaled_normal(scaled p) {
  int exponent;
  if (!(fabs(p.m) > 0 && fabs(p.m) <= DBL_MAX)) return (scaled){p.m, 0};
  p.m = frexp(p.m, &exponent);
  return (scaled){p.m, p.exponent + exponent};
}

ALWAYS_INLINE scaled scaled_checked(scaled p) {
  const double size = fabs(p.m);
  return size >= 0x1p-256 && size < 0x1p256 ? p : scaled_normal(p);
}

ALWAYS_INLINE scaled scaled_times(scaled p, double x) {
#if !defined(SG_KERNEL_F32) // whose numbers all lie between
  if (!(fabs(x) >= 0x1p-512 && fabs(x) <= 0x1p512)) {
    const scaled factor = scaled_normal((scaled){x, 0});
    return scaled_checked((scaled){p.m * factor.m, p.exponent + factor.exponent});
  }
#endif
  return scaled_checked((scaled){p.m * x, p.exponent});
}

ALWAYS_INLINE scaled scaled_product(scaled a, scaled b) {
  return scaled_checked((scaled){a.m * b.m, a.exponent + b.exponent});
}

// With one rounding, also among subnormal numbers.
ALWAYS_INLINE double scaled_value(scaled p) {
  if (p.exponent == 0) return p.m;
  if (p.exponent > 2000) return p.m * (double)INFINITY;
  return p.exponent < -2000 ? p.m * 0 : ldexp(p.m, (int)p.exponent);
}

#endif
