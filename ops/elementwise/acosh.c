// SPDX-License-Identifier: GPL-3.0-or-later
//
// acosh(x), at least 0; NaN where x < 1.  d_x = d_y / sqrt(x - 1) / sqrt(x + 1), infinite at 1.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  return sg_mul(c, sg_rsqrt(c, sg_add_scalar(c, x, -1)), sg_rsqrt(c, sg_add_scalar(c, x, 1)));
}

const sg_op op_acosh = {
    .name = "acosh",
    .summary = "The inverse of the hyperbolic cosine.",
    .formula = "y = log(x + sqrt(x^2 - 1))",
    .reference = "Abramowitz and Stegun 4.6",
    .family = &sg_unary_family,
    .member = &(const sg_unary){.row = sg_row_acosh, .fused = sg_row_d_acosh, .slope = slope},
    .backward = sg_unary_backward,
    .domain = {1.5, 4},
    .samples =
        SG_SAMPLES(SG_BY_HAND(SG_NUMBERS(1.25, 2), SG_NUMBERS(0.69314718055994530942, 1.3169578969248167086)),
                   {.name = "large", .inputs = {SG_UNIFORM(1e3, 1e5, SG_DIMS(3))}}),
};

sg_tensor *sg_acosh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_acosh, 1, &x, NULL); }
