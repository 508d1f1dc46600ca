// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(x), natural: -inf at 0, NaN below.  d_x = d_y / x.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return sg_div(s->context, s->d_y, s->x); }

const sg_op op_log = {
    SG_FUSED_UNARY(log, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The natural logarithm.", "y = log(x)", "Abramowitz and Stegun 4.1"),
    .domain = {0.5, 3},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2)), SG_GIVES(0, 0.69314718055994530942)},
                          {"large", SG_ON(SG_UNIFORM(1e3, 1e5, SG_DIMS(5)))}),
};

sg_tensor *sg_log(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_log, 1, &x, NULL); }
