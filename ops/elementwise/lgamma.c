// SPDX-License-Identifier: GPL-3.0-or-later
//
// log |gamma(x)|, infinite at 0, -1, -2, ....  d_x = d_y digamma(x).
#include "ops/elementwise/unary.h"

const sg_op op_lgamma = {
    SG_UNARY(lgamma, .slope = sg_digamma),
    SG_WORDS("The logarithm of the size of the gamma function.", "y = log |gamma(x)|", "Abramowitz and Stegun 6.1"),
    .domain = {0.5, 5},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 5)), SG_GIVES(0, 3.1780538303479456196)},
                          {"negative", SG_ON(SG_UNIFORM(-1.8, -1.2, SG_DIMS(4)))},
                          {"large", SG_ON(SG_UNIFORM(20, 60, SG_DIMS(4)))}),
};

sg_tensor *sg_lgamma(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_lgamma, 1, &x, NULL); }
