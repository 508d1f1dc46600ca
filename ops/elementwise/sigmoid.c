// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 / (1 + exp(-x)).  d_x = d_y y (1 - y), worked out from x: where y has been rounded to 1, 1 - y is lost.
#include "ops/elementwise/unary.h"

const sg_op op_sigmoid = {
    SG_FUSED_UNARY(sigmoid, .slope = sg_sigmoid_slope),
    SG_WORDS("The logistic function.", "y = 1 / (1 + exp(-x))", "Goodfellow et al. 2016, Deep Learning, 3.10"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1000, -1000)), SG_GIVES(0.5, 1, 0)},
                          {"saturating", SG_ON(SG_UNIFORM(-8, -4, SG_DIMS(4)))}),
};

sg_tensor *sg_sigmoid(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sigmoid, 1, &x, NULL); }
