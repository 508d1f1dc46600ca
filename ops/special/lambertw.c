// SPDX-License-Identifier: GPL-3.0-or-later
//
// The principal branch W of w exp(w) = x, which ends at -1/e.  d_x = d_y exp(-W) / (1 + W).
#include "ops/ops.h"
#include "ops/special/derived.h"

const sg_op op_lambertw = {
    SG_DERIVED(lambertw, sg_lambertw_value, sg_lambertw_derivative),
    SG_WORDS("The principal branch of Lambert's W function; NaN below -1/e, where the derivative is infinite.",
             "y exp(y) = x, y >= -1", "Corless et al. 1996, On the Lambert W function"),
    .domain = {-0.3, 4},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 2.7182818284590452354)), SG_GIVES(0, 1)},
                          {"small", SG_ON(SG_UNIFORM(-0.36, 0.01, SG_DIMS(6)))},
                          {"large", SG_ON(SG_UNIFORM(20, 6000, SG_DIMS(4)))}),
};

sg_tensor *sg_lambertw(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_lambertw, 1, &x, NULL);
}
