// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a b, element by element.  d_a = d_y b and d_b = d_y a, each summed over the dimensions along which it was
// broadcast.
#include "ops/elementwise/binary.h"

static sg_tensor *d_a(const sg_pair *p) { return sg_mul(p->context, p->d_y, p->b); }
static sg_tensor *d_b(const sg_pair *p) { return sg_mul(p->context, p->d_y, p->a); }

const sg_op op_mul = {
    SG_NUMERIC_BINARY(mul, .d_a = {d_a, SG_READS_B}, .d_b = {d_b, SG_READS_A}),
    SG_WORDS("The product of two tensors, element by element; they broadcast.", "y = a * b", "Elementary"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2, 3), SG_VECTOR(2, 4, -0.5)), SG_GIVES(2, -8, -1.5)},
                          {"a mask", SG_ON(SG_RANDN(3, 4), SG_MASK(SG_DIMS(3, 4)))},
                          {"integers", SG_ON(SG_RANDN(3, 4), SG_RANDINT(-5, 5, SG_DIMS(3, 1)))}),
};

sg_tensor *sg_mul(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_mul, 2, (sg_tensor *[]){a, b}, NULL);
}
