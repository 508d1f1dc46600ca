// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the smaller of a and b; NaN when one is NaN. The smaller one gets d_y; at a tie each gets half of it.
#include "ops/elementwise/binary.h"

static sg_tensor *d_a(const sg_pair *p) { return sg_pair_share(p, sg_gt(p->context, p->a, p->b)); }
static sg_tensor *d_b(const sg_pair *p) { return sg_pair_share(p, sg_lt(p->context, p->a, p->b)); }

const sg_op op_minimum = {
    SG_NUMERIC_BINARY(minimum, .d_a = {d_a, SG_READS_A | SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("The smaller of two tensors, element by element; they broadcast.", "y = min(a, b)",
             "PyTorch, torch.minimum"),
    .subgradient = "half of it to each of equal elements",
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2, 3), SG_VECTOR(2, 4, -0.5)), SG_GIVES(1, -2, -0.5)}),
};

sg_tensor *sg_minimum(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_minimum, 2, (sg_tensor *[]){a, b}, NULL);
}
