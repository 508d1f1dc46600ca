// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x). The output is its own derivative, so the output is what is saved.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return sg_mul(s->context, s->d_y, s->y); }

const sg_op op_exp = {
    SG_UNARY(exp, .fused = sg_row_mul, .d_x = {d_x, SG_READS_Y}),
    SG_WORDS("The exponential function.", "y = exp(x)", "Goodfellow et al. 2016, Deep Learning, ch. 4"),
    .backward = sg_unary_backward,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(1, 2.71828182845904523536)},
                          {"small", SG_ON(SG_UNIFORM(-20, -10, SG_DIMS(3)))}),
};

sg_tensor *sg_exp(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_exp, 1, &x, NULL); }
