// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of log gamma(x); NaN at -1, -2, ....  d_x = d_y polygamma(x), of order 1.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_polygamma(c, x, 1); }

const sg_op op_digamma = {
    SG_UNARY(digamma, .slope = slope),
    SG_WORDS("The derivative of the logarithm of the gamma function.", "y = gamma'(x) / gamma(x)",
             "Abramowitz and Stegun 6.3"),
    .domain = {0.5, 5},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, 0.5)), SG_GIVES(-0.57721566490153286061, -1.9635100260214234794)},
        {"negative", SG_ON(SG_UNIFORM(-1.8, -1.2, SG_DIMS(4)))}, {"large", SG_ON(SG_UNIFORM(20, 60, SG_DIMS(4)))}),
};

sg_tensor *sg_digamma(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_digamma, 1, &x, NULL); }
