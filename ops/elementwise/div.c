// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a / b.  d_a = d_y / b and d_b = -d_y a / b^2, each summed over the dimensions along which it was broadcast.
#include "ops/elementwise/binary.h"

static sg_tensor *d_a(const sg_pair *p) { return sg_div(p->context, p->d_y, p->b); }

// An op, as no order of quotients and products is right wherever the result is a number, at every order.
static sg_tensor *d_b(const sg_pair *p) { return sg_div_derivative(p->context, p->d_y, p->a, p->b, 1); }

const sg_op op_div = {
    SG_BINARY(div, .d_a = {d_a, SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("The quotient of two tensors, which broadcast.", "y = a / b", "Elementary"),
    .domain = {0.5, 2},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2, 3), SG_VECTOR(2, 4, -0.5)), SG_GIVES(0.5, -0.5, -6)},
                          {"signs", SG_ON(SG_RANDN(3, 4), SG_UNIFORM(-2, -0.5, SG_DIMS(4)))},
                          {"by integers", SG_ON(SG_RANDN(3, 4), SG_RANDINT(1, 9, SG_DIMS(4)))},
                          {"of bools", SG_ON(SG_MASK(SG_DIMS(3, 4)), SG_UNIFORM(1, 2, SG_DIMS(4)))}),
};

sg_tensor *sg_div(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_div, 2, (sg_tensor *[]){a, b}, NULL);
}
