// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x sigmoid(x).  With s = sigmoid(x): d_x = d_y (s + x s (1 - s)).
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  return sg_add(c, sg_sigmoid(c, x), sg_mul(c, sg_tails(c, x), sg_sigmoid_slope(c, x)));
}

const sg_op op_silu = {
    SG_FUSED_UNARY(silu, .slope = slope),
    SG_WORDS("The sigmoid-weighted linear unit, also called swish.", "y = x / (1 + exp(-x))",
             "Elfwing et al. 2018, arXiv:1702.03118"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(0, 0.73105857863000487925)},
                          {"wide", SG_ON(SG_UNIFORM(-6, 6, SG_DIMS(7)))}),
};

sg_tensor *sg_silu(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_silu, 1, &x, NULL); }
