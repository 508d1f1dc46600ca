// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(1 + x), with all its digits around 0: -inf at -1, NaN below.  d_x = d_y / (1 + x).
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return sg_div(s->context, s->d_y, sg_add_scalar(s->context, s->x, 1)); }

const sg_op op_log1p = {
    SG_FUSED_UNARY(log1p, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The logarithm of 1 + x, accurate around 0.", "y = log(1 + x)", "Abramowitz and Stegun 4.1"),
    .domain = {-0.5, 2},
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 1.0e-10)), SG_GIVES(0.69314718055994530942, 9.9999999995e-11)},
                   {"large", SG_ON(SG_UNIFORM(1e3, 1e5, SG_DIMS(5)))}),
};

sg_tensor *sg_log1p(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_log1p, 1, &x, NULL); }
