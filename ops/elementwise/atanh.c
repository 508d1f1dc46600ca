// SPDX-License-Identifier: GPL-3.0-or-later
//
// atanh(x); NaN where |x| > 1.  d_x = d_y / (1 - x^2), infinite at -1 and 1.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  return sg_div(s->context, s->d_y, sg_one_minus_square(s->context, s->x));
}

const sg_op op_atanh = {
    SG_FUSED_UNARY(atanh, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The inverse of the hyperbolic tangent.", "y = log((1 + x) / (1 - x)) / 2",
             "Abramowitz and Stegun 4.6"),
    .domain = {-0.9, 0.9},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0.5, 1.0e-10)), SG_GIVES(0.5493061443340548457, 1.0e-10)},
                          {"close to 1", SG_ON(SG_UNIFORM(0.9, 0.99, SG_DIMS(4)))}),
};

sg_tensor *sg_atanh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_atanh, 1, &x, NULL); }
