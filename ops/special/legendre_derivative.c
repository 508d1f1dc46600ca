// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of Legendre's polynomials, which are Gegenbauer's.
#include <math.h>

#include "ops/ops.h"
#include "ops/special/legendre.h"

// (2 m - 1)!! C_(n - m) with parameter l = m + 1/2: k C_k = 2 (k + l - 1) x C_(k - 1) - (k + 2 l - 2) C_(k - 2).
double sg_legendre_value(const double *x, const void *options) {
  const sg_legendre *o = options;
  const int m = (int)o->order, degree = (int)o->n - m;
  const long double l = m + 0.5L, size = fabsl((long double)x[0]);
  long double before = 0, c = 1;
  if (isnan(x[0])) return x[0];
  if (degree < 0) return 0;
  for (int k = 1; k <= m; k++) c *= 2 * k - 1;
  for (int k = 1; k <= degree && !isinf(c); k++) {
    const long double next = (2 * (k + l - 1) * size * c - (k + 2 * l - 2) * before) / k;
    before = c;
    c = next;
  }
  return (double)(signbit(x[0]) && degree % 2 ? -c : c);
}

sg_tensor *sg_legendre_d_x(const sg_single *s) {
  const sg_legendre *o = s->options;
  return sg_mul(s->context, s->d_y, sg_legendre_derivative(s->context, s->x, o->n, o->order + 1));
}

const sg_op op_legendre_derivative = {
    SG_SCALAR_UNARY(legendre_derivative, .scalar = sg_legendre_value, .d_x = {sg_legendre_d_x, SG_READS_X}),
    SG_WORDS("A derivative of Legendre's polynomial of degree n.",
             "y = d^m/dx^m P_n(x) = (2 m - 1)!! C_(n-m)(x), Gegenbauer's polynomial with parameter m + 1/2",
             "Abramowitz and Stegun 22.5.37, 22.7.3"),
    SG_OPTIONS(sg_legendre, (&(const sg_legendre){4, 1}),
               SG_OPTION(sg_legendre, n, INT, "the degree, up to 100", SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 0,
                         SG_LEGENDRE_LARGEST_N),
               SG_OPTION(sg_legendre, order, INT, "how many times, up to 110; default 1", SG_AT_LEAST | SG_AT_MOST,
                         0, SG_LEGENDRE_LARGEST_N + 10)),
    .domain = {-1, 1},
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 0.5, 1)), SG_WITH(sg_legendre, 3, 1), SG_GIVES(-1.5, 0.375, 6)},
                   {"twice", SG_ON(SG_UNIFORM(-1, 1, SG_DIMS(6))), SG_WITH(sg_legendre, 7, 2)},
                   {"more often than the degree", SG_ON(SG_UNIFORM(-1, 1, SG_DIMS(6))), SG_WITH(sg_legendre, 2, 3)},
                   {"four times", SG_ON(SG_UNIFORM(-2, 2, SG_DIMS(6))), SG_WITH(sg_legendre, 9, 4)}),
};

sg_tensor *sg_legendre_derivative(sg_context *context, sg_tensor *x, int64_t n, int64_t order) {
  return sg_apply_one(context, &op_legendre_derivative, 1, &x, &(sg_legendre){n, order});
}
