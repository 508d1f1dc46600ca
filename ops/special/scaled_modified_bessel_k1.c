// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x) K_1(x); NaN below 0, infinity at 0.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_scaled_modified_bessel_k1 = {
    SG_SCALED_BESSEL(scaled_modified_bessel_k1, SG_K1E),
    SG_WORDS("The modified Bessel function of the second kind of order 1, scaled by an exponential.",
             "y = exp(x) K_1(x); NaN below 0", "Abramowitz and Stegun 9.6"),
    .domain = {0.3, 4},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1)), SG_GIVES(1.6361534862632582465)},
                          {"large", SG_ON(SG_UNIFORM(20, 60, SG_DIMS(4)))}),
};

sg_tensor *sg_scaled_modified_bessel_k1(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_scaled_modified_bessel_k1, 1, &x, NULL);
}
