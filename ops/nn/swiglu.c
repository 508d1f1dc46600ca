// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = silu(a) b = a sigmoid(a) b, with the halves a and b of x along a dimension.
// d_a = d_y b (s + a s'), s = sigmoid(a); d_b = d_y silu(a).
#include "ops/elementwise/unary.h"
#include "ops/nn/gate.h"

static sg_tensor *d_a(sg_context *c, sg_tensor *d_y, sg_tensor *a, sg_tensor *b) {
  sg_tensor *bend = sg_mul(c, sg_tails(c, a), sg_sigmoid_slope(c, a));
  return sg_mul(c, d_y, sg_mul(c, b, sg_add(c, sg_sigmoid(c, a), bend)));
}
static sg_tensor *d_b(sg_context *c, sg_tensor *d_y, sg_tensor *a, sg_tensor *b) {
  (void)b;
  return sg_mul(c, d_y, sg_silu(c, a));
}

const sg_op op_swiglu = {
    SG_MEMBER(swiglu, sg_gate_family, sg_gate, .row = sg_row_swiglu, d_a, d_b),
    SG_WORDS("The gated unit of silu: silu of one half of x times the other.",
             "y = a * sigmoid(a) * b, x = [a, b] along dim", "Shazeer 2020, arXiv:2002.05202"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1, 5, 2)), SG_GIVES(0, 1.4621171572600097585)}),
};

sg_tensor *sg_swiglu(sg_context *context, sg_tensor *x, int64_t dim) {
  return sg_apply_one(context, &op_swiglu, 1, &x, &(sg_gate_options){dim});
}
