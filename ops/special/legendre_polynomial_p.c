// SPDX-License-Identifier: GPL-3.0-or-later
//
// Legendre's polynomials.  P_n' = sum of (2 k + 1) P_k over k = n - 1, n - 3, ...
#include "ops/ops.h"
#include "ops/special/legendre.h"

const sg_op op_legendre_polynomial_p = {
    SG_SCALAR_UNARY(legendre_polynomial_p, .scalar = sg_legendre_value, .d_x = {sg_legendre_d_x, SG_READS_X}),
    SG_WORDS("Legendre's polynomial of degree n.", "y = P_n(x), with (n + 1) P_(n+1) = (2 n + 1) x P_n - n P_(n-1)",
             "Abramowitz and Stegun 22.7.10"),
    SG_OPTIONS(sg_legendre, (&(const sg_legendre){4, 0}),
               SG_OPTION(sg_legendre, n, INT, "the degree, up to 100", SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 0,
                         SG_LEGENDRE_LARGEST_N)),
    .domain = {-1, 1},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 0.5, 1, -1)), SG_WITH(sg_legendre, 3, 0), SG_GIVES(0, -0.4375, 1, -1)},
        {"outside", SG_ON(SG_UNIFORM(-3, 3, SG_DIMS(6))), SG_WITH(sg_legendre, 2, 0)},
        {"high", SG_ON(SG_UNIFORM(-1, 1, SG_DIMS(6))), SG_WITH(sg_legendre, 25, 0)},
        {"straight", SG_ON(SG_UNIFORM(-1, 1, SG_DIMS(6))), SG_WITH(sg_legendre, 1, 0)}),
};

sg_tensor *sg_legendre_polynomial_p(sg_context *context, sg_tensor *x, int64_t n) {
  return sg_apply_one(context, &op_legendre_polynomial_p, 1, &x, &(sg_legendre){n, 0});
}
