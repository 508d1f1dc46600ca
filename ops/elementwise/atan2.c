// SPDX-License-Identifier: GPL-3.0-or-later
//
// The angle at which the point (b, a) lies, in [-pi, pi].  With h = sqrt(a^2 + b^2): d_a = d_y b / h^2, d_b = -d_y
// a / h^2.
#include "ops/elementwise/binary.h"
#include "ops/elementwise/length.h"

// a / hypot(a, b)^2
static sg_tensor *slope(const sg_pair *p, sg_tensor *a, sg_tensor *b) {
  return sg_over_hypot(p->context, sg_scalar_like(p->context, a, 1), sg_hypot_slope(p->context, a, b), a, b);
}
static sg_tensor *d_a(const sg_pair *p) { return sg_mul(p->context, p->d_y, slope(p, p->b, p->a)); }
static sg_tensor *d_b(const sg_pair *p) {
  return sg_neg(p->context, sg_mul(p->context, p->d_y, slope(p, p->a, p->b)));
}

const sg_op op_atan2 = {
    SG_BINARY(atan2, .d_a = {d_a, SG_READS_A | SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("The angle of the point (b, a), in radians.", "y = angle of (b, a): tan(y) = a / b",
             "PyTorch, torch.atan2"),
    .subgradient = "NaN where a and b are 0",
    .domain = {0.5, 2},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 1, -2), SG_VECTOR(1, -1, 0)),
                           SG_GIVES(0.78539816339744830962, 2.3561944901923449288, -1.5707963267948966192)},
                          {"around", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4))}),
};

sg_tensor *sg_atan2(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_atan2, 2, (sg_tensor *[]){a, b}, NULL);
}
