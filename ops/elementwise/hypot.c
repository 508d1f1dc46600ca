// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = sqrt(a^2 + b^2), in whose way no square overflows.  d_a = d_y a / y and d_b = d_y b / y, taken for 0 where a
// and b are 0.
#include "ops/elementwise/binary.h"

static sg_tensor *d_a(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_hypot_slope(p->context, p->a, p->b));
}
static sg_tensor *d_b(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_hypot_slope(p->context, p->b, p->a));
}

const sg_op op_hypot = {
    SG_BINARY(hypot, .d_a = {d_a, SG_READS_A | SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("The length of the hypotenuse; a and b broadcast.", "y = sqrt(a^2 + b^2)",
             "Elementary; the derivative at a = b = 0 is 0"),
    .subgradient = "0 where a and b are 0",
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -5, 0.8), SG_VECTOR(4, 12, 0.6)), SG_GIVES(5, 13, 1)},
                   {"one far smaller", SG_ON(SG_UNIFORM(0.05, 0.1, SG_DIMS(3)), SG_UNIFORM(5, 6, SG_DIMS(3)))}),
};

sg_tensor *sg_hypot(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_hypot, 2, (sg_tensor *[]){a, b}, NULL);
}
