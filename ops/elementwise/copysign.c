// SPDX-License-Identifier: GPL-3.0-or-later
//
// |a| with the sign of b, of a zero too.  d_a = d_y where the sign is that of a, -d_y where it is not, 0 at a = 0.
#include "ops/elementwise/binary.h"

static sg_tensor *d_a(const sg_pair *p) {
  sg_context *c = p->context;
  return sg_mul(c, p->d_y, sg_mul(c, sg_sign(c, p->a), sg_copysign(c, sg_scalar_like(c, p->a, 1), p->b)));
}

const sg_op op_copysign = {
    SG_BINARY(copysign, .d_a = {d_a, SG_READS_A | SG_READS_B}),
    SG_WORDS("The size of a with the sign of b.", "y = |a| where b has no minus sign, else -|a|",
             "PyTorch, torch.copysign"),
    .subgradient = "0 where a is 0",
    .inputs = SG_PORTS({"a", SG_SAME_PLACE, "tensor of any shape"},
                       {"b", SG_STEP | SG_SAME_PLACE, "the signs; its shape broadcasts with that of a"}),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, -2, 3, -4), SG_VECTOR(-0.0, 0, -5, -6)), SG_GIVES(-1, 2, -3, -4)}),
};

sg_tensor *sg_copysign(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_copysign, 2, (sg_tensor *[]){a, b}, NULL);
}
