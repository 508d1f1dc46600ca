// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a sigmoid(b), with the halves a and b of x along a dimension.  d_a = d_y sigmoid(b), d_b = d_y a s'(b).
#include "ops/nn/gate.h"

static sg_tensor *d_a(sg_context *c, sg_tensor *d_y, sg_tensor *a, sg_tensor *b) {
  (void)a;
  return sg_mul(c, d_y, sg_sigmoid(c, b));
}
static sg_tensor *d_b(sg_context *c, sg_tensor *d_y, sg_tensor *a, sg_tensor *b) {
  return sg_mul(c, d_y, sg_mul(c, a, sg_sigmoid_slope(c, b)));
}

const sg_op op_glu = {
    SG_MEMBER(glu, sg_gate_family, sg_gate, .row = sg_row_glu, d_a, d_b),
    SG_WORDS("The gated linear unit: one half of x times the sigmoid of the other.",
             "y = a * sigmoid(b), x = [a, b] along dim", "Dauphin et al. 2017, arXiv:1612.08083"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0, 1)), SG_GIVES(1.5, -1.4621171572600097585)}),
};

sg_tensor *sg_glu(sg_context *context, sg_tensor *x, int64_t dim) {
  return sg_apply_one(context, &op_glu, 1, &x, &(sg_gate_options){dim});
}
