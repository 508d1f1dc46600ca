// SPDX-License-Identifier: GPL-3.0-or-later
//
// min(max(x, 0), 6).  d_x = d_y in between, 0 beyond and at 0 and 6.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return sg_within(s->context, s->d_y, s->x, 0, 6); }

const sg_op op_relu6 = {
    SG_FUSED_UNARY(relu6, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The rectifier limited to 6.", "y = min(max(x, 0), 6)",
             "Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10"),
    .subgradient = "0 at 0 and at 6",
    .domain = {-4, 10},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 8)), SG_GIVES(3, 0, 6)},
                          {"all negative", SG_ON(SG_UNIFORM(-2, -1, SG_DIMS(2, 2)))}),
};

sg_tensor *sg_relu6(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_relu6, 1, &x, NULL); }
