// SPDX-License-Identifier: GPL-3.0-or-later
//
// start + weight (end - start), from the end that is nearer, so that both ends are exact.
// d_start = d_y (1 - weight), d_end = d_y weight, d_weight = d_y (end - start).
#include "ops/elementwise/ternary.h"

static sg_tensor *d_start(const sg_triple *t) {
  return sg_mul(t->context, t->d_y, sg_sub(t->context, sg_scalar_like(t->context, t->c, 1), t->c));
}
static sg_tensor *d_end(const sg_triple *t) { return sg_mul(t->context, t->d_y, t->c); }
static sg_tensor *d_weight(const sg_triple *t) {
  return sg_mul(t->context, t->d_y, sg_sub(t->context, t->b, t->a));
}

const sg_op op_lerp = {
    SG_TERNARY(lerp, {d_start, SG_READS_C}, {d_end, SG_READS_C}, {d_weight, SG_READS_A | SG_READS_B}),
    SG_WORDS("A point on the line from start to end; all three broadcast, so that weight may be one number.",
             "y = start + weight * (end - start)", "PyTorch, torch.lerp"),
    .inputs = SG_PORTS({"start", SG_SAME_PLACE, "tensor of any shape"},
                       {"end", SG_SAME_PLACE, "tensor whose shape broadcasts with that of start"},
                       {"weight", SG_SAME_PLACE, "0 at start, 1 at end; broadcasts with them"}),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1, 2, -4), SG_VECTOR(3, 2, 4), SG_VECTOR(0.25, 0.7, 2)), SG_GIVES(1.5, 2, 12)},
        {"one weight", SG_ON(SG_RANDN(3, 4), SG_RANDN(4), SG_VALUES(SG_NUMBERS(0.75), SG_SCALAR))}),
};

sg_tensor *sg_lerp(sg_context *context, sg_tensor *start, sg_tensor *end, sg_tensor *weight) {
  return sg_apply_one(context, &op_lerp, 3, (sg_tensor *[]){start, end, weight}, NULL);
}
