// SPDX-License-Identifier: GPL-3.0-or-later
//
// B(a, b) = gamma(a) gamma(b) / gamma(a + b).  d_a = d_y B (psi(a) - psi(a + b)), and d_b alike.
#include "ops/special/beta.h"
#include "ops/ops.h"

static sg_tensor *d_a(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_beta_derivative(p->context, p->a, p->b, 1, 0));
}
static sg_tensor *d_b(const sg_pair *p) {
  return sg_mul(p->context, p->d_y, sg_beta_derivative(p->context, p->a, p->b, 0, 1));
}

const sg_op op_beta = {
    SG_SCALAR_BINARY(beta, .scalar = sg_beta_value, .d_a = {d_a, SG_READS_A | SG_READS_B},
                     .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("The beta function of a >= 0 and b >= 0.", "y = gamma(a) gamma(b) / gamma(a + b); NaN below 0",
             "Abramowitz and Stegun 6.2"),
    .domain = {0.5, 4},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2, 0.5), SG_VECTOR(1, 3, 0.5)),
                           SG_GIVES(1, 0.083333333333333333333, 3.1415926535897932385)},
                          {"large", SG_ON(SG_UNIFORM(20, 90, SG_DIMS(4)), SG_UNIFORM(5, 60, SG_DIMS(3, 4)))},
                          {"small", SG_ON(SG_UNIFORM(0.01, 0.3, SG_DIMS(6)), SG_UNIFORM(0.01, 20, SG_DIMS(6)))}),
};

sg_tensor *sg_beta(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_beta, 2, (sg_tensor *[]){a, b}, NULL);
}
