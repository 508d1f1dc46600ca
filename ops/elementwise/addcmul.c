// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x + value tensor1 tensor2.  d_x = d_y, and each factor gets d_y value times the other.
#include "ops/elementwise/added_term.h"

static sg_tensor *d_1(const sg_triple *t) { return sg_mul(t->context, sg_added_term_d_y(t), t->c); }
static sg_tensor *d_2(const sg_triple *t) { return sg_mul(t->context, sg_added_term_d_y(t), t->b); }

const sg_op op_addcmul = {
    SG_ADDED_TERM(addcmul, "product", "the other factor", {d_1, SG_READS_C}, {d_2, SG_READS_B}),
    SG_WORDS("A tensor and a scaled product of two.", "y = x + value * tensor1 * tensor2",
             "PyTorch, torch.addcmul"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, -2), SG_VECTOR(5, 4)),
                           .options = SG_WITH_VALUE(2), SG_GIVES(31, -14)}),
};

sg_tensor *sg_addcmul(sg_context *context, sg_tensor *x, sg_tensor *tensor1, sg_tensor *tensor2, double value) {
  return sg_apply_one(context, &op_addcmul, 3, (sg_tensor *[]){x, tensor1, tensor2}, SG_WITH_VALUE(value));
}
