// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x + value tensor1 / tensor2.  d_x = d_y, d_tensor1 = d_y value / tensor2, and the divisor's is that of div.
#include "ops/elementwise/added_term.h"

static sg_tensor *d_1(const sg_triple *t) { return sg_div(t->context, sg_added_term_d_y(t), t->c); }
static sg_tensor *d_2(const sg_triple *t) {
  return sg_div_derivative(t->context, sg_added_term_d_y(t), t->b, t->c, 1);
}

const sg_op op_addcdiv = {
    SG_ADDED_TERM(addcdiv, "quotient", "the divisor", {d_1, SG_READS_C}, {d_2, SG_READS_B | SG_READS_C}),
    SG_WORDS("A tensor and a scaled quotient of two.", "y = x + value * tensor1 / tensor2",
             "PyTorch, torch.addcdiv"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, -2), SG_VECTOR(4, 5)),
                           .options = SG_WITH_VALUE(2), SG_GIVES(2.5, 1.2)}),
};

sg_tensor *sg_addcdiv(sg_context *context, sg_tensor *x, sg_tensor *tensor1, sg_tensor *tensor2, double value) {
  return sg_apply_one(context, &op_addcdiv, 3, (sg_tensor *[]){x, tensor1, tensor2}, SG_WITH_VALUE(value));
}
