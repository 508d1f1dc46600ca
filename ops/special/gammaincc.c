// SPDX-License-Identifier: GPL-3.0-or-later
//
// Q(a, x) = 1 - P(a, x).  d_x = -d_y x^(a - 1) exp(-x) / gamma(a); by a nobody wrote it.
#include "ops/ops.h"
#include "ops/special/gammainc.h"

static sg_tensor *d_x(const sg_pair *p) {
  return sg_neg(p->context, sg_mul(p->context, p->d_y, sg_gammainc_derivative(p->context, p->a, p->b, 1)));
}

const sg_op op_gammaincc = {
    SG_SCALAR_BINARY(gammaincc, .scalar = sg_gammaincc_value, .d_b = {d_x, SG_READS_A | SG_READS_B}),
    SG_WORDS("The regularized upper incomplete gamma function Q of a and x; differentiable by x.",
             "y = 1 / gamma(a) * integral of t^(a - 1) exp(-t) over t >= x", "Abramowitz and Stegun 6.5"),
    SG_GAMMAINC_PORTS,
    .domain = {0.5, 4},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(1, 1)),
                           SG_GIVES(0.36787944117144232160, 0.73575888234288464320)},
                          SG_GAMMAINC_SAMPLES),
};

sg_tensor *sg_gammaincc(sg_context *context, sg_tensor *a, sg_tensor *x) {
  return sg_apply_one(context, &op_gammaincc, 2, (sg_tensor *[]){a, x}, NULL);
}
