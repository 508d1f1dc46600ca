// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a^b. A negative a needs a whole b, else y is NaN; 0^0 = 1.
// d_a = d_y b a^(b-1) and d_b = d_y a^b log(a), each summed over the dimensions along which it was broadcast;
// pow_derivative has their values at 0.
#include "ops/elementwise/binary.h"

static sg_tensor *d_a(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_pow_derivative(p->context, p->a, p->b, 1, 0));
}
static sg_tensor *d_b(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_pow_derivative(p->context, p->a, p->b, 0, 1));
}

const sg_op op_pow = {
    SG_BINARY(pow, .d_a = {d_a, SG_READS_A | SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("a to the power of b; they broadcast, so that b may be one number.", "y = a^b",
             "PyTorch, torch.pow, for the derivatives at 0"),
    .inputs = SG_PORTS({"a", SG_NUMERIC | SG_SAME_PLACE, "tensor of any shape"},
                       {"b", SG_NUMERIC | SG_SAME_PLACE, "the exponent; its shape broadcasts with that of a"}),
    .domain = {0.5, 2},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(1.5, 4, 9), SG_VECTOR(2, 0.5, -1)), SG_GIVES(2.25, 2, 0.11111111111111111111)},
        {"any exponent", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(3, 4)), SG_NORMAL(0, 2, SG_DIMS(4)))},
        {"large base", SG_ON(SG_UNIFORM(10, 20, SG_DIMS(3)), SG_UNIFORM(2, 3, SG_DIMS(3)))},
        {"whole exponents", SG_ON(SG_RANDN(3, 4), SG_RANDINT(1, 4, SG_DIMS(4)))}),
};

sg_tensor *sg_pow(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_pow, 2, (sg_tensor *[]){a, b}, NULL);
}
