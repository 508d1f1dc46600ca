// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of exp(-|x|) I_n(x) and exp(x) K_n(x), any number of times. At x = 0, where the former have a
// bend, the mean of both sides, which is 0 where they differ.
#include "ops/ops.h"
#include "ops/special/bessel.h"

static const char *const kinds[] = {"i0e", "i1e", "k0e", "k1e", NULL};

sg_tensor *sg_scaled_bessel_d_x(const sg_single *s) {
  const sg_scaled_bessel *o = s->options;
  return sg_mul(s->context, s->d_y, sg_scaled_bessel_derivative(s->context, s->x, o->kind, o->order + 1));
}

const sg_op op_scaled_bessel_derivative = {
    SG_SCALAR_UNARY(scaled_bessel_derivative, .scalar = sg_scaled_bessel_value,
                    .d_x = {sg_scaled_bessel_d_x, SG_READS_X}),
    SG_WORDS("A derivative of a modified Bessel function that is scaled by an exponential.",
             "y = d^m/dx^m exp(-|x|) I_n(x), or exp(x) K_n(x); n = 0 or 1", "Abramowitz and Stegun 9.6.19, 9.6.24"),
    .subgradient = "0 at 0, of an order that jumps there",
    SG_OPTIONS(sg_scaled_bessel, (&(const sg_scaled_bessel){1, SG_I0E}),
               SG_CHOICE(sg_scaled_bessel, kind, kinds, "which function: i0e, i1e, k0e or k1e"),
               SG_OPTION(sg_scaled_bessel, order, INT, "how many times, up to 16; default 1",
                         SG_AT_LEAST | SG_AT_MOST, 0, SG_BESSEL_ORDERS)),
    .domain = {0.5, 6},
    .samples =
        SG_SAMPLES({"i0e", SG_ON(SG_UNIFORM(-30, 30, SG_DIMS(8))), SG_WITH(sg_scaled_bessel, 2, SG_I0E)},
                   {"negative", SG_ON(SG_UNIFORM(-9, -0.5, SG_DIMS(3, 4))), SG_WITH(sg_scaled_bessel, 1, SG_I0E)},
                   {"i1e", SG_ON(SG_UNIFORM(0.5, 40, SG_DIMS(6))), SG_WITH(sg_scaled_bessel, 2, SG_I1E)},
                   {"k0e", SG_ON(SG_UNIFORM(0.1, 9, SG_DIMS(6))), SG_WITH(sg_scaled_bessel, 1, SG_K0E)},
                   {"k1e", SG_ON(SG_UNIFORM(0.3, 40, SG_DIMS(6))), SG_WITH(sg_scaled_bessel, 3, SG_K1E)}),
};

sg_tensor *sg_scaled_bessel_derivative(sg_context *context, sg_tensor *x, int kind, int64_t order) {
  return sg_apply_one(context, &op_scaled_bessel_derivative, 1, &x, &(sg_scaled_bessel){order, kind});
}
