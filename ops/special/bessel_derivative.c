// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of Bessel functions, any number of times, in one function: the sum of binomials that
// Z_n' = (Z_(n - 1) +- Z_(n + 1)) / 2 leads to, with its limits where terms of it are infinite.
#include "ops/ops.h"
#include "ops/special/bessel.h"

static const char *const kinds[] = {"j", "y", "i", "k", NULL};

sg_tensor *sg_bessel_d_x(const sg_single *s) {
  const sg_bessel *o = s->options;
  return sg_mul(s->context, s->d_y, sg_bessel_derivative(s->context, s->x, o->kind, o->n, o->order + 1));
}

const sg_op op_bessel_derivative = {
    SG_SCALAR_UNARY(bessel_derivative, .scalar = sg_bessel_value, .d_x = {sg_bessel_d_x, SG_READS_X}),
    SG_WORDS(
        "A derivative of a Bessel function.",
        "y = d^m/dx^m Z_n(x) = 2^-m * sum over j of (m choose j) s^j Z_(n-m+2j)(x), s = -1 of J and Y, 1 of I, "
        "and of K 1 with (-1)^m before all",
        "Abramowitz and Stegun 9.1.31, 9.6.29"),
    SG_OPTIONS(sg_bessel, (&(const sg_bessel){0, 1, SG_BESSEL_J}),
               SG_CHOICE(sg_bessel, kind, kinds, "which function: j, y, i or k"),
               SG_OPTION(sg_bessel, n, INT, "its order, from -100 to 100", SG_AT_LEAST | SG_AT_MOST,
                         -SG_BESSEL_LARGEST_N, SG_BESSEL_LARGEST_N),
               SG_OPTION(sg_bessel, order, INT, "how many times, up to 16; default 1", SG_AT_LEAST | SG_AT_MOST, 0,
                         SG_BESSEL_ORDERS)),
    .domain = {0.5, 6},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, -0.0)), SG_WITH(sg_bessel, 1, 1, SG_BESSEL_J), SG_GIVES(0.5, 0.5)},
        {"both sides", SG_ON(SG_UNIFORM(-9, 9, SG_DIMS(3, 4))), SG_WITH(sg_bessel, 1, 2, SG_BESSEL_J)},
        {"y", SG_ON(SG_UNIFORM(0.5, 9, SG_DIMS(6))), SG_WITH(sg_bessel, 2, 1, SG_BESSEL_Y)},
        {"y, three times", SG_ON(SG_UNIFORM(0.5, 9, SG_DIMS(6))), SG_WITH(sg_bessel, 0, 3, SG_BESSEL_Y)},
        {"i", SG_ON(SG_UNIFORM(-9, 9, SG_DIMS(6))), SG_WITH(sg_bessel, -3, 2, SG_BESSEL_I)},
        {"k", SG_ON(SG_UNIFORM(0.3, 9, SG_DIMS(6))), SG_WITH(sg_bessel, 1, 2, SG_BESSEL_K)},
        {"negative n", SG_ON(SG_UNIFORM(2, 9, SG_DIMS(6))), SG_WITH(sg_bessel, -3, 4, SG_BESSEL_J)}),
};

sg_tensor *sg_bessel_derivative(sg_context *context, sg_tensor *x, int kind, int64_t n, int64_t order) {
  return sg_apply_one(context, &op_bessel_derivative, 1, &x, &(sg_bessel){n, order, kind});
}
