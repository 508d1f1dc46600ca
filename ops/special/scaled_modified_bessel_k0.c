// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x) K_0(x); NaN below 0, infinity at 0.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_scaled_modified_bessel_k0 = {
    SG_SCALED_BESSEL(scaled_modified_bessel_k0, SG_K0E),
    SG_WORDS("The modified Bessel function of the second kind of order 0, scaled by an exponential.",
             "y = exp(x) K_0(x); NaN below 0", "Abramowitz and Stegun 9.6"),
    .domain = {0.3, 4},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1)), SG_GIVES(1.1444630798068949810)},
                          {"large", SG_ON(SG_UNIFORM(20, 60, SG_DIMS(4)))}),
};

sg_tensor *sg_scaled_modified_bessel_k0(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_scaled_modified_bessel_k0, 1, &x, NULL);
}
