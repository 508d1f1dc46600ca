// SPDX-License-Identifier: GPL-3.0-or-later
//
// atan(x), in [-pi/2, pi/2].  d_x = d_y / (1 + x^2) = d_y s^2 with s = 1 / sqrt(1 + x^2), where x^2 does not
// overflow.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  return sg_square(c, sg_hypot_slope(c, sg_scalar_like(c, x, 1), x));
}

const sg_op op_atan = {
    SG_FUSED_UNARY(atan, .slope = slope),
    SG_WORDS("The inverse of the tangent, in radians.", "y with tan(y) = x, -pi/2 < y < pi/2",
             "Abramowitz and Stegun 4.4"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2)), SG_GIVES(0.78539816339744830962, -1.107148717794090503)},
                   {"far out", SG_ON(SG_UNIFORM(50, 90, SG_DIMS(4)))}),
};

sg_tensor *sg_atan(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_atan, 1, &x, NULL); }
