// SPDX-License-Identifier: GPL-3.0-or-later
//
// K_0(x); NaN below 0, infinity at 0.  d_x = -d_y K_1(x).
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_modified_bessel_k0 = {
    SG_BESSEL(modified_bessel_k0, SG_BESSEL_K, 0),
    SG_WORDS("The modified Bessel function of the second kind of order 0.",
             "y = K_0(x) = integral of exp(-x cosh t) over t >= 0; NaN below 0", "Abramowitz and Stegun 9.6"),
    .domain = {0.3, 4},
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2)), SG_GIVES(0.42102443824070833334, 0.11389387274953343565)},
                   {"large", SG_ON(SG_UNIFORM(20, 60, SG_DIMS(4)))}),
};

sg_tensor *sg_modified_bessel_k0(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_modified_bessel_k0, 1, &x, NULL);
}
