// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a - b.  d_a = d_y and d_b = -d_y, each summed over the dimensions along which it was broadcast.
#include "ops/elementwise/binary.h"

static sg_tensor *d_b(const sg_pair *p) { return sg_neg(p->context, p->d_y); }

const sg_op op_sub = {
    SG_NUMERIC_BINARY(sub, .d_b = {d_b, 0}),
    SG_WORDS("The difference of two tensors, which broadcast.", "y = a - b", "Elementary"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2, 3), SG_VECTOR(2, 4, -0.5)), SG_GIVES(-1, -6, 3.5)}),
};

sg_tensor *sg_sub(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_sub, 2, (sg_tensor *[]){a, b}, NULL);
}
