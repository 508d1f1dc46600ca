// SPDX-License-Identifier: GPL-3.0-or-later
//
// a log(b), 0 where a is 0 and b is a number, even 0 or below; the derivatives are 0 there too where b has no
// logarithm. d_a = d_y log(b), d_b = d_y a / b.
#include "ops/elementwise/binary.h"

// Where a is 0 and b has no finite logarithm.
static sg_tensor *absent(const sg_pair *p) {
  sg_tensor *zero = sg_scalar_like(p->context, p->a, 0);
  return sg_mul(p->context, sg_eq(p->context, p->a, zero), sg_le(p->context, p->b, zero));
}
static sg_tensor *replaced(const sg_pair *p, double there, sg_tensor *elsewhere) {
  return sg_where(p->context, absent(p), sg_scalar_like(p->context, elsewhere, there), elsewhere);
}
static sg_tensor *d_a(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_log(p->context, replaced(p, 1, p->b)));
}
static sg_tensor *d_b(const sg_pair *p) {
  return sg_div_derivative(p->context, p->d_y, replaced(p, 0, p->a), replaced(p, 1, p->b), 0);
}

const sg_op op_xlogy = {
    SG_BINARY(xlogy, .d_a = {d_a, SG_READS_A | SG_READS_B}, .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("a times the logarithm of b, 0 where a is 0.", "y = a * log(b), 0 where a = 0",
             "PyTorch, torch.xlogy"),
    .subgradient = "0 where a is 0 and b has no logarithm",
    .domain = {0.5, 3},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 2, -1), SG_VECTOR(3, 1, 2)), SG_GIVES(0, 0, -0.69314718055994530942)},
        {"large", SG_ON(SG_NORMAL(0, 5, SG_DIMS(3, 4)), SG_UNIFORM(10, 1e3, SG_DIMS(3, 4)))}),
};

sg_tensor *sg_xlogy(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_xlogy, 2, (sg_tensor *[]){a, b}, NULL);
}
